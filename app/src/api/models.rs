//! What serves, how to call it, and putting it back into service.

use super::calls::PostJson;
use crate::model::error::AppError;
use crate::model::page::PageQuery;
use crate::model::published::{ModelHistory, ModelName, ModelPage};
use leptos::prelude::server;

#[cfg(feature = "ssr")]
pub use port::ModelsPort;

#[cfg(feature = "ssr")]
mod port {
    use crate::api::trainings::Submitted;
    use crate::model::error::AppError;
    use crate::model::page::PageQuery;
    use crate::model::published::{Model, ModelHistory, ModelName, ModelPage, RedeployModel};
    use crate::model::session::Caller;
    use async_trait::async_trait;

    /// Models: everybody sees them; operators and admins ask the vendor and redeploy.
    #[async_trait]
    pub trait ModelsPort: Send + Sync {
        async fn list_models(&self, caller: &Caller, page: PageQuery) -> Result<ModelPage, AppError>;
        async fn get_model(&self, caller: &Caller, name: &ModelName) -> Result<ModelHistory, AppError>;
        /// Asks the vendor whether it is awake, where that is a question.
        async fn check_model(&self, caller: &Caller, name: &ModelName) -> Result<Model, AppError>;
        async fn redeploy_model(&self, caller: &Caller, redeploy: RedeployModel) -> Result<Submitted, AppError>;
    }
}

/// The models page.
#[server(endpoint = "models/list", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_models(page: PageQuery) -> Result<ModelPage, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.models.list_models(&caller, page).await)
}

/// One model with its trainings.
#[server(endpoint = "models/get", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn get_model(name: ModelName) -> Result<ModelHistory, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.models.get_model(&caller, &name).await)
}
