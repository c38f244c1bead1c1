//! Vendor accounts, without their secrets; and who is asking.

use super::calls::PostJson;
use crate::model::connection::Connection;
use crate::model::error::AppError;
use crate::model::session::Caller;
use leptos::prelude::server;

#[cfg(feature = "ssr")]
pub use port::ConnectionsPort;

#[cfg(feature = "ssr")]
mod port {
    use crate::model::connection::{Connection, ConnectionTest};
    use crate::model::error::AppError;
    use crate::model::ids::ConnectionId;
    use crate::model::session::Caller;
    use async_trait::async_trait;

    /// Seeing and testing connections.
    #[async_trait]
    pub trait ConnectionsPort: Send + Sync {
        async fn list_connections(&self, caller: &Caller) -> Result<Vec<Connection>, AppError>;
        /// One harmless call to the vendor; lifts a refusal when it succeeds. Operators and admins.
        async fn test_connection(&self, caller: &Caller, id: &ConnectionId) -> Result<ConnectionTest, AppError>;
    }
}

/// Every connection.
#[server(endpoint = "connections/list", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_connections() -> Result<Vec<Connection>, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.connections.list_connections(&caller).await)
}

/// Who is signed in.
#[server(endpoint = "session/me", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn load_caller() -> Result<Caller, AppError> {
    let (caller, _) = super::caller_and_backend()?;
    Ok(caller)
}
