//! A small word on a tinted ground.

use leptos::prelude::{Children, ClassAttribute, ElementChild, IntoView, component, view};

/// A tag, a source, a count.
#[component]
pub fn Badge(children: Children) -> impl IntoView {
    view! { <span class="badge">{children()}</span> }
}
