//! The inbox of callbacks behind the API: operators and admins read and follow it, admins rotate its clients.

use super::access::{require_admin, require_operator};
use crate::connections::Connections;
use crate::trainings::Trainings;
use app::api::callbacks::CallbacksPort;
use app::model::callback::{Callback, CallbackPage};
use app::model::connection::ConnectionTest;
use app::model::error::AppError;
use app::model::ids::{ConnectionId, TrainingId};
use app::model::page::PageQuery;
use app::model::session::Caller;
use async_trait::async_trait;
use std::sync::Arc;

/// The port over the rules.
pub struct CallbacksBackend {
    trainings: Trainings,
    connections: Arc<Connections>,
}

impl CallbacksBackend {
    /// The port over `trainings`; `connections` says which accounts there are.
    pub const fn new(trainings: Trainings, connections: Arc<Connections>) -> Self {
        Self { trainings, connections }
    }
}

#[async_trait]
impl CallbacksPort for CallbacksBackend {
    async fn list_callbacks(&self, caller: &Caller, page: PageQuery) -> Result<CallbackPage, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.list_callbacks(&page).await?)
    }

    async fn attach_callback(&self, caller: &Caller, id: i64, training: &TrainingId) -> Result<Callback, AppError> {
        require_operator(caller)?;
        Ok(self.trainings.attach_callback(id, training).await?)
    }

    async fn replay_callback(&self, caller: &Caller, id: i64) -> Result<(), AppError> {
        require_operator(caller)?;
        Ok(self.trainings.replay_callback(id).await?)
    }

    async fn rehearse_callback(&self, caller: &Caller, id: &ConnectionId) -> Result<ConnectionTest, AppError> {
        require_operator(caller)?;
        self.trainings.rehearse_callback(id).await?.ok_or_else(|| AppError::not_found("connection"))
    }

    async fn rotate_client(&self, caller: &Caller, connection: &ConnectionId) -> Result<(), AppError> {
        require_admin(caller)?;
        if self.connections.find_connection(connection).is_none() {
            return Err(AppError::not_found("connection"));
        }
        Ok(self.trainings.rotate_callback_client(connection).await?)
    }
}
