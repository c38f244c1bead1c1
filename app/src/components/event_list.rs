//! What happened, newest first: the moment as well as we know it, the stage, the words, who saw it.

use super::moment::{moment_of, vendor_label};
use super::stage_badge::{stage_class, stage_icon, vendor_words};
use super::timeline::Edge;
use crate::model::event::{Event, EventKind, Source};
use crate::texts;
use crate::ui::{Badge, Erase, Icon, When, WhenStyle, erase_all, redraw};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, GlobalAttributes, Signal, component, view};

/// One line of the history in our words.
fn event_title(event: &Event, vendor: &str) -> String {
    let percent = event.after.progress.as_ref().and_then(|progress| progress.percent);
    match event.kind {
        EventKind::Created => texts::EVENT_CREATED.to_owned(),
        EventKind::Adopted => texts::EVENT_ADOPTED.to_owned(),
        EventKind::Sending => texts::event_sending(vendor),
        EventKind::Accepted => texts::event_accepted(vendor),
        EventKind::Unclear => texts::EVENT_UNCLEAR.to_owned(),
        EventKind::StageChanged => texts::event_stage(event.after.stage),
        EventKind::Progressed => percent.map_or_else(|| texts::EVENT_PROGRESSED.to_owned(), texts::percent),
        EventKind::Unseen => texts::event_unseen(vendor),
        EventKind::SeenAgain => texts::event_seen_again(vendor),
        EventKind::Stalled => texts::EVENT_STALLED.to_owned(),
        EventKind::Moving => texts::EVENT_MOVING.to_owned(),
        EventKind::Superseded => texts::EVENT_SUPERSEDED.to_owned(),
        EventKind::Edited => texts::EVENT_EDITED.to_owned(),
        EventKind::Settled => texts::EVENT_SETTLED.to_owned(),
        EventKind::CallbackMissing => texts::event_callback_missing(vendor),
    }
}

fn source_word(event: &Event) -> String {
    match (event.source, &event.actor) {
        (Source::Person, Some(actor)) => actor.to_string(),
        (Source::Person, None) => texts::SOURCE_PERSON.to_owned(),
        (Source::Answer, _) => texts::SOURCE_ANSWER.to_owned(),
        (Source::Poll, _) => texts::SOURCE_POLL.to_owned(),
        (Source::PollAfterCallback, _) => texts::SOURCE_POLL_AFTER_CALLBACK.to_owned(),
        (Source::LookUp, _) => texts::SOURCE_LOOK_UP.to_owned(),
        (Source::Trainyard, _) => texts::SOURCE_TRAINYARD.to_owned(),
    }
}

/// The newest `limit` events (all without a limit), newest first. A run of progress lines is one line: the newest.
#[component]
pub fn EventList(
    #[prop(into)] events: Signal<Vec<Event>>,
    kind: crate::model::ids::Kind,
    #[prop(optional)] limit: Option<usize>,
    /// Whether runs of progress lines are folded into their newest.
    #[prop(optional)]
    folded: bool,
) -> AnyView {
    let vendor = vendor_label(&kind);
    let lines = redraw(move || {
        let mut events = events.get();
        if folded {
            events.dedup_by(|newer, older| {
                let both = older.kind == EventKind::Progressed && newer.kind == EventKind::Progressed;
                if both {
                    std::mem::swap(newer, older);
                }
                both
            });
        }
        let limit = limit.unwrap_or(usize::MAX);
        let newest = events.iter().rev().take(limit);
        erase_all(newest.map(|event| view! { <EventLine event=event.clone() vendor=vendor.clone()/> }))
    });
    view! { <ol class="events">{lines}</ol> }.erase()
}

#[component]
fn EventLine(event: Event, vendor: String) -> AnyView {
    let title = event_title(&event, &vendor);
    let source = source_word(&event);
    let words = vendor_words(&event.after.vendor_status);
    let stage = event.after.stage;
    let edge = Edge { earliest: event.at_earliest.as_millis(), latest: event.at_latest.as_millis() };
    let soft = edge.is_soft() && event.kind == EventKind::StageChanged;
    view! {
        <li class="event">
            <When at=Signal::stored(moment_of(edge.latest)) style=WhenStyle::Clock/>
            <span class=stage_class(stage)>
                <Icon name=stage_icon(stage)/>
            </span>
            <div class="event-words">
                <span>{title}</span>
                " "
                {(!words.is_empty()).then(|| view! { <code lang="en" translate="no">{words}</code> }).erase()}
                {event.message.map(|message| view! { <small>{message}</small> }).erase()}
                {soft.then(|| view! {
                    <small>
                        {texts::NOT_BEFORE}
                        " "
                        <When at=Signal::stored(moment_of(edge.earliest)) style=WhenStyle::Clock/>
                    </small>
                }).erase()}
            </div>
            <Badge>{source}</Badge>
        </li>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::EventList;
    use crate::components::sample;
    use crate::model::event::EventKind;
    use crate::model::stage::Stage;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    #[test]
    fn progress_is_folded_into_its_newest_line_and_words_stay_text() {
        let training = sample::training(Stage::Training);
        let mut events: Vec<_> = (1..=4).map(|id| sample::event(&training, id, Stage::Training)).collect();
        for event in events.iter_mut().skip(1) {
            event.kind = EventKind::Progressed;
        }
        let html = Owner::new().with(|| {
            view! { <EventList events=Signal::stored(events) kind=training.kind.clone() folded=true/> }.to_html()
        });
        assert_eq!(html.matches("class=\"event\"").count(), 2, "{html}");
        assert!(html.contains("2026-11-20T14:04:00.000Z"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    }
}
