//! The vendor call a request becomes, as one curl command with the token masked. Shows it; asks nobody for it.

use crate::model::preview::RequestPreview as Preview;
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, GlobalAttributes, IntoAny, IntoView, OnAttribute,
    RwSignal, Set, Signal, component, view, window,
};

/// How far the preview is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PreviewState {
    /// The request is not complete.
    #[default]
    Incomplete,
    /// Being made by the server; the older one, if any, still stands.
    Loading(Option<Preview>),
    Shown(Preview),
    /// It could not be made; what happened, in words.
    Unavailable(String),
}

/// The card's inner part: a heading, the command and a button that copies it.
#[component]
pub fn RequestPreview(#[prop(into)] state: Signal<PreviewState>) -> impl IntoView {
    let body = move || match state.get() {
        PreviewState::Incomplete => {
            note("The exact call, with the token masked, stands here once nothing is missing.".to_owned())
        }
        PreviewState::Loading(None) => note("Asking for the exact call.".to_owned()),
        PreviewState::Unavailable(message) => note(message),
        PreviewState::Loading(Some(preview)) => show_curl(preview.curl, true),
        PreviewState::Shown(preview) => show_curl(preview.curl, false),
    };
    view! {
        <section class="request-preview" aria-labelledby="request-preview-title">
            <h2 class="request-preview-title" id="request-preview-title">
                "What will be sent"
            </h2>
            {body}
        </section>
    }
}

fn note(text: String) -> AnyView {
    view! { <p class="field-hint">{text}</p> }.into_any()
}

fn show_curl(curl: String, is_older: bool) -> AnyView {
    let copied = RwSignal::new(false);
    let text = curl.clone();
    let copy = move |_| {
        let clipboard = window().navigator().clipboard();
        // Browsers give it to pages on https and on this machine only.
        if !clipboard.is_undefined() {
            drop(clipboard.write_text(&text));
            copied.set(true);
        }
    };
    view! {
        <pre
            class="request-preview-curl"
            class:request-preview-curl-older=is_older
            tabindex="0"
            role="region"
            aria-label="The request as curl, token masked"
        >
            <code translate="no">{curl}</code>
        </pre>
        <button type="button" class="button button-quiet" on:click=copy>
            {move || if copied.get() { "Copied" } else { "Copy as curl" }}
        </button>
    }
    .into_any()
}
