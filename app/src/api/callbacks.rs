//! The inbox of callbacks. `/api/v1/callbacks` stands on the same port.

use super::calls::PostJson;
use crate::model::callback::CallbackPage;
use crate::model::error::AppError;
use crate::model::page::PageQuery;
use leptos::prelude::server;

#[cfg(feature = "ssr")]
pub use port::CallbacksPort;

#[cfg(feature = "ssr")]
mod port {
    use crate::model::callback::{Callback, CallbackPage};
    use crate::model::connection::ConnectionTest;
    use crate::model::error::AppError;
    use crate::model::ids::{ConnectionId, TrainingId};
    use crate::model::page::PageQuery;
    use crate::model::session::Caller;
    use async_trait::async_trait;

    /// Reading the inbox and following what is in it. Bodies come from outside: operators and admins.
    #[async_trait]
    pub trait CallbacksPort: Send + Sync {
        async fn list_callbacks(&self, caller: &Caller, page: PageQuery) -> Result<CallbackPage, AppError>;
        async fn attach_callback(&self, caller: &Caller, id: i64, training: &TrainingId) -> Result<Callback, AppError>;
        async fn replay_callback(&self, caller: &Caller, id: i64) -> Result<(), AppError>;
        /// Sends a sample through our own public address. Operators and admins.
        async fn rehearse_callback(&self, caller: &Caller, id: &ConnectionId) -> Result<ConnectionTest, AppError>;
        /// Ends the client of a connection's token address. Admins.
        async fn rotate_client(&self, caller: &Caller, connection: &ConnectionId) -> Result<(), AppError>;
    }
}

/// The inbox, newest first.
#[server(endpoint = "callbacks/list", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn list_callbacks(page: PageQuery) -> Result<CallbackPage, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.callbacks.list_callbacks(&caller, page).await)
}
