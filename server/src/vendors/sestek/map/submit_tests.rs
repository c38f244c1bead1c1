//! The table of train answers: contract sections 10, 14 and 17.

use super::map_train_answer;
use crate::vendors::http::answer::Answer;
use crate::vendors::vendor::{Pace, SubmitOutcome};
use app::vendors::TrainingRequest;
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use serde_json::json;
use std::time::Duration;

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html";
const EXPERIMENT: &str = r#"{"name":"m","statusMessage":"Initialized","id":"0e4b0b9e-8c4e-4d0c-9df8-7f1b2a3c4d5e"}"#;
const STILL: &str = "The training is still in progress for the same model ID: m";

#[derive(Debug, PartialEq)]
enum Means {
    Accepted(Option<&'static str>),
    Busy,
    Rejected(&'static str),
    Refused,
    Throttled(u64),
    Unclear,
}

fn clustering() -> TrainingRequest {
    serde_json::from_value(json!({"kind": "sestek.clustering", "model_id": "m", "product_name": "CA",
        "language": "tr-TR", "data": {"schema": "dialogue", "dialogue": "a".repeat(64)}}))
    .unwrap()
}

fn classification() -> TrainingRequest {
    serde_json::from_value(json!({"kind": "sestek.classification", "model_id": "m", "product_name": "CA",
        "language": "tr-TR", "dataset": "a".repeat(64)}))
    .unwrap()
}

fn check(answer: &Answer, means: &Means) {
    let outcome = map_train_answer(answer, &clustering(), Pace(0.5));
    let same = match (&outcome, means) {
        (SubmitOutcome::Accepted { run_id, .. }, Means::Accepted(expected)) => run_id.as_deref() == *expected,
        (SubmitOutcome::Busy { .. }, Means::Busy) => true,
        (SubmitOutcome::Rejected { failure, .. }, Means::Rejected(code)) => failure.code == *code,
        (SubmitOutcome::TokenRefused { .. }, Means::Refused) => true,
        (SubmitOutcome::Throttled { retry_after, .. }, Means::Throttled(seconds)) => {
            *retry_after == Duration::from_secs(*seconds)
        }
        (SubmitOutcome::Unclear { .. }, Means::Unclear) => true,
        _ => false,
    };
    assert!(same, "{} {:?} is {outcome:?}, not {means:?}", answer.status, answer.text);
}

#[test]
fn a_202_is_a_refusal_whatever_its_body() {
    for (kind, text) in [("", ""), ("text/plain", "wait"), (JSON, EXPERIMENT), (JSON, "{}"), (HTML, "<html>")] {
        check(&Answer::sample(202, kind, text), &Means::Busy);
    }
}

#[test]
fn the_in_progress_words_are_a_refusal_under_any_status() {
    let abp = json!({"error": {"code": "App:1", "message": STILL}}).to_string();
    for status in [200, 400, 401, 403, 409, 429, 500, 503] {
        check(&Answer::sample(status, JSON, &abp), &Means::Busy);
        check(&Answer::sample(status, "text/plain", STILL), &Means::Busy);
        check(&Answer::sample(status, JSON, &json!(STILL).to_string()), &Means::Busy);
    }
    let busy = |text: &str| match map_train_answer(&Answer::sample(202, JSON, text), &clustering(), Pace(1.0)) {
        SubmitOutcome::Busy { message, said } => (message, said),
        outcome => panic!("not busy: {outcome:?}"),
    };
    assert_eq!(busy(&abp), (STILL.to_owned(), Some(STILL.to_owned())));
    assert_eq!(busy("").1, None, "these words are ours");
}

#[test]
fn an_acceptance_is_an_experiment_or_json_that_broke_off() {
    const ID: Option<&str> = Some("0e4b0b9e-8c4e-4d0c-9df8-7f1b2a3c4d5e");
    for (status, kind, text, means) in [
        (200, JSON, EXPERIMENT, Means::Accepted(ID)),
        (200, "text/plain", EXPERIMENT, Means::Accepted(ID)),
        (201, JSON, EXPERIMENT, Means::Accepted(ID)),
        (200, JSON, "{}", Means::Accepted(None)),
        (200, JSON, r#"{"id":"0e4b"#, Means::Accepted(None)),
        (200, JSON, "", Means::Accepted(None)),
        (200, "", r#"{"name":"m","#, Means::Accepted(None)),
        (200, "", "", Means::Unclear),
        (200, JSON, "\"ok\"", Means::Unclear),
        (200, JSON, "null", Means::Unclear),
        (200, JSON, r#"{"error":{"message":"Something else"}}"#, Means::Unclear),
        (204, "", "", Means::Unclear),
        (201, JSON, "{}", Means::Unclear),
        (200, HTML, "<html>Sign in</html>", Means::Unclear),
        (200, JSON, "<!DOCTYPE html><html>", Means::Unclear),
        (200, "text/plain", "OK", Means::Unclear),
        (302, "", "", Means::Unclear),
        (307, JSON, EXPERIMENT, Means::Unclear),
    ] {
        check(&Answer::sample(status, kind, text), &means);
    }
}

#[test]
fn refusals_keep_the_vendors_code_and_outages_are_unclear() {
    let coded = json!({"error": {"code": "App:010046", "message": "No."}}).to_string();
    let plain = json!({"error": {"code": null, "message": "No."}}).to_string();
    for (status, kind, text, means) in [
        (400, JSON, coded.as_str(), Means::Rejected("App:010046")),
        (400, JSON, plain.as_str(), Means::Rejected("invalid")),
        (400, JSON, "\"Bad model id\"", Means::Rejected("invalid")),
        (400, "text/plain", "Bad model id", Means::Unclear),
        (400, JSON, r#"{"error":{"message":"Ba"#, Means::Unclear),
        (400, JSON, r#"{"message":"no Route matched with those values"}"#, Means::Unclear),
        (400, "", "", Means::Rejected("invalid")),
        (400, HTML, "<html>Request too big</html>", Means::Unclear),
        (401, "", "", Means::Refused),
        (403, JSON, coded.as_str(), Means::Rejected("App:010046")),
        (403, JSON, plain.as_str(), Means::Rejected("vendor_error")),
        (404, "", "", Means::Rejected("vendor_error")),
        (404, HTML, "<html>nginx</html>", Means::Unclear),
        (408, "", "", Means::Unclear),
        (409, JSON, plain.as_str(), Means::Rejected("vendor_error")),
        (413, HTML, "<html>413 Request Entity Too Large</html>", Means::Rejected("invalid")),
        (413, "", "", Means::Rejected("invalid")),
        (415, "", "", Means::Rejected("invalid")),
        (422, JSON, plain.as_str(), Means::Rejected("invalid")),
        (500, JSON, plain.as_str(), Means::Unclear),
        (501, JSON, plain.as_str(), Means::Rejected("vendor_error")),
        (501, HTML, "<html>", Means::Unclear),
        (502, HTML, "<html>Bad gateway</html>", Means::Unclear),
        (503, HTML, "<html>", Means::Unclear),
        (504, "", "", Means::Unclear),
        // No Retry-After: our own minute, scaled by the pace of 0.5.
        (429, "", "", Means::Throttled(30)),
    ] {
        check(&Answer::sample(status, kind, text), &means);
    }
    for text in [coded.as_str(), ""] {
        let mut answer = Answer::sample(400, JSON, text);
        answer.broken = Some("the connection broke".to_owned());
        check(&answer, &Means::Unclear);
    }
    for status in [429, 503] {
        let mut answer = Answer::sample(status, "", "");
        answer.retry_after = Some(Duration::from_secs(7));
        check(&answer, &Means::Throttled(7));
    }
}

#[test]
fn only_an_authorization_code_pauses_the_connection() {
    for (code, pauses) in [("Volo.Authorization:010001", true), ("App:010046", false)] {
        let text = json!({"error": {"code": code, "message": "Given policy has not granted."}}).to_string();
        let outcome = map_train_answer(&Answer::sample(403, JSON, &text), &clustering(), Pace(1.0));
        let SubmitOutcome::Rejected { pauses_connection, failure, .. } = outcome else { panic!("not rejected") };
        assert_eq!((pauses_connection, failure.code.as_str()), (pauses, code));
    }
}

#[test]
fn blamed_members_become_the_forms_fields() {
    let text = json!({"error": {"message": "Not valid", "validationErrors": [
        {"message": "Bad id", "members": ["ModelId"]},
        {"message": "Bad file", "members": ["input.dataFile[0]", "SecondaryDataFile"]},
        {"message": "", "members": ["languagecode"]},
        {"message": "Odd", "members": ["whoKnows"]},
        {"message": "Bad id", "members": ["$.modelId"]}]}})
    .to_string();
    let blamed = |request: &TrainingRequest| {
        let SubmitOutcome::Rejected { fields, .. } =
            map_train_answer(&Answer::sample(400, JSON, &text), request, Pace(1.0))
        else {
            panic!("not rejected");
        };
        fields.into_iter().map(|fault| format!("{}: {}", fault.path, fault.message)).collect::<Vec<_>>()
    };
    assert_eq!(
        blamed(&clustering()),
        [
            "request.model_id: Bad id",
            "request.data.dialogue: Bad file",
            "request.data.intent: Bad file",
            "request.language: SESTEK refused this value.",
            "request: Odd",
        ]
    );
    assert!(blamed(&classification()).contains(&"request.dataset: Bad file".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn g39_no_answer_makes_the_table_panic(
        status in 100_u16..1_000,
        kind in prop::sample::select(vec!["", JSON, HTML, "text/plain", ";;;", "é"]),
        text in any::<String>(),
    ) {
        let _outcome = map_train_answer(&Answer::sample(status, kind, &text), &clustering(), Pace(1.0));
    }
}
