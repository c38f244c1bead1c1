//! The control API of the sandbox: scenarios, vendor time, and the record of what happened.
//! On the sandbox's own listener only; it is not logged.

use super::script::Scenario;
use super::state::Record;
use super::visits::answer_state_fault;
use super::{Kind, Run, RunSeed, Shared, new_guid};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

/// The control routes.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/scenario", post(set_scenario))
        .route("/advance", post(advance_time))
        .route("/log", get(list_log))
        .route("/runs", get(list_runs).post(plant_runs))
        .route("/revoke-tokens", post(revoke_tokens))
        .route("/callbacks", post(call_back))
}

fn refuse(reason: impl Into<String>) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"error": reason.into()}))).into_response()
}

fn done(written: std::io::Result<()>) -> Response {
    match written {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => answer_state_fault(&error),
    }
}

/// `POST /control/scenario`: 204, or 422 with what is not understood.
async fn set_scenario(State(shared): State<Shared>, body: Result<Json<Scenario>, JsonRejection>) -> Response {
    let scenario = match body {
        Ok(Json(scenario)) => scenario,
        Err(rejection) => return refuse(rejection.body_text()),
    };
    if let Err(reason) = super::check_scenario(&scenario) {
        return refuse(reason);
    }
    done(shared.state.change(|_, _| (vec![Record::ScenarioSet { scenario: Box::new(scenario) }], ())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

/// `POST /control/advance`: moves vendor time on and says where it stands.
async fn advance_time(State(shared): State<Shared>, body: Result<Json<Advance>, JsonRejection>) -> Response {
    let seconds = match body {
        Ok(Json(Advance { seconds })) if seconds.is_finite() && seconds >= 0.0 => seconds,
        Ok(_) => return refuse("Vendor time cannot run backwards."),
        Err(rejection) => return refuse(rejection.body_text()),
    };
    match shared.state.advance_time(seconds) {
        Ok(now) => Json(json!({"vendor_ms": now.vendor_ms})).into_response(),
        Err(error) => answer_state_fault(&error),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogQuery {
    #[serde(default)]
    after: u64,
}

/// `GET /control/log?after=N`: every request after number N, in order; `dropped` counts those no longer in memory.
async fn list_log(State(shared): State<Shared>, Query(query): Query<LogQuery>) -> Response {
    let (requests, dropped) = shared
        .state
        .read(|book, _| (book.visits_after(query.after).cloned().collect::<Vec<_>>(), book.visits_dropped()));
    Json(json!({"requests": requests, "dropped": dropped})).into_response()
}

/// `GET /control/runs`: every run, with its state now.
async fn list_runs(State(shared): State<Shared>) -> Response {
    let runs = shared.state.read(|book, now| {
        let describe = |run: &Run| {
            let progress = run.progress_at(now.vendor_ms);
            json!({"vendor": run.vendor, "model_id": run.model_id, "run_id": run.id, "kind": run.kind,
                "created_sequence": run.made_by, "created_at_ms": run.created_at_ms, "redeploys": run.redeploys,
                "progress_calls": run.asked, "training_status": progress.training_status,
                "inference_status": progress.inference_status, "percent": progress.percent})
        };
        book.runs().iter().map(describe).collect::<Vec<_>>()
    });
    Json(json!({"runs": runs})).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlantRuns {
    vendor: String,
    model_ids: Vec<String>,
    kind: Kind,
}

/// `POST /control/runs`: plants runs as if somebody else had started them.
async fn plant_runs(State(shared): State<Shared>, body: Result<Json<PlantRuns>, JsonRejection>) -> Response {
    let plant = match body {
        Ok(Json(plant)) => plant,
        Err(rejection) => return refuse(rejection.body_text()),
    };
    let ids = match plant.model_ids.iter().map(|_| new_guid()).collect::<std::io::Result<Vec<_>>>() {
        Ok(ids) => ids,
        Err(error) => return answer_state_fault(&error),
    };
    let planted = shared.state.change(|book, now| {
        let seeds = plant.model_ids.iter().zip(ids).map(|(model_id, id)| RunSeed {
            vendor: &plant.vendor,
            id,
            model_id,
            kind: plant.kind,
            made_by: None,
        });
        match seeds.map(|seed| super::plant_run(book, now, seed)).collect::<Result<Vec<_>, _>>() {
            Ok(runs) => (runs.into_iter().map(|run| Record::RunCreated { run: Box::new(run) }).collect(), Ok(())),
            Err(reason) => (Vec::new(), Err(reason)),
        }
    });
    match planted {
        Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(reason)) => refuse(reason),
        Err(error) => answer_state_fault(&error),
    }
}

/// `POST /control/revoke-tokens`: no issued token is good any more.
async fn revoke_tokens(State(shared): State<Shared>) -> Response {
    done(shared.state.change(|_, _| (vec![Record::TokensRevoked], ())))
}

/// `POST /control/callbacks`: makes those that are due, waits for their answers, and lists all that were made.
async fn call_back(State(shared): State<Shared>) -> Response {
    shared.callbacks.make_due(&shared.state).await;
    Json(json!({"callbacks": shared.callbacks.list_made()})).into_response()
}
