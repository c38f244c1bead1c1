//! What happened: events, metric points, raw answers, the Now page, usual durations.

use super::calls::PostJson;
use crate::model::error::AppError;
use crate::model::event::Event;
use crate::model::history::{MetricPoint, UsualDuration};
use crate::model::ids::{Kind, TrainingId};
use crate::model::page::{AnswerPage, EventPage, Newest, NowBoard, PageQuery};
use leptos::prelude::server;

#[cfg(feature = "ssr")]
pub use port::HistoryPort;

#[cfg(feature = "ssr")]
mod port {
    use crate::model::error::AppError;
    use crate::model::event::Event;
    use crate::model::history::{MetricPoint, UsualDuration};
    use crate::model::ids::{Kind, TrainingId};
    use crate::model::page::{AnswerPage, EventPage, MetricPage, Newest, NowBoard, PageQuery};
    use crate::model::session::Caller;
    use async_trait::async_trait;

    /// Reading history. Asks our store only, never a vendor.
    #[async_trait]
    pub trait HistoryPort: Send + Sync {
        async fn list_events(&self, caller: &Caller, id: &TrainingId, page: PageQuery) -> Result<EventPage, AppError>;
        async fn list_metrics(&self, caller: &Caller, id: &TrainingId, page: PageQuery)
        -> Result<MetricPage, AppError>;
        async fn list_newest_events(&self, caller: &Caller, id: &TrainingId) -> Result<Newest<Event>, AppError>;
        async fn list_newest_metrics(&self, caller: &Caller, id: &TrainingId) -> Result<Newest<MetricPoint>, AppError>;
        async fn list_answers(&self, caller: &Caller, id: &TrainingId, page: PageQuery)
        -> Result<AnswerPage, AppError>;
        async fn now_board(&self, caller: &Caller) -> Result<NowBoard, AppError>;
        async fn usual_durations(&self, caller: &Caller, kind: &Kind) -> Result<Vec<UsualDuration>, AppError>;
    }
}

/// A training's history, oldest first.
#[server(endpoint = "history/events", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_events(id: TrainingId, page: PageQuery) -> Result<EventPage, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.history.list_events(&caller, &id, page).await)
}

/// The newest part of a training's history.
#[server(endpoint = "history/newest-events", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_newest_events(id: TrainingId) -> Result<Newest<Event>, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.history.list_newest_events(&caller, &id).await)
}

/// The newest part of a training's metric points.
#[server(endpoint = "history/newest-metrics", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_newest_metrics(id: TrainingId) -> Result<Newest<MetricPoint>, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.history.list_newest_metrics(&caller, &id).await)
}

/// What the vendor answered about a training, newest first.
#[server(endpoint = "history/answers", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_answers(id: TrainingId, page: PageQuery) -> Result<AnswerPage, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.history.list_answers(&caller, &id, page).await)
}

/// The Now page.
#[server(endpoint = "history/now", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn load_now() -> Result<NowBoard, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.history.now_board(&caller).await)
}

/// How long each stage of a kind usually takes.
#[server(endpoint = "history/usual", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn load_usual_durations(kind: Kind) -> Result<Vec<UsualDuration>, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.history.usual_durations(&caller, &kind).await)
}
