//! The readiness panel: what is done, what is missing, what to think about. Shows items; decides none.

use crate::ui::{Erase, redraw};
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, CustomAttribute, ElementChild, Get, IntoAny, OnAttribute, Signal,
    component, document, view,
};

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyState {
    Done,
    /// May be sent; think again.
    Warning,
    /// Under way, nothing to do but wait.
    Busy,
    Missing,
    /// Given, but not as it must be.
    Fault,
}

impl ReadyState {
    /// Whether it keeps the request from being sent.
    pub const fn blocks(self) -> bool {
        matches!(self, Self::Busy | Self::Missing | Self::Fault)
    }

    const fn mark_class(self) -> &'static str {
        match self {
            Self::Done => "mark mark-done",
            Self::Warning => "mark mark-warning",
            Self::Busy => "mark mark-busy",
            Self::Missing => "mark mark-missing",
            Self::Fault => "mark mark-fault",
        }
    }

    /// The word for those who do not see the mark.
    const fn word(self) -> &'static str {
        match self {
            Self::Done => "Done:",
            Self::Warning => "Warning:",
            Self::Busy => "Under way:",
            Self::Missing => "Missing:",
            Self::Fault => "To mend:",
        }
    }
}

/// One line of the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyItem {
    pub state: ReadyState,
    pub text: String,
    /// What the submit button says while this is the next thing; empty for what does not block.
    pub ask: String,
    /// The id of the element to go to; empty for none.
    pub target: String,
}

/// The first thing that keeps the request from being sent. What a person can do comes before what must be waited for.
pub fn next_step(items: &[ReadyItem]) -> Option<&ReadyItem> {
    let blocking = |item: &&ReadyItem| item.state.blocks();
    items
        .iter()
        .find(|item| item.state.blocks() && item.state != ReadyState::Busy)
        .or_else(|| items.iter().find(blocking))
}

/// The list of items; each unfinished one goes to its field.
#[component]
pub fn Readiness(#[prop(into)] items: Signal<Vec<ReadyItem>>) -> AnyView {
    let lines = redraw(move || items.get().into_iter().map(show_item).collect::<Vec<_>>().into_any());
    view! {
        <ul class="readiness" aria-label="Readiness">
            {lines}
        </ul>
    }
    .erase()
}

fn show_item(item: ReadyItem) -> AnyView {
    let ReadyItem { state, text, target, .. } = item;
    let words = if state == ReadyState::Done || target.is_empty() {
        view! { <span>{text}</span> }.erase()
    } else {
        let go = move |_| focus_element(&target);
        view! {
            <button type="button" class="readiness-go" on:click=go>
                {text}
            </button>
        }
        .erase()
    };
    view! {
        <li class="readiness-item">
            {show_mark(state)} <span class="visually-hidden">{state.word()}</span> {words}
        </li>
    }
    .erase()
}

/// A shape for each state, so that colour is never alone.
pub fn show_mark(state: ReadyState) -> AnyView {
    let shape = match state {
        ReadyState::Done => view! {
            <circle cx="8" cy="8" r="6.5" fill="currentColor"></circle>
            <path class="mark-cut" d="m5 8.2 2.1 2.1L11 6.2"></path>
        }
        .erase(),
        ReadyState::Warning => view! {
            <path d="M8 1.5 15 14H1z" fill="currentColor"></path>
            <path class="mark-cut" d="M8 6v3.6M8 11.6v.2"></path>
        }
        .erase(),
        ReadyState::Fault => view! {
            <circle cx="8" cy="8" r="6.5" fill="currentColor"></circle>
            <path class="mark-cut" d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8"></path>
        }
        .erase(),
        ReadyState::Busy => view! {
            <circle class="mark-line" cx="8" cy="8" r="5.5"></circle>
            <path class="mark-line" d="M8 5v3.2l2 1.4"></path>
        }
        .erase(),
        ReadyState::Missing => {
            view! { <circle class="mark-line mark-line-dashed" cx="8" cy="8" r="5.5"></circle> }.erase()
        }
    };
    view! {
        <svg class=state.mark_class() width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            {shape}
        </svg>
    }
    .erase()
}

/// Moves the focus to an element, if it is there.
pub fn focus_element(id: &str) {
    use wasm_bindgen::JsCast;
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // An element that cannot take the focus stays where it is; there is nothing to tell.
        element.focus().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::{Readiness, ReadyItem, ReadyState, next_step};
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    fn item(state: ReadyState, text: &str) -> ReadyItem {
        ReadyItem { state, text: text.to_owned(), ask: text.to_owned(), target: "field-x".to_owned() }
    }

    #[test]
    fn what_a_person_can_do_comes_before_what_must_be_waited_for() {
        let items = [
            item(ReadyState::Done, "done"),
            item(ReadyState::Busy, "busy"),
            item(ReadyState::Warning, "warning"),
            item(ReadyState::Missing, "missing"),
            item(ReadyState::Fault, "fault"),
        ];
        assert_eq!(next_step(&items).map(|item| item.text.as_str()), Some("missing"));
        assert_eq!(next_step(&items[..3]).map(|item| item.text.as_str()), Some("busy"));
        assert_eq!(next_step(&items[2..3]), None);
    }

    #[test]
    fn each_state_has_a_word_beside_its_mark_and_a_strangers_text_stays_text() {
        let states = [ReadyState::Done, ReadyState::Warning, ReadyState::Busy, ReadyState::Missing, ReadyState::Fault];
        let items: Vec<_> = states.map(|state| item(state, "<script>x</script>")).into();
        let html = Owner::new().with(|| view! { <Readiness items=Signal::stored(items)/> }.to_html());
        for word in ["Done:", "Warning:", "Under way:", "Missing:", "To mend:"] {
            assert!(html.contains(word), "{word}: {html}");
        }
        assert!(!html.contains("<script>"), "{html}");
    }
}
