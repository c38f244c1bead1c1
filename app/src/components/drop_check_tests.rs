//! The drop zone's words, and that a stranger's text stays text.

use super::{DropCheck, DropFile, DropStep, FindingList, format_size, group_digits, place_of};
use crate::model::finding::{CheckReport, Finding, Severity};
use leptos::prelude::{Callback, Owner, RenderHtml, Signal, view};

const HOSTILE: &str = "</title><script>alert(1)</script>.json";

fn finding(severity: Severity) -> Finding {
    Finding {
        check: "label_missing".to_owned(),
        severity,
        row: Some(318),
        line: Some(9_204),
        column: Some("Label".to_owned()),
        message: HOSTILE.to_owned(),
        fix: None,
        predicts: None,
    }
}

fn draw(file: Option<DropFile>) -> String {
    Owner::new().with(|| {
        let (on_pick, on_remove) = (Callback::new(|_: web_sys::File| ()), Callback::new(|()| ()));
        view! {
            <DropCheck id="field-dataset" file=Signal::stored(file) is_wrong=Signal::stored(false) on_pick on_remove>
                ()
            </DropCheck>
        }
        .to_html()
    })
}

#[test]
fn sizes_read_as_a_file_manager_shows_them() {
    for (bytes, text) in [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 KB"),
        (18_249_999, "18.2 MB"),
        (5_368_709_120, "5.3 GB"),
        (-1, "0 bytes"),
    ] {
        assert_eq!(format_size(bytes), text);
    }
    assert_eq!([0, 999, 1_000, 1_234_567].map(group_digits), ["0", "999", "1,000", "1,234,567"]);
}

#[test]
fn a_finding_names_its_place_as_far_as_it_has_one() {
    let mut finding = finding(Severity::Error);
    assert_eq!(place_of(&finding), "Record 318, line 9,204, Label");
    (finding.row, finding.line, finding.column) = (None, None, None);
    assert_eq!(place_of(&finding), "");
}

#[test]
fn an_empty_zone_offers_a_file_input_with_its_description() {
    let html = draw(None);
    assert!(html.contains("type=\"file\"") && html.contains("for=\"field-dataset\""), "{html}");
    assert!(html.contains("aria-describedby=\"field-dataset-hint field-dataset-error field-dataset-state\""), "{html}");
    assert!(!html.contains("Remove"), "there is nothing to remove: {html}");
}

#[test]
fn hostile_file_names_and_findings_stay_text() {
    let report = CheckReport { findings: vec![finding(Severity::Error)], ..CheckReport::default() };
    let html = draw(Some(DropFile {
        name: HOSTILE.to_owned(),
        size_bytes: 5,
        step: DropStep::Failed(HOSTILE.to_owned()),
        report: Some(report),
    }));
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
}

#[test]
fn few_findings_are_listed_at_first_and_the_rest_is_counted() {
    let report = CheckReport { findings: vec![finding(Severity::Error); 8], more: 1_200, ..CheckReport::default() };
    let html = Owner::new().with(|| view! { <FindingList report=Signal::stored(Some(report))/> }.to_html());
    assert_eq!(html.matches("Record 318").count(), 5, "{html}");
    assert!(html.contains("Show 3 more") && html.contains("1,200 more are not listed."), "{html}");
}

#[test]
fn a_clean_file_says_what_it_is() {
    let summary = "UTF-8, one JSON array, 4,812 records".to_owned();
    let report = CheckReport { summary: summary.clone(), ..CheckReport::default() };
    let html = Owner::new().with(|| view! { <FindingList report=Signal::stored(Some(report))/> }.to_html());
    assert!(html.contains(&summary), "{html}");
}

#[test]
fn only_what_was_checked_here_is_called_checked_here() {
    let words = |step| {
        let file = DropFile { name: "calls.json".to_owned(), size_bytes: 1_000, step, report: None };
        draw(Some(file))
    };
    assert!(words(DropStep::Refused).contains("checked here; nothing was sent"));
    assert!(words(DropStep::Sending).contains("checked here; being sent"));
    let unchecked = words(DropStep::SendingUnchecked);
    assert!(unchecked.contains("could not be checked here; being sent"), "{unchecked}");
    let refused = words(DropStep::RefusedByServer);
    assert!(!refused.contains("checked here") && !refused.contains("nothing was sent"), "{refused}");
}
