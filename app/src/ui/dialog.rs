//! A modal dialog: the browser's own, with its focus trap and Escape key.

use super::erase::Erase;
use leptos::html;
use leptos::prelude::{
    AnyView, AriaAttributes, Children, ClassAttribute, Effect, ElementChild, Get, NodeRef, NodeRefAttribute,
    OnAttribute, RwSignal, Set, component, view,
};

/// A modal dialog, shown while `open` is true. The browser moves the focus in and, on closing, back.
#[component]
pub fn Dialog(open: RwSignal<bool>, title: &'static str, close: &'static str, children: Children) -> AnyView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let wanted = open.get();
        if let Some(dialog) = element.get() {
            match (wanted, dialog.open()) {
                // It throws only when it is already open, or not in the page any more.
                (true, false) => drop(dialog.show_modal()),
                (false, true) => dialog.close(),
                _ => {}
            }
        }
    });
    view! {
        <dialog class="dialog" aria-label=title node_ref=element on:close=move |_| open.set(false)>
            <div class="dialog-head">
                <h2>{title}</h2>
                <button type="button" class="button button-quiet" on:click=move |_| open.set(false)>
                    {close}
                </button>
            </div>
            {children()}
        </dialog>
    }
    .erase()
}
