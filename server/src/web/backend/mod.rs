//! The ports of `app::api`, one file per area: may the caller do this, and which rule answers.

mod access;
mod callbacks;
mod connections;
pub mod datasets;
mod history;
mod models;
mod secrets;
mod trainings;

use crate::connections::Connections;
use crate::datasets::Datasets;
use crate::trainings::Trainings;
use app::api::Backend;
use callbacks::CallbacksBackend;
use connections::ConnectionsBackend;
use datasets::DatasetsBackend;
use history::HistoryBackend;
use models::ModelsBackend;
use secrets::SecretsBackend;
use std::sync::Arc;
use trainings::TrainingsBackend;

/// Every port, over the rules.
pub fn build_backend(trainings: Trainings, connections: Arc<Connections>, datasets: Datasets) -> Backend {
    Backend {
        trainings: Arc::new(TrainingsBackend::new(trainings.clone())),
        history: Arc::new(HistoryBackend::new(trainings.clone())),
        models: Arc::new(ModelsBackend::new(trainings.clone())),
        callbacks: Arc::new(CallbacksBackend::new(trainings, connections.clone())),
        secrets: Arc::new(SecretsBackend::new(connections.clone())),
        connections: Arc::new(ConnectionsBackend::new(connections)),
        datasets: Arc::new(DatasetsBackend::new(datasets)),
    }
}
