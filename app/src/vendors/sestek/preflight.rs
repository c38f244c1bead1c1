//! What SESTEK would refuse in a data file, found before it is sent. Pure and streaming.
//! Never keeps a record: memory does not grow with the file, however it is laid out.

use super::records::Columns;
use crate::model::finding::{CheckReport, Finding, Severity};
use crate::vendors::json::fault::Problem;
use crate::vendors::json::scanner::{Scanner, Stop};
use std::collections::BTreeSet;
use std::io::Read;

/// A record beyond this is taken for a missing bracket or quote.
pub const MAX_RECORD_BYTES: u64 = 16 * 1024 * 1024;

/// More distinct labels than this are counted no further.
pub const MAX_LABELS: usize = 10_000;

/// SESTEK states no limit; servers of its kind stop at about 30 MB per request by default (contract 14.3).
pub(super) const LARGE_FILE_BYTES: u64 = 25_000_000;

/// How many findings of each severity are kept.
const MAX_FINDINGS: usize = 100;

/// Checks a dialogue or intent file. Their inner form is not documented, so only that it is whole JSON or JSON Lines.
pub fn check_clustering(input: &mut dyn Read, on_progress: &mut dyn FnMut(u64)) -> std::io::Result<CheckReport> {
    Preflight::new(false).run(input, on_progress)
}

/// Checks a file of utterances: every record has a text `Label` and a text `Text`, and there are two labels or more.
pub fn check_classification(input: &mut dyn Read, on_progress: &mut dyn FnMut(u64)) -> std::io::Result<CheckReport> {
    Preflight::new(true).run(input, on_progress)
}

/// What a file's name gives away: SESTEK wants JSON.
pub fn check_name(name: &str) -> Option<Finding> {
    let is_json = name.rsplit_once('.').is_some_and(|(_, extension)| {
        ["json", "jsonl", "ndjson"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    });
    (!is_json).then(|| Finding {
        fix: Some("Check that this is the right file.".to_owned()),
        ..finding("file_name", Severity::Warning, "The file's name does not end in .json.")
    })
}

/// How the records stand in the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Unknown,
    Array,
    Object,
    Lines,
}

/// One run over one file.
struct Preflight {
    /// Whether records are utterances; else any value will do.
    wants_columns: bool,
    layout: Layout,
    records: u64,
    labels: BTreeSet<u64>,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
    /// How many findings there were in all.
    found: u64,
    /// Whether reading stopped before the end.
    stopped: bool,
}

impl Preflight {
    fn new(wants_columns: bool) -> Self {
        Self {
            wants_columns,
            layout: Layout::Unknown,
            records: 0,
            labels: BTreeSet::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
            found: 0,
            stopped: false,
        }
    }

    fn run(mut self, input: &mut dyn Read, on_progress: &mut dyn FnMut(u64)) -> std::io::Result<CheckReport> {
        let mut bytes = 0;
        let mut progress = |read| {
            bytes = read;
            on_progress(read);
        };
        let (end, has_bom) = match Scanner::open(input, &mut progress) {
            Ok(mut scanner) => (self.read_file(&mut scanner), scanner.has_bom()),
            Err(stop) => (Err(stop), false),
        };
        match end {
            Ok(()) => {}
            Err(Stop::Unreadable(error)) => return Err(error),
            Err(Stop::Fault(fault)) => {
                self.stopped = true;
                let is_in_record = self.records > 0 && fault.problem != Problem::AfterTheEnd;
                let row = is_in_record.then_some(self.records);
                self.keep(fault.to_finding(row));
            }
        }
        self.look_at_whole(bytes, has_bom);
        Ok(self.into_report(bytes))
    }

    fn read_file(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Stop> {
        match scanner.peek_token()? {
            None => {
                self.keep(Finding {
                    fix: Some("Export the data again.".to_owned()),
                    ..finding("file_empty", Severity::Error, "The file is empty.")
                });
                Ok(())
            }
            Some(b'[') => self.read_array(scanner),
            Some(b'{') => self.read_documents(scanner),
            Some(0) => Err(scanner.fault(Problem::ZeroByte)),
            Some(byte) => Err(scanner.fault(Problem::NoContainer(byte))),
        }
    }

    /// One array of records. Where any value will do, more arrays may follow, one per line.
    fn read_array(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Stop> {
        let first_line = scanner.line();
        self.layout = Layout::Array;
        scanner.skip_token();
        if scanner.peek_token()? == Some(b']') {
            scanner.skip_token();
        } else {
            loop {
                self.read_record(scanner, 1)?;
                if !scanner.skip_separator(b']')? {
                    break;
                }
            }
        }
        let is_one_line = scanner.line() == first_line;
        match scanner.peek_token()? {
            None => Ok(()),
            Some(b'[' | b'{') if !self.wants_columns && is_one_line && scanner.line() > first_line => {
                self.records = 1;
                self.read_lines(scanner)
            }
            Some(_) => Err(scanner.fault(Problem::AfterTheEnd)),
        }
    }

    /// One object, or JSON Lines.
    fn read_documents(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Stop> {
        let first_line = scanner.line();
        self.layout = Layout::Object;
        if self.wants_columns {
            self.read_record(scanner, 0)?;
        } else {
            // The whole file may be this one object: nothing limits it.
            self.records = 1;
            scanner.skip_value(0)?;
        }
        let last_line = scanner.line();
        if scanner.peek_token()?.is_none() {
            return Ok(());
        }
        if last_line > first_line {
            self.keep(split_record(1, first_line));
        }
        if scanner.line() == last_line {
            self.keep(joined_records(2, last_line));
        }
        self.read_lines(scanner)
    }

    /// The second and later lines of JSON Lines. A broken line does not hide those behind it.
    fn read_lines(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Stop> {
        self.layout = Layout::Lines;
        while let Some(byte) = scanner.peek_token()? {
            let first_line = scanner.line();
            let read = match byte {
                b'[' | b'{' => self.read_record(scanner, 0),
                _ => {
                    self.records += 1;
                    Err(scanner.unexpected(byte))
                }
            };
            match read {
                Ok(()) if scanner.line() > first_line => self.keep(split_record(self.records, first_line)),
                Ok(()) => {}
                Err(Stop::Fault(fault)) if fault.problem.ends_with_its_line() => {
                    self.keep(fault.to_finding(Some(self.records)));
                    scanner.skip_line()?;
                }
                Err(stop) => return Err(stop),
            }
            let last_line = scanner.line();
            if scanner.peek_token()?.is_some() && scanner.line() == last_line {
                self.keep(joined_records(self.records + 1, last_line));
            }
        }
        Ok(())
    }

    fn read_record(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Result<(), Stop> {
        self.records += 1;
        let begins = scanner.position();
        scanner.limit_to(Some(begins + MAX_RECORD_BYTES));
        let line = scanner.line();
        if !self.wants_columns {
            scanner.skip_value(depth)?;
        } else if scanner.peek_token()? == Some(b'{') {
            let columns = Columns::read(scanner, depth)?;
            if let Some(label) = columns.label_hash()
                && self.labels.len() <= MAX_LABELS
            {
                self.labels.insert(label);
            }
            let row = self.records;
            columns.judge(&mut |found| self.keep(Finding { row: Some(row), line: Some(line), ..found }));
        } else {
            scanner.skip_value(depth)?;
            self.keep(Finding {
                row: Some(self.records),
                line: Some(line),
                fix: Some("Write each record as {\"Label\": \"...\", \"Text\": \"...\"}.".to_owned()),
                ..finding("record_no_object", Severity::Error, "This record is no object with Label and Text.")
            });
        }
        if scanner.position() - begins > MAX_RECORD_BYTES {
            return Err(scanner.fault(Problem::RecordTooLarge));
        }
        scanner.limit_to(None);
        Ok(())
    }

    fn look_at_whole(&mut self, bytes: u64, has_bom: bool) {
        if has_bom {
            self.keep(Finding {
                line: Some(1),
                fix: Some("Save the file as UTF-8 without a byte order mark.".to_owned()),
                ..finding("byte_order_mark", Severity::Warning, BOM_MESSAGE)
            });
        }
        if bytes > LARGE_FILE_BYTES {
            self.keep(Finding {
                predicts: Some("Status 413, or the connection is closed while the file is sent.".to_owned()),
                ..finding("file_large", Severity::Warning, LARGE_MESSAGE)
            });
        }
        if self.layout == Layout::Lines {
            self.keep(finding("json_lines", Severity::Note, LINES_MESSAGE));
        }
        if self.stopped || self.layout == Layout::Unknown {
            return;
        }
        if self.records == 0 {
            self.keep(finding("no_records", Severity::Error, "The array is empty: there is nothing to learn from."));
        } else if self.wants_columns && self.labels.len() < 2 {
            self.look_at_few_labels();
        } else if self.labels.len() > MAX_LABELS {
            self.keep(Finding {
                fix: Some("Check that Label holds the label and not an id or the text.".to_owned()),
                ..finding("many_labels", Severity::Warning, "There are more than 10,000 different labels.")
            });
        }
    }

    fn look_at_few_labels(&mut self) {
        // Where no record has a usable label, that was said record by record.
        if self.labels.is_empty() && !self.errors.is_empty() {
            return;
        }
        self.keep(Finding {
            fix: Some("Add records with a second label.".to_owned()),
            ..finding("one_label", Severity::Error, "All records have the same label; telling labels apart needs two.")
        });
    }

    fn keep(&mut self, found: Finding) {
        self.found += 1;
        let kept = if found.severity == Severity::Error { &mut self.errors } else { &mut self.warnings };
        if kept.len() < MAX_FINDINGS {
            kept.push(found);
        }
    }

    fn into_report(mut self, bytes: u64) -> CheckReport {
        let summary = self.summarize();
        self.warnings.sort_by_key(|found| std::cmp::Reverse(found.severity));
        let mut findings = self.errors;
        findings.append(&mut self.warnings);
        findings.truncate(MAX_FINDINGS);
        let more = self.found - findings.len() as u64;
        CheckReport { findings, more, records: self.records, bytes, summary }
    }

    fn summarize(&self) -> String {
        let layout = match self.layout {
            Layout::Unknown => return "Not readable as JSON".to_owned(),
            Layout::Array => "one JSON array",
            Layout::Object => "one JSON object",
            Layout::Lines => "JSON Lines",
        };
        let mut summary = format!("UTF-8, {layout}, {}", count(self.records, "record", "records"));
        if self.labels.len() > MAX_LABELS {
            summary.push_str(", more than 10,000 labels");
        } else if self.wants_columns {
            summary.push_str(&format!(", {}", count(self.labels.len() as u64, "label", "labels")));
        }
        if self.stopped {
            summary.push_str(", then unreadable");
        }
        summary
    }
}

pub(super) const LARGE_MESSAGE: &str =
    "The file is larger than 25 MB. Many servers refuse more than about 30 MB at once.";
const BOM_MESSAGE: &str = "The file begins with a byte order mark, which some JSON readers refuse.";
const LINES_MESSAGE: &str =
    "One record per line (JSON Lines). SESTEK asks for JSON and does not say whether it takes this form.";

fn split_record(row: u64, line: u64) -> Finding {
    Finding {
        row: Some(row),
        line: Some(line),
        fix: Some("Write each record on one line, or put all of them into one array with commas between.".to_owned()),
        ..finding("record_split", Severity::Error, "Several records follow each other, and this one spans lines.")
    }
}

fn joined_records(row: u64, line: u64) -> Finding {
    Finding {
        row: Some(row),
        line: Some(line),
        fix: Some("Begin a new line for each record, or put all of them into one array.".to_owned()),
        ..finding("records_joined", Severity::Error, "A second value stands on the same line.")
    }
}

/// A finding without a place.
pub(super) fn finding(check: &str, severity: Severity, message: &str) -> Finding {
    Finding {
        check: check.to_owned(),
        severity,
        row: None,
        line: None,
        column: None,
        message: message.to_owned(),
        fix: None,
        predicts: None,
    }
}

/// `4,812 records`.
fn count(number: u64, one: &str, many: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
#[path = "preflight_tests.rs"]
mod tests;
