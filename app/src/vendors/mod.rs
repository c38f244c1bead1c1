//! The vendors whose requests the page can make: one registration line each.
//! The only file of `app` that names a vendor outside its own folder.

pub mod sestek;
pub mod submission;

use crate::model::error::FieldFault;
use crate::model::ids::{DatasetId, Kind};
use crate::model::request::FrozenRequest;
use serde::{Deserialize, Serialize};

/// A kind of training as people meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// `vendor.kind`, as in the API.
    pub kind: &'static str,
    pub vendor_label: &'static str,
    pub label: &'static str,
    /// One sentence: what comes out.
    pub about: &'static str,
}

/// Every kind this build can submit.
pub const KINDS: &[KindInfo] = &[sestek::CLUSTERING, sestek::CLASSIFICATION];

/// Looks a kind up.
pub fn find_kind(kind: &Kind) -> Option<&'static KindInfo> {
    KINDS.iter().find(|info| info.kind == kind.as_str())
}

/// A typed, validated request of any vendor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "kind")]
pub enum TrainingRequest {
    #[serde(rename = "sestek.clustering")]
    SestekClustering(sestek::request::ClusteringRequest),
    #[serde(rename = "sestek.classification")]
    SestekClassification(sestek::request::ClassificationRequest),
}

/// A dataset a request refers to, with the request field it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetUse {
    pub role: &'static str,
    pub sha256: DatasetId,
}

impl TrainingRequest {
    /// Reads a request from JSON and checks it by the vendor's rules. Every fault is returned at once, malformed
    /// values included, each with its path below `at` (`request.model_id`).
    pub fn parse(value: &serde_json::Value, at: &str) -> Result<Self, Vec<FieldFault>> {
        let kind = value.get("kind").and_then(serde_json::Value::as_str);
        match kind {
            Some("sestek.clustering") => {
                sestek::request::ClusteringRequest::parse(value, at).map(Self::SestekClustering)
            }
            Some("sestek.classification") => {
                sestek::request::ClassificationRequest::parse(value, at).map(Self::SestekClassification)
            }
            _ => {
                let kinds: Vec<_> = KINDS.iter().map(|info| info.kind).collect();
                Err(vec![FieldFault::new(format!("{at}.kind"), format!("Choose one of: {}.", kinds.join(", ")))])
            }
        }
    }

    /// The kind's name.
    pub fn kind(&self) -> Kind {
        Kind::new(match self {
            Self::SestekClustering(_) => sestek::CLUSTERING.kind,
            Self::SestekClassification(_) => sestek::CLASSIFICATION.kind,
        })
    }

    /// The datasets it is made from, in the order of the form.
    pub fn datasets(&self) -> Vec<DatasetUse> {
        match self {
            Self::SestekClustering(request) => request.datasets(),
            Self::SestekClassification(request) => request.datasets(),
        }
    }

    /// What a training is called when nobody names it.
    pub fn default_name(&self) -> String {
        match self {
            Self::SestekClustering(request) => request.model_id.clone(),
            Self::SestekClassification(request) => request.model_id.clone(),
        }
    }

    /// The request as it is kept: defaults filled in.
    pub fn freeze(&self) -> FrozenRequest {
        let mut fields = match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        fields.remove("kind");
        FrozenRequest { kind: self.kind(), fields }
    }

    /// Reads a kept request back.
    pub fn thaw(frozen: &FrozenRequest) -> Result<Self, Vec<FieldFault>> {
        let mut fields = frozen.fields.clone();
        fields.insert("kind".to_owned(), serde_json::Value::String(frozen.kind.to_string()));
        Self::parse(&serde_json::Value::Object(fields), "request")
    }
}
