//! A block of text to be read by keyboard and copied whole.
//! Knows nothing of what it holds; whoever draws it has masked every secret.

use super::Erase;
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, GlobalAttributes, OnAttribute, RwSignal, Set,
    component, view, window,
};

/// `text` with a button that copies it. `label` names the block, `copy` the button; `is_older` draws it faded.
#[component]
pub fn CopyText(text: String, label: &'static str, copy: &'static str, #[prop(optional)] is_older: bool) -> AnyView {
    let copied = RwSignal::new(false);
    let kept = text.clone();
    let write = move |_| {
        let clipboard = window().navigator().clipboard();
        // Browsers give it to pages on https and on this machine only.
        if !clipboard.is_undefined() {
            drop(clipboard.write_text(&kept));
            copied.set(true);
        }
    };
    view! {
        <pre class="copy-text" class:copy-text-older=is_older tabindex="0" role="region" aria-label=label>
            <code translate="no">{text}</code>
        </pre>
        <button type="button" class="button button-quiet" on:click=write>
            {move || if copied.get() { COPIED } else { copy }}
        </button>
    }
    .erase()
}

/// The button's word once the text is in the clipboard.
const COPIED: &str = "Copied";
