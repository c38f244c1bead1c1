//! Secrets that the server keeps for a connection, and the language model its vendor was told of. The page keeps and forgets them through `/api/v1`, on the same port.
//! A secret goes in and has no way out.

use super::calls::PostJson;
use crate::model::error::AppError;
use crate::model::ids::ConnectionId;
use crate::model::kept_secret::KeptSecret;
use crate::model::llm::LlmSettings;
use leptos::prelude::server;

#[cfg(feature = "ssr")]
pub use port::SecretsPort;

#[cfg(feature = "ssr")]
mod port {
    use crate::model::error::AppError;
    use crate::model::ids::ConnectionId;
    use crate::model::kept_secret::KeptSecret;
    use crate::model::llm::{LlmChoice, LlmSetting, LlmSettings};
    use crate::model::session::Caller;
    use async_trait::async_trait;

    /// Keeping, listing and forgetting.
    #[async_trait]
    pub trait SecretsPort: Send + Sync {
        /// Names and times. Operators and admins.
        async fn list_secrets(&self, caller: &Caller, id: &ConnectionId) -> Result<Vec<KeptSecret>, AppError>;
        /// Seals `secret` and keeps it. Admins.
        async fn keep_secret(
            &self,
            caller: &Caller,
            id: &ConnectionId,
            name: &str,
            secret: &str,
        ) -> Result<KeptSecret, AppError>;
        /// Admins.
        async fn forget_secret(&self, caller: &Caller, id: &ConnectionId, name: &str) -> Result<(), AppError>;
        async fn list_llm(&self, caller: &Caller, id: &ConnectionId) -> Result<LlmSettings, AppError>;
        /// Tells the vendor; `credentials` are the provider's keys by name, each with its value. Admins.
        async fn set_llm(
            &self,
            caller: &Caller,
            id: &ConnectionId,
            choice: LlmChoice,
            credentials: Vec<(String, String)>,
        ) -> Result<LlmSetting, AppError>;
    }
}

/// What is kept for a connection.
#[server(endpoint = "connections/secrets", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_secrets(connection: ConnectionId) -> Result<Vec<KeptSecret>, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.secrets.list_secrets(&caller, &connection).await)
}

/// What a connection's vendor was told about its language model.
#[server(endpoint = "connections/llm", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_llm(connection: ConnectionId) -> Result<LlmSettings, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.secrets.list_llm(&caller, &connection).await)
}
