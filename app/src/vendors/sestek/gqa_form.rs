//! The form of generative question answering, as data.
//! Keeps no rule of its own: `gqa` decides what is legal.

use super::form::{DEPENDENCY_NOTE, MODEL_ID, text, values_of};
use super::gqa::GqaRequest;
use super::{GQA, model_id};
use crate::model::error::FieldFault;
use crate::model::request::FrozenRequest;
use crate::vendors::TrainingRequest;
use crate::vendors::forms::{Choice, Control, FormField, FormSection, FormValues, KindForm, always};
use serde_json::{Value, json};

/// The field that says which of the two sources the form shows. It is no field of the request.
const SOURCE: &str = "data.source";
const URLS: &str = "data.urls";
const FILES: &str = "data.files";

/// The form of generative question answering.
pub const GQA_FORM: KindForm = KindForm {
    kind: GQA.kind,
    sections: &[
        FormSection { title: "Model", fields: &[MODEL_ID, PROJECT_NAME] },
        FormSection { title: "Data", fields: &[SOURCE_FIELD, FILES_FIELD, URLS_FIELD] },
    ],
    defaults: &[(SOURCE, "files")],
    check: check_gqa,
    warn: warn_gqa,
    prefill: prefill_gqa,
    compose_model_id: model_id::compose_model_id,
    note: DEPENDENCY_NOTE,
};

const PROJECT_NAME: FormField = FormField {
    name: "project_name",
    label: "Project name",
    hint: "Sent to SESTEK as projectName; it comes back as the description.",
    control: Control::Text,
    ask: "Give a project name",
    missing: "Project name is missing",
    done: "Project name is given",
    shown: always,
    half: false,
};

const SOURCE_FIELD: FormField = FormField {
    name: SOURCE,
    label: "Data from",
    hint: "",
    control: Control::Segments(SOURCES),
    ask: "Choose where the data comes from",
    missing: "Where the data comes from is not chosen",
    done: "",
    shown: always,
    half: false,
};

const FILES_FIELD: FormField = FormField {
    name: FILES,
    label: "Files",
    hint: "One or several. SESTEK names no file types; txt, pdf, docx, html, md, json and csv are usual.",
    control: Control::Datasets("files"),
    ask: "Add a file",
    missing: "Files are missing",
    done: "",
    shown: uses_files,
    half: false,
};

const URLS_FIELD: FormField = FormField {
    name: URLS,
    label: "Addresses",
    hint: "One on each line. What follows a question mark is sent, but shown only to operators and admins.",
    control: Control::Lines,
    ask: "Give an address",
    missing: "Addresses are missing",
    done: "Addresses have the right shape",
    shown: uses_urls,
    half: false,
};

const SOURCES: &[Choice] = &[
    Choice { value: "files", label: "Files", hint: "Sent from here." },
    Choice {
        value: "urls",
        label: "Addresses",
        hint: "SESTEK fetches them itself, so it must be able to reach them until it has read the data.",
    },
];

fn uses_urls(values: &FormValues) -> bool {
    values.get(SOURCE).is_some_and(|source| source == "urls")
}

fn uses_files(values: &FormValues) -> bool {
    !uses_urls(values)
}

fn check_gqa(values: &FormValues) -> Result<TrainingRequest, Vec<FieldFault>> {
    let urls: Vec<String> = text(values, URLS).lines().map(|line| line.trim().to_owned()).collect();
    let urls: Vec<String> = urls.into_iter().filter(|line| !line.is_empty()).collect();
    let data = if uses_urls(values) {
        json!({ "urls": urls })
    } else {
        // A file that is still on its way stands there as an empty line.
        let files: Vec<_> = values.get(FILES).map(|files| files.split('\n').collect()).unwrap_or_default();
        json!({ "files": files })
    };
    let request =
        json!({"model_id": text(values, "model_id"), "project_name": text(values, "project_name"), "data": data});
    GqaRequest::parse(&request, "request").map(TrainingRequest::SestekGqa).map_err(number_lines)
}

/// On the page all addresses stand in one field: a fault of one of them says which.
fn number_lines(mut faults: Vec<FieldFault>) -> Vec<FieldFault> {
    for fault in &mut faults {
        let place = fault.path.strip_prefix("request.data.urls.").and_then(|place| place.parse::<usize>().ok());
        if let Some(place) = place {
            fault.message = format!("Address {}: {}", place + 1, fault.message);
        }
    }
    faults
}

fn warn_gqa(request: &TrainingRequest, tenant: Option<&str>) -> Vec<FieldFault> {
    match request {
        TrainingRequest::SestekGqa(request) => request.warnings(tenant),
        _ => Vec::new(),
    }
}

fn prefill_gqa(frozen: &FrozenRequest) -> FormValues {
    let read = |name: &str| frozen.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let urls = frozen.fields.get("data").and_then(|data| data.get("urls")).and_then(Value::as_array);
    let lines: Vec<_> = urls.into_iter().flatten().filter_map(Value::as_str).collect();
    let source = if urls.is_some() { "urls" } else { "files" };
    values_of([
        ("model_id", read("model_id")),
        ("project_name", read("project_name")),
        (SOURCE, source.to_owned()),
        (URLS, lines.join("\n")),
    ])
}

#[cfg(test)]
mod tests {
    use super::GQA_FORM;
    use crate::vendors::forms::FormValues;
    use serde_json::json;

    fn values(more: &[(&str, &str)]) -> FormValues {
        let mut values = GQA_FORM.fresh_values();
        for (name, value) in [("model_id", "answers"), ("project_name", "Help desk")].iter().chain(more) {
            values.insert((*name).to_owned(), (*value).to_owned());
        }
        values
    }

    #[test]
    fn lines_become_addresses_and_only_the_chosen_source_is_sent() {
        let urls = "\n https://a.example/1?k=v \n\nhttps://b.example\n";
        let filled = values(&[("data.source", "urls"), ("data.urls", urls), ("data.files", "f")]);
        let request = (GQA_FORM.check)(&filled).expect("legal");
        let frozen = request.freeze();
        assert_eq!(frozen.fields["data"], json!({"urls": ["https://a.example/1?k=v", "https://b.example"]}));
        let mut again = values(&[]);
        again.extend((GQA_FORM.prefill)(&frozen));
        assert_eq!((GQA_FORM.check)(&again), Ok(request));
        let files = ["a".repeat(64), "b".repeat(64)];
        let filled = values(&[("data.urls", urls), ("data.files", &files.join("\n"))]);
        let request = (GQA_FORM.check)(&filled).expect("legal");
        assert_eq!(request.freeze().fields["data"], json!({ "files": files }));
    }

    #[test]
    fn faults_belong_to_the_field_of_their_source() {
        let faults_of = |more: &[(&str, &str)]| {
            let faults = (GQA_FORM.check)(&values(more)).expect_err("faults");
            let fault = faults.first().expect("one").clone();
            (GQA_FORM.field_at(&fault.path).map(|field| field.name), fault.message)
        };
        let (field, message) = faults_of(&[("data.source", "urls"), ("data.urls", "https://a.example\nb.pdf")]);
        assert_eq!(field, Some("data.urls"));
        assert!(message.starts_with("Address 2: "), "{message}");
        assert_eq!(faults_of(&[("data.source", "urls")]).0, Some("data.urls"));
        assert_eq!(faults_of(&[]).0, Some("data.files"));
        assert_eq!(faults_of(&[("data.files", "")]).0, Some("data.files"));
    }
}
