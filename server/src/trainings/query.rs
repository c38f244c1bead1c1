//! Finding and reading trainings and their history. Asks our store only, never a vendor.

use super::{TrainingFault, Trainings};
use app::model::event::Event;
use app::model::filter::TrainingFilter;
use app::model::history::{MetricPoint, UsualDuration};
use app::model::ids::{Kind, TrainingId};
use app::model::page::{AnswerPage, EventPage, MetricPage, Newest, NowBoard, PageQuery, TrainingPage};
use app::model::stage::Stage;
use app::model::training::Training;
use std::collections::BTreeMap;

/// How many finished trainings the usual durations are drawn from.
const SAMPLES: i64 = 50;

impl Trainings {
    /// A page of the list.
    pub async fn list_trainings(&self, filter: &TrainingFilter) -> Result<TrainingPage, TrainingFault> {
        Ok(self.inner.store.list_trainings(filter).await?)
    }

    /// One training.
    pub async fn get_training(&self, id: &TrainingId) -> Result<Training, TrainingFault> {
        Ok(self.inner.store.load_training(id).await?.ok_or(TrainingFault::NotFound)?.training)
    }

    /// Its history, oldest first.
    pub async fn list_events(&self, id: &TrainingId, page: &PageQuery) -> Result<EventPage, TrainingFault> {
        self.get_training(id).await?;
        Ok(self.inner.store.list_events(id, page).await?)
    }

    /// Its metric points, oldest first.
    pub async fn list_metrics(&self, id: &TrainingId, page: &PageQuery) -> Result<MetricPage, TrainingFault> {
        self.get_training(id).await?;
        Ok(self.inner.store.list_metrics(id, page).await?)
    }

    /// The newest part of its history.
    pub async fn list_newest_events(&self, id: &TrainingId, most: usize) -> Result<Newest<Event>, TrainingFault> {
        self.get_training(id).await?;
        Ok(self.inner.store.list_newest_events(id, most).await?)
    }

    /// The newest part of its metric points.
    pub async fn list_newest_metrics(
        &self,
        id: &TrainingId,
        most: usize,
    ) -> Result<Newest<MetricPoint>, TrainingFault> {
        self.get_training(id).await?;
        Ok(self.inner.store.list_newest_metrics(id, most).await?)
    }

    /// What the vendor answered, newest first.
    pub async fn list_answers(&self, id: &TrainingId, page: &PageQuery) -> Result<AnswerPage, TrainingFault> {
        self.get_training(id).await?;
        Ok(self.inner.store.list_answers(id, page).await?)
    }

    /// The Now page.
    pub async fn now_board(&self) -> Result<NowBoard, TrainingFault> {
        let last_event = self.inner.store.last_event_id().await?;
        let running: Vec<_> =
            Stage::ALL.into_iter().filter(|stage| !stage.is_end() && *stage != Stage::NeedsAttention).collect();
        let ended: Vec<_> = Stage::ALL.into_iter().filter(|stage| stage.is_end()).collect();
        Ok(NowBoard {
            needs_attention: self.inner.store.list_in_stages(&[Stage::NeedsAttention], 20).await?,
            running: self.inner.store.list_in_stages(&running, 50).await?,
            just_ended: self.inner.store.list_in_stages(&ended, 10).await?,
            connections: self.inner.connections.list_connections(),
            is_empty: self.is_board_empty().await?,
            last_event,
        })
    }

    /// How long each stage of a kind usually takes: the middle half of the last finished trainings.
    pub async fn usual_durations(&self, kind: &Kind) -> Result<Vec<UsualDuration>, TrainingFault> {
        let changes = self.inner.store.list_stage_changes(kind, SAMPLES).await?;
        let mut spans: BTreeMap<Stage, Vec<i64>> = BTreeMap::new();
        for pair in changes.windows(2) {
            if let [(one, stage, from), (other, _, to)] = pair
                && one == other
                && !stage.is_end()
            {
                spans.entry(*stage).or_default().push(to.millis_since(*from));
            }
        }
        Ok(spans.into_iter().filter_map(|(stage, spans)| usual_of(stage, spans)).collect())
    }
}

fn usual_of(stage: Stage, mut spans: Vec<i64>) -> Option<UsualDuration> {
    spans.sort_unstable();
    let at = |quarter: usize| spans.get((spans.len().saturating_sub(1)) * quarter / 4).copied();
    Some(UsualDuration {
        stage,
        low_ms: at(1)?,
        high_ms: at(3)?,
        samples: i64::try_from(spans.len()).unwrap_or(i64::MAX),
    })
}
