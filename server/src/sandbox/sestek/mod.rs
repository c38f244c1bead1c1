//! A strict fake of SESTEK's external trainings: token, train, progress, ready. Written from the vendor's pages alone.
//! Shares no code and no type with the client that it tests: a shared misreading would pass.
//!
//! Pages: docs.knovvu.com, "ML: Send Training Request" (text clustering; text classification), "Check Training &
//! Inference Status", "Check Publish Model Readiness", "Access Token"; "External Training (Generative QA)" and "Get
//! Progress of External Training (Generative QA)".
//!
//! What the pages leave open, this fake decides in the way that is hardest for a client:
//! publishing starts only when progress is asked for at or after completion, and that very answer still says null;
//! `forceTrain=false` for a model that never completed trains it; readiness of a classification model is 404;
//! a model is unknown on the other family's path, but two families cannot train under one id at once.

mod answers;
mod form;
mod gqa;
mod llm;
pub(super) mod timeline;
mod token;
mod train;

use super::script::{Section, Step};
use super::state::{Book, Moment, Record, SandboxState};
use super::visits::{VisitNotes, answer_state_fault, cut_response};
use super::{RunSeed, Shared};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http_body_util::{BodyExt, Collected};
use serde_json::{Value, json};
use std::time::Duration;
use timeline::{Kind, Run};
pub(super) use train::check_scenario;

/// The vendor's id in scenarios, and its path on the sandbox's listener.
pub(super) const VENDOR: &str = "sestek";

const GQA_PATH: &str = "/sestekai-api/api/external/generative-question-answering-trainings";

const RETIRED_PATH: &str = "/sestekai-api/api/app/external-trainings";

/// The vendor's routes. Whatever is not here is 404, and so are the retired ones until a scenario switches them on.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/sestekai-api/api/external/llm-configurations", post(llm::take_settings))
        .route(&format!("{RETIRED_PATH}/train"), post(train::train_by_retired))
        .route(&format!("{RETIRED_PATH}/{{model_id}}/progress"), get(tell_progress_by_retired))
        .route("/identity/connect/token", post(token::issue_token))
        .route("/sestekai-api/api/external/trainings/train", post(train::train_model))
        .route("/sestekai-api/api/external/trainings/{model_id}/progress", get(tell_progress))
        .route(&format!("{GQA_PATH}/train"), post(train::train_gqa))
        .route(&format!("{GQA_PATH}/{{model_id}}/progress"), get(tell_gqa_progress))
        .route("/sestekai-api/api/external/trainings/{model_id}/ready", get(tell_ready))
        .layer(DefaultBodyLimit::disable())
}

/// Takes the next step of a section, an outage first, and uses it up.
fn take_step(
    state: &SandboxState,
    section: Section,
    model: Option<&str>,
    wanted: impl Fn(&Step) -> bool + Copy,
) -> std::io::Result<Option<Step>> {
    state.change(|book, _| {
        let step = book
            .next_step(VENDOR, model, Section::Outage, wanted)
            .or_else(|| book.next_step(VENDOR, model, section, wanted));
        match step {
            Some((step, taken)) => (vec![taken], Some(step)),
            None => (Vec::new(), None),
        }
    })
}

fn any_step(_: &Step) -> bool {
    true
}

/// Plays a step around the normal answer: its delay, its own answer, its cut, its slow or broken body.
async fn play_step(step: Option<Step>, model_id: &str, normal: Value, response: Response) -> Response {
    let Some(step) = step else { return response };
    if let Some(seconds) = step.delay_seconds {
        tokio::time::sleep(Duration::from_secs_f64(seconds.max(0.0))).await;
    }
    if step.cut.is_some() {
        return cut_response();
    }
    let response = match &step.answer {
        Some(answer) => answers::answer_scripted(answer, model_id, &normal),
        None => response,
    };
    answers::disturb_body(response, &step).await
}

fn random_bytes<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes)
}

fn media_type(headers: &HeaderMap) -> String {
    let whole = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A run that starts now, by the plan of the scenarios.
pub(super) fn new_run(book: &Book, now: Moment, seed: RunSeed<'_>) -> Run {
    let plan = book.plan_for(VENDOR, seed.model_id);
    Run {
        vendor: VENDOR.to_owned(),
        id: seed.id,
        model_id: seed.model_id.to_owned(),
        kind: seed.kind,
        product_name: "CA".to_owned(),
        made_by: seed.made_by,
        created_at_ms: now.real_ms,
        created_vendor_ms: now.vendor_ms,
        redeploys: false,
        plan,
        asked: 0,
        published_vendor_ms: None,
    }
}

/// Refuses a GET that the vendor's page does not describe: with a body or with a content type.
async fn check_get(request: Request) -> Result<(), Box<Response>> {
    if request.headers().contains_key(header::CONTENT_TYPE) {
        return Err(refuse_get("This call has no content type."));
    }
    let body = request.into_body().collect().await.map(Collected::to_bytes);
    if body.is_ok_and(|body| body.is_empty()) {
        return Ok(());
    }
    Err(refuse_get("This call has no body."))
}

fn refuse_get(message: &str) -> Box<Response> {
    Box::new(answers::answer_abp(StatusCode::BAD_REQUEST, None, message, None))
}

/// The checks that progress and readiness share; returns the step to play.
async fn enter_get(
    shared: &Shared,
    visit: &VisitNotes,
    (section, model_id): (Section, &str),
    request: Request,
) -> Result<Option<Step>, Box<Response>> {
    visit.note(|notes| notes.model_id = Some(model_id.to_owned()));
    token::check_bearer(&shared.state, request.headers(), visit)?;
    check_get(request).await?;
    take_step(&shared.state, section, Some(model_id), any_step).map_err(|error| Box::new(answer_state_fault(&error)))
}

/// `GET .../trainings/{modelId}/progress`. The call that publishes.
async fn tell_progress(
    State(shared): State<Shared>,
    Extension(visit): Extension<VisitNotes>,
    Path(model_id): Path<String>,
    request: Request,
) -> Response {
    answer_progress_call(shared, visit, model_id, (request, false)).await
}

/// `GET .../app/external-trainings/{modelId}/progress`, deprecated "starting January 1, 2025".
async fn tell_progress_by_retired(
    State(shared): State<Shared>,
    visit: Extension<VisitNotes>,
    model_id: Path<String>,
    request: Request,
) -> Response {
    if !shared.state.read(|book, _| book.answers_retired(VENDOR)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    tell_progress(State(shared), visit, model_id, request).await
}

/// `GET .../generative-question-answering-trainings/{modelId}/progress`.
async fn tell_gqa_progress(
    State(shared): State<Shared>,
    Extension(visit): Extension<VisitNotes>,
    Path(model_id): Path<String>,
    request: Request,
) -> Response {
    answer_progress_call(shared, visit, model_id, (request, true)).await
}

/// Both families' progress; of a model that the other family trained, this one knows nothing.
async fn answer_progress_call(
    shared: Shared,
    visit: VisitNotes,
    model_id: String,
    (request, asks_gqa): (Request, bool),
) -> Response {
    let step = match enter_get(&shared, &visit, (Section::Progress, &model_id), request).await {
        Ok(step) => step,
        Err(refusal) => return *refusal,
    };
    // A scripted failure is one in front of the application: the call did not reach it, and publishes nothing.
    if step.as_ref().is_some_and(|step| step.answer.is_some() || step.cut.is_some()) {
        return play_step(step, &model_id, json!({"trainingStatus": ""}), StatusCode::OK.into_response()).await;
    }
    let told = shared.state.change(|book, now| {
        let mut runs = book.runs_of(&model_id).rev().filter(|run| (run.kind == Kind::Gqa) == asks_gqa);
        let Some(run) = runs.next() else { return (Vec::new(), None) };
        let told = if run.asked < run.plan.not_found_answers {
            None
        } else if run.asked < run.plan.stale_answers {
            Some(runs.next().unwrap_or(run).progress_at(now.vendor_ms))
        } else {
            Some(run.progress_at(now.vendor_ms))
        };
        (vec![Record::RunAsked { run_id: run.id.clone(), vendor_ms: now.vendor_ms }], told)
    });
    let response = match told {
        Ok(Some(progress)) => answers::answer_progress(&progress, step.as_ref().and_then(|step| step.wording.as_ref())),
        Ok(None) => answers::answer_unknown_model(&model_id),
        Err(error) => return answer_state_fault(&error),
    };
    play_step(step, &model_id, Value::Null, response).await
}

/// `GET .../trainings/{modelId}/ready`.
async fn tell_ready(
    State(shared): State<Shared>,
    Extension(visit): Extension<VisitNotes>,
    Path(model_id): Path<String>,
    request: Request,
) -> Response {
    let step = match enter_get(&shared, &visit, (Section::Ready, &model_id), request).await {
        Ok(step) => step,
        Err(refusal) => return *refusal,
    };
    let awake = shared.state.read(|book, now| {
        let run = book.runs_of(&model_id).next_back().filter(|run| run.kind == Kind::Clustering);
        run.map(|run| run.is_awake(now.vendor_ms))
    });
    let response = match awake {
        Some(awake) => answers::answer_ready(awake, step.as_ref().and_then(|step| step.wording.as_ref())),
        None => answers::answer_unknown_model(&model_id),
    };
    play_step(step, &model_id, Value::Null, response).await
}
