//! Tests of the redactor: G30's encodings, telling names, and that ordinary text survives.

use super::{MASK, Redactor};
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

const CANARY: &str = "c4n4ry/Sécret+\"quoted\"=value";

fn redactor() -> Redactor {
    let redactor = Redactor::default();
    redactor.add_secret(&Secret::new(CANARY));
    redactor
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn g30_a_secret_is_found_in_every_encoding_it_may_come_back_in() {
    let basic = format!("client:{CANARY}");
    let bracket = format!("x{CANARY}y");
    for text in [
        CANARY.to_owned(),
        serde_json::to_string(CANARY).unwrap(),
        STANDARD.encode(CANARY),
        STANDARD_NO_PAD.encode(CANARY),
        URL_SAFE.encode(CANARY),
        URL_SAFE_NO_PAD.encode(CANARY),
        STANDARD.encode(&basic),
        URL_SAFE_NO_PAD.encode(&basic),
        STANDARD.encode(&bracket),
        hex(CANARY),
        hex(CANARY).to_uppercase(),
        percent_encoding::utf8_percent_encode(CANARY, percent_encoding::NON_ALPHANUMERIC).to_string(),
        url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect(),
    ] {
        let kept = redactor().redact_text(&format!("before {text} after"));
        assert!(kept.contains(MASK), "{text} -> {kept}");
        // At most the two base64 digits at each edge, which other bytes share, may stay.
        let left = kept.replace(MASK, "").replace("before", "").replace("after", "");
        assert!(left.trim().len() <= 16, "{text} -> {kept}");
    }
}

#[test]
fn values_of_telling_names_are_masked_and_the_rest_stays() {
    let redactor = Redactor::default();
    for (text, kept) in [
        (
            r#"{"access_token":"eyJhbGciOi.J9","expires_in":86400}"#,
            r#"{"access_token":"[redacted]","expires_in":86400}"#,
        ),
        (r#"{"accessToken" : "a\"b","x":1}"#, r#"{"accessToken" : "[redacted]","x":1}"#),
        (r#"{"callbackClientSecret":null}"#, r#"{"callbackClientSecret":null}"#),
        (r#""{\"client_secret\":\"abc\"}""#, r#""{\"client_secret\":\"[redacted]\"}""#),
        ("client_id=a&client_secret=hunter2&scope=b", "client_id=a&client_secret=[redacted]&scope=b"),
        ("Authorization: Basic YWJj\nHost: x", "Authorization: [redacted]\nHost: x"),
        ("you sent Bearer abcdefgh.ijkl here", "you sent Bearer [redacted] here"),
        (r#"Bearer error="invalid_token""#, r#"Bearer error="invalid_token""#),
        ("see https://host/path?sig=abc&x=1 and http://h/p", "see https://host/path?[redacted] and http://h/p"),
        (r#"{"access_token":"cut in the mid"#, r#"{"access_token":"[redacted]"#),
        ("a\0b", "a\u{fffd}b"),
        (r#"{"trainingStatus":"Completed","percent":100}"#, r#"{"trainingStatus":"Completed","percent":100}"#),
    ] {
        assert_eq!(redactor.redact_text(text), kept, "{text}");
    }
}

#[test]
fn old_tokens_are_forgotten_but_never_the_first_secret() {
    let redactor = redactor();
    for n in 0..40 {
        redactor.add_secret(&Secret::new(format!("token-number-{n}")));
    }
    assert!(redactor.redact_text("token-number-39").contains(MASK));
    assert!(redactor.redact_text(CANARY).contains(MASK));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn g39_no_text_makes_the_redactor_panic_or_leak(before in any::<String>(), after in any::<String>()) {
        let kept = redactor().redact_text(&format!("{before}{CANARY}{after}"));
        prop_assert!(!kept.contains(CANARY));
        prop_assert!(!kept.contains('\0'));
    }
}

#[test]
fn the_secret_part_of_a_callback_address_is_hidden_in_every_spelling() {
    let part = "Qm9vc3RlZC1zZWNyZXQtcGF0aC1vZi1hLXRyYWlu_-4";
    for text in [
        format!("cannot call https://t.example/callbacks/{part} today"),
        format!("\"callbackAddress\":\"https:\\/\\/t.example\\/callbacks\\/{part}\""),
        format!("to=https%3A%2F%2Ft.example%2Fcallbacks%2F{part}%2Fidentity&x=1"),
        format!("https://t.example/callbacks/{part}/identity/connect/token"),
    ] {
        let shown = Redactor::default().redact_text(&text);
        assert!(!shown.contains(part) && shown.contains(MASK), "{shown}");
    }
    assert_eq!(Redactor::default().redact_text("/callbacks/settings"), "/callbacks/settings");
}
