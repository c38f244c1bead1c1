//! Uploads by tus 1.0.0 (creation, creation-with-upload, checksum, expiration, termination), for any tus client.
//! Holds no rule: it reads headers, asks `datasets`, and writes the answer down.
//! <https://tus.io/protocols/resumable-upload>

mod answer;
mod headers;

use crate::datasets::{Append, ByteStream, Checksum, Datasets, NewUpload, UploadFault, UploadView};
use answer::{Refusal, answer_created, answer_looked_at, answer_options, answer_written};
use app::model::session::{Caller, Role};
use app::paths;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, Extension, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures::{StreamExt, TryStreamExt};
use std::time::Duration;

/// What the routes need.
#[derive(Clone)]
pub struct UploadsState {
    pub datasets: Datasets,
}

/// A refused request's body is read and thrown away up to here, so that the client reads the answer before the
/// connection closes; a client that sends more has to be content with the closed connection.
const DRAINED_BYTES: usize = 16 * 1024 * 1024;
const DRAINED_FOR: Duration = Duration::from_secs(2);

/// The routes. Whoever mounts them puts the `Caller` into the request's extensions.
pub fn uploads_router<S: Clone + Send + Sync + 'static>(state: UploadsState) -> Router<S> {
    Router::new()
        .route(paths::API_UPLOADS, any(serve_uploads))
        .route(&format!("{}/{{id}}", paths::API_UPLOADS), any(serve_upload))
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}

async fn serve_uploads(
    State(state): State<UploadsState>,
    caller: Option<Extension<Caller>>,
    request: Request,
) -> Response {
    let (parts, mut body) = open_request(request);
    let answer = match effective_method(&parts) {
        Method::OPTIONS => Ok(answer_options(state.datasets.limits())),
        Method::POST => create_upload(&state, caller, &parts, &mut body).await,
        _ => Err(Refusal::method("OPTIONS, POST")),
    };
    close_request(&parts, body, answer).await
}

async fn serve_upload(
    State(state): State<UploadsState>,
    caller: Option<Extension<Caller>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (parts, mut body) = open_request(request);
    let answer = match effective_method(&parts) {
        Method::OPTIONS => Ok(answer_options(state.datasets.limits())),
        Method::HEAD => look_at_upload(&state, caller, &parts, &id).await,
        Method::PATCH => append_to_upload(&state, caller, &parts, &id, &mut body).await,
        Method::DELETE => end_upload(&state, caller, &parts, &id).await,
        _ => Err(Refusal::method("OPTIONS, HEAD, PATCH, DELETE")),
    };
    close_request(&parts, body, answer).await
}

async fn create_upload(
    state: &UploadsState,
    caller: Option<Extension<Caller>>,
    parts: &Parts,
    body: &mut Incoming,
) -> Result<Response, Refusal> {
    let caller = admit(caller, &parts.headers)?;
    let size_bytes = headers::read_length(&parts.headers)?;
    let (metadata, name) = headers::read_metadata(&parts.headers)?;
    let checksum = headers::read_checksum(&parts.headers)?;
    let brings_bytes = body.announced != Some(0);
    if brings_bytes {
        headers::require_chunk_type(&parts.headers)?;
    }
    let owner = &caller.name;
    let view = state.datasets.create_upload(owner, NewUpload { name, metadata, size_bytes }).await?;
    if !brings_bytes || view.dataset.is_some() {
        return Ok(answer_created(&view));
    }
    let append = body.append(0, checksum);
    match state.datasets.append_to_upload(owner, &view.id, append).await {
        Ok(view) => Ok(answer_created(&view)),
        Err(fault @ (UploadFault::Cut | UploadFault::Stalled { .. } | UploadFault::TakenOver)) => Err(fault.into()),
        Err(fault) => {
            // The client does not know the address yet, so nobody could go on with it.
            state.datasets.end_upload(owner, &view.id).await?;
            Err(fault.into())
        }
    }
}

async fn look_at_upload(
    state: &UploadsState,
    caller: Option<Extension<Caller>>,
    parts: &Parts,
    id: &str,
) -> Result<Response, Refusal> {
    let caller = admit(caller, &parts.headers)?;
    let view: UploadView = state.datasets.look_at_upload(&caller.name, id).await?;
    Ok(answer_looked_at(&view))
}

async fn append_to_upload(
    state: &UploadsState,
    caller: Option<Extension<Caller>>,
    parts: &Parts,
    id: &str,
    body: &mut Incoming,
) -> Result<Response, Refusal> {
    let caller = admit(caller, &parts.headers)?;
    headers::require_chunk_type(&parts.headers)?;
    let offset_bytes = headers::read_offset(&parts.headers)?;
    let checksum = headers::read_checksum(&parts.headers)?;
    let append = body.append(offset_bytes, checksum);
    let view = state.datasets.append_to_upload(&caller.name, id, append).await?;
    Ok(answer_written(&view))
}

async fn end_upload(
    state: &UploadsState,
    caller: Option<Extension<Caller>>,
    parts: &Parts,
    id: &str,
) -> Result<Response, Refusal> {
    let caller = admit(caller, &parts.headers)?;
    state.datasets.end_upload(&caller.name, id).await?;
    Ok(answer::answer_ended())
}

/// Whether the client speaks our version and the caller may upload.
fn admit(caller: Option<Extension<Caller>>, sent: &HeaderMap) -> Result<Caller, Refusal> {
    headers::require_version(sent)?;
    let Some(Extension(caller)) = caller else {
        return Err(Refusal::stranger());
    };
    if caller.role >= Role::Operator { Ok(caller) } else { Err(Refusal::viewer()) }
}

/// A client behind a proxy that knows no PATCH sends POST and names the method it means
/// (tus, "X-HTTP-Method-Override").
fn effective_method(parts: &Parts) -> Method {
    let meant = parts.headers.get("x-http-method-override").and_then(|value| Method::from_bytes(value.as_bytes()).ok());
    match meant {
        Some(meant) if parts.method == Method::POST => meant,
        _ => parts.method.clone(),
    }
}

/// A request's bytes, and how many there will be where that is known.
struct Incoming {
    stream: ByteStream,
    announced: Option<u64>,
}

impl Incoming {
    fn append(&mut self, offset_bytes: u64, checksum: Option<Checksum>) -> Append<'_> {
        Append { offset_bytes, announced_bytes: self.announced, checksum, body: &mut self.stream }
    }
}

fn open_request(request: Request) -> (Parts, Incoming) {
    let (parts, body): (Parts, Body) = request.into_parts();
    let announced = body.size_hint().exact();
    let stream = body.into_data_stream().map_err(std::io::Error::other).boxed();
    (parts, Incoming { stream, announced })
}

async fn close_request(parts: &Parts, mut body: Incoming, answer: Result<Response, Refusal>) -> Response {
    let refusal = match answer {
        Ok(response) => return response,
        Err(refusal) => refusal,
    };
    // A client that waits for "100 Continue" has sent nothing yet and need not.
    if !refusal.connection_is_lost() && !parts.headers.contains_key(header::EXPECT) {
        let mut drained = 0;
        let drain = async {
            while let Some(Ok(bytes)) = body.stream.next().await {
                drained += bytes.len();
                if drained > DRAINED_BYTES {
                    break;
                }
            }
        };
        // Whether all came or time ran out, the answer is the same.
        let _ = tokio::time::timeout(DRAINED_FOR, drain).await;
    }
    refusal.into_response()
}
