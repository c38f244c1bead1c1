//! A small word on a tinted ground.

use super::erase::Erase;
use leptos::prelude::{AnyView, Children, ClassAttribute, ElementChild, component, view};

/// A tag, a source, a count.
#[component]
pub fn Badge(children: Children) -> AnyView {
    view! { <span class="badge">{children()}</span> }.erase()
}
