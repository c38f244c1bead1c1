//! Vendor accounts behind the page and the API: everybody sees how they are, operators and admins test them.

use super::access::require_operator;
use crate::connections::Connections;
use app::api::connections::ConnectionsPort;
use app::model::connection::{Connection, ConnectionTest};
use app::model::error::{AppError, ErrorCode};
use app::model::ids::ConnectionId;
use app::model::session::Caller;
use async_trait::async_trait;
use std::sync::Arc;

/// The port over the rules.
pub struct ConnectionsBackend {
    connections: Arc<Connections>,
}

impl ConnectionsBackend {
    /// The port over `connections`.
    pub const fn new(connections: Arc<Connections>) -> Self {
        Self { connections }
    }
}

#[async_trait]
impl ConnectionsPort for ConnectionsBackend {
    async fn list_connections(&self, _caller: &Caller) -> Result<Vec<Connection>, AppError> {
        Ok(self.connections.list_connections())
    }

    async fn test_connection(&self, caller: &Caller, id: &ConnectionId) -> Result<ConnectionTest, AppError> {
        require_operator(caller)?;
        let tested = self.connections.test_connection(id).await.map_err(|error| {
            tracing::error!(%error, "The outcome of a connection test could not be kept");
            AppError::new(ErrorCode::Unavailable, "The store does not answer. Nothing was changed; try again.")
        })?;
        tested.ok_or_else(|| AppError::not_found("connection"))
    }
}
