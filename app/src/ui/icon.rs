//! An icon of the sprite (`public/icons.svg`): always beside a word, so always hidden from readers.

use super::erase::Erase;
use crate::paths;
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, Signal, component, view};
use leptos::tachys::html::attribute::custom::CustomAttribute;

/// The icon called `name`, in the colour of the text around it.
#[component]
pub fn Icon(#[prop(into)] name: Signal<String>) -> AnyView {
    view! {
        <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <use href=move || paths::icon(&name.get())></use>
        </svg>
    }
    .erase()
}
