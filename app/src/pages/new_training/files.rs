//! A dataset field: the picked file is checked in the browser, then sent, then named by its SHA-256.

use super::draft::KeptFile;
use super::ready::field_id;
use super::state::FormState;
use crate::components::drop_check::{DropCheck, DropFile, DropStep};
use crate::ui::Field;
use crate::vendors::forms::FormField;
use leptos::prelude::{AnyView, Callback, IntoAny, Signal, With, view};

/// Draws the field of a role.
pub fn draw_dataset(state: FormState, field: &'static FormField, role: &'static str) -> AnyView {
    let fault = Signal::derive(move || state.fault_of(field));
    let id = field_id(field.name);
    let file = Signal::derive(move || state.files.with(|files| files.get(role).cloned()));
    view! {
        <Field id=id.clone() label=field.label hint=Signal::stored(field.hint.to_owned()) error=fault>
            <DropCheck
                id=id
                file
                is_wrong=Signal::derive(move || fault.with(Option::is_some))
                on_pick=Callback::new(move |picked: web_sys::File| take_file(state, role, &picked))
                on_remove=Callback::new(move |()| state.set_file(role, None, None))
            >
                ()
            </DropCheck>
        </Field>
    }
    .into_any()
}

fn take_file(state: FormState, role: &'static str, picked: &web_sys::File) {
    let name = picked.name();
    // A file's size is a whole number below 2^53.
    let size_bytes = picked.size() as i64;
    let file = DropFile { name: name.clone(), size_bytes, step: DropStep::PickAgain, report: None };
    state.set_file(role, Some(file), Some(KeptFile { name, size_bytes, sha256: None }));
}
