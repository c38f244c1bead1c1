//! Links between the parts of a page; each part has its own address.

use leptos::prelude::{
    AriaAttributes, ClassAttribute, CollectView, ElementChild, Get, IntoView, Signal, component, view,
};

/// One part: where it is, its word, whether it is shown.
#[derive(Clone)]
pub struct Tab {
    pub href: String,
    pub label: &'static str,
    pub current: Signal<bool>,
}

/// A row of links; the one shown has `aria-current="page"`.
#[component]
pub fn Tabs(label: &'static str, tabs: Vec<Tab>) -> impl IntoView {
    let links = tabs
        .into_iter()
        .map(|tab| {
            let current = move || tab.current.get().then_some("page");
            view! { <a href=tab.href aria-current=current>{tab.label}</a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=label>{links}</nav> }
}
