//! The form fields a request becomes, in the order of SESTEK's samples (contract sections 6, 7 and 9).
//! One list for the preview and for the call, so that what is shown is what is sent.

use crate::vendors::vendor::CallbackOffer;
use app::model::ids::{Kind, VendorRef};
use app::vendors::TrainingRequest;
use app::vendors::sestek::GQA;
use app::vendors::sestek::gqa::{GqaData, GqaRequest};
use app::vendors::sestek::request::{ClassificationRequest, ClusterData, ClusteringRequest};
use serde::Serialize;

/// One field of the train form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartPlan {
    /// The bare value: no quotes, whatever the printed samples show.
    Text { name: &'static str, value: String },
    /// The data file that stands in this role of the request; `nth` counts from 0 where a role has several.
    File { name: &'static str, role: &'static str, nth: usize },
}

/// The fields of a train call. `callback` belongs to generative question answering alone.
pub fn plan_parts(request: &TrainingRequest, callback: Option<&CallbackOffer>) -> Vec<PartPlan> {
    match request {
        TrainingRequest::SestekClustering(request) => plan_clustering(request),
        TrainingRequest::SestekClassification(request) => plan_classification(request),
        TrainingRequest::SestekGqa(request) => plan_gqa(request, callback),
    }
}

/// What SESTEK will call it.
pub fn model_id(request: &TrainingRequest) -> &str {
    match request {
        TrainingRequest::SestekClustering(request) => &request.model_id,
        TrainingRequest::SestekClassification(request) => &request.model_id,
        TrainingRequest::SestekGqa(request) => &request.model_id,
    }
}

/// The path of a kind's trainings below the base address. Generative question answering has its own, for training and
/// for progress: asked by the other family's path, a model is unknown.
const fn family_path(is_gqa: bool) -> &'static str {
    if is_gqa {
        "/sestekai-api/api/external/generative-question-answering-trainings"
    } else {
        "/sestekai-api/api/external/trainings"
    }
}

/// Where a training is sent, below the base address.
pub fn train_path(request: &TrainingRequest) -> String {
    format!("{}/train", family_path(matches!(request, TrainingRequest::SestekGqa(_))))
}

/// The path below the base address of a model's own resource (`progress`, `ready`). The id is percent-encoded: a watched
/// id from before v1.69 may hold anything.
pub fn model_path(kind: &Kind, vendor_ref: &VendorRef, resource: &str) -> String {
    format!("{}/{}/{resource}", family_path(kind.as_str() == GQA.kind), encode_segment(vendor_ref.as_str()))
}

/// A text as one segment of a path.
pub fn encode_segment(text: &str) -> String {
    let text = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
    let text = text.to_string().replace("%2D", "-").replace("%5F", "_");
    // `.` and `..` are steps in a path even when they are percent-encoded; encoded twice they are only unknown ids.
    if matches!(text.as_str(), "%2E" | "%2E%2E") { text.replace('%', "%25") } else { text }
}

fn plan_clustering(request: &ClusteringRequest) -> Vec<PartPlan> {
    let mut parts = vec![
        text("modelId", &request.model_id),
        text("productName", &request.product_name),
        text("languageCode", wire_word(&request.language)),
    ];
    let (schema, role, secondary) = match &request.data {
        ClusterData::Dialogue { .. } => ("dialogue", "dialogue", false),
        ClusterData::DialogueAndIntent { .. } => ("dialogue", "dialogue", true),
        ClusterData::Intent { .. } => ("intent", "intent", false),
    };
    parts.push(text("dataSchema", schema));
    parts.push(PartPlan::File { name: "dataFile", role, nth: 0 });
    if secondary {
        parts.push(text("secondaryDataSchema", "intent"));
        parts.push(PartPlan::File { name: "secondaryDataFile", role: "intent", nth: 0 });
    }
    parts.push(text("numClusters", request.num_clusters.to_string()));
    if let Some(llm) = &request.llm {
        parts.push(text("llm", wire_word(llm)));
    }
    parts.push(text("forceTrain", request.force_train.to_string()));
    parts
}

/// No `numClusters`, `llm`, `forceTrain` and no second file: SESTEK's classification page has none of them.
fn plan_classification(request: &ClassificationRequest) -> Vec<PartPlan> {
    vec![
        text("modelId", &request.model_id),
        text("productName", &request.product_name),
        text("languageCode", wire_word(&request.language)),
        text("dataSchema", "utterance"),
        PartPlan::File { name: "dataFile", role: "dataset", nth: 0 },
    ]
}

/// One part for each file or each address, all of one name. No language, no schema, no `forceTrain`: SESTEK's page for
/// generative question answering has none of them. Of the callback all four parts or none.
fn plan_gqa(request: &GqaRequest, callback: Option<&CallbackOffer>) -> Vec<PartPlan> {
    let mut parts = vec![text("modelId", &request.model_id), text("projectName", &request.project_name)];
    match &request.data {
        GqaData::Files(files) => {
            parts.extend((0..files.len()).map(|nth| PartPlan::File { name: "dataFiles", role: "files", nth }));
        }
        GqaData::Urls(urls) => parts.extend(urls.iter().map(|url| text("dataUrls", url))),
    }
    if let Some(callback) = callback {
        parts.push(text("callbackAddress", callback.address.expose()));
        parts.push(text("callbackIdentityAddress", callback.identity_address.expose()));
        parts.push(text("callbackClientId", &callback.client_id));
        parts.push(text("callbackClientSecret", callback.client_secret.expose()));
    }
    parts
}

fn text(name: &'static str, value: impl Into<String>) -> PartPlan {
    PartPlan::Text { name, value: value.into() }
}

/// The word of an enum as it stands in JSON, which for these enums is SESTEK's own word.
fn wire_word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A file name that survives every multipart parser: ASCII letters, digits, `.`, `-`, `_`, at most 100 of them;
/// `fallback` where nothing is left of it.
pub fn make_safe_name(name: &str, fallback: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String =
        base.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect();
    let safe = safe.trim_start_matches('.');
    let kept = safe.get(safe.len().saturating_sub(100)..).unwrap_or_default();
    if kept.chars().any(|c| c.is_ascii_alphanumeric()) { kept.to_owned() } else { fallback.to_owned() }
}

/// A file as the train call carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentFile {
    pub name: String,
    pub content_type: &'static str,
}

/// How the files of one part name are sent, in their order: JSON for the kinds that take nothing else, by its ending for
/// question answering. No two have the same name, or a server could keep only one of them.
pub fn name_files<'a>(part: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<SentFile> {
    let takes_anything = part == "dataFiles";
    let mut sent: Vec<SentFile> = Vec::new();
    for name in names {
        let plain = make_safe_name(name, if takes_anything { "document" } else { "data.json" });
        let (stem, ending) = plain.rsplit_once('.').unwrap_or((&plain, ""));
        let mut candidate = plain.clone();
        let mut number = 2;
        while sent.iter().any(|other| other.name == candidate) {
            let dot = if ending.is_empty() { "" } else { "." };
            candidate = format!("{stem}-{number}{dot}{ending}");
            number += 1;
        }
        let content_type = if takes_anything { guess_content_type(ending) } else { "application/json" };
        sent.push(SentFile { name: candidate, content_type });
    }
    sent
}

fn guess_content_type(ending: &str) -> &'static str {
    match ending.to_ascii_lowercase().as_str() {
        "txt" => "text/plain",
        "md" => "text/markdown",
        "html" | "htm" => "text/html",
        "csv" => "text/csv",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{PartPlan, make_safe_name, model_path, name_files, plan_parts, train_path};
    use crate::secret::Secret;
    use crate::vendors::vendor::CallbackOffer;
    use app::model::ids::{Kind, VendorRef};
    use app::vendors::TrainingRequest;
    use serde_json::json;

    fn plan(request: serde_json::Value) -> Vec<String> {
        plan_with(request, None)
    }

    fn plan_with(request: serde_json::Value, callback: Option<&CallbackOffer>) -> Vec<String> {
        let request: TrainingRequest = serde_json::from_value(request).unwrap();
        let write = |part| match part {
            PartPlan::Text { name, value } => format!("{name}={value}"),
            PartPlan::File { name, role, nth: 0 } => format!("{name}=@{role}"),
            PartPlan::File { name, role, nth } => format!("{name}=@{role}+{nth}"),
        };
        plan_parts(&request, callback).into_iter().map(write).collect()
    }

    #[test]
    fn each_of_the_three_clustering_schemas_has_its_own_fields() {
        let (dialogue, intent) = ("a".repeat(64), "b".repeat(64));
        let request = |data: serde_json::Value| {
            json!({"kind": "sestek.clustering", "model_id": "m-1", "product_name": "CA", "language": "tr-TR",
                   "data": data, "num_clusters": 5, "llm": "openai", "force_train": false})
        };
        let head = ["modelId=m-1", "productName=CA", "languageCode=tr-TR"];
        let tail = ["numClusters=5", "llm=openai", "forceTrain=false"];
        let both = json!({"schema": "dialogue_and_intent", "dialogue": dialogue, "intent": intent});
        for (data, middle) in [
            (json!({"schema": "dialogue", "dialogue": dialogue}), vec!["dataSchema=dialogue", "dataFile=@dialogue"]),
            (
                both,
                vec![
                    "dataSchema=dialogue",
                    "dataFile=@dialogue",
                    "secondaryDataSchema=intent",
                    "secondaryDataFile=@intent",
                ],
            ),
            (json!({"schema": "intent", "intent": intent}), vec!["dataSchema=intent", "dataFile=@intent"]),
        ] {
            assert_eq!(plan(request(data)), [&head[..], &middle[..], &tail[..]].concat());
        }
    }

    #[test]
    fn without_a_language_model_the_part_is_left_out_and_the_defaults_are_sent() {
        let parts =
            plan(json!({"kind": "sestek.clustering", "model_id": "m", "product_name": "CA", "language": "en-US",
            "data": {"schema": "dialogue", "dialogue": "a".repeat(64)}}));
        assert!(!parts.iter().any(|part| part.starts_with("llm")));
        assert!(parts.contains(&"numClusters=0".to_owned()) && parts.contains(&"forceTrain=true".to_owned()));
    }

    #[test]
    fn classification_sends_five_fields_and_nothing_else() {
        let parts = plan(json!({"kind": "sestek.classification", "model_id": "m", "product_name": "CA",
            "language": "de-DE", "dataset": "c".repeat(64)}));
        let expected =
            ["modelId=m", "productName=CA", "languageCode=de-DE", "dataSchema=utterance", "dataFile=@dataset"];
        assert_eq!(parts, expected);
    }

    #[test]
    fn a_model_id_cannot_leave_its_place_in_the_path() {
        for (id, path) in [
            ("billing-1", "/sestekai-api/api/external/trainings/billing-1/progress"),
            ("Old_Id", "/sestekai-api/api/external/trainings/Old_Id/progress"),
            ("a/../b?c#d", "/sestekai-api/api/external/trainings/a%2F%2E%2E%2Fb%3Fc%23d/progress"),
            ("..", "/sestekai-api/api/external/trainings/%252E%252E/progress"),
            ("müşteri", "/sestekai-api/api/external/trainings/m%C3%BC%C5%9Fteri/progress"),
        ] {
            let classification = Kind::new("sestek.classification");
            assert_eq!(model_path(&classification, &VendorRef::new(id), "progress"), path);
        }
    }

    #[test]
    fn file_names_become_ascii_and_keep_their_ending() {
        for (name, safe) in [
            ("dialogue.json", "dialogue.json"),
            ("müşteri görüşmeleri.json", "m__teri_g_r__meleri.json"),
            ("a\"; filename=\"b.exe", "a___filename__b.exe"),
            ("../../etc/passwd", "passwd"),
            ("C:\\data\\x.json", "x.json"),
            ("\r\nX: y", "__X__y"),
            ("ışğ", "data.json"),
            ("", "data.json"),
        ] {
            assert_eq!(make_safe_name(name, "data.json"), safe, "{name}");
        }
        assert_eq!(make_safe_name(&format!("{}.json", "a".repeat(300)), "x").len(), 100);
    }

    #[test]
    fn question_answering_sends_one_part_for_each_source() {
        let request = |data: serde_json::Value| json!({"kind": "sestek.gqa", "model_id": "m", "project_name": "Help desk", "data": data});
        let head = ["modelId=m", "projectName=Help desk"];
        let files = plan(request(json!({"files": ["a".repeat(64), "b".repeat(64)]})));
        assert_eq!(files, [&head[..], &["dataFiles=@files", "dataFiles=@files+1"]].concat());
        let urls = plan(request(json!({"urls": ["https://a.example/x?y=1,2", "https://b.example"]})));
        assert_eq!(urls, [&head[..], &["dataUrls=https://a.example/x?y=1,2", "dataUrls=https://b.example"]].concat());
    }

    #[test]
    fn a_callback_is_four_bare_parts_behind_the_data_and_no_other_kind_has_them() {
        let offer = CallbackOffer {
            address: Secret::new("https://t.example/callbacks/abc"),
            identity_address: Secret::new("https://t.example/callbacks/abc/identity"),
            client_id: "trainyard-knovvu".to_owned(),
            client_secret: Secret::new("s\"3;cret"),
        };
        let parts = plan_with(
            json!({"kind": "sestek.gqa", "model_id": "m", "project_name": "p", "data": {"urls": ["https://a.b"]}}),
            Some(&offer),
        );
        let expected = [
            "modelId=m",
            "projectName=p",
            "dataUrls=https://a.b",
            "callbackAddress=https://t.example/callbacks/abc",
            "callbackIdentityAddress=https://t.example/callbacks/abc/identity",
            "callbackClientId=trainyard-knovvu",
            "callbackClientSecret=s\"3;cret",
        ];
        assert_eq!(parts, expected);
        let classification = json!({"kind": "sestek.classification", "model_id": "m", "product_name": "CA",
            "language": "de-DE", "dataset": "c".repeat(64)});
        assert_eq!(plan_with(classification.clone(), Some(&offer)), plan(classification));
    }

    #[test]
    fn question_answering_has_its_own_paths() {
        let family = "/sestekai-api/api/external/generative-question-answering-trainings";
        let request =
            json!({"kind": "sestek.gqa", "model_id": "m", "project_name": "p", "data": {"urls": ["https://a.b"]}});
        let request: TrainingRequest = serde_json::from_value(request).unwrap();
        assert_eq!(train_path(&request), format!("{family}/train"));
        let path = model_path(&request.kind(), &VendorRef::new("m-1"), "progress");
        assert_eq!(path, format!("{family}/m-1/progress"));
    }

    #[test]
    fn files_of_one_call_have_different_names_and_a_type_by_their_ending() {
        let names = ["guide.pdf", "ş.txt", "ğ.txt", "../guide.pdf", "ışğ", "_.", "x.EXE"];
        let sent: Vec<_> =
            name_files("dataFiles", names).into_iter().map(|file| (file.name, file.content_type)).collect();
        let expected = [
            ("guide.pdf", "application/pdf"),
            ("_.txt", "text/plain"),
            ("_-2.txt", "text/plain"),
            ("guide-2.pdf", "application/pdf"),
            ("document", "application/octet-stream"),
            ("document-2", "application/octet-stream"),
            ("x.EXE", "application/octet-stream"),
        ];
        assert_eq!(sent, expected.map(|(name, kind)| (name.to_owned(), kind)));
        assert_eq!(name_files("dataFile", ["a.txt"])[0].content_type, "application/json");
    }
}
