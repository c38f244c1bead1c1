//! Secrets that the server keeps for a connection. The page keeps and forgets them through `/api/v1`, on the same port.
//! A secret goes in and has no way out.

use super::calls::PostJson;
use crate::model::error::AppError;
use crate::model::ids::ConnectionId;
use crate::model::kept_secret::KeptSecret;
use leptos::prelude::server;

#[cfg(feature = "ssr")]
pub use port::SecretsPort;

#[cfg(feature = "ssr")]
mod port {
    use crate::model::error::AppError;
    use crate::model::ids::ConnectionId;
    use crate::model::kept_secret::KeptSecret;
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
    }
}

/// What is kept for a connection.
#[server(endpoint = "connections/secrets", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_secrets(connection: ConnectionId) -> Result<Vec<KeptSecret>, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.secrets.list_secrets(&caller, &connection).await)
}
