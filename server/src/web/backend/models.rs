//! Models behind the page and the API: everybody sees them from our store; only operators cause a vendor call.

use super::access::{require_operator, veil_training};
use crate::trainings::Trainings;
use app::api::models::ModelsPort;
use app::api::trainings::Submitted;
use app::model::error::AppError;
use app::model::page::PageQuery;
use app::model::published::{Model, ModelHistory, ModelName, ModelPage, RedeployModel};
use app::model::session::Caller;
use async_trait::async_trait;

/// The port over the rules.
pub struct ModelsBackend {
    trainings: Trainings,
}

impl ModelsBackend {
    /// The port over `trainings`.
    pub const fn new(trainings: Trainings) -> Self {
        Self { trainings }
    }
}

#[async_trait]
impl ModelsPort for ModelsBackend {
    async fn list_models(&self, caller: &Caller, page: PageQuery) -> Result<ModelPage, AppError> {
        let mut page = self.trainings.list_models(&page).await?;
        page.items.iter_mut().for_each(|model| veil_training(caller, &mut model.current));
        Ok(page)
    }

    async fn get_model(&self, caller: &Caller, name: &ModelName) -> Result<ModelHistory, AppError> {
        let mut history = self.trainings.get_model(name).await?;
        veil_training(caller, &mut history.model.current);
        history.trainings.iter_mut().for_each(|training| veil_training(caller, training));
        Ok(history)
    }

    async fn check_model(&self, caller: &Caller, name: &ModelName) -> Result<Model, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.check_model(name).await?)
    }

    async fn redeploy_model(&self, caller: &Caller, redeploy: RedeployModel) -> Result<Submitted, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.redeploy_model(&caller.name, redeploy).await?)
    }
}
