//! Short messages at the foot of the page, read out politely, gone after a while.

use super::each::{Part, each};
use super::erase::Erase;
use leptos::prelude::{
    AnyView, ClassAttribute, ElementChild, Get, GlobalAttributes, OnAttribute, RwSignal, Update, component,
    provide_context, view,
};

/// How long a toast stays.
#[cfg(feature = "hydrate")]
const STAY: std::time::Duration = std::time::Duration::from_secs(8);

/// The page's toasts; in the context of every page.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<Vec<(u32, String)>>);

impl Toasts {
    /// Puts an empty list into the context.
    pub fn provide() -> Self {
        let toasts = Self(RwSignal::new(Vec::new()));
        provide_context(toasts);
        toasts
    }

    /// Shows `text`; the same text once.
    pub fn show(self, text: impl Into<String>) {
        let text = text.into();
        self.0.update(|shown| {
            shown.retain(|(_, other)| *other != text);
            let id = shown.iter().map(|(id, _)| id + 1).max().unwrap_or(0);
            shown.push((id, text.clone()));
        });
        #[cfg(feature = "hydrate")]
        leptos::prelude::set_timeout(move || self.dismiss(&text), STAY);
    }

    fn dismiss(self, text: &str) {
        let _ = self.0.try_update(|shown| shown.retain(|(_, other)| other != text));
    }
}

/// Where the toasts stand.
#[component]
pub fn ToastRegion(toasts: Toasts, dismiss: &'static str) -> AnyView {
    let draw = move |text: String| {
        let gone = text.clone();
        view! {
            <div class="toast">
                <span>{text}</span>
                <button type="button" class="button button-quiet" on:click=move |_| toasts.dismiss(&gone)>
                    {dismiss}
                </button>
            </div>
        }
        .erase()
    };
    let shown = each(move || {
        let part = |(id, text): (u32, String)| Part::new(format!("{id} {text}"), move || draw(text.clone()));
        toasts.0.get().into_iter().map(part).collect()
    });
    view! {
        <div class="toasts" role="status">
            {shown}
        </div>
    }
    .erase()
}
