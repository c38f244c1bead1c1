//! A list whose parts come, go and move without being drawn again, told apart by a key.
//! One `For` for the whole page: each list of its own type would bring all of its code once more.

use leptos::prelude::{AnyView, For, IntoAny, view};
use std::sync::Arc;

/// A part of a list: drawn once, for as long as its key stays in the list.
pub struct Part {
    key: String,
    draw: Arc<dyn Fn() -> AnyView + Send + Sync>,
}

impl Part {
    /// A part that `draw` draws, called `key` among the others.
    pub fn new(key: impl Into<String>, draw: impl Fn() -> AnyView + Send + Sync + 'static) -> Self {
        Self { key: key.into(), draw: Arc::new(draw) }
    }
}

/// Draws the parts, and follows `parts` whenever what it read has changed.
pub fn each(parts: impl Fn() -> Vec<Part> + Send + Sync + 'static) -> AnyView {
    draw_each(Box::new(parts))
}

fn draw_each(parts: Box<dyn Fn() -> Vec<Part> + Send + Sync>) -> AnyView {
    view! { <For each=move || parts() key=|part| part.key.clone() children=|part: Part| (part.draw)()/> }.into_any()
}
