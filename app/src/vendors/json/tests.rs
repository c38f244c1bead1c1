//! The scanner against serde_json, and what it says about broken files.

use super::fault::{Fault, Problem};
use super::scanner::{MAX_DEPTH, Scanner, Stop};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert_eq, prop_assume, prop_oneof, proptest};
use std::io::Read;

/// Gives its bytes in pieces of one size, as a slow pipe would.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.size.min(buffer.len()).min(self.bytes.len());
        buffer[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

/// Scans one value and nothing behind it.
fn scan_one(bytes: &[u8]) -> Result<(), Fault> {
    let mut input = Pieces { bytes, size: 7 };
    let mut on_progress = |_| {};
    let outcome = Scanner::open(&mut input, &mut on_progress).and_then(|mut scanner| {
        scanner.skip_value(0)?;
        match scanner.peek_token()? {
            None => Ok(()),
            Some(_) => Err(scanner.fault(Problem::AfterTheEnd)),
        }
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(Stop::Fault(fault)) => Err(fault),
        Err(Stop::Unreadable(error)) => panic!("nothing here fails to be read: {error}"),
    }
}

fn fault(problem: Problem, line: u64, byte: u64) -> Result<(), Fault> {
    Err(Fault { problem, line, byte })
}

#[test]
fn every_sort_of_broken_json_is_named_at_its_place() {
    for (text, problem, line, byte) in [
        ("", Problem::EndsEarly, 1, 1),
        ("[1, 2", Problem::EndsEarly, 1, 6),
        ("[1,\n 2,]", Problem::TrailingComma, 2, 4),
        ("{\"a\": 1,}", Problem::TrailingComma, 1, 9),
        ("[1 2]", Problem::MissingComma, 1, 4),
        ("{\"a\" 1}", Problem::MissingColon, 1, 6),
        ("{a: 1}", Problem::KeyNotQuoted, 1, 2),
        ("['a']", Problem::SingleQuote, 1, 2),
        ("[NaN]", Problem::ForeignWord, 1, 2),
        ("[nul]", Problem::ForeignWord, 1, 2),
        ("[01]", Problem::BadNumber, 1, 2),
        ("[1.]", Problem::BadNumber, 1, 2),
        ("[-]", Problem::BadNumber, 1, 2),
        ("[1e]", Problem::BadNumber, 1, 2),
        ("[\"a\nb\"]", Problem::LineBreakInText, 1, 4),
        ("[\"a\tb\"]", Problem::ControlInText(b'\t'), 1, 4),
        ("[\"a", Problem::UnclosedText, 1, 2),
        ("[\"\\x\"]", Problem::BadEscape, 1, 3),
        ("[\"\\u12g4\"]", Problem::BadEscape, 1, 3),
        ("[\"\\ud800\"]", Problem::HalfSurrogate, 1, 3),
        ("[\"\\udc00\"]", Problem::HalfSurrogate, 1, 3),
        ("[\"\\ud800\\u0041\"]", Problem::HalfSurrogate, 1, 3),
        ("[1]\n]", Problem::AfterTheEnd, 2, 1),
        ("[\u{e7}]", Problem::Unexpected(0xc3), 1, 2),
        ("[1,\0]", Problem::ZeroByte, 1, 4),
        ("[1\0]", Problem::ZeroByte, 1, 3),
    ] {
        assert_eq!(scan_one(text.as_bytes()), fault(problem, line, byte), "{text:?}");
    }
}

#[test]
fn other_encodings_and_formats_are_recognised_by_their_first_bytes() {
    for (bytes, problem) in [
        (&b"\xff\xfe[\0]\0"[..], Problem::WideText),
        (b"\xfe\xff\0[\0]", Problem::WideText),
        (b"[\0]\0", Problem::WideText),
        (b"\0[\0]", Problem::WideText),
        (b"\0\0\0\0", Problem::ZeroByte),
        (b"PK\x03\x04", Problem::Packed("a ZIP archive or an Excel workbook")),
        (b"\x1f\x8b\x08\0", Problem::Packed("packed with gzip")),
    ] {
        assert_eq!(scan_one(bytes), fault(problem, 1, 1), "{bytes:?}");
    }
}

#[test]
fn a_byte_order_mark_is_skipped_and_does_not_move_places() {
    assert_eq!(scan_one(b"\xef\xbb\xbf[1]"), Ok(()));
    assert_eq!(scan_one(b"\xef\xbb\xbf[01]"), fault(Problem::BadNumber, 1, 2));
}

#[test]
fn windows_1254_text_is_no_utf8_and_its_byte_is_named() {
    assert_eq!(scan_one(b"[\"m\xfc\xfeteri\"]"), fault(Problem::NotUtf8(0xfc), 1, 4));
    // Cut within a character.
    assert_eq!(scan_one(b"[\"m\xc3"), fault(Problem::NotUtf8(0xc3), 1, 4));
}

#[test]
fn nesting_stops_at_the_limit_without_recursion() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(scan_one(nested(MAX_DEPTH).as_bytes()), Ok(()));
    let place = MAX_DEPTH as u64 + 1;
    assert_eq!(scan_one(nested(MAX_DEPTH + 1).as_bytes()), fault(Problem::TooDeep, 1, place));
    assert_eq!(scan_one(nested(100_000).as_bytes()), fault(Problem::TooDeep, 1, place));
}

#[test]
fn a_character_that_lies_across_two_buffers_stays_whole() {
    for shift in 0..4 {
        let mut text = "[\"".to_owned();
        text.push_str(&"a".repeat(256 * 1024 - 4 - shift));
        text.push_str("ü😀ş\"]");
        assert_eq!(scan_one(text.as_bytes()), Ok(()), "{shift}");
    }
}

#[test]
fn an_escaped_text_reads_as_serde_reads_it() {
    let text = r#""a\"\\\/\b\f\n\r\tA\u00fc\ud83d\ude00ş""#;
    let mut read = Vec::new();
    let mut input = text.as_bytes();
    let mut on_progress = |_| {};
    let mut scanner = Scanner::open(&mut input, &mut on_progress).unwrap();
    scanner.peek_token().unwrap();
    scanner.read_text(&mut |piece| read.extend_from_slice(piece)).unwrap();
    assert_eq!(String::from_utf8(read).unwrap(), serde_json::from_str::<String>(text).unwrap());
}

/// Any JSON value that is not nested too deep.
fn json_values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(serde_json::Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..8)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn whatever_serde_writes_is_json(value in json_values(), pretty in any::<bool>()) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        prop_assert_eq!(scan_one(text.as_bytes()), Ok(()));
    }

    /// One byte of a good file is changed, added or left out: the scanner and serde_json agree whether it is JSON.
    #[test]
    fn a_damaged_file_is_judged_as_serde_judges_it(
        value in json_values(),
        at in any::<prop::sample::Index>(),
        byte in prop_oneof![prop::sample::select(&b"\"\\[]{},:0-+.eE tfnu/'\n\r\x01\x7f\xc3\xff"[..]), any::<u8>()],
        damage in 0..3,
    ) {
        let mut bytes = value.to_string().into_bytes();
        let at = at.index(bytes.len());
        match damage {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => { bytes.remove(at); }
        }
        let judged = serde_json::from_slice::<serde_json::Value>(&bytes);
        // serde_json stops at a number out of a double's range, before it has seen whether the rest is JSON.
        let is_unread = judged.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range"));
        prop_assume!(!is_unread);
        prop_assert_eq!(scan_one(&bytes).is_ok(), judged.is_ok(), "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_bytes_make_the_scanner_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = scan_one(&bytes);
    }
}
