//! What SESTEK says, read leniently: every field may be missing, of another type or in another case.
//! Speaks only vendor; `map` says what it means. Nothing here fails or panics on any text.

use crate::secret::Secret;
use crate::vendors::http::redact::mask_patterns;
use app::model::training::VendorStatus;
use serde_json::{Map, Value};

/// Longer answers are not parsed: SESTEK's are a few KB, and parsed JSON takes ten times its text.
const PARSE_BYTES: usize = 1024 * 1024;

/// The longest vendor text that goes into a message.
const MESSAGE_CHARS: usize = 2_000;

/// The longest vendor word that is kept as a status.
const WORD_CHARS: usize = 200;

/// Parses JSON, a byte order mark forgiven. Depth is limited by the parser, size by `PARSE_BYTES`.
pub fn parse_json(text: &str) -> Option<Value> {
    if text.len() > PARSE_BYTES {
        return None;
    }
    serde_json::from_str(text.trim_start_matches('\u{feff}').trim()).ok()
}

/// The three fields of a progress answer (contract section 11), as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProgressWire {
    pub percent: Option<f64>,
    pub training_status: Option<String>,
    pub inference_status: Option<String>,
}

/// Reads a progress answer; `None` when it is no JSON object or has none of the fields. The sample printed in the
/// vendor's page is no JSON either; commas are never patched in.
pub fn read_progress(text: &str) -> Option<ProgressWire> {
    let value = parse_json(text)?;
    let fields = value.as_object()?;
    let known = ["percent", "trainingStatus", "inferenceStatus"];
    if !known.iter().any(|name| find_field(fields, name).is_some()) {
        return None;
    }
    Some(ProgressWire {
        percent: find_field(fields, "percent").and_then(read_number),
        training_status: find_field(fields, "trainingStatus").and_then(read_word),
        inference_status: find_field(fields, "inferenceStatus").and_then(read_word),
    })
}

impl ProgressWire {
    /// The words under the vendor's own names, untranslated.
    pub fn words(&self) -> VendorStatus {
        let pairs = [("trainingStatus", &self.training_status), ("inferenceStatus", &self.inference_status)];
        pairs.into_iter().filter_map(|(name, word)| Some((name.to_owned(), word.clone()?))).collect()
    }
}

/// Reads the answer of the readiness check: `true`, `False`, `"false"` (contract section 12).
pub fn read_ready(text: &str) -> Option<bool> {
    let word = text.trim_start_matches('\u{feff}').trim().trim_matches('"').trim();
    match word.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// What is looked for in a train answer's Experiment object (contract section 10.2); all else is only kept raw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Experiment {
    /// The only evidence of which run was started.
    pub run_id: Option<String>,
    pub status_message: Option<String>,
}

/// Reads an Experiment out of an object.
pub fn read_experiment(fields: &Map<String, Value>) -> Experiment {
    Experiment {
        run_id: find_field(fields, "id").and_then(read_word),
        status_message: find_field(fields, "statusMessage").and_then(read_word),
    }
}

/// An error as ABP, RFC 7807, OpenIddict, a JSON string or plain text say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// The vendor's code (`App:010046`), or the token server's `error` word.
    pub code: Option<String>,
    /// What it says, trimmed and capped; `None` for web pages and empty bodies.
    pub message: Option<String>,
    /// The form members it blames, with a text each.
    pub members: Vec<(String, String)>,
    /// It was one of the JSON forms, so it comes from the vendor's own program and not from something in between.
    pub structured: bool,
}

/// Reads an error body. `html`: the answer is a web page, whose text helps nobody.
pub fn read_complaint(text: &str, html: bool) -> Complaint {
    if html {
        return Complaint::default();
    }
    match parse_json(text) {
        Some(Value::Object(fields)) => read_error_object(&fields),
        Some(Value::String(message)) => Complaint { message: clean_text(&message), ..Complaint::default() },
        Some(_) => Complaint::default(),
        None => Complaint { message: clean_text(text), ..Complaint::default() },
    }
}

fn read_error_object(fields: &Map<String, Value>) -> Complaint {
    match find_field(fields, "error") {
        Some(Value::Object(error)) => read_abp(error),
        Some(Value::String(code)) => Complaint {
            code: clean_code(code),
            message: read_text(fields, "error_description").or_else(|| clean_text(code)),
            members: Vec::new(),
            structured: true,
        },
        _ => read_problem(fields),
    }
}

/// ABP's `RemoteServiceErrorInfo` (contract section 14.2).
fn read_abp(error: &Map<String, Value>) -> Complaint {
    let message = read_text(error, "message");
    let details = read_text(error, "details").filter(|details| Some(details) != message.as_ref());
    let mut members = Vec::new();
    for fault in find_field(error, "validationErrors").and_then(Value::as_array).into_iter().flatten().take(50) {
        let Some(fault) = fault.as_object() else { continue };
        let said = read_text(fault, "message").unwrap_or_default();
        for member in find_field(fault, "members").and_then(Value::as_array).into_iter().flatten().take(20) {
            members.extend(member.as_str().map(|member| (mask_patterns(member), said.clone())));
        }
    }
    let message = match (message, details) {
        (Some(message), Some(details)) => clean_text(&format!("{message} {details}")),
        (message, details) => message.or(details),
    };
    let code = find_field(error, "code").and_then(Value::as_str).and_then(clean_code);
    Complaint { code, message, members, structured: true }
}

/// RFC 7807 as ASP.NET writes it: `title`, `detail`, `errors { Member: [texts] }`.
fn read_problem(fields: &Map<String, Value>) -> Complaint {
    let message = ["detail", "title", "message"].iter().find_map(|name| read_text(fields, name));
    let mut members = Vec::new();
    let errors = find_field(fields, "errors").and_then(Value::as_object);
    for (member, texts) in errors.into_iter().flatten().take(50) {
        let said = match texts {
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).take(5).collect::<Vec<_>>().join(" "),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        members.push((mask_patterns(member), clean_text(&said).unwrap_or_default()));
    }
    let structured = find_field(fields, "title").is_some() && find_field(fields, "status").is_some();
    Complaint { code: None, message, members, structured }
}

/// Whether the body says that the same model is still being trained. Status and envelope are not documented, so every
/// text in it is looked at, except those that echo our own `name` and `description`.
pub fn says_in_progress(text: &str) -> bool {
    match parse_json(text) {
        Some(value) => value_says_in_progress(&value),
        None => text_says_in_progress(text),
    }
}

fn value_says_in_progress(value: &Value) -> bool {
    match value {
        Value::String(text) => text_says_in_progress(text),
        Value::Array(items) => items.iter().any(value_says_in_progress),
        Value::Object(fields) => {
            let echo = |name: &str| name.eq_ignore_ascii_case("name") || name.eq_ignore_ascii_case("description");
            fields.iter().any(|(name, value)| !echo(name) && value_says_in_progress(value))
        }
        _ => false,
    }
}

fn text_says_in_progress(text: &str) -> bool {
    text.to_ascii_lowercase().contains("training is still in progress")
}

/// A token answer (contract section 3).
pub struct TokenWire {
    pub access_token: Secret,
    pub expires_in_seconds: Option<u64>,
    pub scope: Option<String>,
}

/// Reads a token answer; `None` without a usable `access_token`.
pub fn read_token(body: &[u8]) -> Option<TokenWire> {
    let value = parse_json(std::str::from_utf8(body).ok()?)?;
    let fields = value.as_object()?;
    let token = fields.get("access_token")?.as_str().map(str::trim)?;
    let usable = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let expires = fields.get("expires_in").and_then(read_number).filter(|seconds| *seconds >= 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1, and `as` saturates")]
    usable.then(|| TokenWire {
        access_token: Secret::new(token),
        expires_in_seconds: expires.map(|seconds| seconds as u64),
        scope: read_text(fields, "scope"),
    })
}

/// A field by its name, else by its name in another case.
fn find_field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn read_text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    find_field(fields, name).and_then(Value::as_str).and_then(clean_text)
}

/// A number, or a text that holds one.
fn read_number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// A word as it is kept: a text trimmed and capped, anything else but `null` as its JSON.
fn read_word(value: &Value) -> Option<String> {
    let word = match value {
        Value::Null => return None,
        Value::String(text) => mask_patterns(text.trim()),
        other => other.to_string(),
    };
    (!word.is_empty()).then(|| cap_chars(&word, WORD_CHARS))
}

/// A vendor's text as it may be kept: what its JSON's escapes hid from the redactor is masked now.
fn clean_text(text: &str) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    (!text.is_empty()).then(|| cap_chars(&mask_patterns(text), MESSAGE_CHARS))
}

/// A vendor's code, whose colon (`Volo.Authorization:010001`) makes no field of it.
fn clean_code(text: &str) -> Option<String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:_-".contains(&byte));
    if plain && !text.is_empty() { Some(cap_chars(text, WORD_CHARS)) } else { clean_text(text) }
}

fn cap_chars(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
