//! Good and bad data files, and what is said about each.

use crate::model::finding::{CheckReport, Severity};
use crate::model::ids::Kind;
use crate::vendors::{KINDS, check_file, check_file_name};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};
use std::io::Read;

const CLUSTERING: &str = "sestek.clustering";
const CLASSIFICATION: &str = "sestek.classification";

fn check(kind: &str, file: impl AsRef<[u8]>) -> CheckReport {
    check_file(&Kind::new(kind), None, file.as_ref(), &mut |_| {}).unwrap()
}

/// The findings as `check row:line`, with `-` for what is absent.
fn found(report: &CheckReport) -> Vec<String> {
    let show = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
    report.findings.iter().map(|found| format!("{} {}:{}", found.check, show(found.row), show(found.line))).collect()
}

#[test]
fn good_classification_files_are_clean_in_every_layout() {
    for (file, summary) in [
        (r#"[{"Label":"a","Text":"x"},{"Label":"b","Text":"y"}]"#, "UTF-8, one JSON array, 2 records, 2 labels"),
        (
            "[\r\n {\"Text\": \"merhaba\", \"Label\": \"selam\\u0131\", \"id\": {\"deep\": [1, null]}},\r\n {\"Label\": \"b\", \"Text\": \"ş\"}\r\n]\r\n",
            "UTF-8, one JSON array, 2 records, 2 labels",
        ),
    ] {
        let report = check(CLASSIFICATION, file);
        assert_eq!(found(&report), Vec::<String>::new(), "{file}");
        assert_eq!(report.summary, summary);
        assert_eq!(report.bytes, file.len() as u64);
        assert!(!report.blocks());
    }
    let lines = check(
        CLASSIFICATION,
        "{\"Label\":\"a\",\"Text\":\"x\"}\n\n{\"Label\":\"b\",\"Text\":\"y\"}\r\n{\"Label\":\"a\",\"Text\":\"z\"}\n",
    );
    assert_eq!(found(&lines), ["json_lines -:-"]);
    assert_eq!(lines.findings[0].severity, Severity::Note);
    assert_eq!(lines.summary, "UTF-8, JSON Lines, 3 records, 2 labels");
}

#[test]
fn everything_wrong_with_a_record_is_said_by_row_line_and_column() {
    let file = concat!(
        "[\n",
        "{\"label\": \"a\", \"TEXT \": \"x\"},\n",
        "{\"Label\": \"  \", \"Text\": \"\"},\n",
        "{\"Label\": 7, \"Text\": null}, {\"Label\": [\"a\"]},\n",
        "\"text\",\n",
        "{\"Label\": \"a\", \"Label\": \"b\", \"Text\": \"x\"},\n",
        "{\"Label\": \"a\", \"Text\": \"y\"}\n",
        "]",
    );
    let report = check(CLASSIFICATION, file);
    assert_eq!(
        found(&report),
        [
            "label_wrong_case 1:2",
            "text_wrong_case 1:2",
            "label_blank 2:3",
            "text_blank 2:3",
            "label_no_text 3:4",
            "text_no_text 3:4",
            "label_no_text 4:4",
            "text_missing 4:4",
            "record_no_object 5:5",
            "label_twice 6:6",
        ]
    );
    let first = &report.findings[0];
    assert_eq!(first.message, "The name is written \"label\"; SESTEK reads \"Label\".");
    assert_eq!(first.fix.as_deref(), Some("Rename \"label\" to \"Label\" in every record."));
    assert_eq!(first.column.as_deref(), Some("Label"));
    assert_eq!(report.findings[4].message, "Label is a number; it has to be a text.");
    assert_eq!(report.records, 7);
    assert_eq!(report.summary, "UTF-8, one JSON array, 7 records, 2 labels");
}

#[test]
fn one_label_is_too_few_and_none_is_said_once_per_record() {
    let report = check(CLASSIFICATION, r#"[{"Label":"a","Text":"x"},{"Label":"\u0061","Text":"y"}]"#);
    assert_eq!(found(&report), ["one_label -:-"]);
    assert!(report.blocks());
    let report = check(CLASSIFICATION, r#"[{"Text":"x"}]"#);
    assert_eq!(found(&report), ["label_missing 1:1"]);
    let report = check(CLASSIFICATION, r#"{"Label":"a","Text":"x"}"#);
    assert_eq!(found(&report), ["one_label -:-"]);
    assert_eq!(report.summary, "UTF-8, one JSON object, 1 record, 1 label");
}

#[test]
fn files_that_hold_nothing_are_refused() {
    for kind in [CLUSTERING, CLASSIFICATION] {
        assert_eq!(found(&check(kind, "")), ["file_empty -:-"]);
        assert_eq!(found(&check(kind, " \n\t\r\n")), ["file_empty -:-"]);
        assert_eq!(found(&check(kind, "\u{feff}")), ["file_empty -:-", "byte_order_mark -:1"]);
        assert_eq!(found(&check(kind, "[ ]")), ["no_records -:-"]);
        assert_eq!(found(&check(kind, "\"text\"")), ["no_array_or_object -:1"]);
        assert_eq!(found(&check(kind, "Label,Text\na,x\n")), ["no_array_or_object -:1"]);
    }
}

#[test]
fn a_dialogue_file_may_have_any_form_as_long_as_it_is_whole() {
    for (file, summary, findings) in [
        ("[[{\"a\": 1}], \"text\", 7]", "UTF-8, one JSON array, 3 records", 0),
        ("{\n\"dialogues\": [1, 2]\n}\n", "UTF-8, one JSON object, 1 record", 0),
        ("{\"a\": 1}\n{\"b\": 2}\n[3]", "UTF-8, JSON Lines, 3 records", 1),
        ("[1]\n[2, 3]\n", "UTF-8, JSON Lines, 2 records", 1),
    ] {
        let report = check(CLUSTERING, file);
        assert_eq!((report.summary.as_str(), report.findings.len()), (summary, findings), "{file}");
        assert!(!report.blocks());
    }
}

#[test]
fn g27_a_broken_file_is_refused_with_its_place() {
    for (kind, file, expected) in [
        (CLUSTERING, &b"[{\"a\": 1},\n{\"a\": "[..], "file_cut_off 2:2"),
        (CLUSTERING, b"[{\"a\": 1},\n{\"a\": \"x", "file_cut_off 2:2"),
        (CLUSTERING, b"{\"a\": [1, 2}", "not_json 1:1"),
        (CLUSTERING, b"[1]\n,", "after_the_end -:2"),
        (CLUSTERING, b"[1] [2]", "after_the_end -:1"),
        (CLUSTERING, b"[\"m\xfc\xfe\"]", "not_utf8 1:1"),
        (CLUSTERING, b"\xff\xfe[\0]\0", "not_utf8 -:1"),
        (CLUSTERING, b"[1]\0\0\0\0", "after_the_end -:1"),
        (CLUSTERING, b"\0\0\0\0\0\0", "zero_byte -:1"),
        (CLUSTERING, b"PK\x03\x04rest", "packed_file -:1"),
        (CLASSIFICATION, b"[{\"Label\": \"a\", \"Text\": \"x\"},\n{\"Label\": \"b\",}]", "not_json 2:2"),
        (CLASSIFICATION, b"[{\"Label\": 'a'}]", "not_json 1:1"),
        (CLASSIFICATION, b"[{\"Label\": \"a\", \"Text\": \"x\"}]\n[]", "after_the_end -:2"),
    ] {
        let report = check(kind, file);
        assert_eq!(found(&report)[0], expected, "{}", String::from_utf8_lossy(file));
        assert!(report.blocks());
    }
    let deep = check(CLUSTERING, "[".repeat(100_000));
    assert_eq!(found(&deep), ["too_deep 1:1"]);
    assert_eq!(deep.findings[0].column.as_deref(), Some("byte 65"));
}

#[test]
fn a_broken_line_of_json_lines_does_not_hide_those_behind_it() {
    let file = concat!(
        "{\"Label\": \"a\", \"Text\": \"x\"}\n",
        "{\"Label\": \"b\", \"Text\": \"never closed\n",
        "{\"Label\": \"b\" \"Text\": \"y\"}\n",
        "oops\n",
        "{\"label\": \"b\", \"Text\": \"y\"}\n",
        "{\"Label\": \"b\", \"Text\": \"y\"} {\"Label\": \"b\", \"Text\": \"z\"}\n",
        "{\"Label\": \"b\",\n \"Text\": \"y\"}\n",
        "{\"Label\": \"c\", \"Text\": \"z\"}",
    );
    let report = check(CLASSIFICATION, file);
    assert_eq!(
        found(&report),
        [
            "not_json 2:2",
            "not_json 3:3",
            "not_json 4:4",
            "label_wrong_case 5:5",
            "records_joined 7:6",
            "record_split 8:7",
            "json_lines -:-",
        ]
    );
    assert_eq!(report.summary, "UTF-8, JSON Lines, 9 records, 3 labels");
}

#[test]
fn objects_over_several_lines_without_an_array_are_neither_json_nor_json_lines() {
    let report = check(CLUSTERING, "{\n\"a\": 1\n}\n{\n\"a\": 2\n}\n");
    assert_eq!(found(&report), ["record_split 1:1", "record_split 2:4", "json_lines -:-"]);
    assert!(report.blocks());
}

#[test]
fn of_many_findings_the_first_hundred_gravest_are_kept_and_the_rest_counted() {
    let twice = "{\"Label\":\"a\",\"Label\":\"b\",\"Text\":\"x\"},".repeat(150);
    let wrong = "{\"label\":\"a\",\"Text\":\"x\"},".repeat(98);
    let report = check(CLASSIFICATION, format!("[{twice}{wrong}{{\"Label\":\"a\",\"Text\":\"x\"}}]"));
    assert_eq!((report.findings.len(), report.more), (100, 148));
    let errors = report.findings.iter().filter(|found| found.severity == Severity::Error).count();
    assert_eq!(errors, 98);
    assert!(report.findings.is_sorted_by_key(|found| std::cmp::Reverse(found.severity)));
    assert_eq!(report.findings[0].row, Some(151));
}

#[test]
fn a_name_that_is_no_json_name_is_a_warning() {
    let kind = Kind::new(CLUSTERING);
    for name in ["a.json", "A.JSON", "a.b.jsonl", "x.ndjson"] {
        assert_eq!(check_file_name(&kind, name), None, "{name}");
    }
    for name in ["a.csv", "json", "a.json.gz", ""] {
        assert_eq!(check_file_name(&kind, name).map(|found| found.severity), Some(Severity::Warning), "{name}");
    }
    let mut report = check(CLUSTERING, "{\"a\": 1}\n[oops]\n");
    report.add(check_file_name(&kind, "a.txt"));
    assert_eq!(found(&report), ["not_json 2:2", "file_name -:-", "json_lines -:-"]);
}

#[test]
fn kinds_and_roles_that_do_not_exist_cannot_be_checked() {
    let check = |kind: &str, role| check_file(&Kind::new(kind), role, &b"[1]"[..], &mut |_| {});
    assert!(check("sestek.unheard_of", None).is_err());
    assert!(check(CLUSTERING, Some("dataset")).is_err());
    for info in KINDS {
        assert!(!info.roles.is_empty());
        for role in info.roles {
            assert!(check(info.kind, Some(role.name)).is_ok(), "{} {}", info.kind, role.name);
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_no_finding() {
    struct Torn;
    impl Read for Torn {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("torn"))
        }
    }
    let outcome = check_file(&Kind::new(CLUSTERING), None, (&b"[1, "[..]).chain(Torn), &mut |_| {});
    assert_eq!(outcome.unwrap_err().to_string(), "torn");
}

/// Repeats a piece between a head and a tail without ever holding the file.
struct Endless<'a> {
    head: &'a [u8],
    piece: &'a [u8],
    pieces: u64,
    tail: &'a [u8],
    at: usize,
    largest_read: usize,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.largest_read = self.largest_read.max(buffer.len());
        let mut filled = 0;
        while filled < buffer.len() {
            let source = if self.head.is_empty() && self.pieces > 0 { self.piece } else { self.head };
            let rest = &source[self.at..];
            if rest.is_empty() {
                match (self.head.is_empty(), self.pieces) {
                    (false, _) => self.head = b"",
                    (true, 0) => break,
                    (true, 1) => (self.pieces, self.head, self.tail) = (0, self.tail, b""),
                    (true, _) => self.pieces -= 1,
                }
                self.at = 0;
                continue;
            }
            let count = rest.len().min(buffer.len() - filled);
            buffer[filled..filled + count].copy_from_slice(&rest[..count]);
            filled += count;
            self.at += count;
        }
        Ok(filled)
    }
}

/// The most memory this process ever had, in bytes.
#[cfg(target_os = "linux")]
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn g27_memory_does_not_grow_with_the_file_even_on_one_line() {
    let record = r#"{"Label":"iade talebi","Text":"Kargom iki haftadır gelmedi, iade etmek istiyorum."},"#.as_bytes();
    let pieces = 100_000_000 / record.len() as u64;
    let tail = br#"{"Label":"b","Text":"x"}]"#;
    let mut input = Endless { head: b"[", piece: record, pieces, tail, at: 0, largest_read: 0 };
    let before = peak_memory();
    let mut last = 0;
    let report = check_file(&Kind::new(CLASSIFICATION), None, &mut input, &mut |bytes| {
        assert!(bytes > last && bytes - last <= 256 * 1024);
        last = bytes;
    })
    .unwrap();
    assert_eq!(report.records, pieces + 1);
    assert_eq!(report.bytes, 1 + pieces * record.len() as u64 + tail.len() as u64);
    assert_eq!(found(&report), ["file_large -:-"]);
    assert!(input.largest_read <= 256 * 1024);
    let grown = peak_memory() - before;
    assert!(grown < 32 * 1024 * 1024, "grew by {grown} bytes");
}

#[test]
fn g27_one_endless_record_is_refused_after_16_mib() {
    let endless =
        |head| Endless { head, piece: b"aaaaaaaaaaaaaaaa", pieces: u64::MAX, tail: b"", at: 0, largest_read: 0 };
    for head in [&b"[{\"Label\": \"a\", \"Text\": \""[..], b"{\"Label\": \"", b"[{\"Label\": \"a\", \""] {
        let report = check_file(&Kind::new(CLASSIFICATION), None, endless(head), &mut |_| {}).unwrap();
        assert_eq!(found(&report), ["record_too_large 1:1"]);
        assert!(report.bytes < 17 * 1024 * 1024 + 512 * 1024, "{}", report.bytes);
    }
}

#[test]
fn records_with_absurdly_many_names_and_files_with_absurdly_many_labels_are_named() {
    let names: String = (0..10_001).map(|at| format!("\"k{at}\":0,")).collect();
    let file = format!("[{{{names}\"Label\":\"a\",\"Text\":\"x\"}},{{\"Label\":\"b\",\"Text\":\"x\"}}]");
    assert_eq!(found(&check(CLASSIFICATION, file)), ["too_many_keys 1:1"]);
    let lines: String = (0..20_000).map(|at| format!("{{\"Label\":\"{at}\",\"Text\":\"x\"}}\n")).collect();
    let report = check(CLASSIFICATION, lines);
    assert_eq!(found(&report), ["many_labels -:-", "json_lines -:-"]);
    assert_eq!(report.summary, "UTF-8, JSON Lines, 20,000 records, more than 10,000 labels");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_file_of_full_records_is_clean_however_its_texts_look(
        texts in prop::collection::vec("[^\\s]\\PC{0,30}|[\\x00-\\x1f\"\\\\ğüşıöç]{0,5}x", 2..20),
        lines in any::<bool>(),
    ) {
        let records: Vec<_> = texts.iter().enumerate()
            .map(|(at, text)| serde_json::json!({ "Label": format!("{text}{at}"), "Text": text }))
            .collect();
        let file = if lines {
            records.iter().map(|record| format!("{record}\n")).collect()
        } else {
            serde_json::Value::from(records.clone()).to_string()
        };
        let report = check(CLASSIFICATION, &file);
        prop_assert!(!report.blocks(), "{:?} {}", report.findings, file);
        prop_assert_eq!(report.records, records.len() as u64);
        let labels = format!("{} labels", records.len());
        prop_assert!(report.summary.ends_with(&labels), "{}", report.summary);
    }

    #[test]
    fn whatever_blocks_nothing_in_a_dialogue_file_is_json_or_json_lines(file in "[\\[\\]{},:\"a0 \n]{0,24}") {
        let report = check(CLUSTERING, &file);
        let is_container = |value: &serde_json::Value| value.is_array() || value.is_object();
        let whole = serde_json::from_str(&file).is_ok_and(|value| is_container(&value));
        let lines = file.lines().all(|line| line.trim().is_empty() || serde_json::from_str(line).is_ok_and(|value| is_container(&value)));
        if !report.blocks() {
            prop_assert!(whole || lines, "{:?}", file);
        } else if whole {
            prop_assert_eq!(&report.findings[0].check, "no_records");
        }
    }

    #[test]
    fn no_bytes_make_preflight_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), classification in any::<bool>()) {
        let report = check(if classification { CLASSIFICATION } else { CLUSTERING }, &bytes);
        prop_assert_eq!(report.bytes, bytes.len() as u64);
    }
}
