//! What preflight found in a dataset.
//! Makes no finding; see each vendor's `preflight`.

use super::ids::DatasetId;
use serde::{Deserialize, Serialize};

/// One thing a vendor would refuse or a person should know, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Finding {
    /// The rule's short name (`label_missing`).
    pub check: String,
    pub severity: Severity,
    /// The record, counted from 1.
    pub row: Option<u64>,
    /// The line in the file, counted from 1.
    pub line: Option<u64>,
    /// The field's name, or the place in the line where there is none.
    pub column: Option<String>,
    pub message: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// What the vendor would answer, where that is known.
    pub predicts: Option<String>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// The vendor would take it; think again.
    Warning,
    /// The vendor would refuse it or fail on it; submitting is blocked.
    Error,
}

/// The result of checking one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CheckReport {
    /// At most 100, the gravest first; `more` counts the rest.
    pub findings: Vec<Finding>,
    pub more: u64,
    pub records: u64,
    pub bytes: u64,
    /// One line for people (`UTF-8, one JSON array, 4,812 records, 14 labels`).
    pub summary: String,
}

/// What the browser found out about a file before its upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedFile {
    pub report: CheckReport,
    /// The file's SHA-256, so that a file the server already has need not be uploaded; `None` where a finding ended
    /// the check before the end of the file.
    pub sha256: Option<DatasetId>,
}

impl Finding {
    /// All of it in one line: `Record 2, line 2, Text: There is no Text. Add one.`
    pub fn sentence(&self) -> String {
        let row = self.row.map(|row| format!("Record {row}"));
        let line = self.line.map(|line| if row.is_some() { format!("line {line}") } else { format!("Line {line}") });
        let place: Vec<_> = [row, line, self.column.clone()].into_iter().flatten().collect();
        let place = if place.is_empty() { String::new() } else { format!("{}: ", place.join(", ")) };
        let fix = self.fix.as_ref().map(|fix| format!(" {fix}")).unwrap_or_default();
        format!("{place}{}{fix}", self.message)
    }
}

impl CheckReport {
    /// Takes in a finding that was made outside the file (about its name), gravest first.
    pub fn add(&mut self, found: Option<Finding>) {
        if let Some(found) = found {
            let at = self.findings.partition_point(|other| other.severity >= found.severity);
            self.findings.insert(at, found);
            if self.findings.len() > 100 {
                self.findings.pop();
                self.more += 1;
            }
        }
    }

    /// Whether a finding blocks submitting.
    pub fn blocks(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}
