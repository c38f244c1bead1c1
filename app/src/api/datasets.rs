//! Uploaded files: what is known of them, and checking them by a kind's rules.

use super::calls::PostJson;
use crate::model::dataset::Dataset;
use crate::model::error::AppError;
use crate::model::ids::DatasetId;
use leptos::prelude::server;

#[cfg(feature = "ssr")]
pub use port::DatasetsPort;

#[cfg(feature = "ssr")]
mod port {
    use crate::model::dataset::{CheckDataset, Dataset};
    use crate::model::error::AppError;
    use crate::model::finding::CheckReport;
    use crate::model::ids::DatasetId;
    use crate::model::session::Caller;
    use async_trait::async_trait;

    /// Seeing and checking datasets.
    #[async_trait]
    pub trait DatasetsPort: Send + Sync {
        async fn get_dataset(&self, caller: &Caller, id: &DatasetId) -> Result<Dataset, AppError>;
        async fn check_dataset(
            &self,
            caller: &Caller,
            id: &DatasetId,
            check: CheckDataset,
        ) -> Result<CheckReport, AppError>;
    }
}

/// One dataset.
#[server(endpoint = "datasets/get", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn get_dataset(id: DatasetId) -> Result<Dataset, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.datasets.get_dataset(&caller, &id).await)
}

/// One dataset, or none where nobody has uploaded it yet: asking is no error then.
#[server(endpoint = "datasets/find", prefix = "/api/fn", input = PostJson, output = PostJson)]
pub async fn find_dataset(id: DatasetId) -> Result<Option<Dataset>, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    match backend.datasets.get_dataset(&caller, &id).await {
        Err(error) if error.code == crate::model::error::ErrorCode::NotFound => Ok(None),
        found => super::ports::with_status(found.map(Some)),
    }
}
