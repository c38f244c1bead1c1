//! A button for what cannot be taken back: its first press asks, its second one does it.

use super::button::{Button, ButtonKind};
use super::erase::Erase;
use leptos::prelude::{AnyView, Callable, Callback, Get, GetUntracked, RwSignal, Set, Signal, component, view};

/// The button says `word`, and after the first press `sure`.
#[component]
pub fn SureButton(
    #[prop(into)] word: String,
    #[prop(into)] sure: String,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional, into)] blocked: Signal<Option<String>>,
    #[prop(into)] on_click: Callback<()>,
) -> AnyView {
    let is_asking = RwSignal::new(false);
    let press = Callback::new(move |()| {
        let is_sure = is_asking.get_untracked();
        is_asking.set(!is_sure);
        if is_sure {
            on_click.run(());
        }
    });
    view! {
        <Button kind=kind blocked=blocked on_click=press>
            {move || if is_asking.get() { sure.clone() } else { word.clone() }}
        </Button>
    }
    .erase()
}
