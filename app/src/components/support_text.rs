//! What a vendor's support needs to find a training that failed: names, moments and the vendor's own words, to be copied.
//! Facts that others gave stay as they are; nothing in it is secret.

use super::timeline::Timeline;
use crate::model::event::{Event, EventKind};
use crate::model::stage::Stage;
use crate::model::time::Timestamp;
use crate::model::training::Training;
use crate::texts;
use crate::ui::{CopyText, Erase, redraw};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, Memo, Signal, With, component, view};

/// The text of `training` under a heading that opens it; nothing while it has not failed.
#[component]
pub fn SupportText(#[prop(into)] training: Signal<Training>, #[prop(into)] events: Signal<Vec<Event>>) -> AnyView {
    let has_failed = Memo::new(move |_| training.with(|training| training.stage == Stage::Failed));
    redraw(move || {
        let text =
            has_failed.get().then(|| training.with(|training| events.with(|past| write_support(training, past))));
        let shown = text.map(|text| {
            view! {
                <details class="card padded support">
                    <summary>{texts::SUPPORT}</summary>
                    <CopyText text=text label=texts::SUPPORT_TEXT copy=texts::COPY_SUPPORT/>
                </details>
            }
        });
        shown.erase()
    })
}

/// One fact on each line. Times are UTC; a stage's is when it was first seen.
pub fn write_support(training: &Training, events: &[Event]) -> String {
    let mut lines =
        vec![format!("Training: {} ({})", training.id, training.kind), format!("Connection: {}", training.connection)];
    lines.extend(training.vendor_ref.as_ref().map(|name| format!("Model: {name}")));
    let accepted = events.iter().rev().find(|event| event.kind == EventKind::Accepted);
    let run = accepted.and_then(|event| event.message.as_deref());
    lines.extend(run.map(|run| format!("Run: {}", run.replace(char::is_control, " "))));
    lines.extend(training.submitted_at.map(|at| format!("Submitted: {at}")));
    let visits = Timeline::build(training, events).visits;
    lines.extend(visits.iter().map(|visit| {
        let seen = Timestamp::from_millis(visit.from.latest);
        format!("{}: {seen}", visit.stage.label())
    }));
    let percent = training.progress.as_ref().and_then(|progress| progress.percent);
    lines.extend(percent.map(|percent| format!("Highest percent: {percent}")));
    let words = training.vendor_status.iter();
    lines.extend(words.map(|(name, word)| format!("{name}: {}", word.replace(char::is_control, " "))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{SupportText, write_support};
    use crate::components::sample;
    use crate::model::event::EventKind;
    use crate::model::stage::Stage;
    use crate::model::training::Progress;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    #[test]
    fn case_24_a_failure_without_a_reason_leaves_enough_for_the_vendors_support() {
        let mut training = sample::training(Stage::Failed);
        training.progress = Some(Progress { percent: Some(61.0), ..Progress::default() });
        let mut accepted = sample::event(&training, 1, Stage::Queued);
        accepted.kind = EventKind::Accepted;
        accepted.message = Some("3a11f0c2-run".to_owned());
        let events =
            [accepted, sample::event(&training, 2, Stage::Training), sample::event(&training, 9, Stage::Failed)];
        let text = write_support(&training, &events);
        for fact in [
            "musteri-niyetleri-2026",
            "sandbox-sestek",
            "Run: 3a11f0c2-run",
            "Submitted: 2026-11-20T14:00:00",
            "Training: 2026-11-20T14:02:00",
            "Failed: 2026-11-20T14:09:00",
            "Highest percent: 61",
        ] {
            assert!(text.contains(fact), "{fact}: {text}");
        }
    }

    #[test]
    fn it_is_there_for_a_failed_training_alone_and_runs_no_script() {
        let draw = |stage| {
            let training = sample::training(stage);
            let events = vec![sample::event(&training, 1, stage)];
            Owner::new().with(|| {
                let (training, events) = (Signal::stored(training), Signal::stored(events));
                view! { <SupportText training events/> }.to_html()
            })
        };
        let html = draw(Stage::Failed);
        assert!(html.contains("<details") && !html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(!draw(Stage::Training).contains("<details"));
    }
}
