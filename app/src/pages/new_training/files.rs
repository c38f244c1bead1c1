//! A dataset field: the picked file is checked in a worker, then sent unless the server has it, then named by its
//! SHA-256. Draws with `drop_check`; checks and sends nothing itself.

use super::draft::{KeptFile, file_key};
use super::ready::field_id;
use super::state::FormState;
use crate::api::client::{Method, call_api};
use crate::api::datasets::find_dataset;
use crate::components::drop_check::{DropCheck, DropFile, DropStep};
use crate::components::upload::{UploadHandle, UploadProgress, UploadState, start_upload};
use crate::model::dataset::CheckDataset;
use crate::model::error::AppError;
use crate::model::finding::{CheckReport, CheckedFile};
use crate::model::ids::{DatasetId, Kind};
use crate::paths;
use crate::preflight_client::{CheckFailure, CheckHandle, check_in_background};
use crate::ui::{Erase, Field, redraw};
use crate::vendors::forms::FormField;
use leptos::prelude::{
    AnyView, Callback, Get, GetUntracked, GetValue, RwSignal, Set, SetValue, Signal, StoredValue, UpdateValue, With,
    WithUntracked, view,
};

/// What is under way for one field. Dropping it ends it.
#[derive(Default)]
struct Work {
    /// Held for its end alone.
    _check: Option<CheckHandle>,
    upload: Option<UploadHandle>,
}

/// Where the work is kept. The browser's handles live on its one thread; on the server, where a view may end on another
/// thread than it began on, there is nothing to keep there.
#[cfg(feature = "hydrate")]
type WorkPlace = StoredValue<Work, leptos::prelude::LocalStorage>;
#[cfg(not(feature = "hydrate"))]
type WorkPlace = StoredValue<Work>;

#[cfg(feature = "hydrate")]
fn make_work_place() -> WorkPlace {
    StoredValue::new_local(Work::default())
}

#[cfg(not(feature = "hydrate"))]
fn make_work_place() -> WorkPlace {
    StoredValue::new(Work::default())
}

/// One dataset field at work.
#[derive(Clone, Copy)]
pub struct FileField {
    state: FormState,
    role: &'static str,
    /// Which of the role's files, from 1; 0 where it has only one.
    number: u32,
    work: WorkPlace,
    /// Counts the picked files, so that news of an older one is told apart.
    turn: StoredValue<u32>,
    upload: RwSignal<Option<UploadState>>,
}

/// Draws the field of a role.
pub fn draw_dataset(state: FormState, field: &'static FormField, role: &'static str) -> AnyView {
    let fault = Signal::derive(move || state.fault_of(field));
    let id = field_id(field.name);
    let place = FileField::new(state, role, 0).draw(id.clone(), Signal::derive(move || fault.with(Option::is_some)));
    view! {
        <Field id=id label=field.label hint=Signal::stored(field.hint.to_owned()) error=fault>
            {place}
        </Field>
    }
    .erase()
}

impl FileField {
    /// The place of one file. Its work ends with whoever owns the place.
    pub fn new(state: FormState, role: &'static str, number: u32) -> Self {
        let (turn, upload) = (StoredValue::new(0), RwSignal::new(None));
        Self { state, role, number, work: make_work_place(), turn, upload }
    }

    /// Draws the place; `id` is its input's.
    pub fn draw(self, id: String, is_wrong: Signal<bool>) -> AnyView {
        let at_work = self;
        let file = Signal::derive(move || at_work.state.files.with(|files| files.get(&at_work.key()).cloned()));
        let draw_progress = move || {
            let is_sending = file.with(|file| file.as_ref().is_some_and(|file| file.step.is_sending()));
            let sending = Signal::derive(move || at_work.upload.get().unwrap_or(UploadState::Waiting));
            is_sending.then(|| view! { <UploadProgress state=sending/> }).erase()
        };
        view! {
            <DropCheck
                id
                file
                is_wrong
                on_pick=Callback::new(move |picked: web_sys::File| at_work.take(&picked))
                on_remove=Callback::new(move |()| at_work.remove())
            >
                {redraw(draw_progress)}
            </DropCheck>
        }
        .erase()
    }

    fn key(self) -> String {
        file_key(self.role, self.number)
    }

    /// Starts over with a picked file.
    pub fn take(self, picked: &web_sys::File) {
        // A file's size is a whole number below 2^53.
        let size_bytes = picked.size() as i64;
        let is_same = self.state.files.with_untracked(|files| {
            files.get(&self.key()).is_some_and(|file| file.name == picked.name() && file.size_bytes == size_bytes)
        });
        let turn = self.begin(is_same);
        let file =
            DropFile { name: picked.name(), size_bytes, step: DropStep::Checking { read_bytes: 0 }, report: None };
        self.show(file, None);
        let kind = Kind::new(self.state.form.kind);
        let on_progress = move |read: f64| {
            // Also a whole number below 2^53, never negative.
            self.change(turn, |file| file.step = DropStep::Checking { read_bytes: read as u64 });
        };
        let sent = picked.clone();
        let on_done = move |outcome| self.take_outcome(turn, sent, outcome);
        let check = check_in_background(picked, &kind, Some(self.role), on_progress, on_done);
        self.work.update_value(|work| work._check = Some(check));
    }

    /// Lets go of the file.
    fn remove(self) {
        self.begin(false);
        self.state.set_file(&self.key(), None, None);
    }

    /// Ends what is under way; whatever it still says is no longer heard. What the server got of a file is thrown
    /// away, unless the same file goes on.
    fn begin(self, goes_on: bool) -> u32 {
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        if let Some(upload) = self.work.try_update_value(|work| std::mem::take(work).upload).flatten()
            && !goes_on
        {
            upload.cancel();
        }
        self.upload.set(None);
        turn
    }

    fn take_outcome(self, turn: u32, picked: web_sys::File, outcome: Result<CheckedFile, CheckFailure>) {
        match outcome {
            Err(CheckFailure::Unreadable(reason)) => self.change(turn, |file| file.step = DropStep::Failed(reason)),
            Err(CheckFailure::NotStarted) => self.send(turn, picked),
            Ok(CheckedFile { report, sha256 }) => {
                let blocks = report.blocks();
                self.change(turn, |file| {
                    file.step = if blocks { DropStep::Refused } else { DropStep::Sending };
                    file.report = Some(report);
                });
                match sha256 {
                    _ if blocks => {}
                    Some(sha256) => self.send_unless_stored(turn, picked, sha256),
                    None => self.send(turn, picked),
                }
            }
        }
    }

    /// The same content is stored once: a file the server has is not sent again.
    fn send_unless_stored(self, turn: u32, picked: web_sys::File, sha256: DatasetId) {
        leptos::task::spawn_local(async move {
            match find_dataset(sha256).await {
                Ok(Some(dataset)) => self.keep(turn, dataset.sha256),
                // Where asking failed, sending says why, or goes through.
                Ok(None) | Err(_) => self.send(turn, picked),
            }
        });
    }

    fn send(self, turn: u32, picked: web_sys::File) {
        if !self.is_current(turn) {
            return;
        }
        self.change(turn, |file| {
            file.step = if file.report.is_some() { DropStep::Sending } else { DropStep::SendingUnchecked };
        });
        let on_state = Callback::new(move |news: UploadState| self.hear_upload(turn, news));
        let upload = start_upload(&picked, on_state);
        self.work.update_value(|work| work.upload = Some(upload));
    }

    fn hear_upload(self, turn: u32, news: UploadState) {
        if !self.is_current(turn) {
            return;
        }
        match news {
            UploadState::Done { dataset } => self.finish(turn, dataset),
            UploadState::Failed(error) => self.change(turn, |file| file.step = DropStep::Failed(error.message)),
            news => self.upload.set(Some(news)),
        }
    }

    /// A file that could not be checked here is checked by the server before it counts.
    fn finish(self, turn: u32, dataset: DatasetId) {
        let has_report =
            self.state.files.with_untracked(|files| files.get(&self.key()).is_some_and(|file| file.report.is_some()));
        if has_report {
            return self.keep(turn, dataset);
        }
        leptos::task::spawn_local(async move {
            let check = CheckDataset { kind: Kind::new(self.state.form.kind), role: Some(self.role.to_owned()) };
            let path = paths::api_check_dataset(&dataset);
            let answer: Result<CheckReport, AppError> = call_api(Method::Post, &path, Some(&check)).await;
            match answer {
                Ok(report) if report.blocks() => self.change(turn, |file| {
                    file.step = DropStep::RefusedByServer;
                    file.report = Some(report);
                }),
                Ok(report) => {
                    self.change(turn, |file| file.report = Some(report));
                    self.keep(turn, dataset);
                }
                Err(error) => self.change(turn, |file| file.step = DropStep::Failed(error.message)),
            }
        });
    }

    /// The server has all of it: from now on it survives a reload.
    fn keep(self, turn: u32, dataset: DatasetId) {
        let Some(mut file) = self.current_file(turn) else { return };
        file.step = DropStep::Stored;
        self.show(file, Some(dataset));
    }

    fn change(self, turn: u32, change: impl FnOnce(&mut DropFile)) {
        let Some(mut file) = self.current_file(turn) else { return };
        change(&mut file);
        self.show(file, None);
    }

    fn show(self, file: DropFile, sha256: Option<DatasetId>) {
        let kept = KeptFile { name: file.name.clone(), size_bytes: file.size_bytes, sha256 };
        self.state.set_file(&self.key(), Some(file), Some(kept));
    }

    /// The file of this turn; none once another was picked or the form is gone.
    fn current_file(self, turn: u32) -> Option<DropFile> {
        if !self.is_current(turn) {
            return None;
        }
        self.state.files.get_untracked().remove(&self.key())
    }

    fn is_current(self, turn: u32) -> bool {
        self.turn.try_get_value() == Some(turn)
    }
}
