//! Models behind the page and the API: everybody sees them from our store; only operators cause a vendor call.

use super::access::require_operator;
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
    async fn list_models(&self, _caller: &Caller, page: PageQuery) -> Result<ModelPage, AppError> {
        Ok(self.trainings.list_models(&page).await?)
    }

    async fn get_model(&self, _caller: &Caller, name: &ModelName) -> Result<ModelHistory, AppError> {
        Ok(self.trainings.get_model(name).await?)
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
