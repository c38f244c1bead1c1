//! Takes secrets out of whatever a vendor sent back before it is kept or shown.
//! Pure; knows no vendor. It is the second net: the first is that no secret is ever put where it is kept.

use super::escapes::{peel_layers, read_through};
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::{PoisonError, RwLock};

/// What stands where a secret stood.
pub const MASK: &str = "[redacted]";

/// Shorter secrets are not searched for: they would mask ordinary words. Their keys are still masked by name.
const MIN_NEEDLE: usize = 6;

/// Shorter beginnings of a secret say nothing about it.
const MIN_BEGINNING: usize = 3;

/// The secret part of a callback address has 43 characters; a shorter word in its place is somebody else's.
const MIN_CALLBACK_PART: usize = 20;

/// How many secrets are remembered; the oldest token is forgotten first, long after it has expired.
const MAX_SECRETS: usize = 16;

/// Field names whose values are always masked, compared without `_`, `-` and case.
const SECRET_FIELDS: [&str; 9] = [
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "clientsecret",
    "callbackclientsecret",
    "clientassertion",
    "password",
    "authorization",
    "apikey",
];

/// Ends of such names: `OPENAI_API_KEY`, `AWS_SECRET_ACCESS_KEY`, `AWS_ACCESS_KEY_ID`.
const SECRET_ENDINGS: [&str; 3] = ["apikey", "secretaccesskey", "accesskeyid"];

/// What stands before an address's host: as it is, with escaped slashes, and percent-encoded once or twice.
const ADDRESS_MARKS: [&str; 7] =
    ["://", ":\\/\\/", ":\\\\/\\\\/", ":\\u002f\\u002f", "\\u003a\\u002f\\u002f", "%3a%2f%2f", "%253a%252f%252f"];

/// What stands before an address's query, in the same spellings.
const QUERY_MARKS: [&str; 4] = ["?", "\\u003f", "%3f", "%253f"];

/// What stands before the secret part of a callback address, in the same spellings.
const CALLBACK_MARKS: [&str; 6] = [
    "/callbacks/",
    "/callbacks\\/",
    "/callbacks\\\\/",
    "\\u002fcallbacks\\u002f",
    "%2fcallbacks%2f",
    "%252fcallbacks%252f",
];

/// Knows one connection's secrets in every spelling they may come back in.
#[derive(Default)]
pub struct Redactor {
    needles: RwLock<Vec<Vec<String>>>,
    /// Those that are never forgotten.
    pinned: RwLock<Vec<Vec<String>>>,
}

impl Redactor {
    /// Remembers a secret, so that it is masked from now on.
    pub fn add_secret(&self, secret: &Secret) {
        let spellings = spell_secret(secret.expose());
        let mut needles = self.needles.write().unwrap_or_else(PoisonError::into_inner);
        if spellings.is_empty() || needles.contains(&spellings) {
            return;
        }
        if needles.len() == MAX_SECRETS {
            // The first one is the client's own secret; tokens follow.
            needles.remove(1);
        }
        needles.push(spellings);
    }

    /// Remembers a secret for as long as the process runs.
    pub fn pin_secret(&self, secret: &Secret) {
        let spellings = spell_secret(secret.expose());
        let mut pinned = self.pinned.write().unwrap_or_else(PoisonError::into_inner);
        if !spellings.is_empty() && !pinned.contains(&spellings) {
            pinned.push(spellings);
        }
    }

    /// Where a text whose end is missing must be cut, so that no secret's beginning stays at its end, where it could no
    /// longer be recognised.
    pub fn find_safe_end(&self, text: &[u8]) -> usize {
        let needles = self.needles.read().unwrap_or_else(PoisonError::into_inner);
        let pinned = self.pinned.read().unwrap_or_else(PoisonError::into_inner);
        let begun = |needle: &String| {
            let needle = needle.as_bytes();
            (MIN_BEGINNING..needle.len()).rev().find(|length| text.ends_with(&needle[..*length]))
        };
        text.len() - needles.iter().chain(pinned.iter()).flatten().filter_map(begun).max().unwrap_or(0)
    }

    /// The text without secrets: known values in any spelling, values of telling field names, bearer tokens, the queries
    /// of addresses and the secret parts of our own callback addresses. NUL, which PostgreSQL cannot keep, becomes U+FFFD.
    pub fn redact_text(&self, text: &str) -> String {
        let mut text = text.replace('\0', "\u{fffd}");
        let needles = self.needles.read().unwrap_or_else(PoisonError::into_inner);
        let pinned = self.pinned.read().unwrap_or_else(PoisonError::into_inner);
        let all = || needles.iter().chain(pinned.iter()).flatten().map(String::as_str);
        for needle in all() {
            if text.contains(needle) {
                text = text.replace(needle, MASK);
            }
        }
        mask_patterns(&mask_escaped(text, all))
    }
}

/// The text without what needs no knowledge of the secrets: values of telling field names, bearer tokens, the queries of
/// addresses and the secret parts of our own callback addresses. For what was read out of redacted JSON, where an
/// escape may have hidden it; doing it twice changes nothing more.
pub fn mask_patterns(text: &str) -> String {
    mask_callbacks(&mask_queries(&mask_bearer(&mask_fields(text))))
}

/// Masks secrets that are written with JSON's escapes, whichever of their characters the writer chose to escape.
fn mask_escaped<'a, N: Iterator<Item = &'a str>>(text: String, needles: impl Fn() -> N) -> String {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for layer in peel_layers(&text) {
        for needle in needles().filter(|needle| !needle.contains('\\')) {
            let found = layer.text.match_indices(needle);
            spans.extend(found.filter_map(|(at, _)| layer.find_source(at, at + needle.len())));
        }
    }
    if spans.is_empty() {
        return text;
    }
    spans.sort_unstable();
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for (start, end) in spans {
        if start >= from {
            out.push_str(&text[from..start]);
            out.push_str(MASK);
        }
        from = from.max(end);
    }
    out.push_str(&text[from..]);
    out
}

/// Every spelling of a secret: raw, JSON-escaped (as .NET does it too), hexadecimal, percent-encoded, base64 and base64url, the last two at
/// each of the three alignments, so that `base64("id:secret")` is found too. Longest first.
fn spell_secret(secret: &str) -> Vec<String> {
    if secret.len() < MIN_NEEDLE {
        return Vec::new();
    }
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let all_percent: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    let json = serde_json::to_string(secret).unwrap_or_default();
    let form: String = url::form_urlencoded::byte_serialize(bytes).collect();
    let mut spellings = vec![
        secret.to_owned(),
        json.trim_matches('"').to_owned(),
        json.trim_matches('"').replace('/', "\\/"),
        spell_net_json(secret, |unit| format!("\\u{unit:04X}")),
        spell_net_json(secret, |unit| format!("\\u{unit:04x}")),
        hex.to_uppercase(),
        hex,
        percent.to_lowercase(),
        percent,
        all_percent.to_lowercase(),
        all_percent,
        form,
    ];
    for before in 0..3 {
        let core = spell_base64(bytes, before);
        spellings.push(core.replace('+', "-").replace('/', "_"));
        spellings.push(core.replace('/', "\\/"));
        spellings.push(core.replace('+', "\\u002B"));
        spellings.push(core.replace('+', "\\u002b"));
        spellings.push(core);
    }
    spellings.retain(|spelling| spelling.len() >= MIN_NEEDLE);
    spellings.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    spellings.dedup();
    spellings
}

/// A secret as System.Text.Json writes it: `"`, `&`, `'`, `+`, `<`, `>`, the grave accent and all but ASCII by number.
fn spell_net_json(secret: &str, spell_unit: impl Fn(u16) -> String) -> String {
    let mut spelled = String::with_capacity(secret.len());
    for c in secret.chars() {
        match c {
            '\\' => spelled.push_str("\\\\"),
            c if c.is_ascii() && !"\"&'+<>`".contains(c) => spelled.push(c),
            c => spelled.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| spell_unit(*unit))),
        }
    }
    spelled
}

/// The base64 digits that depend on `bytes` alone when `before` other bytes (0 to 2) stand in front of them.
fn spell_base64(bytes: &[u8], before: usize) -> String {
    let mut padded = vec![0_u8; before];
    padded.extend_from_slice(bytes);
    let whole = padded.len() / 3 * 3;
    let text = STANDARD.encode(padded.get(..whole).unwrap_or_default());
    let skip = if before == 0 { 0 } else { before + 1 };
    text.get(skip..).unwrap_or_default().to_owned()
}

/// Masks the value after a telling field name: `"access_token": "..."`, `client_secret=...`, `Authorization: ...`.
fn mask_fields(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find([':', '=']) {
        let (head, tail) = rest.split_at(at + 1);
        out.push_str(head);
        rest = tail;
        if !is_secret_field(last_word(&head[..at])) {
            continue;
        }
        let value = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        out.push_str(&rest[..rest.len() - value.len()]);
        let (opening, length) = measure_value(value);
        if length > 0 {
            out.push_str(&value[..opening]);
            out.push_str(MASK);
        }
        rest = &value[opening + length..];
    }
    out.push_str(rest);
    out
}

/// The field name that a text ends with, quotes left out (plain or escaped ones).
fn last_word(head: &str) -> &str {
    let quotes = ['"', '\'', '\\'];
    let head = head.trim_end().trim_end_matches(quotes);
    let head = head.strip_suffix("\\u0022").unwrap_or(head).trim_end_matches(quotes);
    let start = head.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    let word = start.map_or(head, |at| &head[at..]);
    // `\u0026client_secret`: the escape's letters are none of the word's.
    let escape = if word.starts_with("\\u") { read_through(word).map_or(0, |(_, length)| length) } else { 0 };
    word[escape..].trim_start_matches(|c: char| !c.is_ascii_alphanumeric())
}

fn is_secret_field(word: &str) -> bool {
    let name: String = word.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_FIELDS.contains(&name.as_str()) || SECRET_ENDINGS.iter().any(|end| name.ends_with(end))
}

/// How many bytes open the value (quotes) and how long it is itself. JSON `null`, objects and lists are left alone.
fn measure_value(value: &str) -> (usize, usize) {
    if let Some(('"', opening)) = read_through(value).filter(|_| value.starts_with('\\')) {
        let (quote, inner) = value.split_at(opening);
        return (opening, inner.find(quote).unwrap_or(inner.len()));
    }
    if let Some(quote @ ('"' | '\'')) = value.chars().next() {
        let mut escaped = false;
        for (at, c) in value[1..].char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == quote => return (1, at),
                _ => {}
            }
        }
        return (1, value.len() - 1);
    }
    if value.starts_with("null") || value.starts_with(['{', '[']) {
        return (0, 0);
    }
    // A header's value runs to the end of the line; a form's to the next `&`.
    (0, value.find(['&', ',', '\n', '\r', '}', '<', '"']).unwrap_or(value.len()))
}

/// Masks what follows `Bearer ` wherever it looks like a token (8 characters or more).
fn mask_bearer(text: &str) -> String {
    mask_after(text, "bearer ", |value| {
        let end = measure_while(value, |_, meant| meant.is_ascii_alphanumeric() || "-._~+/=".contains(meant));
        (0, if end >= 8 { end } else { 0 })
    })
}

/// Masks the query of every address in the text: it may carry a presigned signature.
fn mask_queries(text: &str) -> String {
    ADDRESS_MARKS.iter().fold(text.to_owned(), |text, mark| {
        // In an address that is not percent-encoded, `%3F` is no query's beginning.
        let queries = if mark.starts_with('%') { &QUERY_MARKS[..] } else { &QUERY_MARKS[..2] };
        mask_after(&text, mark, |value| {
            // An apostrophe that was escaped belongs to the address; one that was not is a quote.
            let ends = |written: char, meant: char| {
                meant.is_whitespace() || "\"<>`".contains(meant) || (written, meant) == ('\'', '\'')
            };
            let end = measure_while(value, |written, meant| !ends(written, meant));
            let address = value[..end].to_ascii_lowercase();
            let find = |query: &&str| address.find(*query).map(|at| at + query.len());
            let kept = queries.iter().filter_map(find).min().unwrap_or(end);
            (kept, end - kept)
        })
    })
}

/// Masks the secret part of a callback address, of whichever training, as it stands in text, JSON and forms.
fn mask_callbacks(text: &str) -> String {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let measure = |value: &str| {
        let end = value.bytes().position(|byte| !is_part(byte)).unwrap_or(value.len());
        (0, if end >= MIN_CALLBACK_PART { end } else { 0 })
    };
    CALLBACK_MARKS.iter().fold(text.to_owned(), |text, mark| mask_after(&text, mark, measure))
}

/// How many bytes go by until `goes_on(written, meant)` says no; both are the same where nothing is escaped.
fn measure_while(text: &str, goes_on: impl Fn(char, char) -> bool) -> usize {
    let mut end = 0;
    while let Some(written) = text[end..].chars().next() {
        let read = if written == '\\' { read_through(&text[end..]) } else { Some((written, written.len_utf8())) };
        match read {
            Some((meant, length)) if goes_on(written, meant) => end += length,
            _ => break,
        }
    }
    end
}

/// Finds `marker` (ASCII, lower case; found in any) and asks `measure` how many of the bytes behind it stay and how many
/// after those are masked.
fn mask_after(text: &str, marker: &str, measure: impl Fn(&str) -> (usize, usize)) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(found) = lower[from..].find(marker) {
        let start = from + found + marker.len();
        let (kept, masked) = measure(&text[start..]);
        out.push_str(&text[from..start + kept]);
        if masked > 0 {
            out.push_str(MASK);
        }
        from = start + kept + masked;
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
