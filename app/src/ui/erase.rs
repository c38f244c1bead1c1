//! One type for everything that is drawn.
//! Each type that the page draws brings a few kilobytes of code to every visitor: an `Option` of a paragraph is one, a
//! `Vec` of list items is another. What becomes an `AnyView` first costs that once, for all of them.

use leptos::prelude::{AnyView, IntoAny, View};
use leptos::tachys::reactive_graph::SharedReactiveFunction;
use std::sync::{Arc, Mutex};

/// Makes a part of the page one with all others.
pub trait Erase {
    /// The same part, as the type that all parts share.
    fn erase(self) -> AnyView;
}

impl<T: IntoAny> Erase for View<T> {
    fn erase(self) -> AnyView {
        self.into_inner().into_any()
    }
}

/// What may be absent; then nothing is drawn.
impl<T: IntoAny> Erase for Option<View<T>> {
    fn erase(self) -> AnyView {
        self.map(Erase::erase).into_any()
    }
}

/// Parts, one after the other.
pub fn erase_all<T: IntoAny>(parts: impl IntoIterator<Item = View<T>>) -> AnyView {
    parts.into_iter().map(Erase::erase).collect::<Vec<_>>().into_any()
}

/// A part that is drawn again whenever what `draw` read has changed.
pub fn redraw(draw: impl FnMut() -> AnyView + Send + 'static) -> AnyView {
    let draw: SharedReactiveFunction<AnyView> = Arc::new(Mutex::new(draw));
    draw.into_any()
}
