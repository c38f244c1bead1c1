//! Rules for uploaded files: what is known of them, their content, and how they come in.
//! Knows no HTTP; see `web::uploads` for the protocol.

mod append;
mod check;
mod checksum;
mod limits;
mod slots;
mod uploads;

pub use crate::blobs::ByteStream;
pub use append::Append;
pub use checksum::Checksum;
pub use limits::UploadLimits;
pub use uploads::{NewUpload, UploadFault, UploadView};

use crate::blobs::{BlobFault, BlobId, Blobs};
use crate::clock::SharedClock;
use crate::store::{Store, StoreError};
use app::model::dataset::Dataset;
use app::model::error::{AppError, ErrorCode, FieldFault};
use app::model::ids::DatasetId;
use std::sync::Arc;

/// Everything about datasets and uploads; cheap to clone.
#[derive(Clone)]
pub struct Datasets {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    blobs: Blobs,
    clock: SharedClock,
    limits: UploadLimits,
    slots: slots::Slots,
    gate: slots::Gate,
    checks: check::Checks,
}

/// Which of some datasets are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// In the order they were asked for, without their uses.
    pub found: Vec<Dataset>,
    pub missing: Vec<DatasetId>,
}

/// What can go wrong with a dataset.
#[derive(Debug, thiserror::Error)]
pub enum DatasetFault {
    #[error("there is no such dataset")]
    Unknown,
    /// The request cannot be answered as it stands.
    #[error("{}", .0.message)]
    Invalid(FieldFault),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Blob(#[from] BlobFault),
    #[error("reading the file: {0}")]
    Read(#[from] std::io::Error),
}

impl From<DatasetFault> for AppError {
    fn from(fault: DatasetFault) -> Self {
        match fault {
            DatasetFault::Unknown => Self::not_found("dataset"),
            DatasetFault::Invalid(fault) => Self::invalid(vec![fault]),
            DatasetFault::Blob(BlobFault::Missing(_)) => Self::new(
                ErrorCode::Internal,
                "The content of this dataset is missing from the dataset store. Upload the file again.",
            ),
            DatasetFault::Store(_) | DatasetFault::Blob(_) | DatasetFault::Read(_) => {
                Self::new(ErrorCode::Internal, "The dataset could not be read. Nothing was changed; try again.")
            }
        }
    }
}

impl Datasets {
    /// The rules over a store and its files.
    pub fn new(store: Store, blobs: Blobs, clock: SharedClock, limits: UploadLimits) -> Self {
        let gate = slots::Gate::new(limits.requests_per_person);
        let (slots, checks) = (slots::Slots::default(), check::Checks::default());
        Self { inner: Arc::new(Inner { store, blobs, clock, limits, slots, gate, checks }) }
    }

    /// The limits uploads are held to.
    pub fn limits(&self) -> &UploadLimits {
        &self.inner.limits
    }

    /// Tells known datasets from unknown ones.
    pub async fn describe(&self, ids: &[DatasetId]) -> Result<Described, DatasetFault> {
        let known = self.inner.store.find_datasets(ids).await?;
        let mut described = Described::default();
        for id in ids {
            match known.iter().find(|dataset| dataset.sha256 == *id) {
                Some(dataset) => described.found.push(dataset.clone()),
                None => described.missing.push(id.clone()),
            }
        }
        Ok(described)
    }

    /// One dataset with the newest trainings made from it.
    pub async fn get_dataset(&self, id: &DatasetId) -> Result<Dataset, DatasetFault> {
        self.inner.store.find_dataset(id).await?.ok_or(DatasetFault::Unknown)
    }

    /// A dataset's size in bytes and its content from the start; every call opens it anew.
    pub async fn open_dataset(&self, id: &DatasetId) -> Result<(u64, ByteStream), DatasetFault> {
        Ok(self.inner.blobs.read_blob(&blob_id(id)?).await?)
    }
}

/// The address of a dataset's content.
fn blob_id(id: &DatasetId) -> Result<BlobId, DatasetFault> {
    BlobId::parse(id.as_str()).ok_or(DatasetFault::Unknown)
}
