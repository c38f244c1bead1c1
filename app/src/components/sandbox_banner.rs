//! Says on every page that the trainings are not real.

use crate::texts;
use crate::ui::{Erase, redraw};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, GlobalAttributes, Signal, component, view};

/// The banner, while `shown`.
#[component]
pub fn SandboxBanner(#[prop(into)] shown: Signal<bool>) -> AnyView {
    redraw(move || {
        let banner = shown.get().then(|| {
            view! {
                <p class="sandbox" role="note">
                    <b>{texts::SANDBOX}</b>
                    " "
                    {texts::SANDBOX_SENTENCE}
                </p>
            }
        });
        banner.erase()
    })
}
