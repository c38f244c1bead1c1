//! A vendor's answer as it was read: capped, redacted, with the few headers that matter.
//! Never decides what it means.

use super::HttpLimits;
use super::redact::Redactor;
use app::model::time::Timestamp;
use bytes::Bytes;
use http::header;
use std::time::Duration;

/// Bytes of a body that are kept with the history.
const KEPT_BYTES: usize = 16 * 1024;

/// Bytes that are turned into text when a body is too long or is no UTF-8; such a body is never parsed.
const ODD_BYTES: usize = 64 * 1024;

/// The longest wait a vendor may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// A status line with its body.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: Option<String>,
    /// At most one hour.
    pub retry_after: Option<Duration>,
    /// The body, redacted: the whole of it, or its beginning when `broken`.
    pub text: String,
    /// Why the body is not all there: the connection broke, or it was too long.
    pub broken: Option<String>,
    body: Bytes,
}

impl Answer {
    /// An answer for tests of what answers mean.
    #[cfg(test)]
    pub fn sample(status: u16, content_type: &str, text: &str) -> Self {
        Self {
            status,
            content_type: (!content_type.is_empty()).then(|| content_type.to_owned()),
            retry_after: None,
            text: text.to_owned(),
            broken: None,
            body: Bytes::copy_from_slice(text.as_bytes()),
        }
    }

    /// The body as it came, secrets included: only for reading a token.
    pub fn secret_body(&self) -> &[u8] {
        &self.body
    }

    /// The redacted text as it is kept, at most 16 KiB, and whether something is missing.
    pub fn kept_body(&self) -> (String, bool) {
        if self.text.len() <= KEPT_BYTES {
            return (self.text.clone(), self.broken.is_some());
        }
        let end = self.text.floor_char_boundary(KEPT_BYTES);
        (self.text[..end].to_owned(), true)
    }

    /// Whether the media type is JSON (`application/json`, `application/problem+json`, ...).
    pub fn is_json(&self) -> bool {
        let essence = self.essence();
        essence.ends_with("/json") || essence.ends_with("+json")
    }

    /// Whether it is a web page, by its media type or by its first characters.
    pub fn is_html(&self) -> bool {
        let start: String = self.text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
        self.essence() == "text/html" || start.starts_with("<!doctype html") || start.starts_with("<html")
    }

    fn essence(&self) -> String {
        let full = self.content_type.as_deref().unwrap_or_default();
        full.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// Reads a response: at most `limits.answer_bytes`, for at most `limits.ask`.
pub(super) async fn read_answer(
    response: reqwest::Response,
    limits: HttpLimits,
    redactor: &Redactor,
    now: Timestamp,
) -> Answer {
    let status = response.status().as_u16();
    let read_header = |name| response.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let content_type = read_header(header::CONTENT_TYPE).map(|value| redactor.redact_text(&value));
    let retry_after = read_header(header::RETRY_AFTER).and_then(|value| parse_retry_after(&value, now));
    let (body, broken) = read_body(response, limits).await;
    let text = redact_body(&body, broken.is_some(), redactor);
    Answer { status, content_type, retry_after, text, broken, body }
}

async fn read_body(mut response: reqwest::Response, limits: HttpLimits) -> (Bytes, Option<String>) {
    let mut body = Vec::new();
    let read = async {
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = limits.answer_bytes - body.len();
                    body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                    if chunk.len() > room {
                        break Some(format!("the answer is longer than {} bytes", limits.answer_bytes));
                    }
                }
                Ok(None) => break None,
                Err(_) => break Some("the connection broke while the answer was read".to_owned()),
            }
        }
    };
    let broken = match tokio::time::timeout(limits.ask, read).await {
        Ok(broken) => broken,
        Err(_) => Some(format!("the answer did not end within {} s", limits.ask.as_secs_f64())),
    };
    (Bytes::from(body), broken)
}

/// The body as redacted text, without what may be the beginning of a secret where the end is missing.
fn redact_body(body: &[u8], broken: bool, redactor: &Redactor) -> String {
    let odd = body.len() > ODD_BYTES && (broken || std::str::from_utf8(body).is_err());
    let kept = if odd { &body[..ODD_BYTES] } else { body };
    let end = if odd || broken { redactor.find_safe_end(kept) } else { kept.len() };
    redactor.redact_text(&String::from_utf8_lossy(&kept[..end]))
}

/// Reads `Retry-After`: whole seconds or an HTTP date. `None` for anything else; at most one hour.
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits for a number is a very long wait.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
        let millis = at.as_millisecond().saturating_sub(now.as_millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::{Answer, parse_retry_after, redact_body};
    use crate::secret::Secret;
    use crate::vendors::http::redact::Redactor;
    use app::model::time::Timestamp;
    use proptest::prelude::{ProptestConfig, any, proptest};
    use std::time::Duration;

    #[test]
    fn retry_after_is_read_in_both_forms_and_capped_at_an_hour() {
        let now = Timestamp::parse("1994-11-06T08:49:00Z").unwrap();
        for (value, seconds) in [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("86400", Some(3_600)),
            ("99999999999999999999999999", Some(3_600)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(parse_retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn web_pages_and_json_are_told_apart() {
        assert!(Answer::sample(200, "text/html; charset=utf-8", "").is_html());
        assert!(Answer::sample(200, "", "  <!DOCTYPE html><html>").is_html());
        assert!(Answer::sample(200, "application/problem+json", "{}").is_json());
        assert!(!Answer::sample(200, "text/plain", "{}").is_json());
    }

    #[test]
    fn what_is_kept_is_at_most_16_kib_and_ends_on_a_character() {
        let (kept, truncated) = Answer::sample(200, "", &"ğ".repeat(10_000)).kept_body();
        assert!(truncated && kept.len() <= 16 * 1024 && kept.chars().all(|c| c == 'ğ'));
    }

    #[test]
    fn g30_a_secret_cut_in_two_by_a_broken_answer_does_not_stay() {
        let redactor = Redactor::default();
        redactor.add_secret(&Secret::new("a-secret-of-some-length"));
        for cut in ["a-secret-of-so", "a-secret-of-some-lengt", "612d7365637265742d6f"] {
            let text = redact_body(format!("some words {cut}").as_bytes(), true, &redactor);
            assert_eq!(text, "some words ", "{cut}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn g39_no_retry_after_makes_it_panic(value in any::<String>(), now in any::<i64>()) {
            let _wait = parse_retry_after(&value, Timestamp::from_millis(now));
        }
    }
}
