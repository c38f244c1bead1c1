//! The live stream: `GET /api/v1/events`, server-sent events.
//! Maps what `events` hands out and ends in time; stores nothing, merges nothing.

use crate::events::{EventScope, Events, LiveFrame};
use crate::people::{Credential, People};
use crate::web::call_context::WebState;
use crate::web::error::{ApiError, ApiResult};
use crate::web::rest::query::read_pairs;
use app::model::error::{AppError, FieldFault};
use app::model::filter::TrainingFilter;
use app::model::ids::TrainingId;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{BoxStream, StreamExt};
use std::convert::Infallible;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Where live frames come from.
pub type LiveFeed = Events;

/// A comment this often keeps proxies from closing an idle stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A stream ends at most this long after its session or token was revoked.
const RECHECK_EVERY: Duration = Duration::from_secs(3);

/// `GET /api/v1/events`: every training the caller may see, or those that `?training=ID` or the list's filters leave.
/// `Last-Event-ID` (or `?last_event_id=`, for the first request of an EventSource) starts after that event.
pub async fn stream_events(
    State(state): State<WebState>,
    Extension(credential): Extension<Credential>,
    headers: HeaderMap,
    uri: Uri,
) -> ApiResult<Response> {
    let asked = read_asked(&uri, &headers)?;
    let feed = state.live.follow(asked.after, asked.scope).boxed();
    let watch = Watch { feed, people: state.people, credential, shutdown: state.shutdown, recheck: recheck_timer() };
    let greeting = futures::stream::iter([Frame::default().event("hello").data("{}")]);
    let frames = greeting.chain(futures::stream::unfold(watch, |watch| watch.next_frame())).map(Ok::<_, Infallible>);
    let mut response = Sse::new(frames).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// What a stream was asked for.
struct Asked {
    after: Option<i64>,
    scope: EventScope,
}

fn read_asked(uri: &Uri, headers: &HeaderMap) -> Result<Asked, ApiError> {
    let mut faults = Vec::new();
    let mut training = None;
    let mut last = None;
    let mut filters = Vec::new();
    for (name, value) in read_pairs(uri)? {
        match name.as_str() {
            "training" => match TrainingId::parse(&value) {
                Some(id) => training = Some(id),
                None => faults.push(FieldFault::new("training", "This is no training's id.")),
            },
            "last_event_id" => last = Some(value),
            "after" | "limit" | "sort" => faults.push(FieldFault::new(name, "A stream has no pages and no order.")),
            _ => filters.push((name, value)),
        }
    }
    // A reconnecting EventSource repeats the address it began with: the header is the newer word.
    if let Some(header) = headers.get("last-event-id") {
        last = Some(header.to_str().unwrap_or("?").to_owned());
    }
    let after = last.filter(|text| !text.is_empty()).and_then(|text| match text.parse::<i64>() {
        Ok(id) if id >= 0 => Some(id),
        _ => {
            faults.push(FieldFault::new("last_event_id", "The last event's id is a number."));
            None
        }
    });
    let filter = TrainingFilter::from_pairs(filters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let filter = filter.map_err(|more| faults.extend(more)).unwrap_or_default();
    if !faults.is_empty() {
        return Err(AppError::invalid(faults).into());
    }
    let filter = (filter != TrainingFilter::default()).then_some(filter);
    Ok(Asked { after, scope: EventScope { training, filter } })
}

/// A running stream.
struct Watch {
    feed: BoxStream<'static, LiveFrame>,
    people: People,
    credential: Credential,
    shutdown: CancellationToken,
    recheck: tokio::time::Interval,
}

impl Watch {
    /// The next frame; `None` ends the stream: the server stops, the caller lost their right, or the feed ended.
    async fn next_frame(mut self) -> Option<(Frame, Self)> {
        loop {
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return None,
                _ = self.recheck.tick() => match self.people.recheck_credential(&self.credential).await {
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(error) => {
                        tracing::warn!(%error, "Closed a live stream: its caller cannot be checked");
                        return None;
                    }
                },
                frame = self.feed.next() => {
                    let frame = write_frame(&frame?)?;
                    return Some((frame, self));
                }
            }
        }
    }
}

/// Only stored events carry an id; a browser asks again from the last one it saw.
fn write_frame(frame: &LiveFrame) -> Option<Frame> {
    let written = match frame {
        LiveFrame::Event(event) => {
            Frame::default().id(event.id.to_string()).event("training").json_data(event.as_ref())
        }
        LiveFrame::Seen(seen) => Frame::default().event("seen").json_data(seen.as_ref()),
        LiveFrame::Reset => Ok(Frame::default().event("reset").data("{}")),
    };
    written.map_err(|error| tracing::error!(%error, "A live frame cannot be written")).ok()
}

fn recheck_timer() -> tokio::time::Interval {
    let mut timer = tokio::time::interval(RECHECK_EVERY);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    timer
}
