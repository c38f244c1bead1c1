//! Tests of what token answers mean and of when a token is renewed.

use super::{TokenFault, map_token_answer, plan_renewal, warn_scope};
use crate::vendors::http::answer::Answer;
use crate::vendors::vendor::Pace;
use app::model::time::Timestamp;
use std::time::Duration;

#[derive(Debug, PartialEq)]
enum Means {
    Token,
    Refused,
    Unreachable,
    Throttled,
}

fn read(answer: &Answer) -> Means {
    match map_token_answer(answer, Pace(1.0)) {
        Ok(_) => Means::Token,
        Err(TokenFault::Refused { .. }) => Means::Refused,
        Err(TokenFault::Unreachable { .. }) => Means::Unreachable,
        Err(TokenFault::Throttled { .. }) => Means::Throttled,
    }
}

#[test]
fn the_error_word_decides_and_not_the_status() {
    const JSON: &str = "application/json";
    for (status, kind, text, means) in [
        (200, JSON, r#"{"access_token":"t","expires_in":86400}"#, Means::Token),
        (200, "text/plain", r#"{"access_token":"t"}"#, Means::Token),
        (200, JSON, "{}", Means::Unreachable),
        (200, "text/html", "<html>Sign in</html>", Means::Unreachable),
        (302, "", "", Means::Unreachable),
        (400, JSON, r#"{"error":"invalid_client"}"#, Means::Refused),
        (401, JSON, r#"{"error":"invalid_client","error_description":"No."}"#, Means::Refused),
        (400, JSON, r#"{"error":"invalid_scope"}"#, Means::Refused),
        (403, JSON, r#"{"error":"insufficient_access"}"#, Means::Refused),
        (400, JSON, r#"{"error":"temporarily_unavailable"}"#, Means::Unreachable),
        (401, "", "", Means::Refused),
        (403, "text/html", "<html>Forbidden by the firewall</html>", Means::Unreachable),
        (404, JSON, "", Means::Unreachable),
        (500, JSON, r#"{"error":"server_error"}"#, Means::Unreachable),
        (503, "text/html", "<html>", Means::Unreachable),
        (429, JSON, "", Means::Throttled),
    ] {
        assert_eq!(read(&Answer::sample(status, kind, text)), means, "{status} {text}");
    }
}

#[test]
fn a_refusal_says_the_vendors_words_and_the_status() {
    let answer = Answer::sample(
        401,
        "application/json",
        r#"{"error":"invalid_client","error_description":"The specified client credentials are invalid."}"#,
    );
    let Err(TokenFault::Refused { message }) = map_token_answer(&answer, Pace(1.0)) else { panic!("not refused") };
    assert_eq!(message, "SESTEK rejected the credentials (401): The specified client credentials are invalid.");
}

#[test]
fn a_token_is_renewed_at_four_fifths_of_its_life_or_five_minutes_early() {
    let now = Timestamp::from_millis(0);
    for (expires_in, renew_seconds, life_seconds) in [
        (Some(86_400), 69_120, 86_400),
        (Some(1_200), 900, 1_200),
        (Some(600), 300, 600),
        (Some(60), 48, 60),
        (None, 300, 600),
        (Some(u64::MAX), 2_073_600, 2_592_000),
    ] {
        let (renew_at, expires_at) = plan_renewal(expires_in, now);
        assert_eq!(renew_at, now.plus(Duration::from_secs(renew_seconds)), "{expires_in:?}");
        assert_eq!(expires_at, now.plus(Duration::from_secs(life_seconds)), "{expires_in:?}");
    }
}

#[test]
fn a_scope_without_external_trainings_is_warned_about() {
    assert_eq!(warn_scope("SestekAI_External"), None);
    assert_eq!(warn_scope("openid SestekAI_External"), None);
    assert!(warn_scope("SestekAI_Host_External").unwrap().contains("SestekAI_Host_External"));
}
