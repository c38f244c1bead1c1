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

/// Each character that `escapes` names, by its number, the letters of the number in upper case or lower.
fn escape(text: &str, escapes: &str, upper: bool) -> String {
    let spell = |c: char| match (escapes.contains(c), upper) {
        (false, _) => c.to_string(),
        (true, true) => format!("\\u{:04X}", u32::from(c)),
        (true, false) => format!("\\u{:04x}", u32::from(c)),
    };
    text.chars().map(spell).collect()
}

#[test]
fn g30_a_secret_is_found_whichever_of_its_characters_the_vendor_escapes() {
    let secret = "c4n4ry+plus&and'apostrophe<less>more=é";
    let redactor = Redactor::default();
    redactor.add_secret(&Secret::new(secret));
    for escapes in ["+&'<>é", "&<>", "+", "'=", "é", "c4n"] {
        for upper in [true, false] {
            let once = escape(secret, escapes, upper);
            let twice = once.replace('\\', "\\\\");
            for text in [&once, &twice, &format!("{once}{once}")] {
                let kept = redactor.redact_text(&format!("{{\"message\":\"before {text} after\"}}"));
                let said: serde_json::Value = serde_json::from_str(&kept).expect("still JSON");
                let masks = if text.len() == 2 * once.len() { "[redacted][redacted]" } else { MASK };
                assert_eq!(said["message"], format!("before {masks} after"), "{text}");
            }
        }
    }
    let encoded = escape(&STANDARD.encode([0xfb; 24]), "+", true);
    redactor.add_secret(&Secret::new("plain-enough"));
    assert_eq!(redactor.redact_text(&encoded), encoded, "nobody's secret stays");
}

#[test]
fn a_secret_cut_inside_an_escape_is_cut_off_whole() {
    let redactor = Redactor::default();
    redactor.add_secret(&Secret::new("abcdef+ghijkl"));
    for cut in [r"abcdef\", r"abcdef\u00", r"abcdef\u002Bgh", r"abcdef\u002bgh"] {
        assert_eq!(redactor.find_safe_end(format!("words {cut}").as_bytes()), 6, "{cut}");
    }
}

#[test]
fn the_query_of_an_address_is_masked_to_its_end_in_every_spelling() {
    for (text, kept) in [
        (r#"{"u":"https://h/x.pdf?D=1\u0026S=KEY","n":1}"#, r#"{"u":"https://h/x.pdf?[redacted]","n":1}"#),
        (r#"{"u":"https://h/x?a=\u0027b\u0027\u0026S=KEY"}"#, r#"{"u":"https://h/x?[redacted]"}"#),
        (r#"{"u":"https:\/\/h\/x?sig=a\/KEY"}"#, r#"{"u":"https:\/\/h\/x?[redacted]"}"#),
        (r#""{\"u\":\"https://h/x?a=1\\u0026S=KEY\"}""#, r#""{\"u\":\"https://h/x?[redacted]\"}""#),
        (
            r#""{\u0022u\u0022:\u0022https://h/x?S=KEY\u0022}""#,
            r#""{\u0022u\u0022:\u0022https://h/x?[redacted]\u0022}""#,
        ),
        ("to=https%3A%2F%2Fh%2Fx%3Fsig%3DKEY%26b%3D2", "to=https%3A%2F%2Fh%2Fx%3F[redacted]"),
        ("to=https%3a%2f%2fh%2fx?sig=KEY now", "to=https%3a%2f%2fh%2fx?[redacted] now"),
        ("to=https%253A%252F%252Fh%252Fx%253Fsig%253DKEY", "to=https%253A%252F%252Fh%252Fx%253F[redacted]"),
        (r"see https://h/a?b=KEY\nhttp://h/c", r"see https://h/a?[redacted]\nhttp://h/c"),
        ("see https://h/a%3Fb and 'http://h/c'", "see https://h/a%3Fb and 'http://h/c'"),
    ] {
        let shown = Redactor::default().redact_text(text);
        assert_eq!(shown, kept, "{text}");
        assert_eq!(Redactor::default().redact_text(&shown), kept, "once more: {text}");
    }
}

#[test]
fn telling_names_and_bearers_are_found_between_escapes() {
    for (text, kept) in [
        (r"client_id=a\u0026client_secret=hunter2", r"client_id=a\u0026client_secret=[redacted]"),
        (
            r#""{\u0022access_token\u0022:\u0022eyJ.J9\u0022,\u0022x\u0022:1}""#,
            r#""{\u0022access_token\u0022:\u0022[redacted]\u0022,\u0022x\u0022:1}""#,
        ),
        (r#""you sent Bearer abcd\u002Befgh\/ijkl\u003D here""#, r#""you sent Bearer [redacted] here""#),
    ] {
        assert_eq!(Redactor::default().redact_text(text), kept, "{text}");
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
