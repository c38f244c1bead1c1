//! What can be known of a file for generative question answering before it is sent: SESTEK names no type and no limit.
//! Never reads what stands in it.

use super::preflight::{LARGE_FILE_BYTES, LARGE_MESSAGE, finding};
use crate::model::finding::{CheckReport, Finding, Severity};
use std::io::{ErrorKind, Read};

/// The endings that SESTEK's samples and neighbours of its kind read (contract section 9: a guess, so only a warning).
const USUAL_ENDINGS: [&str; 8] = ["txt", "pdf", "docx", "html", "htm", "md", "json", "csv"];

/// Reads the file to its end: an empty one answers nothing, a large one may not arrive.
pub fn check_document(input: &mut dyn Read, on_progress: &mut dyn FnMut(u64)) -> std::io::Result<CheckReport> {
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                bytes += read as u64;
                on_progress(bytes);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut findings = Vec::new();
    if bytes == 0 {
        findings.push(Finding {
            fix: Some("Choose a file with something in it.".to_owned()),
            ..finding("file_empty", Severity::Error, "The file is empty.")
        });
    }
    if bytes > LARGE_FILE_BYTES {
        findings.push(Finding {
            predicts: Some("Status 413, or the connection is closed while the file is sent.".to_owned()),
            ..finding("file_large", Severity::Warning, LARGE_MESSAGE)
        });
    }
    let summary = "Not opened: SESTEK does not say what a file of this kind holds".to_owned();
    Ok(CheckReport { findings, more: 0, records: 0, bytes, summary })
}

/// What a file's name gives away.
pub fn check_document_name(name: &str) -> Option<Finding> {
    let is_usual = name
        .rsplit_once('.')
        .is_some_and(|(_, ending)| USUAL_ENDINGS.iter().any(|usual| ending.eq_ignore_ascii_case(usual)));
    (!is_usual).then(|| Finding {
        fix: Some(format!("Usual endings are: {}.", USUAL_ENDINGS.join(", "))),
        ..finding("file_name", Severity::Warning, "SESTEK may not read a file with this ending; it names none.")
    })
}

#[cfg(test)]
mod tests {
    use super::{check_document, check_document_name};

    fn checks_of(mut content: &[u8]) -> Vec<String> {
        let report = check_document(&mut content, &mut |_| {}).expect("readable");
        report.findings.into_iter().map(|found| found.check).collect()
    }

    #[test]
    fn case_18_an_empty_file_is_refused_and_any_content_is_taken() {
        assert_eq!(checks_of(b""), ["file_empty"]);
        assert_eq!(checks_of(b"%PDF-1.7\0\xff"), [""; 0]);
        assert_eq!(checks_of(&vec![b'x'; 25_000_001]), ["file_large"]);
    }

    #[test]
    fn an_unusual_ending_is_only_a_warning() {
        for (name, usual) in [("a.PDF", true), ("a.md", true), ("a.exe", false), ("README", false), ("pdf", false)] {
            assert_eq!(check_document_name(name).is_none(), usual, "{name}");
        }
    }
}
