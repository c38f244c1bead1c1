//! The fake's train call: upload, rules, busy models, and the run that it starts.
//! The form's rules are in `form`; how a run goes on is in `timeline`.

use super::answers::{self, FieldFault};
use super::timeline::{Run, check_plan};
use super::token::check_bearer;
use super::{VENDOR, form, media_type, new_run, play_step, take_step};
use crate::sandbox::script::{AnswerKind, Cut, Scenario, Section, Step};
use crate::sandbox::state::{Record, SandboxState};
use crate::sandbox::visits::{VisitNotes, answer_state_fault, cut_response};
use crate::sandbox::{RunSeed, Shared, Tail, new_guid};
use axum::Extension;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde_json::Value;
use std::time::Duration;

/// `POST .../trainings/train`.
pub(super) async fn train_model(
    State(shared): State<Shared>,
    Extension(visit): Extension<VisitNotes>,
    request: Request,
) -> Response {
    take_train_call(shared, visit, request, form::check_form).await
}

/// `POST .../app/external-trainings/train`, deprecated "starting January 1, 2025".
pub(super) async fn train_by_retired(
    State(shared): State<Shared>,
    visit: Extension<VisitNotes>,
    request: Request,
) -> Response {
    if !shared.state.read(|book, _| book.answers_retired(VENDOR)) {
        drain(request.into_body()).await;
        return StatusCode::NOT_FOUND.into_response();
    }
    train_model(State(shared), visit, request).await
}

/// `POST .../generative-question-answering-trainings/train`.
pub(super) async fn train_gqa(
    State(shared): State<Shared>,
    Extension(visit): Extension<VisitNotes>,
    request: Request,
) -> Response {
    take_train_call(shared, visit, request, super::gqa::check_gqa_form).await
}

/// The rules of one family's form.
type CheckForm = fn(&form::TrainForm) -> Result<form::CheckedForm, Vec<FieldFault>>;

async fn take_train_call(shared: Shared, visit: VisitNotes, request: Request, check: CheckForm) -> Response {
    let early = match take_step(&shared.state, Section::Train, None, cuts_early) {
        Ok(step) => step,
        Err(error) => return answer_state_fault(&error),
    };
    if early.as_ref().is_some_and(|step| step.cut == Some(Cut::BeforeReading)) {
        return cut_response();
    }
    if let Err(refusal) = check_bearer(&shared.state, request.headers(), &visit) {
        drain(request.into_body()).await;
        return *refusal;
    }
    if media_type(request.headers()) != "multipart/form-data" {
        drain(request.into_body()).await;
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(multipart) = Multipart::from_request(request, &()).await else {
        return answers::answer_abp(StatusCode::BAD_REQUEST, None, "Missing content-type boundary.", None);
    };
    let mut form = form::TrainForm::default();
    let read = form::read_form(multipart, early.map(|step| step.cut_after_bytes.unwrap_or(1)), &mut form).await;
    let model_id = form.text("modelId").unwrap_or_default().to_owned();
    let now = shared.state.read(|_, now| now);
    visit.note(|notes| {
        notes.model_id = Some(model_id.clone());
        notes.parts = form.show_parts();
        notes.body_read_at_ms = read.is_ok().then_some(now.real_ms);
    });
    match read {
        Ok(()) => settle_train(shared, visit, check(&form), model_id).await,
        Err(form::ReadStop::CutHere) => cut_response(),
        Err(form::ReadStop::Broken(reason)) => {
            visit.note(|notes| notes.faults.push(reason.clone()));
            answers::answer_abp(StatusCode::BAD_REQUEST, None, "Failed to read the request form.", Some(&reason))
        }
    }
}

/// Reads a body that nobody wants, so that the answer arrives before the connection ends.
async fn drain(body: Body) {
    let mut data = body.into_data_stream();
    while let Some(Ok(_)) = data.next().await {}
}

/// Everything after the upload. It runs in a task of its own: a vendor goes on when its client has gone.
async fn settle_train(
    shared: Shared,
    visit: VisitNotes,
    checked: Result<form::CheckedForm, Vec<FieldFault>>,
    model_id: String,
) -> Response {
    let step = match take_step(&shared.state, Section::Train, Some(&model_id), |step| !cuts_early(step)) {
        Ok(step) => step,
        Err(error) => return answer_state_fault(&error),
    };
    let checked = match checked {
        Ok(checked) => checked,
        Err(faults) => {
            visit.note(|notes| notes.faults.extend(faults.iter().map(|FieldFault { message, .. }| message.clone())));
            return answers::answer_field_faults(&faults);
        }
    };
    let run_delay = step.as_ref().and_then(|step| step.run_delay_seconds).unwrap_or(0.0);
    let (maker, wanted, sequence) = (shared.clone(), wants_run(step.as_ref()), visit.sequence);
    let tail = async move {
        if run_delay > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(run_delay)).await;
        }
        let start = start_run(&maker.state, &checked, sequence, wanted)?;
        if let Start::Run(experiment) = &start {
            take_callback_order(&maker, experiment, checked).await;
        }
        Ok(start)
    };
    let started = match shared.tails.spawn_tail(tail) {
        Tail::Started(task) => task.await,
        Tail::Stopping => return cut_response(),
    };
    let (normal, response) = match started {
        Ok(Ok(Start::Run(experiment))) => {
            let response = answers::answer_json(StatusCode::OK, &experiment);
            (experiment, response)
        }
        Ok(Ok(Start::Busy)) => {
            let busy = shared.state.read(|book, _| book.busy_answer(VENDOR, &model_id));
            let usual = || StatusCode::ACCEPTED.into_response();
            let response = busy.map_or_else(usual, |busy| answers::answer_scripted(&busy, &model_id, &Value::Null));
            (Value::Null, response)
        }
        Ok(Ok(Start::Unwanted)) => (Value::Null, StatusCode::OK.into_response()),
        Ok(Err(error)) => return answer_state_fault(&error),
        Err(_) => return cut_response(),
    };
    play_step(step, &model_id, normal, response).await
}

/// Remembers whom to call back about a run that was just created.
async fn take_callback_order(shared: &Shared, experiment: &Value, form: form::CheckedForm) {
    let Some(order) = form.callback else { return };
    let plan = shared.state.read(|book, _| book.callback_plan(VENDOR, &form.model_id));
    let run_id = experiment["id"].as_str().unwrap_or_default();
    shared.callbacks.place_order((run_id, &form.model_id), order, plan).await;
}

/// Refuses what a script asks for and cannot get.
pub fn check_scenario(scenario: &Scenario) -> Result<(), String> {
    let script = &scenario.script;
    if scenario.matches != "*" && script.train.iter().any(cuts_early) {
        return Err("A train call can be cut before its end only in a scenario for *.".to_owned());
    }
    if scenario.matches != "*" && script.retired_addresses {
        return Err("The retired addresses answer for every model or for none: use a scenario for *.".to_owned());
    }
    let mut others = [&script.token, &script.progress, &script.ready, &script.llm].into_iter().flatten();
    if others.any(|step| step.cut == Some(Cut::MidUpload)) {
        return Err("Only a train call has an upload that can be cut.".to_owned());
    }
    script.plan.as_ref().map_or(Ok(()), check_plan)
}

/// Whether a train call under this step creates its run.
fn wants_run(step: Option<&Step>) -> bool {
    let Some(step) = step else { return true };
    let usual = match &step.answer {
        None => true,
        Some(answer) => matches!(answer.kind, AnswerKind::Experiment | AnswerKind::BrokenJson | AnswerKind::Empty),
    };
    step.creates_run.unwrap_or(usual)
}

enum Start {
    Run(Value),
    Busy,
    Unwanted,
}

/// Creates the run, unless the model is busy: one decision, so that of two equal calls only one creates a run.
fn start_run(state: &SandboxState, form: &form::CheckedForm, sequence: u64, wanted: bool) -> std::io::Result<Start> {
    let id = new_guid()?;
    let dataset_ids = (0..form.file_count).map(|_| new_guid()).collect::<std::io::Result<Vec<_>>>()?;
    state.change(|book, now| {
        let last = book.runs_of(&form.model_id).next_back();
        if last.is_some_and(|run| run.is_busy(now.vendor_ms)) {
            return (Vec::new(), Start::Busy);
        }
        if !wanted {
            return (Vec::new(), Start::Unwanted);
        }
        let redeploys = !form.force_train && last.is_some_and(|run| run.is_completed(now.vendor_ms));
        let seed = RunSeed { vendor: VENDOR, id, model_id: &form.model_id, kind: form.kind, made_by: Some(sequence) };
        let run = Run { redeploys, product_name: form.product_name.clone(), ..new_run(book, now, seed) };
        let experiment = answers::experiment_of(&run, &dataset_ids);
        (vec![Record::RunCreated { run: Box::new(run) }], Start::Run(experiment))
    })
}

/// Whether a step acts before the whole train form was read.
fn cuts_early(step: &Step) -> bool {
    matches!(step.cut, Some(Cut::BeforeReading | Cut::MidUpload))
}
