//! Links between the parts of a page; each part has its own address.

use super::erase::{Erase, erase_all};
use leptos::prelude::{AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, Signal, component, view};

/// One part: where it is, its word, whether it is shown.
#[derive(Clone)]
pub struct Tab {
    pub href: String,
    pub label: &'static str,
    pub current: Signal<bool>,
}

/// A row of links; the one shown has `aria-current="page"`.
#[component]
pub fn Tabs(label: &'static str, tabs: Vec<Tab>) -> AnyView {
    let links = erase_all(tabs.into_iter().map(|tab| {
        let current = tab.current;
        view! { <a href=tab.href aria-current=move || current.get().then(|| "page".to_owned())>{tab.label}</a> }
    }));
    view! { <nav class="tabs" aria-label=label>{links}</nav> }.erase()
}
