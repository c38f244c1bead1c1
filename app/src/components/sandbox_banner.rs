//! Says on every page that the trainings are not real.

use crate::texts;
use leptos::prelude::{ClassAttribute, ElementChild, Get, GlobalAttributes, IntoView, Signal, component, view};

/// The banner, while `shown`.
#[component]
pub fn SandboxBanner(#[prop(into)] shown: Signal<bool>) -> impl IntoView {
    move || {
        shown.get().then(|| {
            view! {
                <p class="sandbox" role="note">
                    <b>{texts::SANDBOX}</b>
                    " "
                    {texts::SANDBOX_SENTENCE}
                </p>
            }
        })
    }
}
