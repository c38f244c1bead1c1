//! History behind the page and the API: whoever is signed in reads it, and reading never asks a vendor.

use super::access::veil_training;
use crate::trainings::Trainings;
use app::api::history::HistoryPort;
use app::model::error::AppError;
use app::model::event::Event;
use app::model::history::{MetricPoint, UsualDuration};
use app::model::ids::{Kind, TrainingId};
use app::model::page::{AnswerPage, EventPage, MetricPage, Newest, NowBoard, PageQuery};
use app::model::session::Caller;
use async_trait::async_trait;

/// Events that a training's page reads from the newest back; its sentence `EVENTS_CUT` names the number.
const NEWEST_EVENTS: usize = 1_800;
/// Metric points that a plot reads at most; `METRICS_CUT` names the number.
const NEWEST_POINTS: usize = 2_000;

/// The port over the rules.
pub struct HistoryBackend {
    trainings: Trainings,
}

impl HistoryBackend {
    /// The port over `trainings`.
    pub const fn new(trainings: Trainings) -> Self {
        Self { trainings }
    }
}

#[async_trait]
impl HistoryPort for HistoryBackend {
    async fn list_events(&self, _caller: &Caller, id: &TrainingId, page: PageQuery) -> Result<EventPage, AppError> {
        Ok(self.trainings.list_events(id, &page).await?)
    }

    async fn list_metrics(&self, _caller: &Caller, id: &TrainingId, page: PageQuery) -> Result<MetricPage, AppError> {
        Ok(self.trainings.list_metrics(id, &page).await?)
    }

    async fn list_newest_events(&self, _caller: &Caller, id: &TrainingId) -> Result<Newest<Event>, AppError> {
        Ok(self.trainings.list_newest_events(id, NEWEST_EVENTS).await?)
    }

    async fn list_newest_metrics(&self, _caller: &Caller, id: &TrainingId) -> Result<Newest<MetricPoint>, AppError> {
        Ok(self.trainings.list_newest_metrics(id, NEWEST_POINTS).await?)
    }

    async fn list_answers(&self, _caller: &Caller, id: &TrainingId, page: PageQuery) -> Result<AnswerPage, AppError> {
        Ok(self.trainings.list_answers(id, &page).await?)
    }

    async fn now_board(&self, caller: &Caller) -> Result<NowBoard, AppError> {
        let mut board = self.trainings.now_board().await?;
        for list in [&mut board.needs_attention, &mut board.running, &mut board.just_ended] {
            list.iter_mut().for_each(|training| veil_training(caller, training));
        }
        Ok(board)
    }

    async fn usual_durations(&self, _caller: &Caller, kind: &Kind) -> Result<Vec<UsualDuration>, AppError> {
        Ok(self.trainings.usual_durations(kind).await?)
    }
}
