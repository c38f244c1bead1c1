//! The typed requests of text clustering and text classification, and every rule a form must keep.
//! Nothing here is sent: the server's client turns a request into the vendor's form fields.

use crate::model::error::FieldFault;
use crate::model::ids::DatasetId;
use crate::vendors::DatasetUse;
use serde::{Deserialize, Serialize};

/// A text clustering training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusteringRequest {
    /// A DNS label: `a-z`, `0-9`, `-`, at most 63, no hyphen at either end. Sent exactly as given.
    pub model_id: String,
    pub product_name: String,
    pub language: ClusteringLanguage,
    pub data: ClusterData,
    /// 0: the model decides.
    #[serde(default)]
    pub num_clusters: u32,
    #[serde(default)]
    pub llm: Option<Llm>,
    #[serde(default = "yes")]
    pub force_train: bool,
}

/// The three data schemas that SESTEK documents; no other combination can be written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "schema", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClusterData {
    Dialogue { dialogue: DatasetId },
    DialogueAndIntent { dialogue: DatasetId, intent: DatasetId },
    Intent { intent: DatasetId },
}

/// The languages of clustering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum ClusteringLanguage {
    #[serde(rename = "en-US")]
    EnUs,
    #[serde(rename = "tr-TR")]
    TrTr,
    #[serde(rename = "ar-SA")]
    ArSa,
    #[serde(rename = "fr-FR")]
    FrFr,
    #[serde(rename = "nl-NL")]
    NlNl,
    #[serde(rename = "it-IT")]
    ItIt,
}

/// The language model that may help clustering; the texts then go to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Llm {
    Openai,
}

/// A text classification training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClassificationRequest {
    pub model_id: String,
    pub product_name: String,
    pub language: ClassificationLanguage,
    pub dataset: DatasetId,
}

/// The languages of classification: wider than clustering's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum ClassificationLanguage {
    #[serde(rename = "en-US")]
    EnUs,
    #[serde(rename = "tr-TR")]
    TrTr,
    #[serde(rename = "ar-SA")]
    ArSa,
    #[serde(rename = "lv-LV")]
    LvLv,
    #[serde(rename = "ru-RU")]
    RuRu,
    #[serde(rename = "es-ES")]
    EsEs,
    #[serde(rename = "ur-PK")]
    UrPk,
    #[serde(rename = "fr-FR")]
    FrFr,
    #[serde(rename = "nl-NL")]
    NlNl,
    #[serde(rename = "de-DE")]
    DeDe,
    #[serde(rename = "it-IT")]
    ItIt,
}

fn yes() -> bool {
    true
}

impl ClusteringRequest {
    /// Reads and checks a request; every fault at once, paths below `at`.
    pub fn parse(value: &serde_json::Value, at: &str) -> Result<Self, Vec<FieldFault>> {
        serde_json::from_value(strip_kind(value)).map_err(|error| vec![FieldFault::new(at, error.to_string())])
    }

    /// The files it is made from.
    pub fn datasets(&self) -> Vec<DatasetUse> {
        let used = |role, sha256: &DatasetId| DatasetUse { role, sha256: sha256.clone() };
        match &self.data {
            ClusterData::Dialogue { dialogue } => vec![used("dialogue", dialogue)],
            ClusterData::DialogueAndIntent { dialogue, intent } => {
                vec![used("dialogue", dialogue), used("intent", intent)]
            }
            ClusterData::Intent { intent } => vec![used("intent", intent)],
        }
    }
}

impl ClassificationRequest {
    /// Reads and checks a request; every fault at once, paths below `at`.
    pub fn parse(value: &serde_json::Value, at: &str) -> Result<Self, Vec<FieldFault>> {
        serde_json::from_value(strip_kind(value)).map_err(|error| vec![FieldFault::new(at, error.to_string())])
    }

    /// The file it is made from.
    pub fn datasets(&self) -> Vec<DatasetUse> {
        vec![DatasetUse { role: "dataset", sha256: self.dataset.clone() }]
    }
}

fn strip_kind(value: &serde_json::Value) -> serde_json::Value {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("kind");
    }
    value
}
