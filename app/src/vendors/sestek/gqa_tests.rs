//! Generative question answering against the vectors of the contract (sections 5 and 9, cases 13, 15 and 18).

use super::{GqaData, GqaRequest, MAX_SOURCES};
use crate::vendors::TrainingRequest;
use serde_json::{Value, json};

const FIRST: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const SECOND: &str = "2222222222222222222222222222222222222222222222222222222222222222";
const URL: &str = "https://files.example.com/manual.pdf?signature=canary";

fn with_data(data: Value) -> Value {
    json!({"kind": "sestek.gqa", "model_id": "answers-1", "project_name": "Help desk", "data": data})
}

fn paths_of(request: &Value) -> Vec<String> {
    let faults = TrainingRequest::parse(request, "request").err().unwrap_or_default();
    assert!(!format!("{faults:?}").contains("canary"), "{faults:?}");
    faults.into_iter().map(|fault| fault.path).collect()
}

#[test]
fn both_sources_are_read_and_come_back_the_same() {
    for data in [json!({"files": [FIRST, SECOND]}), json!({"urls": [URL, "http://files.example.com"]})] {
        let mut request = with_data(data);
        let typed = TrainingRequest::parse(&request, "request").expect("legal");
        request["callback"] = json!("ours");
        assert_eq!(serde_json::to_value(&typed).expect("json"), request, "defaults are filled in");
        assert_eq!(TrainingRequest::parse(&request, "request").expect("legal"), typed);
        assert_eq!(typed.validate("request"), []);
        assert_eq!(TrainingRequest::thaw(&typed.freeze()).expect("thawed"), typed);
        assert_eq!(typed.default_name(), "answers-1");
    }
}

#[test]
fn case_18_exactly_one_of_files_and_urls_is_taken() {
    for (data, path) in [
        (json!({"files": [FIRST], "urls": [URL]}), "request.data"),
        (json!({}), "request.data"),
        (json!({"files": null, "urls": null}), "request.data"),
        (json!([URL]), "request.data"),
        (json!({"files": []}), "request.data.files"),
        (json!({"urls": []}), "request.data.urls"),
        (json!({"urls": URL}), "request.data.urls"),
        (json!({"files": [FIRST, FIRST]}), "request.data.files.1"),
        (json!({"urls": [URL, URL]}), "request.data.urls.1"),
        (json!({"files": [FIRST, ""]}), "request.data.files.1"),
        (json!({"files": [1]}), "request.data.files.0"),
        (json!({"urls": ["manual.pdf?canary"]}), "request.data.urls.0"),
        (json!({"urls": vec![URL; MAX_SOURCES + 1]}), "request.data.urls"),
        (json!({"urls": [URL], "dialogue": FIRST}), "request.data.dialogue"),
    ] {
        assert_eq!(paths_of(&with_data(data)), [path]);
    }
    let data = with_data(json!({"urls": [URL], "files": null}));
    assert_eq!(paths_of(&data), Vec::<String>::new());
}

#[test]
fn case_15_it_is_a_project_name_here_and_no_product_name() {
    let mut request = with_data(json!({"urls": [URL]}));
    let fields = request.as_object_mut().expect("fields");
    fields.remove("project_name");
    fields.insert("product_name".to_owned(), json!("CA"));
    assert_eq!(paths_of(&request), ["request.project_name", "request.product_name"]);
    for bad in [json!(""), json!("  "), json!("a\nb"), json!("x".repeat(201)), json!(7), json!(null)] {
        request = with_data(json!({"urls": [URL]}));
        request["project_name"] = bad;
        assert_eq!(paths_of(&request), ["request.project_name"]);
    }
}

#[test]
fn fields_of_other_kinds_are_refused() {
    for name in ["language", "num_clusters", "llm", "force_train", "dataset"] {
        let mut request = with_data(json!({"urls": [URL]}));
        request[name] = json!("x");
        assert_eq!(paths_of(&request), [format!("request.{name}")]);
    }
}

#[test]
fn case_13_the_model_id_keeps_the_rule_of_every_kind() {
    let long = "a".repeat(63);
    for good in ["a", "0", "a-b", "a--b", &long] {
        let mut request = with_data(json!({"urls": [URL]}));
        request["model_id"] = json!(good);
        assert_eq!(paths_of(&request), Vec::<String>::new(), "{good}");
    }
    let too_long = "a".repeat(64);
    for bad in ["", "-", "-a", "a-", "A1", "a_b", "a.b", "müşteri", "ı", "\"abc\"", &too_long, "abc\n", " abc"] {
        let mut request = with_data(json!({"urls": [URL]}));
        request["model_id"] = json!(bad);
        assert_eq!(paths_of(&request), ["request.model_id"], "{bad}");
    }
}

#[test]
fn every_fault_is_named_at_once() {
    let callback = json!({"address": "x", "identity_address": "https://id.example.com", "client_id": "c"});
    let request = json!({"kind": "sestek.gqa", "model_id": "A", "data": {"urls": ["x"]}, "callback": callback, "y": 1});
    let expected = [
        "request.model_id",
        "request.project_name",
        "request.data.urls.0",
        "request.callback.address",
        "request.callback.client_secret_ref",
        "request.y",
    ];
    assert_eq!(paths_of(&request), expected);
}

#[test]
fn files_are_told_apart_by_their_place() {
    let request = GqaRequest {
        model_id: "a".to_owned(),
        project_name: "b".to_owned(),
        data: GqaData::Files(vec![crate::model::ids::DatasetId::new(FIRST), crate::model::ids::DatasetId::new(SECOND)]),
        callback: None,
    };
    let uses = request.datasets();
    let shown: Vec<_> = uses.iter().map(|used| (used.role, used.path.as_str(), used.sha256.as_str())).collect();
    let expected = [("files", "request.data.files.0", FIRST), ("files", "request.data.files.1", SECOND)];
    assert_eq!(shown, expected);
}

#[test]
fn a_veiled_request_hides_every_query_and_can_still_be_read() {
    let mut request = with_data(json!({"urls": [URL, "https://x.example/a"]}));
    request["callback"] = json!({"address": "https://hooks.example.com/?key=canary", "client_id": "c",
        "identity_address": "https://id.example.com/?canary", "client_secret_ref": "receiver"});
    let typed = TrainingRequest::parse(&request, "request");
    let mut frozen = typed.expect("legal").freeze();
    crate::vendors::veil_request(&mut frozen);
    assert_eq!(
        frozen.fields["data"],
        json!({"urls": ["https://files.example.com/manual.pdf?[redacted]", "https://x.example/a"]})
    );
    assert!(!format!("{frozen:?}").contains("canary"), "{frozen:?}");
    assert!(TrainingRequest::thaw(&frozen).is_ok());
}

#[test]
fn addresses_that_may_expire_or_cannot_be_reached_are_warned_of() {
    let warn = |url: &str| {
        let request = TrainingRequest::parse(&with_data(json!({"urls": [url]})), "request").expect("legal");
        request.warnings(None).into_iter().map(|fault| fault.path).collect::<Vec<_>>()
    };
    assert_eq!(warn("https://files.example.com/a"), Vec::<String>::new());
    assert_eq!(warn(URL), ["request.data.urls"]);
    assert_eq!(warn("http://localhost/a"), ["request.data.urls"]);
}
