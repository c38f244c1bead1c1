//! Submitting, finding and changing trainings.

use super::calls::PostJson;
use crate::model::error::AppError;
use crate::model::filter::TrainingFilter;
use crate::model::ids::TrainingId;
use crate::model::page::TrainingPage;
use crate::model::training::Training;
use leptos::prelude::server;

pub use crate::vendors::submission::{NewTraining, PreviewTraining};

#[cfg(feature = "ssr")]
pub use port::{Submitted, TrainingsPort};

#[cfg(feature = "ssr")]
mod port {
    use super::{NewTraining, PreviewTraining};
    use crate::model::error::AppError;
    use crate::model::filter::TrainingFilter;
    use crate::model::ids::TrainingId;
    use crate::model::page::TrainingPage;
    use crate::model::preview::RequestPreview;
    use crate::model::session::Caller;
    use crate::model::training::{AdoptTraining, RetryTraining, Settlement, Training, TrainingChange};
    use async_trait::async_trait;

    /// The answer to a submit: the training, and whether this call made it.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Submitted {
        pub training: Training,
        pub is_new: bool,
    }

    /// What can be done with trainings. Every method checks the caller's role itself.
    #[async_trait]
    pub trait TrainingsPort: Send + Sync {
        async fn submit_training(&self, caller: &Caller, new: NewTraining) -> Result<Submitted, AppError>;
        async fn preview_training(&self, caller: &Caller, preview: PreviewTraining)
        -> Result<RequestPreview, AppError>;
        async fn list_trainings(&self, caller: &Caller, filter: TrainingFilter) -> Result<TrainingPage, AppError>;
        async fn get_training(&self, caller: &Caller, id: &TrainingId) -> Result<Training, AppError>;
        async fn change_training(
            &self,
            caller: &Caller,
            id: &TrainingId,
            change: TrainingChange,
        ) -> Result<Training, AppError>;
        async fn retry_training(
            &self,
            caller: &Caller,
            id: &TrainingId,
            retry: RetryTraining,
        ) -> Result<Submitted, AppError>;
        async fn refresh_training(&self, caller: &Caller, id: &TrainingId) -> Result<(), AppError>;
        async fn settle_training(
            &self,
            caller: &Caller,
            id: &TrainingId,
            settlement: Settlement,
        ) -> Result<Training, AppError>;
        /// Ends a held training before it is sent.
        async fn cancel_training(&self, caller: &Caller, id: &TrainingId) -> Result<Training, AppError>;
        /// Watches a model that was trained elsewhere.
        async fn adopt_training(&self, caller: &Caller, adopt: AdoptTraining) -> Result<Submitted, AppError>;
    }
}

/// The list page's trainings.
#[server(endpoint = "trainings/list", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_trainings(filter: TrainingFilter) -> Result<TrainingPage, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.trainings.list_trainings(&caller, filter).await)
}

/// One training.
#[server(endpoint = "trainings/get", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn get_training(id: TrainingId) -> Result<Training, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.trainings.get_training(&caller, &id).await)
}
