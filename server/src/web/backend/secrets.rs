//! Kept secrets behind the page and the API: operators see their names, admins keep and forget them, nobody reads them.

use super::access::{require_admin, require_operator};
use crate::connections::Connections;
use crate::secret::Secret;
use app::api::secrets::SecretsPort;
use app::model::error::AppError;
use app::model::ids::ConnectionId;
use app::model::kept_secret::KeptSecret;
use app::model::session::Caller;
use async_trait::async_trait;
use std::sync::Arc;

/// The port over the rules.
pub struct SecretsBackend {
    connections: Arc<Connections>,
}

impl SecretsBackend {
    /// The port over `connections`.
    pub const fn new(connections: Arc<Connections>) -> Self {
        Self { connections }
    }
}

#[async_trait]
impl SecretsPort for SecretsBackend {
    async fn list_secrets(&self, caller: &Caller, id: &ConnectionId) -> Result<Vec<KeptSecret>, AppError> {
        require_operator(caller)?;
        Ok(self.connections.list_kept_secrets(id).await?)
    }

    async fn keep_secret(
        &self,
        caller: &Caller,
        id: &ConnectionId,
        name: &str,
        secret: &str,
    ) -> Result<KeptSecret, AppError> {
        require_admin(caller)?;
        Ok(self.connections.keep_secret(id, name, Secret::new(secret), &caller.name).await?)
    }

    async fn forget_secret(&self, caller: &Caller, id: &ConnectionId, name: &str) -> Result<(), AppError> {
        require_admin(caller)?;
        Ok(self.connections.forget_secret(id, name).await?)
    }
}
