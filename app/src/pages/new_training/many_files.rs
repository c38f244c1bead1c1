//! A field that takes several files: each has its own place, check and progress, and comes and goes on its own.
//! Checks and sends nothing itself; `files` does, file by file.

use super::draft::{file_key, number_in_role};
use super::files::FileField;
use super::ready::field_id;
use super::state::FormState;
use crate::components::drop_check::{DropFile, DropMany, DropStep};
use crate::ui::{Erase, Field, Part, each};
use crate::vendors::forms::FormField;
use leptos::prelude::{
    AnyView, AriaAttributes, Callback, ClassAttribute, Effect, ElementChild, Get, GlobalAttributes, Memo, Signal,
    StoredValue, UpdateValue, With, WithUntracked, view,
};
use std::collections::BTreeMap;

/// The picked files whose places are not drawn yet. The browser's files live on its one thread; on the server nobody
/// picks any.
#[cfg(feature = "hydrate")]
type Waiting = StoredValue<BTreeMap<u32, web_sys::File>, leptos::prelude::LocalStorage>;
#[cfg(not(feature = "hydrate"))]
type Waiting = StoredValue<BTreeMap<u32, ()>>;

#[cfg(feature = "hydrate")]
fn make_waiting() -> Waiting {
    StoredValue::new_local(BTreeMap::new())
}

#[cfg(not(feature = "hydrate"))]
fn make_waiting() -> Waiting {
    StoredValue::new(BTreeMap::new())
}

/// The field at work.
#[derive(Clone, Copy)]
struct ManyFiles {
    state: FormState,
    role: &'static str,
    waiting: Waiting,
}

/// Draws the field of a role that has several files.
pub fn draw_datasets(state: FormState, field: &'static FormField, role: &'static str) -> AnyView {
    let fault = Signal::derive(move || state.fault_of(field));
    let id = field_id(field.name);
    let many = ManyFiles { state, role, waiting: make_waiting() };
    let numbers = Memo::new(move |_| state.files.with(|files| numbers_in(files, role)));
    let row_id = id.clone();
    let rows = each(move || {
        let row = |number: u32| {
            let id = format!("{row_id}-{number}");
            Part::new(number.to_string(), move || many.draw_row(number, id.clone()))
        };
        numbers.get().into_iter().map(row).collect()
    });
    view! {
        <Field id=id.clone() label=field.label hint=Signal::stored(field.hint.to_owned()) error=fault>
            <ul class="drop-list" aria-label=field.label>{rows}</ul>
            <DropMany
                id
                is_wrong=Signal::derive(move || fault.with(Option::is_some))
                on_pick=Callback::new(move |picked: Vec<web_sys::File>| many.take(picked))
            />
        </Field>
    }
    .erase()
}

impl ManyFiles {
    /// Gives each picked file a place behind the others.
    fn take(self, picked: Vec<web_sys::File>) {
        let last = self.state.files.with_untracked(|files| numbers_in(files, self.role).into_iter().max());
        for (number, file) in (last.unwrap_or(0) + 1..).zip(picked) {
            let step = DropStep::Checking { read_bytes: 0 };
            // A file's size is a whole number below 2^53.
            let shown = DropFile { name: file.name(), size_bytes: file.size() as i64, step, report: None };
            self.put_by(number, file);
            self.state.set_file(&file_key(self.role, number), Some(shown), None);
        }
    }

    /// Draws one file's place; a file that waits for it is taken at once.
    fn draw_row(self, number: u32, id: String) -> AnyView {
        let place = FileField::new(self.state, self.role, number);
        Effect::new(move |_| {
            if let Some(picked) = self.fetch(number) {
                place.take(&picked);
            }
        });
        let (state, key) = (self.state, file_key(self.role, number));
        let name = move || state.files.with(|files| files.get(&key).map(|file| file.name.clone()).unwrap_or_default());
        view! {
            <li>
                <div role="group" aria-label=name>{place.draw(id, Signal::stored(false))}</div>
            </li>
        }
        .erase()
    }

    #[cfg(feature = "hydrate")]
    fn put_by(self, number: u32, file: web_sys::File) {
        self.waiting.update_value(|waiting| drop(waiting.insert(number, file)));
    }

    #[cfg(not(feature = "hydrate"))]
    fn put_by(self, _: u32, _: web_sys::File) {
        // Keeps the two forms alike; nobody picks a file on the server.
        self.waiting.update_value(BTreeMap::clear);
    }

    #[cfg(feature = "hydrate")]
    fn fetch(self, number: u32) -> Option<web_sys::File> {
        self.waiting.try_update_value(|waiting| waiting.remove(&number)).flatten()
    }

    #[cfg(not(feature = "hydrate"))]
    fn fetch(self, _: u32) -> Option<web_sys::File> {
        None
    }
}

/// The numbers of a role's files, in their order.
fn numbers_in(files: &BTreeMap<String, DropFile>, role: &str) -> Vec<u32> {
    files.keys().filter_map(|key| number_in_role(key, role)).collect()
}
