//! The form's signals, and what a person's actions do to them.
//! Draws nothing; asks the server nothing.

use super::draft::{FormDraft, KeptFile, number_in_role};
use super::keep;
use super::source::Source;
use crate::components::drop_check::{DropFile, DropStep};
use crate::model::connection::Connection;
use crate::model::error::{AppError, ErrorCode, FieldFault};
use crate::vendors::TrainingRequest;
use crate::vendors::forms::{Control, FormField, KindForm};
use leptos::prelude::{Effect, Get, Memo, RwSignal, Set, StoredValue, Update, With, WithUntracked, WithValue};
use std::collections::{BTreeMap, BTreeSet};

/// The name field's key among the fields that were left; it is no field of the request.
pub const NAME: &str = "name";
/// The same for the connection.
pub const CONNECTION: &str = "connection";

/// One open form.
#[derive(Clone, Copy)]
pub struct FormState {
    pub form: &'static KindForm,
    pub source: StoredValue<Source>,
    /// The connections this kind can be sent to.
    pub connections: StoredValue<Vec<Connection>>,
    pub draft: RwSignal<FormDraft>,
    /// The picked files by [`file_key`](super::draft::file_key), as far as they are known in this page.
    pub files: RwSignal<BTreeMap<String, DropFile>>,
    /// Fields that were left, or all after a submit: their faults are shown.
    left: RwSignal<BTreeSet<&'static str>>,
    /// What the server said to the last submit.
    pub refusal: RwSignal<Option<AppError>>,
    pub is_sending: RwSignal<bool>,
    /// Whether the page can act: false on the server and until hydration.
    pub is_live: RwSignal<bool>,
    pub checked: Memo<Result<TrainingRequest, Vec<FieldFault>>>,
}

impl FormState {
    /// Opens a form: from its source, then, in the browser, from what was kept of it.
    pub fn open(form: &'static KindForm, source: Source, connections: Vec<Connection>, storage_key: String) -> Self {
        let mut draft = source.start_draft(form);
        choose_only_connection(&mut draft, &connections);
        let draft = RwSignal::new(draft);
        let state = Self {
            form,
            source: StoredValue::new(source),
            connections: StoredValue::new(connections),
            draft,
            files: RwSignal::new(BTreeMap::new()),
            left: RwSignal::new(BTreeSet::new()),
            refusal: RwSignal::new(None),
            is_sending: RwSignal::new(false),
            is_live: RwSignal::new(false),
            checked: Memo::new(move |_| draft.with(|draft| (form.check)(&draft.values_with_files(form)))),
        };
        state.show_kept_files();
        // The first run restores what was kept (never on the server, so that hydration sees what the server drew); each
        // later one keeps what changed.
        Effect::new(move |before: Option<()>| {
            let draft = state.draft.get();
            if before.is_some() {
                return keep::save_draft(&storage_key, &draft);
            }
            let handed_over = keep::take_handed_over();
            let kept = keep::load_draft(&storage_key).or_else(|| handed_over.map(|draft| draft.fit_to(form)));
            if let Some(kept) = kept {
                state.restore(kept);
            }
            state.is_live.set(true);
        });
        state
    }

    fn restore(self, mut kept: FormDraft) {
        self.connections.with_value(|connections| {
            if !connections.iter().any(|connection| connection.id.as_str() == kept.connection) {
                kept.connection.clear();
            }
            choose_only_connection(&mut kept, connections);
        });
        self.draft.set(kept);
        self.show_kept_files();
    }

    /// Shows files that the draft holds and this page has not seen being picked.
    fn show_kept_files(self) {
        let belongs = |key: &str| self.form.fields().any(|field| is_place(field, key));
        let shown = self.draft.with_untracked(|draft| {
            let kept = draft.files.iter().filter(|(key, _)| belongs(key));
            kept.map(|(key, file)| (key.clone(), show_kept(file))).collect()
        });
        self.files.set(shown);
    }

    /// What stands in a field; tracks.
    pub fn value(self, name: &str) -> String {
        self.draft.with(|draft| draft.value(name).to_owned())
    }

    /// Takes what was typed or chosen.
    pub fn set_value(self, field: &'static FormField, value: String) {
        self.draft.update(|draft| draft.set_value(field, value));
        self.forget_refusal(&format!("request.{}", field.name));
    }

    /// Takes the name, and the model id that follows it.
    pub fn set_name(self, name: String) {
        self.draft.update(|draft| draft.set_name(self.form, name));
        self.forget_refusal(NAME);
        self.forget_refusal("request.model_id");
    }

    /// Lets the model id follow the name again.
    pub fn follow_name(self) {
        self.draft.update(|draft| draft.follow_name(self.form));
        self.forget_refusal("request.model_id");
    }

    /// Chooses a connection.
    pub fn set_connection(self, id: String) {
        let usual = self.connections.with_value(|connections| {
            let chosen = connections.iter().find(|connection| connection.id.as_str() == id);
            chosen.and_then(|connection| connection.default_product_name.clone())
        });
        self.draft.update(|draft| draft.set_connection(id, usual.as_deref()));
        self.forget_refusal(CONNECTION);
    }

    /// Chooses whether a model id in use is waited for; a refusal because of one no longer holds.
    pub fn set_hold(self, hold: bool) {
        self.draft.update(|draft| draft.set_hold(hold));
        let is_busy = |error: &AppError| error.code == ErrorCode::Busy;
        if self.refusal.with_untracked(|refusal| refusal.as_ref().is_some_and(is_busy)) {
            self.refusal.set(None);
        }
    }

    /// The chosen connection; tracks.
    pub fn connection(self) -> Option<Connection> {
        let id = self.draft.with(|draft| draft.connection.clone());
        self.connections
            .with_value(|connections| connections.iter().find(|connection| connection.id.as_str() == id).cloned())
    }

    /// Takes a file's step; one that the server holds, or that was let go of, is also kept over a reload.
    pub fn set_file(self, key: &str, file: Option<DropFile>, kept: Option<KeptFile>) {
        let before = self.draft.with_untracked(|draft| draft.files.get(key).cloned());
        if before != kept {
            self.draft.update(|draft| draft.set_file(key, kept));
            if let Some(field) = self.form.fields().find(|field| is_place(field, key)) {
                self.forget_refusal(&format!("request.{}", field.name));
            }
        }
        self.files.update(|files| match file {
            Some(file) => drop(files.insert(key.to_owned(), file)),
            None => drop(files.remove(key)),
        });
    }

    /// A field was left: from now on its faults are shown.
    pub fn leave(self, name: &'static str) {
        if !self.left.with_untracked(|left| left.contains(name)) {
            self.left.update(|left| left.extend([name]));
        }
    }

    /// Shows every fault.
    pub fn leave_all(self) {
        self.left.update(|left| {
            left.extend([NAME, CONNECTION]);
            left.extend(self.form.fields().map(|field| field.name));
        });
    }

    /// What is wrong with a field of the request, once it was left or the server has said so; tracks.
    pub fn fault_of(self, field: &'static FormField) -> Option<String> {
        let belongs = |fault: &&FieldFault| self.form.field_at(&fault.path).is_some_and(|at| at.name == field.name);
        let said = self.refusal.with(|refusal| {
            let fault = refusal.as_ref()?.fields.iter().find(belongs)?;
            Some(fault.message.clone())
        });
        if said.is_some() || !self.left.with(|left| left.contains(field.name)) {
            return said;
        }
        let is_empty = match field.control {
            Control::Dataset(_) => false,
            Control::Datasets(role) => self.draft.with(|draft| draft.files_of(role).is_empty()),
            _ => self.draft.with(|draft| draft.value(field.name).is_empty()),
        };
        if is_empty {
            return Some(format!("{}.", field.ask));
        }
        self.checked.with(|checked| {
            let fault = checked.as_ref().err()?.iter().find(belongs)?;
            // A missing file says so itself, in the words of the form.
            Some(if matches!(field.control, Control::Dataset(_)) {
                format!("{}.", field.ask)
            } else {
                fault.message.clone()
            })
        })
    }

    /// What is wrong with the name or the connection; tracks.
    pub fn fault_at(self, path: &'static str) -> Option<String> {
        let said = self.refusal.with(|refusal| {
            let fault = refusal.as_ref()?.fields.iter().find(|fault| fault.path == path)?;
            Some(fault.message.clone())
        });
        let is_missing = path == CONNECTION && self.draft.with(|draft| draft.connection.is_empty());
        said.or_else(|| {
            let is_left = self.left.with(|left| left.contains(path));
            (is_missing && is_left).then(|| "Choose a connection.".to_owned())
        })
    }

    /// What the server said about a field no longer holds once it changed.
    fn forget_refusal(self, path: &str) {
        if self.refusal.with_untracked(Option::is_none) {
            return;
        }
        self.refusal.update(|refusal| {
            let Some(error) = refusal else { return };
            let had_fields = !error.fields.is_empty();
            error.fields.retain(|fault| fault.path != path && !fault.path.starts_with(&format!("{path}.")));
            if error.fields.is_empty() && (had_fields || error.training.is_some()) {
                *refusal = None;
            }
        });
    }

    /// Notes the answer to a submit; a refusal of its content uses up the key.
    pub fn note_refusal(self, error: AppError) {
        let refused = matches!(error.status_code(), 400 | 409 | 413 | 415 | 422);
        self.draft.update(|draft| draft.key_refused |= refused);
        self.refusal.set(Some(error));
    }
}

/// Whether a file with this key belongs to the field.
fn is_place(field: &FormField, key: &str) -> bool {
    match field.control {
        Control::Dataset(role) => role == key,
        Control::Datasets(role) => number_in_role(key, role).is_some(),
        _ => false,
    }
}

fn choose_only_connection(draft: &mut FormDraft, connections: &[Connection]) {
    let is_known = connections.iter().any(|connection| connection.id.as_str() == draft.connection);
    if !is_known {
        draft.connection.clear();
    }
    if let ([only], true) = (connections, draft.connection.is_empty()) {
        draft.set_connection(only.id.to_string(), only.default_product_name.as_deref());
    }
}

fn show_kept(kept: &KeptFile) -> DropFile {
    let step = if kept.sha256.is_some() { DropStep::Stored } else { DropStep::PickAgain };
    DropFile { name: kept.name.clone(), size_bytes: kept.size_bytes, step, report: None }
}
