//! A progress bar: the browser's own, so that no size needs an inline style.

use super::erase::Erase;
use leptos::prelude::{AnyView, AriaAttributes, ClassAttribute, Get, Signal, component, view};

/// Percent done; indeterminate without a number.
#[component]
pub fn Progress(#[prop(into)] label: String, #[prop(into)] percent: Signal<Option<f64>>) -> AnyView {
    view! {
        <progress
            class="progress"
            aria-label=label
            max="100"
            value=move || percent.get().map(|percent| format!("{:.1}", percent.clamp(0.0, 100.0)))
        ></progress>
    }
    .erase()
}
