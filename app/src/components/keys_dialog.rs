//! The keys, in a dialog that `?` opens.

use crate::texts;
use crate::ui::Dialog;
use leptos::prelude::{ClassAttribute, CollectView, ElementChild, IntoView, RwSignal, component, view};

/// The list of keys.
#[component]
pub fn KeysDialog(open: RwSignal<bool>) -> impl IntoView {
    let rows = texts::KEYS
        .iter()
        .map(|(key, meaning)| {
            view! {
                <dt><kbd>{*key}</kbd></dt>
                <dd>{*meaning}</dd>
            }
        })
        .collect_view();
    view! {
        <Dialog open=open title=texts::KEYS_TITLE close=texts::CLOSE>
            <dl class="keys">{rows}</dl>
        </Dialog>
    }
}
