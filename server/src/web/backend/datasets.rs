//! Datasets behind the page and the API.
//! Whoever is signed in may see and check them; bringing them in is `web::uploads`.

use crate::datasets::{DatasetFault, Datasets};
use app::api::datasets::DatasetsPort;
use app::model::dataset::{CheckDataset, Dataset};
use app::model::error::AppError;
use app::model::finding::CheckReport;
use app::model::ids::DatasetId;
use app::model::session::Caller;
use async_trait::async_trait;

/// The port over the rules.
#[derive(Clone)]
pub struct DatasetsBackend {
    datasets: Datasets,
}

impl DatasetsBackend {
    /// The port over `datasets`.
    pub const fn new(datasets: Datasets) -> Self {
        Self { datasets }
    }
}

#[async_trait]
impl DatasetsPort for DatasetsBackend {
    async fn get_dataset(&self, _caller: &Caller, id: &DatasetId) -> Result<Dataset, AppError> {
        self.datasets.get_dataset(id).await.map_err(answer_fault)
    }

    async fn check_dataset(
        &self,
        _caller: &Caller,
        id: &DatasetId,
        check: CheckDataset,
    ) -> Result<CheckReport, AppError> {
        self.datasets.check_dataset(id, check).await.map_err(answer_fault)
    }
}

fn answer_fault(fault: DatasetFault) -> AppError {
    if !matches!(fault, DatasetFault::Unknown | DatasetFault::Invalid(_)) {
        tracing::error!(error = %fault, "A dataset could not be read");
    }
    AppError::from(fault)
}
