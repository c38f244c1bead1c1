//! Tests of the lenient reading: contract section 17, and G39's property that no text makes it panic.

use super::{Complaint, parse_json, read_complaint, read_experiment, read_progress, read_ready, read_token};
use super::{says_in_progress, text_says_in_progress};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_oneof, proptest};
use proptest::strategy::{Just, Strategy};
use serde_json::json;

fn words(text: &str) -> Option<(Option<f64>, Option<String>, Option<String>)> {
    read_progress(text).map(|wire| (wire.percent, wire.training_status, wire.inference_status))
}

#[test]
fn progress_is_read_in_every_shape_a_serializer_may_give_it() {
    let said = |percent, training: &str, inference: Option<&str>| {
        Some((percent, Some(training.to_owned()), inference.map(str::to_owned)))
    };
    for (text, read) in [
        (
            r#"{"percent":100,"trainingStatus":"Completed","inferenceStatus":"Running"}"#,
            said(Some(100.0), "Completed", Some("Running")),
        ),
        (r#"{"percent":null,"trainingStatus":"Completed","inferenceStatus":null}"#, said(None, "Completed", None)),
        (r#"{"trainingStatus":" completed "}"#, said(None, "completed", None)),
        (r#"{"TrainingStatus":"Training","Percent":"42.5"}"#, said(Some(42.5), "Training", None)),
        (r#"{"percent":1e9,"trainingStatus":"Training"}"#, said(Some(1e9), "Training", None)),
        (r#"{"percent":"a lot","trainingStatus":5}"#, said(None, "5", None)),
        (r#"{"percent":[1],"trainingStatus":"X","inferenceStatus":""}"#, said(None, "X", None)),
        ("\u{feff}{\"trainingStatus\":\"Failed\",\"new\":{\"a\":1}}", said(None, "Failed", None)),
        (r#"{"percent":7}"#, Some((Some(7.0), None, None))),
    ] {
        assert_eq!(words(text), read, "{text}");
    }
}

#[test]
fn what_is_no_progress_is_not_repaired() {
    let depth = "[".repeat(10_000);
    let deep = format!("{}1{}", "{\"percent\":".repeat(10_000), "}".repeat(10_000));
    let long = format!("{{\"percent\":1,\"x\":\"{}\"}}", "y".repeat(2 * 1024 * 1024));
    // The first is the sample that SESTEK prints: the commas are missing.
    for text in [
        "{\n  \"percent\": 100\n  \"trainingStatus\": \"Completed\"\n  \"inferenceStatus\": \"Running\"\n}",
        "",
        "null",
        "[]",
        "\"Completed\"",
        "{}",
        r#"{"error":{"message":"x"}}"#,
        r#"{"percent":1,"trainingStatus":"Compl"#,
        "<html>Completed</html>",
        depth.as_str(),
        deep.as_str(),
        long.as_str(),
    ] {
        assert_eq!(read_progress(text), None, "{}", &text[..text.len().min(80)]);
    }
}

#[test]
fn readiness_is_read_with_and_without_quotes_and_in_any_case() {
    for text in ["true", "True", "\"true\"", " TRUE\n"] {
        assert_eq!(read_ready(text), Some(true), "{text}");
    }
    for text in ["false", "False", "\"False\""] {
        assert_eq!(read_ready(text), Some(false), "{text}");
    }
    for text in ["", "1", "{\"ready\":true}", "<html>", "truefalse"] {
        assert_eq!(read_ready(text), None, "{text}");
    }
}

#[test]
fn the_in_progress_words_are_found_in_every_envelope() {
    for text in [
        "The training is still in progress for the same model ID: m-1",
        r#""The training is still in progress for the same model ID: m-1""#,
        r#"{"error":{"code":null,"message":"THE TRAINING IS STILL IN PROGRESS for the same model ID: x"}}"#,
        r#"{"error":{"message":"The training is still in\u0020progress"}}"#,
        r#"{"title":"Conflict","detail":"training is still in progress"}"#,
        r#"[{"deep":[{"er":"the training is still in progress"}]}]"#,
        r#"{"result":"The training is still in progress"#,
    ] {
        assert!(says_in_progress(text), "{text}");
    }
    for text in [
        "",
        "training in progress",
        // Our own product name, sent back.
        r#"{"id":"1","description":"training is still in progress","name":"training is still in progress"}"#,
    ] {
        assert!(!says_in_progress(text), "{text}");
    }
}

#[test]
fn an_experiment_needs_nothing_but_gives_its_id() {
    let full = json!({"name": "m-1", "description": "CA", "status": 0, "statusMessage": "Initialized", "percent": 0,
        "trainingParams": {}, "endpoints": [], "experimentDatasetMappings": [{"experimentId": "x"}],
        "creationTime": "not a time", "completionTime": "0001-01-01T00:00:00", "tryToStop": {"a": []},
        "id": "0e4b0b9e-8c4e-4d0c-9df8-7f1b2a3c4d5e"});
    let read = |value: &serde_json::Value| read_experiment(value.as_object().unwrap());
    assert_eq!(read(&full).run_id.as_deref(), Some("0e4b0b9e-8c4e-4d0c-9df8-7f1b2a3c4d5e"));
    assert_eq!(read(&full).status_message.as_deref(), Some("Initialized"));
    assert_eq!(read(&json!({})).run_id, None);
    assert_eq!(read(&json!({"id": null})).run_id, None);
}

fn said(complaint: &Complaint) -> (Option<&str>, Option<&str>) {
    (complaint.code.as_deref(), complaint.message.as_deref())
}

#[test]
fn errors_are_read_in_abp_openiddict_problem_text_and_nothing() {
    for (text, code, message, structured) in [
        (
            r#"{"error":{"code":"App:010046","message":"Not valid!","details":null,"data":{},"validationErrors":null}}"#,
            Some("App:010046"),
            Some("Not valid!"),
            true,
        ),
        (r#"{"error":{"message":"A","details":"B"}}"#, None, Some("A B"), true),
        (r#"{"error":{"message":"A","details":"A"}}"#, None, Some("A"), true),
        (r#"{"error":"invalid_client","error_description":"Wrong."}"#, Some("invalid_client"), Some("Wrong."), true),
        (r#"{"error":"invalid_client"}"#, Some("invalid_client"), Some("invalid_client"), true),
        (r#"{"title":"Bad","status":400,"errors":{}}"#, None, Some("Bad"), true),
        (
            r#"{"message":"no Route matched with those values"}"#,
            None,
            Some("no Route matched with those values"),
            false,
        ),
        (r#""just a text""#, None, Some("just a text"), false),
        ("  plain words \n", None, Some("plain words"), false),
        ("", None, None, false),
        ("null", None, None, false),
        (r#"{"error":{}}"#, None, None, true),
        (r#"{"error":null}"#, None, None, false),
    ] {
        let complaint = read_complaint(text, false);
        assert_eq!(said(&complaint), (code, message), "{text}");
        assert_eq!(complaint.structured, structured, "{text}");
    }
    assert_eq!(read_complaint("<html>Sign in</html>", true), Complaint::default());
}

#[test]
fn blamed_members_are_read_from_both_forms() {
    let abp = r#"{"error":{"message":"x","validationErrors":[{"message":"Too long","members":["modelId","input.DataFile"]},
        {"message":null,"members":null},7]}}"#;
    let members = read_complaint(abp, false).members;
    assert_eq!(members, [("modelId", "Too long"), ("input.DataFile", "Too long")].map(|(a, b)| (a.into(), b.into())));
    let problem = r#"{"title":"x","status":400,"errors":{"ModelId":["One.","Two."],"$.llm":"Three"}}"#;
    let mut members = read_complaint(problem, false).members;
    members.sort();
    assert_eq!(members, [("$.llm", "Three"), ("ModelId", "One. Two.")].map(|(a, b)| (a.into(), b.into())));
}

#[test]
fn long_vendor_text_is_capped() {
    let message = read_complaint(&"ü".repeat(100_000), false).message.unwrap();
    assert_eq!(message.chars().count(), 2_001);
    let word = read_progress(&format!(r#"{{"trainingStatus":"{}"}}"#, "w".repeat(9_999))).unwrap();
    assert_eq!(word.training_status.unwrap().chars().count(), 201);
}

#[test]
fn a_token_needs_nothing_but_itself() {
    let read = |text: &str| read_token(text.as_bytes());
    let wire = read(r#"{"access_token":"abc","expires_in":86400,"token_type":"Bearer","scope":"A B"}"#).unwrap();
    assert_eq!((wire.access_token.expose(), wire.expires_in_seconds), ("abc", Some(86_400)));
    assert_eq!(wire.scope.as_deref(), Some("A B"));
    assert_eq!(read(r#"{"access_token":"abc","expires_in":"3600"}"#).unwrap().expires_in_seconds, Some(3_600));
    for text in [r#"{"access_token":"abc"}"#, r#"{"access_token":"abc","expires_in":-5}"#] {
        assert_eq!(read(text).unwrap().expires_in_seconds, None, "{text}");
    }
    for text in [
        "",
        "{}",
        r#"{"access_token":""}"#,
        r#"{"access_token":null}"#,
        r#"{"access_token":"a\r\nX-Injected: 1"}"#,
        r#"{"access_token":"ü"}"#,
        r#"{"access_token":"abc" // comment
        }"#,
    ] {
        assert!(read(text).is_none(), "{text}");
    }
}

/// JSON of any shape, with the vendor's own field names mixed in.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "error",
            "message",
            "code",
            "details",
            "validationErrors",
            "members",
            "percent",
            "trainingStatus",
            "inferenceStatus",
            "id",
            "errors",
            "title",
            "status",
            "access_token",
            "expires_in",
            "scope",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::hash_map(name.clone(), inner, 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn read_all(text: &str) {
    let _progress = read_progress(text);
    let _ready = read_ready(text);
    let _complaint = (read_complaint(text, false), read_complaint(text, true));
    let _busy = says_in_progress(text);
    let _token = read_token(text.as_bytes());
    if let Some(serde_json::Value::Object(fields)) = parse_json(text) {
        let _experiment = read_experiment(&fields);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn g39_no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _token = read_token(&bytes);
        read_all(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn g39_no_json_makes_a_parser_panic(value in any_json()) {
        read_all(&value.to_string());
    }

    #[test]
    fn the_in_progress_words_are_found_whatever_stands_around_them(before in "[^\"\\\\]{0,40}", after in any::<String>()) {
        let text = format!("{before}The Training is STILL in progress{after}");
        prop_assert!(text_says_in_progress(&text));
        let body = json!({"error": {"message": text}}).to_string();
        prop_assert!(says_in_progress(&body));
    }
}

#[test]
fn what_escapes_hid_from_the_redactor_is_masked_where_it_is_read() {
    let text = r#"{"error":{"message":"see https\u003a//h/x\u003Fsig=KEY1","details":"\u0042earer KEY2KEY2KEY2",
        "validationErrors":[{"message":"client\u005fsecret=KEY3","members":["https:\u002F/h?KEY4"]}]}}"#;
    let complaint = read_complaint(text, false);
    assert_eq!(complaint.message.as_deref(), Some("see https://h/x?[redacted] Bearer [redacted]"));
    assert_eq!(complaint.members, [("https://h?[redacted]".to_owned(), "client_secret=[redacted]".to_owned())]);
}
