//! The keys, in a dialog that `?` opens.

use crate::texts;
use crate::ui::{Dialog, Erase, erase_all};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, RwSignal, component, view};

/// The list of keys.
#[component]
pub fn KeysDialog(open: RwSignal<bool>) -> AnyView {
    let rows = erase_all(texts::KEYS.iter().map(|(key, meaning)| {
        view! {
            <dt><kbd>{*key}</kbd></dt>
            <dd>{*meaning}</dd>
        }
    }));
    view! {
        <Dialog open=open title=texts::KEYS_TITLE close=texts::CLOSE>
            <dl class="keys">{rows}</dl>
        </Dialog>
    }
    .erase()
}
