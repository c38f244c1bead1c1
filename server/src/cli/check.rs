//! `trainyard check`: runs a vendor's refusal rules over files on this machine; nothing is sent anywhere.
//! Makes no finding itself; see `app::vendors`.

use app::model::finding::{CheckReport, Finding, Severity};
use app::model::ids::Kind;
use app::vendors::{self, KINDS};
use clap::{Args, ValueEnum};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to check and how to say it.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// What the files would train (`sestek.clustering`, `sestek.classification`).
    #[arg(long, value_parser = read_kind)]
    kind: Kind,
    /// The request field the files would stand in (`dialogue`, `intent`); the kind's first when absent.
    #[arg(long)]
    role: Option<String>,
    /// Text for people, or one JSON array with a report per file.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The files to check.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// How the findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// One file's outcome. The error is a sentence.
struct Checked<'a> {
    file: &'a Path,
    outcome: Result<CheckReport, String>,
}

/// Checks every file and prints what was found. Exit codes: 0 clean, 1 findings that block, 2 could not read a file.
pub fn run_check(args: &CheckArgs) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let code = check_files(args, &mut out);
    // A reader that hangs up early (`| head`) has all it wanted.
    drop(out.flush());
    ExitCode::from(code)
}

fn check_files(args: &CheckArgs, out: &mut dyn Write) -> u8 {
    let mut code = 0;
    let mut reports = Vec::new();
    for file in &args.files {
        let checked = Checked { file, outcome: check_one(args, file) };
        code = code.max(match &checked.outcome {
            Err(_) => 2,
            Ok(report) => u8::from(report.blocks()),
        });
        match args.format {
            Format::Text => drop(out.write_all(write_text(&checked).as_bytes())),
            Format::Json => reports.push(write_json(&checked)),
        }
    }
    if args.format == Format::Json {
        drop(writeln!(out, "{:#}", serde_json::Value::Array(reports)));
    }
    code
}

fn check_one(args: &CheckArgs, path: &Path) -> Result<CheckReport, String> {
    let file = File::open(path).map_err(|error| format!("cannot be opened: {error}"))?;
    let mut report = vendors::check_file(&args.kind, args.role.as_deref(), file, &mut |_| {})
        .map_err(|error| format!("cannot be read: {error}"))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    report.add(vendors::check_file_name(&args.kind, &name));
    Ok(report)
}

/// `file:line:column`-like lines that editors can jump to, then one line about the file.
fn write_text(checked: &Checked<'_>) -> String {
    let file = checked.file.display();
    let report = match &checked.outcome {
        Ok(report) => report,
        Err(sentence) => return format!("{file}: {sentence}\n"),
    };
    let mut text = String::new();
    for finding in &report.findings {
        write_finding(&mut text, &file.to_string(), finding);
    }
    let verdict = match (report.blocks(), report.findings.is_empty()) {
        (true, _) => "has findings that block",
        (false, true) => "is clean",
        (false, false) => "can be sent",
    };
    if report.more > 0 {
        let _ = writeln!(text, "{file}: {} more findings are not shown", report.more);
    }
    let _ = writeln!(text, "{file}: {verdict} ({}, {} bytes read)", report.summary, report.bytes);
    text
}

fn write_finding(text: &mut String, file: &str, finding: &Finding) {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    text.push_str(file);
    if let Some(line) = finding.line {
        let _ = write!(text, ":{line}");
    }
    let _ = write!(text, ": {severity}: ");
    let row = finding.row.map(|row| format!("record {row}"));
    let place: Vec<_> = row.into_iter().chain(finding.column.clone()).collect();
    if !place.is_empty() {
        let _ = write!(text, "{}: ", place.join(", "));
    }
    let _ = writeln!(text, "{} [{}]", finding.message, finding.check);
    if let Some(fix) = &finding.fix {
        let _ = writeln!(text, "    {fix}");
    }
    if let Some(predicts) = &finding.predicts {
        let _ = writeln!(text, "    The vendor would answer: {predicts}");
    }
}

fn write_json(checked: &Checked<'_>) -> serde_json::Value {
    let file = checked.file.display().to_string();
    match &checked.outcome {
        Ok(report) => serde_json::json!({ "file": file, "blocks": report.blocks(), "report": report }),
        Err(error) => serde_json::json!({ "file": file, "error": error }),
    }
}

fn read_kind(text: &str) -> Result<Kind, String> {
    let kind = Kind::new(text);
    let kinds: Vec<_> = KINDS.iter().map(|info| info.kind).collect();
    vendors::find_kind(&kind).map(|_| kind).ok_or_else(|| format!("choose one of: {}", kinds.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{CheckArgs, check_files};
    use clap::Parser;
    use std::path::Path;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        check: CheckArgs,
    }

    /// Runs `check` with these words; the exit code and what was printed.
    fn check(words: &[&str]) -> (u8, String) {
        let line = Line::try_parse_from(std::iter::once("check").chain(words.iter().copied())).unwrap();
        let mut out = Vec::new();
        let code = check_files(&line.check, &mut out);
        (code, String::from_utf8(out).unwrap())
    }

    fn write_file(folder: &Path, name: &str, content: &str) -> String {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    const CLEAN: &str = r#"[{"Label": "a", "Text": "x"}, {"Label": "b", "Text": "y"}]"#;

    #[test]
    fn a_clean_file_ends_with_0() {
        let folder = tempfile::tempdir().unwrap();
        let file = write_file(folder.path(), "clean.json", CLEAN);
        let (code, text) = check(&["--kind", "sestek.classification", &file]);
        assert_eq!(code, 0, "{text}");
        assert_eq!(text, format!("{file}: is clean (UTF-8, one JSON array, 2 records, 2 labels, 58 bytes read)\n"));
    }

    #[test]
    fn a_finding_that_blocks_ends_with_1_and_names_file_line_and_record() {
        let folder = tempfile::tempdir().unwrap();
        let file = write_file(
            folder.path(),
            "bad.json",
            "[{\"Label\": \"a\", \"Text\": \"x\"},\n{\"label\": \"b\", \"Text\": \"y\"}]",
        );
        let (code, text) = check(&["--kind", "sestek.classification", &file]);
        assert_eq!(code, 1);
        let first = text.lines().next().unwrap();
        assert!(first.starts_with(&format!("{file}:2: error: record 2, Label: ")), "{first}");
        assert!(first.contains("\"label\"") && first.ends_with("[label_wrong_case]"), "{first}");
    }

    #[test]
    fn a_file_that_cannot_be_read_ends_with_2_and_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let clean = write_file(folder.path(), "clean.json", CLEAN);
        let (code, text) = check(&["--kind", "sestek.clustering", "/nowhere/at/all.json", &clean]);
        assert_eq!(code, 2);
        assert!(text.contains("cannot be opened") && text.contains("is clean"), "{text}");
    }

    #[test]
    fn json_carries_the_whole_report_of_each_file() {
        let folder = tempfile::tempdir().unwrap();
        let clean = write_file(folder.path(), "clean.txt", CLEAN);
        let (code, text) = check(&["--kind", "sestek.clustering", "--format", "json", &clean, "/nowhere"]);
        assert_eq!(code, 2);
        let reports: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(reports[0]["file"], clean.as_str());
        assert_eq!(reports[0]["blocks"], false);
        assert_eq!(reports[0]["report"]["findings"][0]["check"], "file_name");
        assert!(reports[1]["error"].is_string());
    }

    #[test]
    fn an_unknown_kind_is_refused_with_the_known_ones() {
        let line = Line::try_parse_from(["check", "--kind", "sestek.unheard_of", "x.json"]);
        let message = line.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains("sestek.clustering, sestek.classification"), "{message}");
    }
}
