//! Links to the pages beside this one, by cursor.

use super::erase::Erase;
use leptos::prelude::{AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, Signal, component, view};

/// The way back to the first page and on to the next; an absent one is left out.
#[component]
pub fn Pagination(
    label: &'static str,
    #[prop(into)] first: Signal<Option<(String, &'static str)>>,
    #[prop(into)] next: Signal<Option<(String, &'static str)>>,
) -> AnyView {
    view! {
        <nav class="pagination" aria-label=label>
            {move || first.get().map(|(href, word)| view! { <a class="button" href=href rel="prev">{word}</a> }).erase()}
            {move || next.get().map(|(href, word)| view! { <a class="button" href=href rel="next">{word}</a> }).erase()}
        </nav>
    }
    .erase()
}
