//! The log of every request that the fake vendors received, and the layer that writes it.
//! Never holds a token, a secret or a file's content: those become a mark, a length and a digest.

use super::state::{Record, SandboxState};
use super::wire::Wire;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// One request. `end` is empty while it is still going on, or when the sandbox was killed during it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Visit {
    /// 1, 2, 3 ... in the order of arrival, over all vendors and restarts.
    pub sequence: u64,
    /// When the request's head had arrived, real time, ms since 1970.
    pub at_ms: i64,
    pub method: String,
    pub path: String,
    /// The announced length of the body; absent for a chunked or an empty body.
    pub content_length: Option<u64>,
    pub content_type: Option<String>,
    pub accept: Option<String>,
    /// Whether a run was created because of it, and which; this can happen after the end.
    #[serde(default)]
    pub run_created: Option<String>,
    #[serde(default)]
    pub end: Option<VisitEnd>,
}

/// How a request ended.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct VisitEnd {
    /// When the answer was handed over to the network, or the connection ended; real time, ms since 1970.
    pub at_ms: i64,
    pub outcome: Outcome,
    /// The status that was answered; absent when no answer was sent.
    pub status: Option<u16>,
    #[serde(flatten)]
    pub notes: Notes,
}

/// Who ended a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An answer went out.
    Answered,
    /// A script cut the connection.
    Cut,
    /// The client was gone before the answer.
    ClientGone,
}

/// What the vendor's code understood of a request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Notes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// Which issued token came with it, by number; absent for none or an unknown one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_number: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartSeen>,
    /// When the whole body had been read, real time, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_read_at_ms: Option<i64>,
    /// Why the vendor's rules refused it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// One part of a form. A file has a file name, a length and a digest; text has its value.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct PartSeen {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    pub size_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What a handler holds of the request it answers.
#[derive(Clone)]
pub struct VisitNotes {
    pub sequence: u64,
    notes: Arc<Mutex<Notes>>,
}

impl VisitNotes {
    /// Writes down what was understood; it reaches the log with the request's end.
    pub fn note(&self, write: impl FnOnce(&mut Notes)) {
        write(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Marks a response that must never be sent.
#[derive(Clone, Copy, Debug)]
pub struct CutNow;

/// A response that stands for a cut connection.
pub fn cut_response() -> Response {
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    response.extensions_mut().insert(CutNow);
    response
}

/// Logs each request when it arrives and when it ends, before its answer goes out.
pub async fn log_visit(
    State(state): State<Arc<SandboxState>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = state.change(|book, now| {
        let visit = describe_request(&request, book.next_sequence(), now.real_ms);
        let sequence = visit.sequence;
        (vec![Record::VisitBegan { visit: Box::new(visit) }], sequence)
    });
    let sequence = match begun {
        Ok(sequence) => sequence,
        Err(error) => return answer_state_fault(&error),
    };
    let notes = VisitNotes { sequence, notes: Arc::default() };
    request.extensions_mut().insert(notes.clone());
    let mut ending = Ending { state, notes, done: false };
    let response = next.run(request).await;
    if response.extensions().get::<CutNow>().is_some() {
        ending.end_visit(Outcome::Cut, None);
        wire.cut_wire();
    } else {
        ending.end_visit(Outcome::Answered, Some(response.status().as_u16()));
    }
    response
}

/// The answer when the state file cannot be written: nothing may happen that the file does not know.
pub fn answer_state_fault(error: &std::io::Error) -> Response {
    tracing::error!(%error, "The sandbox cannot write its state file");
    (StatusCode::INTERNAL_SERVER_ERROR, "The sandbox cannot write its state file.").into_response()
}

fn describe_request(request: &Request, sequence: u64, at_ms: i64) -> Visit {
    let headers = request.headers();
    Visit {
        sequence,
        at_ms,
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        content_length: text_of(headers, &header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        content_type: text_of(headers, &header::CONTENT_TYPE),
        accept: text_of(headers, &header::ACCEPT),
        run_created: None,
        end: None,
    }
}

fn text_of(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Ends the log entry, also when the handler is dropped because the client went away.
struct Ending {
    state: Arc<SandboxState>,
    notes: VisitNotes,
    done: bool,
}

impl Ending {
    fn end_visit(&mut self, outcome: Outcome, status: Option<u16>) {
        self.done = true;
        let notes = self.notes.notes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let sequence = self.notes.sequence;
        let written = self.state.change(|_, now| {
            let end = VisitEnd { at_ms: now.real_ms, outcome, status, notes };
            (vec![Record::VisitEnded { sequence, end: Box::new(end) }], ())
        });
        if let Err(error) = written {
            tracing::error!(%error, "The sandbox cannot write its state file");
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.done {
            self.end_visit(Outcome::ClientGone, None);
        }
    }
}
