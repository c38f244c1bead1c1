//! Requests and drafts against the rules of the contract.

use super::{
    ClassificationLanguage, ClassificationRequest, ClusterData, ClusteringLanguage, ClusteringRequest, DataSchema, Llm,
    MAX_CLUSTERS, check_cluster_count, check_product_name,
};
use crate::model::error::FieldFault;
use crate::model::ids::DatasetId;
use crate::vendors::TrainingRequest;
use crate::vendors::sestek::draft::{ClassificationDraft, ClusteringDraft};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};

const DIALOGUE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const INTENT: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn clustering() -> Value {
    json!({
        "kind": "sestek.clustering", "model_id": "musteri-1", "product_name": "CA", "language": "tr-TR",
        "data": { "schema": "dialogue_and_intent", "dialogue": DIALOGUE, "intent": INTENT },
        "num_clusters": 12, "llm": "openai", "force_train": false,
    })
}

fn classification() -> Value {
    json!({
        "kind": "sestek.classification", "model_id": "labels", "product_name": "CA", "language": "de-DE",
        "dataset": DIALOGUE,
    })
}

/// The request with one field changed (`data.intent`); `None` removes it.
fn change(mut request: Value, path: &str, value: Option<Value>) -> Value {
    let (parent, name) = match path.split_once('.') {
        Some((parent, name)) => (request.get_mut(parent).unwrap(), name),
        None => (&mut request, path),
    };
    let fields = parent.as_object_mut().unwrap();
    match value {
        Some(value) => fields.insert(name.to_owned(), value),
        None => fields.remove(name),
    };
    request
}

/// The faults' paths, or nothing.
fn paths_of(request: &Value) -> Vec<String> {
    let faults = TrainingRequest::parse(request, "request").err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.path).collect()
}

fn message_of(request: &Value) -> String {
    let faults = TrainingRequest::parse(request, "request").err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join(" | ")
}

#[test]
fn a_full_request_is_read_and_comes_back_the_same() {
    for request in [clustering(), classification()] {
        let typed = TrainingRequest::parse(&request, "request").unwrap();
        assert_eq!(serde_json::to_value(&typed).unwrap(), request);
        assert_eq!(TrainingRequest::thaw(&typed.freeze()), Ok(typed.clone()));
        assert!(typed.validate("request").is_empty());
    }
}

#[test]
fn absent_choices_have_the_defaults_of_the_contract() {
    let mut request = clustering();
    for name in ["num_clusters", "llm", "force_train"] {
        request = change(request, name, None);
    }
    let request = ClusteringRequest::parse(&request, "request").unwrap();
    assert_eq!((request.num_clusters, request.llm, request.force_train), (0, None, true));
}

#[test]
fn every_fault_is_named_at_once_with_its_path() {
    let request = json!({
        "kind": "sestek.clustering", "model_id": "Müşteri", "product_name": " ", "language": "de-DE",
        "data": { "schema": "dialogue_and_intent", "dialogue": "abc", "extra": 1 },
        "num_clusters": -1, "llm": "gpt", "force_train": "true", "webhook": "x",
    });
    let expected = [
        "request.model_id",
        "request.product_name",
        "request.language",
        "request.data.dialogue",
        "request.data.intent",
        "request.data.extra",
        "request.num_clusters",
        "request.llm",
        "request.force_train",
        "request.webhook",
    ];
    assert_eq!(paths_of(&request), expected);
}

#[test]
fn an_empty_request_names_every_required_field() {
    let paths = paths_of(&json!({ "kind": "sestek.clustering" }));
    assert_eq!(paths, ["request.model_id", "request.product_name", "request.language", "request.data"]);
    let paths = paths_of(&json!({ "kind": "sestek.classification" }));
    assert_eq!(paths, ["request.model_id", "request.product_name", "request.language", "request.dataset"]);
    let paths = paths_of(&json!({ "kind": "sestek.gqa" }));
    assert_eq!(paths, ["request.model_id", "request.project_name", "request.data"]);
    assert_eq!(paths_of(&json!({ "kind": "sestek.nothing" })), ["request.kind"]);
    assert_eq!(paths_of(&json!([])), ["request.kind"]);
    let faults = ClusteringRequest::parse(&json!("text"), "body.request").unwrap_err();
    assert_eq!(faults, [FieldFault::new("body.request", "Send an object with fields here, not a text.")]);
}

#[test]
fn malformed_values_are_faults_of_their_own_field() {
    for (path, value) in [
        ("model_id", json!(1)),
        ("model_id", json!(null)),
        ("model_id", json!("abc\n")),
        ("product_name", json!(["CA"])),
        ("product_name", json!("a\u{7}")),
        ("product_name", json!("x".repeat(201))),
        ("language", json!("tr-tr")),
        ("language", json!({})),
        ("data", json!("dialogue")),
        ("data.schema", json!("utterance")),
        ("data.schema", json!(true)),
        ("data.dialogue", json!(DIALOGUE.replace('1', "A"))),
        ("data.dialogue", json!(&DIALOGUE[1..])),
        ("data.intent", json!(null)),
        ("num_clusters", json!(-1)),
        ("num_clusters", json!(2.5)),
        ("num_clusters", json!(3.0)),
        ("num_clusters", json!("5")),
        ("num_clusters", json!(null)),
        ("num_clusters", json!(4_294_967_296_u64)),
        ("llm", json!("")),
        ("llm", json!(true)),
        ("force_train", json!(1)),
        ("force_train", json!(null)),
    ] {
        let request = change(clustering(), path, Some(value.clone()));
        assert_eq!(paths_of(&request), [format!("request.{path}")], "{path} = {value}");
    }
}

#[test]
fn a_file_that_the_schema_does_not_take_is_a_fault() {
    for (schema, extra) in [("dialogue", "intent"), ("intent", "dialogue")] {
        let request = change(clustering(), "data.schema", Some(json!(schema)));
        assert_eq!(paths_of(&request), [format!("request.data.{extra}")]);
    }
}

#[test]
fn the_fields_of_clustering_are_not_sent_with_classification() {
    for name in ["num_clusters", "llm", "force_train", "data"] {
        let request = change(classification(), name, Some(json!(0)));
        assert_eq!(paths_of(&request), [format!("request.{name}")]);
    }
}

#[test]
fn a_wrong_language_is_answered_with_the_legal_ones() {
    assert_eq!((ClusteringLanguage::ALL.len(), ClassificationLanguage::ALL.len()), (6, 11));
    for language in ClassificationLanguage::ALL {
        let request = change(clustering(), "language", Some(json!(language.code())));
        let message = message_of(&request);
        match ClusteringLanguage::from_code(language.code()) {
            Some(same) => assert_eq!((message.as_str(), same.label()), ("", language.label())),
            None => {
                assert!(message.contains("legal for classification only"), "{message}");
                assert!(message.ends_with("Clustering takes: en-US, tr-TR, ar-SA, fr-FR, nl-NL, it-IT."), "{message}");
            }
        }
    }
    assert_eq!(
        message_of(&change(clustering(), "language", Some(json!("TR-tr")))),
        "Write the language exactly as tr-TR."
    );
    assert!(message_of(&change(classification(), "language", Some(json!("en")))).contains("lv-LV, ru-RU"));
    assert_eq!(ClassificationLanguage::UrPk.label(), "Urdu (ur-PK)");
}

#[test]
fn case_14_five_languages_are_for_classification_alone() {
    for code in ["de-DE", "es-ES", "ru-RU", "lv-LV", "ur-PK"] {
        let with = |request: Value| paths_of(&change(request, "language", Some(json!(code))));
        assert_eq!(with(classification()), Vec::<String>::new(), "{code}");
        assert_eq!(with(clustering()), ["request.language"], "{code}");
    }
}

#[test]
fn a_code_on_the_wire_is_the_code_in_json() {
    for language in ClassificationLanguage::ALL {
        assert_eq!(serde_json::to_value(language).unwrap(), language.code());
    }
    for language in ClusteringLanguage::ALL {
        assert_eq!(serde_json::to_value(language).unwrap(), language.code());
    }
    for schema in DataSchema::ALL {
        assert_eq!(serde_json::to_value(schema).unwrap(), schema.code());
    }
    for llm in Llm::ALL {
        assert_eq!(serde_json::to_value(llm).unwrap(), llm.code());
    }
}

#[test]
fn a_number_of_clusters_is_written_in_plain_digits() {
    for (text, count) in [("0", 0), ("1", 1), ("012", 12), ("2147483647", MAX_CLUSTERS)] {
        assert_eq!(check_cluster_count(text), Ok(count), "{text}");
    }
    for text in [
        "",
        "-1",
        "-",
        "+5",
        "2.5",
        "1,000",
        "1 000",
        "\"5\"",
        "5\n",
        "٣",
        "1e3",
        "2147483648",
        "9".repeat(40).as_str(),
    ] {
        assert!(check_cluster_count(text).is_err(), "{text}");
    }
}

#[test]
fn a_product_name_is_one_visible_line() {
    for name in ["CA", "Çağrı merkezi", &"ş".repeat(200)] {
        assert_eq!(check_product_name(name), Ok(()), "{name}");
    }
    for name in ["", "  ", "\u{a0}", "a\nb", "a\0", &"x".repeat(201)] {
        assert!(check_product_name(name).is_err(), "{name:?}");
    }
}

#[test]
fn typed_requests_that_nobody_parsed_are_validated_too() {
    let mut request = ClusteringRequest::parse(&clustering(), "request").unwrap();
    request.model_id = "-".to_owned();
    request.product_name = String::new();
    request.num_clusters = u32::MAX;
    let paths: Vec<_> = request.validate("request").into_iter().map(|fault| fault.path).collect();
    assert_eq!(paths, ["request.model_id", "request.product_name", "request.num_clusters"]);
}

#[test]
fn what_is_legal_but_doubtful_is_a_warning_and_no_fault() {
    let mut request = clustering();
    request = change(request, "num_clusters", Some(json!(1)));
    request = change(request, "data.intent", Some(json!(DIALOGUE)));
    request = change(request, "model_id", Some(json!("a".repeat(60))));
    let request = TrainingRequest::parse(&request, "request").unwrap();
    let paths = |tenant| request.warnings(tenant).into_iter().map(|warning| warning.path).collect::<Vec<_>>();
    let always = ["request.data.intent", "request.num_clusters", "request.llm"];
    assert_eq!(paths(None), always);
    assert_eq!(paths(Some("ab")), always, "60 + 1 + 2 just fits");
    assert_eq!(paths(Some("abc")), [&["request.model_id"][..], &always].concat());
    let classification = TrainingRequest::parse(&classification(), "request").unwrap();
    assert!(classification.warnings(Some("acme")).is_empty());
}

#[test]
fn an_untouched_form_names_what_is_missing_in_its_order() {
    let paths = |faults: Vec<FieldFault>| faults.into_iter().map(|fault| fault.path).collect::<Vec<_>>();
    let faults = ClusteringDraft::default().check().unwrap_err();
    assert_eq!(
        paths(faults),
        ["request.model_id", "request.product_name", "request.language", "request.data.dialogue"]
    );
    let draft = ClusteringDraft { num_clusters: "2.5".to_owned(), schema: DataSchema::Intent, ..Default::default() };
    let faults = paths(draft.check().unwrap_err());
    assert_eq!(faults[3..], ["request.data.intent", "request.num_clusters"]);
    let faults = ClassificationDraft::default().check().unwrap_err();
    assert_eq!(faults[3], FieldFault::new("request.dataset", "Choose the data file."));
}

#[test]
fn a_draft_keeps_the_file_of_another_schema_but_does_not_send_it() {
    let frozen = TrainingRequest::parse(&clustering(), "request").unwrap().freeze();
    let draft = ClusteringDraft { schema: DataSchema::Intent, ..ClusteringDraft::from_frozen(&frozen) };
    assert_eq!(draft.dialogue, DIALOGUE);
    let data = draft.check().unwrap().data;
    assert_eq!(data, ClusterData::Intent { intent: DatasetId::new(INTENT) });
}

#[test]
fn a_request_that_cannot_be_read_any_more_still_opens_as_a_form() {
    let frozen =
        serde_json::from_value(json!({ "kind": "sestek.clustering", "data": 7, "num_clusters": "x" })).unwrap();
    assert_eq!(ClusteringDraft::from_frozen(&frozen), ClusteringDraft::default());
    assert_eq!(ClassificationDraft::from_frozen(&frozen), ClassificationDraft::default());
}

fn clustering_requests() -> impl Strategy<Value = ClusteringRequest> {
    let dataset = || "[0-9a-f]{64}".prop_map(DatasetId::new);
    let data = prop_oneof![
        dataset().prop_map(|dialogue| ClusterData::Dialogue { dialogue }),
        dataset().prop_map(|intent| ClusterData::Intent { intent }),
        (dataset(), dataset()).prop_map(|(dialogue, intent)| ClusterData::DialogueAndIntent { dialogue, intent }),
    ];
    (
        "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "[A-Za-zığüşöç]\\PC{0,100}",
        prop::sample::select(ClusteringLanguage::ALL),
        data,
        0..=MAX_CLUSTERS,
        prop::option::of(prop::sample::select(Llm::ALL)),
        any::<bool>(),
    )
        .prop_map(|(model_id, product_name, language, data, num_clusters, llm, force_train)| ClusteringRequest {
            model_id,
            product_name,
            language,
            data,
            num_clusters,
            llm,
            force_train,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn a_request_survives_freezing_and_the_form(request in clustering_requests()) {
        let typed = TrainingRequest::SestekClustering(request.clone());
        let frozen = typed.freeze();
        prop_assert_eq!(TrainingRequest::thaw(&frozen), Ok(typed));
        let draft = ClusteringDraft::from_frozen(&frozen);
        let kept = serde_json::to_string(&draft).unwrap();
        prop_assert_eq!(&serde_json::from_str::<ClusteringDraft>(&kept).unwrap(), &draft);
        prop_assert_eq!(draft.check(), Ok(request));
    }

    #[test]
    fn no_json_makes_the_reader_panic_and_every_fault_has_a_path(text in "[\\[\\]{}:,\"a-z0-9_.-]{0,40}", number in any::<f64>()) {
        let value = serde_json::from_str(&text).unwrap_or_else(|_| json!(number));
        for name in ["model_id", "product_name", "language", "data", "num_clusters", "llm", "force_train"] {
            let request = change(clustering(), name, Some(value.clone()));
            if let Err(faults) = TrainingRequest::parse(&request, "request") {
                prop_assert!(faults.iter().all(|fault| fault.path.starts_with("request.") && !fault.message.is_empty()));
            }
        }
        let _ = ClassificationRequest::parse(&value, "request");
    }
}
