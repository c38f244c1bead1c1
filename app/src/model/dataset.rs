//! An uploaded file, addressed by its content.
//! Holds no file content.

use super::ids::{DatasetId, TrainingId, UserName};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A dataset in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Dataset {
    pub sha256: DatasetId,
    /// The file name it was first uploaded with.
    pub name: String,
    pub size_bytes: i64,
    pub owner: UserName,
    pub created_at: Timestamp,
    /// The trainings made from it, newest first, at most 20.
    pub used_by: Vec<TrainingId>,
}

/// `POST /datasets/{sha256}/check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckDataset {
    pub kind: super::ids::Kind,
    /// The request field the file would stand in (`dialogue`, `intent`, `dataset`); the kind's first when absent.
    #[serde(default)]
    pub role: Option<String>,
}
