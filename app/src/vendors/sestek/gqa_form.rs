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
/// Where SESTEK calls back to: a word, and with the last one four fields.
const CALLBACK: &str = "callback";
const ELSEWHERE: &str = "elsewhere";
const ELSEWHERE_FIELDS: [&str; 4] = ["address", "identity_address", "client_id", "client_secret_ref"];

/// The form of generative question answering.
pub const GQA_FORM: KindForm = KindForm {
    kind: GQA.kind,
    sections: &[
        FormSection { title: "Model", fields: &[MODEL_ID, PROJECT_NAME] },
        FormSection { title: "Data", fields: &[SOURCE_FIELD, FILES_FIELD, URLS_FIELD] },
        FormSection {
            title: "Callback",
            fields: &[CALLBACK_FIELD, ADDRESS_FIELD, IDENTITY_FIELD, CLIENT_FIELD, SECRET_FIELD],
        },
    ],
    defaults: &[(SOURCE, "files"), (CALLBACK, "ours")],
    check: check_gqa,
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

const CALLBACK_FIELD: FormField = FormField {
    name: CALLBACK,
    label: "SESTEK calls back to",
    hint: "",
    control: Control::Segments(CALLBACKS),
    ask: "Choose where SESTEK calls back to",
    missing: "Where SESTEK calls back to is not chosen",
    done: "",
    shown: always,
    half: false,
};

const CALLBACKS: &[Choice] = &[
    Choice {
        value: "ours",
        label: "Ours",
        hint: "Recommended: news comes sooner. SESTEK gets an address of this server made for this training alone.",
    },
    Choice { value: "none", label: "None", hint: "SESTEK is asked for progress, as always." },
    Choice {
        value: ELSEWHERE,
        label: "Elsewhere",
        hint: "A receiver of your own hears of the end. This server asks for progress, as always.",
    },
];

const ADDRESS_FIELD: FormField = FormField {
    name: "callback.address",
    label: "Callback address",
    hint: "https. What follows a question mark is sent, but shown only to operators and admins.",
    control: Control::Text,
    ask: "Give the callback address",
    missing: "Callback address is missing",
    done: "",
    shown: calls_elsewhere,
    half: false,
};

const IDENTITY_FIELD: FormField = FormField {
    name: "callback.identity_address",
    label: "Token address",
    hint: "https. SESTEK gets a token for the callback here, by client credentials.",
    control: Control::Text,
    ask: "Give the token address",
    missing: "Token address is missing",
    done: "",
    shown: calls_elsewhere,
    half: false,
};

const CLIENT_FIELD: FormField = FormField {
    name: "callback.client_id",
    label: "Client id",
    hint: "SESTEK's client at the token address.",
    control: Control::Text,
    ask: "Give the client id",
    missing: "Client id is missing",
    done: "",
    shown: calls_elsewhere,
    half: true,
};

const SECRET_FIELD: FormField = FormField {
    name: "callback.client_secret_ref",
    label: "Name of the client's secret",
    hint: "The name of a secret that an admin keeps for this connection. The secret itself is never shown.",
    control: Control::Text,
    ask: "Give the name of the client's secret",
    missing: "Name of the client's secret is missing",
    done: "",
    shown: calls_elsewhere,
    half: true,
};

fn calls_elsewhere(values: &FormValues) -> bool {
    values.get(CALLBACK).is_some_and(|to| to == ELSEWHERE)
}

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
    let request = json!({"model_id": text(values, "model_id"), "project_name": text(values, "project_name"),
        "data": data, "callback": write_callback(values)});
    GqaRequest::parse(&request, "request").map(TrainingRequest::SestekGqa).map_err(number_lines)
}

fn write_callback(values: &FormValues) -> Value {
    let part = |name: &str| text(values, &format!("{CALLBACK}.{name}")).trim().to_owned();
    match values.get(CALLBACK).map(String::as_str) {
        Some(ELSEWHERE) => ELSEWHERE_FIELDS.into_iter().map(|name| (name.to_owned(), json!(part(name)))).collect(),
        Some("none") => Value::Null,
        other => json!(other.unwrap_or_default()),
    }
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

fn prefill_gqa(frozen: &FrozenRequest) -> FormValues {
    let read = |name: &str| frozen.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let urls = frozen.fields.get("data").and_then(|data| data.get("urls")).and_then(Value::as_array);
    let lines: Vec<_> = urls.into_iter().flatten().filter_map(Value::as_str).collect();
    let source = if urls.is_some() { "urls" } else { "files" };
    let callback = frozen.fields.get(CALLBACK);
    let to = match callback {
        Some(Value::Object(_)) => ELSEWHERE,
        Some(Value::Null) => "none",
        _ => "ours",
    };
    let part = |name: &str| callback.and_then(|parts| parts.get(name)).and_then(Value::as_str).unwrap_or_default();
    let [address, identity, client, secret] = ELSEWHERE_FIELDS.map(|name| part(name).to_owned());
    values_of([
        ("model_id", read("model_id")),
        ("project_name", read("project_name")),
        (SOURCE, source.to_owned()),
        (URLS, lines.join("\n")),
        (CALLBACK, to.to_owned()),
        (ADDRESS_FIELD.name, address),
        (IDENTITY_FIELD.name, identity),
        (CLIENT_FIELD.name, client),
        (SECRET_FIELD.name, secret),
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

    const RECEIVER: [(&str, &str); 4] = [
        ("callback.address", " https://hooks.example.com/x?k=v "),
        ("callback.identity_address", "https://id.example.com/token"),
        ("callback.client_id", "trainer"),
        ("callback.client_secret_ref", "receiver"),
    ];

    #[test]
    fn the_callback_is_ours_until_somebody_chooses_otherwise_and_only_the_chosen_one_is_sent() {
        let elsewhere = json!({"address": "https://hooks.example.com/x?k=v", "client_id": "trainer",
            "identity_address": "https://id.example.com/token", "client_secret_ref": "receiver"});
        let urls = [("data.source", "urls"), ("data.urls", "https://a.example")];
        for (choice, sent) in [
            (None, json!("ours")),
            (Some("ours"), json!("ours")),
            (Some("none"), json!(null)),
            (Some("elsewhere"), elsewhere),
        ] {
            let mut filled = values(&[&urls[..], &RECEIVER[..]].concat());
            filled.extend(choice.map(|choice| ("callback".to_owned(), choice.to_owned())));
            let request = (GQA_FORM.check)(&filled).expect("legal");
            let frozen = request.freeze();
            assert_eq!(frozen.fields["callback"], sent, "{choice:?}");
            let mut again = values(&[]);
            again.extend((GQA_FORM.prefill)(&frozen));
            assert_eq!((GQA_FORM.check)(&again), Ok(request), "{choice:?}");
        }
    }

    #[test]
    fn the_four_fields_are_there_only_for_elsewhere_and_each_gets_its_own_fault() {
        let shown = |values: &FormValues| {
            let fields = GQA_FORM.fields().filter(|field| field.name.starts_with("callback."));
            fields.filter(|field| (field.shown)(values)).count()
        };
        let urls = [("data.source", "urls"), ("data.urls", "https://a.example")];
        assert_eq!(shown(&values(&urls)), 0);
        let empty = values(&[&urls[..], &[("callback", "elsewhere")]].concat());
        assert_eq!(shown(&empty), 4);
        let faults = (GQA_FORM.check)(&empty).expect_err("faults");
        let fields: Vec<_> = faults.iter().filter_map(|fault| GQA_FORM.field_at(&fault.path)).collect();
        let names: Vec<_> = fields.iter().map(|field| field.name).collect();
        assert_eq!(names, RECEIVER.map(|(name, _)| name));
        let odd = values(&[&urls[..], &[("callback", "")]].concat());
        let faults = (GQA_FORM.check)(&odd).expect_err("faults");
        assert_eq!(GQA_FORM.field_at(&faults[0].path).map(|field| field.name), Some("callback"));
    }
}
