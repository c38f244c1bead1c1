//! Sends the form: once, under one key, whatever happens to the answer.
//! Draws nothing.

use super::keep;
use super::ready::field_id;
use super::source::{Source, diff_requests};
use super::state::{CONNECTION, FormState, NAME};
use crate::api::client::{Method, call_api};
use crate::api::trainings::NewTraining;
use crate::components::readiness::focus_element;
use crate::model::error::{AppError, ErrorCode};
use crate::model::ids::{ConnectionId, TrainingId};
use crate::model::training::{RetryTraining, Training};
use crate::pages::key::new_training_id;
use crate::paths;
use leptos::prelude::{GetUntracked, Set, Update, WithUntracked, WithValue};

/// What is sent, and where.
enum Submission {
    New(Box<NewTraining>),
    Retry(TrainingId, Box<RetryTraining>),
}

/// Submits; `on_done` gets the training once the server has it. A second call while one is under way does nothing.
pub fn submit_form(state: FormState, storage_key: String, on_done: impl Fn(Training) + 'static) {
    if state.is_sending.get_untracked() {
        return;
    }
    let Some(submission) = prepare(state) else { return };
    // The key is on record before the first byte leaves: a reload in between repeats this submit and makes no second.
    keep::save_draft(&storage_key, &state.draft.get_untracked());
    state.is_sending.set(true);
    state.refusal.set(None);
    leptos::task::spawn_local(async move {
        let answer = send(submission).await;
        if state.is_sending.try_set(false).is_some() {
            // The form is gone; the training, if made, is in the list.
            return;
        }
        match answer {
            Ok(training) => {
                keep::forget_draft(&storage_key);
                on_done(training);
            }
            Err(error) => {
                let first = first_faulty_field(state, &error);
                state.note_refusal(error);
                focus_element(first.as_deref().unwrap_or("form-refusal"));
            }
        }
    });
}

async fn send(submission: Submission) -> Result<Training, AppError> {
    match submission {
        Submission::New(new) => call_api(Method::Post, paths::API_TRAININGS, Some(&*new)).await,
        Submission::Retry(older, retry) => call_api(Method::Post, &paths::api_retry(&older), Some(&*retry)).await,
    }
}

/// The body, under the key of this form; `None` while something is missing.
fn prepare(state: FormState) -> Option<Submission> {
    let request = state.checked.get_untracked().ok()?;
    let connection = state.draft.with_untracked(|draft| draft.connection.clone());
    if connection.is_empty() {
        return None;
    }
    let Some(id) = state.draft.with_untracked(|draft| draft.key.clone()).or_else(new_training_id) else {
        let message =
            "This browser gives no random numbers, so a submit cannot be made safe to repeat. Use another one.";
        state.refusal.set(Some(AppError::new(ErrorCode::Unsupported, message)));
        return None;
    };
    state.draft.update(|draft| draft.key = Some(id.clone()));
    let (name, hold_if_busy) = state.draft.with_untracked(|draft| (draft.name.trim().to_owned(), draft.hold));
    let retry_of = state.source.with_value(|source| match source {
        Source::Retry(older) if source.is_retry_of(state.form) => Some(older.clone()),
        _ => None,
    });
    Some(match retry_of {
        Some(older) => {
            let changes = diff_requests(&older.request.fields, &request);
            Submission::Retry(older.id.clone(), Box::new(RetryTraining { id, changes, hold_if_busy }))
        }
        None => Submission::New(Box::new(NewTraining {
            id,
            connection: ConnectionId::new(connection),
            name: (!name.is_empty()).then_some(name),
            request,
            hold_if_busy,
        })),
    })
}

/// The element of the first field, in the order of the form, that the server found fault with.
fn first_faulty_field(state: FormState, error: &AppError) -> Option<String> {
    let is_at = |path: &str| error.fields.iter().any(|fault| fault.path == path);
    for path in [NAME, CONNECTION] {
        if is_at(path) {
            return Some(field_id(path));
        }
    }
    let faulty: Vec<_> = error.fields.iter().filter_map(|fault| state.form.field_at(&fault.path)).collect();
    state.form.fields().find(|field| faulty.iter().any(|at| at.name == field.name)).map(|field| field_id(field.name))
}
