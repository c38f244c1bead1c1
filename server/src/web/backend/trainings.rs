//! Trainings behind the page and the API: everybody sees, operators and admins change.

use super::access::{require_operator, veil_training};
use crate::trainings::Trainings;
use app::api::trainings::{NewTraining, PreviewTraining, Submitted, TrainingsPort};
use app::model::error::AppError;
use app::model::filter::TrainingFilter;
use app::model::ids::TrainingId;
use app::model::page::TrainingPage;
use app::model::preview::RequestPreview;
use app::model::session::Caller;
use app::model::training::{AdoptTraining, RetryTraining, Settlement, Training, TrainingChange};
use async_trait::async_trait;

/// The port over the rules.
pub struct TrainingsBackend {
    trainings: Trainings,
}

impl TrainingsBackend {
    /// The port over `trainings`.
    pub const fn new(trainings: Trainings) -> Self {
        Self { trainings }
    }
}

#[async_trait]
impl TrainingsPort for TrainingsBackend {
    async fn submit_training(&self, caller: &Caller, new: NewTraining) -> Result<Submitted, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.submit_training(&caller.name, new).await?)
    }

    async fn preview_training(&self, _caller: &Caller, preview: PreviewTraining) -> Result<RequestPreview, AppError> {
        Ok(self.trainings.preview_training(preview).await?)
    }

    async fn list_trainings(&self, caller: &Caller, filter: TrainingFilter) -> Result<TrainingPage, AppError> {
        let mut page = self.trainings.list_trainings(&filter).await?;
        page.items.iter_mut().for_each(|training| veil_training(caller, training));
        Ok(page)
    }

    async fn get_training(&self, caller: &Caller, id: &TrainingId) -> Result<Training, AppError> {
        let mut training = self.trainings.get_training(id).await?;
        veil_training(caller, &mut training);
        Ok(training)
    }

    async fn change_training(
        &self,
        caller: &Caller,
        id: &TrainingId,
        change: TrainingChange,
    ) -> Result<Training, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.change_training(&caller.name, id, change).await?)
    }

    async fn retry_training(
        &self,
        caller: &Caller,
        id: &TrainingId,
        retry: RetryTraining,
    ) -> Result<Submitted, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.retry_training(&caller.name, id, retry).await?)
    }

    async fn refresh_training(&self, caller: &Caller, id: &TrainingId) -> Result<(), AppError> {
        require_operator(caller)?;
        Ok(self.trainings.refresh_training(id).await?)
    }

    async fn settle_training(
        &self,
        caller: &Caller,
        id: &TrainingId,
        settlement: Settlement,
    ) -> Result<Training, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.settle_training(&caller.name, id, settlement.decision).await?)
    }

    async fn cancel_training(&self, caller: &Caller, id: &TrainingId) -> Result<Training, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.cancel_training(&caller.name, id).await?)
    }

    async fn adopt_training(&self, caller: &Caller, adopt: AdoptTraining) -> Result<Submitted, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.adopt_training(&caller.name, adopt).await?)
    }
}
