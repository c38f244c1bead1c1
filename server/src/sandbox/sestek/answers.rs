//! The bodies and statuses that a SESTEK server answers with, good and bad.
//! Decides nothing; the handlers choose.

use super::timeline::{Progress, Run};
use crate::sandbox::script::{Answer, AnswerKind, Envelope, Letters, NullAs, Step, TruthAs, Wording};
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use std::time::Duration;

const SIGN_IN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Login | SestekAI</title></head><body><form \
    action=\"/Account/Login\" method=\"post\"><input name=\"username\"><input name=\"password\" \
    type=\"password\"></form></body></html>\n";
/// The documented sample of a progress answer, which lacks its commas.
const SAMPLE_WITHOUT_COMMAS: &str =
    "{\n\"percent\": 100\n\"trainingStatus\": \"Completed\"\n\"inferenceStatus\": \"Running\"\n}";
const FILLER_CHUNK: &[u8] = &[b'x'; 65_536];

/// A fault of one form field, in ABP's words.
#[derive(Clone, Debug)]
pub struct FieldFault {
    pub member: String,
    pub message: String,
}

/// A JSON answer.
pub fn answer_json(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, headers, body.to_string()).into_response()
}

/// An ABP error object.
pub fn answer_abp(status: StatusCode, code: Option<&str>, message: &str, details: Option<&str>) -> Response {
    answer_abp_error(
        status,
        json!({"code": code, "message": message, "details": details, "data": {},
        "validationErrors": null}),
    )
}

/// ABP's 400 for fields that break a rule.
pub fn answer_field_faults(faults: &[FieldFault]) -> Response {
    let list: Vec<Value> =
        faults.iter().map(|fault| json!({"message": fault.message, "members": [fault.member]})).collect();
    let details: Vec<String> = faults.iter().map(|fault| format!(" - {}", fault.message)).collect();
    let details = format!("The following errors were detected during validation.\n{}\n", details.join("\n"));
    answer_abp_error(
        StatusCode::BAD_REQUEST,
        json!({"code": null, "message": "Your request is not valid!",
        "details": details, "data": {}, "validationErrors": list}),
    )
}

fn answer_abp_error(status: StatusCode, error: Value) -> Response {
    let mut response = answer_json(status, &json!({ "error": error }));
    response.headers_mut().insert("_AbpErrorFormat", HeaderValue::from_static("true"));
    response
}

/// ABP's 404 for an unknown model.
pub fn answer_unknown_model(model_id: &str) -> Response {
    let message = format!("There is no entity Experiment with id = {model_id}!");
    answer_abp(StatusCode::NOT_FOUND, None, &message, None)
}

/// 401 as OpenIddict's validation gives it: no body, the reason in a header.
pub fn answer_unauthorized(challenge: &'static str) -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}

/// A token endpoint's error: `error` is a string.
pub fn answer_oauth(error: &str, description: &str, page: &str) -> Response {
    let status = match error {
        "invalid_client" | "invalid_token" | "missing_token" => StatusCode::UNAUTHORIZED,
        "insufficient_access" | "insufficient_scope" => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    let uri = format!("https://documentation.openiddict.com/errors/{page}");
    let body = json!({"error": error, "error_description": description, "error_uri": uri});
    (status, [(header::CACHE_CONTROL, "no-store")], answer_json(status, &body)).into_response()
}

/// The Experiment object of an accepted train call.
pub fn experiment_of(run: &Run, dataset_ids: &[String]) -> Value {
    let at = format_time(run.created_at_ms);
    let mappings: Vec<Value> = dataset_ids
        .iter()
        .map(|dataset_id| {
            let mut mapping = audit_fields(&at);
            mapping.insert("datasetColumn".to_owned(), Value::Null);
            mapping.insert("experimentId".to_owned(), json!(run.id));
            mapping.insert("datasetId".to_owned(), json!(dataset_id));
            mapping.insert("moduleDatasetColumnId".to_owned(), Value::Null);
            mapping.insert("id".to_owned(), json!(dataset_id));
            Value::Object(mapping)
        })
        .collect();
    let mut body = audit_fields(&at);
    let own = json!({"name": run.model_id, "description": run.product_name, "status": 0,
        "statusMessage": "Initialized", "percent": 0, "trainingParams": {}, "endpoints": [],
        "documentationPath": null, "projectId": run.id, "moduleVersionId": run.id, "experimentMetrics": [],
        "experimentDatasetMappings": mappings, "experimentTestsetMapping": [], "lastPublishTime": null,
        "tryToStop": null, "completionTime": null, "id": run.id});
    if let Value::Object(own) = own {
        body.extend(own);
    }
    Value::Object(body)
}

fn audit_fields(at: &str) -> Map<String, Value> {
    let nulls = ["deleterId", "deletionTime", "lastModificationTime", "lastModifierId", "creatorId"];
    let mut fields: Map<String, Value> = nulls.into_iter().map(|name| (name.to_owned(), Value::Null)).collect();
    fields.insert("isDeleted".to_owned(), json!(false));
    fields.insert("creationTime".to_owned(), json!(at));
    fields
}

/// .NET's round-trip format: seven digits of a second.
fn format_time(at_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    format!("{}.{:03}0000Z", time.strftime("%Y-%m-%dT%H:%M:%S"), at_ms.rem_euclid(1000))
}

/// A progress answer, in the script's words when it has some.
pub fn answer_progress(progress: &Progress, wording: Option<&Wording>) -> Response {
    let plain = Wording::default();
    let wording = wording.unwrap_or(&plain);
    let mut body = Map::new();
    if !wording.percent_absent {
        let percent = wording.percent.clone().unwrap_or_else(|| json!(progress.percent));
        body.insert("percent".to_owned(), percent);
    }
    let training = wording.training_status.as_deref().unwrap_or(progress.training_status);
    body.insert("trainingStatus".to_owned(), json!(say(training, wording)));
    let inference = match wording.inference_status.as_deref().or(progress.inference_status) {
        Some(status) => Some(json!(say(status, wording))),
        None => match wording.null_as.unwrap_or_default() {
            NullAs::Null => Some(Value::Null),
            NullAs::Absent => None,
            NullAs::Empty => Some(json!("")),
            NullAs::Text => Some(json!("Null")),
        },
    };
    if let Some(inference) = inference {
        body.insert("inferenceStatus".to_owned(), inference);
    }
    answer_json(StatusCode::OK, &Value::Object(body))
}

fn say(status: &str, wording: &Wording) -> String {
    let status = match wording.letters {
        Some(Letters::Lower) => status.to_ascii_lowercase(),
        Some(Letters::Upper) => status.to_ascii_uppercase(),
        None => status.to_owned(),
    };
    if wording.padded { format!("  {status} ") } else { status }
}

/// A readiness answer: a bare truth value.
pub fn answer_ready(awake: bool, wording: Option<&Wording>) -> Response {
    let body = match wording.and_then(|wording| wording.truth_as).unwrap_or_default() {
        TruthAs::Json => awake.to_string(),
        TruthAs::Title => if awake { "True" } else { "False" }.to_owned(),
        TruthAs::Quoted => format!("\"{awake}\""),
    };
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

/// The ready-made answer of a script. `normal` is the body that would have been sent.
pub fn answer_scripted(answer: &Answer, model_id: &str, normal: &Value) -> Response {
    let status =
        |usual: StatusCode| answer.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(usual);
    let text = |usual: &str| answer.text.clone().unwrap_or_else(|| usual.to_owned());
    let typed = |content_type: &str, status: StatusCode, body: Body| {
        (status, [(header::CONTENT_TYPE, content_type.to_owned())], body).into_response()
    };
    let mut response = match answer.kind {
        AnswerKind::Experiment => answer_json(status(StatusCode::OK), normal),
        AnswerKind::Empty => status(StatusCode::ACCEPTED).into_response(),
        AnswerKind::InProgress => answer_in_progress(answer, model_id, status(StatusCode::FORBIDDEN)),
        AnswerKind::Abp if answer.members.is_empty() => answer_abp(
            status(StatusCode::BAD_REQUEST),
            answer.code.as_deref(),
            &text("An internal error occurred during your request!"),
            answer.details.as_deref(),
        ),
        AnswerKind::Abp => {
            let message = text("The field is invalid.");
            let faults: Vec<FieldFault> = answer
                .members
                .iter()
                .map(|member| FieldFault { member: member.clone(), message: message.clone() })
                .collect();
            let mut response = answer_field_faults(&faults);
            *response.status_mut() = status(StatusCode::BAD_REQUEST);
            response
        }
        AnswerKind::Oauth => {
            let error = answer.code.as_deref().unwrap_or("invalid_client");
            let mut response = answer_oauth(error, &text("The specified client credentials are invalid."), "ID2055");
            *response.status_mut() = status(response.status());
            response
        }
        AnswerKind::Html => typed("text/html; charset=utf-8", status(StatusCode::OK), text(SIGN_IN_PAGE).into()),
        AnswerKind::Redirect => {
            let location = answer.location.clone().unwrap_or_else(|| "/Account/Login".to_owned());
            (status(StatusCode::FOUND), [(header::LOCATION, location)]).into_response()
        }
        AnswerKind::BrokenJson => {
            let body = if normal.get("trainingStatus").is_some() { SAMPLE_WITHOUT_COMMAS } else { "{\"name\": \"" };
            typed("application/json; charset=utf-8", status(StatusCode::OK), body.into())
        }
        AnswerKind::Throttle => {
            let seconds = answer.retry_after_seconds.unwrap_or(30).to_string();
            (status(StatusCode::TOO_MANY_REQUESTS), [(header::RETRY_AFTER, seconds)]).into_response()
        }
        AnswerKind::Raw => {
            let content_type = answer.content_type.as_deref().unwrap_or("application/json; charset=utf-8");
            typed(content_type, status(StatusCode::OK), text("").into())
        }
        AnswerKind::Filler => {
            typed("application/json", status(StatusCode::OK), fill_body(answer.size_bytes.unwrap_or(1_000_000)))
        }
        AnswerKind::Endless => typed("application/json", status(StatusCode::OK), fill_body(u64::MAX)),
    };
    add_headers(answer, &mut response);
    response
}

fn add_headers(answer: &Answer, response: &mut Response) {
    if let Some(seconds) = answer.retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
}

fn answer_in_progress(answer: &Answer, model_id: &str, status: StatusCode) -> Response {
    let usual = || format!("The training is still in progress for the same model ID: {model_id}");
    let text = answer.text.clone().unwrap_or_else(usual);
    match answer.envelope.unwrap_or_default() {
        Envelope::Abp => answer_abp(status, None, &text, None),
        Envelope::Plain => (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
        Envelope::JsonString => answer_json(status, &json!(text)),
    }
}

/// A JSON string of letters, made while it is sent.
fn fill_body(size_bytes: u64) -> Body {
    let letters = stream::unfold(size_bytes, |left| async move {
        let next = usize::try_from(left.min(FILLER_CHUNK.len() as u64)).unwrap_or(FILLER_CHUNK.len());
        (next > 0).then(|| (Bytes::from_static(&FILLER_CHUNK[..next]), left - next as u64))
    });
    let quote = || stream::once(async { Bytes::from_static(b"\"") });
    Body::from_stream(quote().chain(letters).chain(quote()).map(Ok::<_, Infallible>))
}

/// Lets an answer's body trickle, or breaks it off, as the step says.
pub async fn disturb_body(response: Response, step: &Step) -> Response {
    if step.bytes_per_second.is_none() && step.truncate_after_bytes.is_none() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = axum::body::to_bytes(body, 4 << 20).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let whole_bytes = whole.len() as u64;
    let sent_bytes = step.truncate_after_bytes.unwrap_or(whole_bytes).min(whole_bytes);
    let broken = sent_bytes < whole_bytes;
    let kept = whole.slice(..usize::try_from(sent_bytes).unwrap_or(whole.len()));
    let body = trickle(kept, step.bytes_per_second).chain(stream::iter(broken.then_some(())).then(|()| break_off()));
    Response::from_parts(parts, Body::from_stream(body))
}

/// Fails after a moment in which what was sent so far reaches the client.
async fn break_off() -> Result<Bytes, std::io::Error> {
    tokio::time::sleep(Duration::from_millis(100)).await;
    Err(std::io::ErrorKind::BrokenPipe.into())
}

/// Ten pieces a second, or everything at once.
fn trickle(whole: Bytes, bytes_per_second: Option<u64>) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    let piece_bytes = bytes_per_second.map(|speed| usize::try_from(speed / 10).unwrap_or(usize::MAX).max(1));
    stream::unfold(whole, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        let piece = match piece_bytes {
            None => left.split_to(left.len()),
            Some(size) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                left.split_to(size.min(left.len()))
            }
        };
        Some((Ok(piece), left))
    })
}
