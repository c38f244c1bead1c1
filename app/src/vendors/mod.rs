//! The vendors whose requests the page can make: one registration line each.
//! The only file of `app` that names a vendor outside its own folder.

pub mod address;
pub mod callback;
pub mod fields;
pub mod forms;
pub mod json;
pub mod sestek;
pub mod submission;

use crate::model::advice::TrainAdvice;
use crate::model::error::FieldFault;
use crate::model::finding::{CheckReport, Finding};
use crate::model::ids::{DatasetId, Kind, VendorRef};
use crate::model::request::FrozenRequest;
use crate::model::training::Training;
use callback::CallbackWish;
use serde::{Deserialize, Serialize};
use std::io::{Error, ErrorKind, Read};

/// A kind of training as people meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// `vendor.kind`, as in the API.
    pub kind: &'static str,
    pub vendor_label: &'static str,
    pub label: &'static str,
    /// One sentence: what comes out.
    pub about: &'static str,
    /// The request fields that hold a file, in the order of the form.
    pub roles: &'static [RoleInfo],
}

/// A request field that holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleInfo {
    /// The field's name (`dialogue`).
    pub name: &'static str,
    /// The field on the page (`Dialogue file`).
    pub label: &'static str,
}

/// Every kind this build can submit.
pub const KINDS: &[KindInfo] = &[sestek::CLUSTERING, sestek::CLASSIFICATION, sestek::GQA];

/// The field of every kind that names the model.
const MODEL_ID: &str = "model_id";

/// The fields of each vendor's own words, in the vendor's order.
pub const STATUS_FIELDS: &[&[&str]] = &[sestek::STATUS_FIELDS];

/// The form of each of them.
pub const FORMS: &[&forms::KindForm] =
    &[&sestek::form::CLUSTERING_FORM, &sestek::form::CLASSIFICATION_FORM, &sestek::gqa_form::GQA_FORM];

/// Looks a kind up.
pub fn find_kind(kind: &Kind) -> Option<&'static KindInfo> {
    KINDS.iter().find(|info| info.kind == kind.as_str())
}

/// Whether a model of this kind may fall asleep, and can be put back into service without being trained.
pub fn can_redeploy(kind: &Kind) -> bool {
    kind.as_str() == sestek::CLUSTERING.kind
}

/// Runs a vendor's refusal rules over a file, from its beginning to its end, without keeping it in memory.
///
/// `role` is the request field the file would stand in, the kind's first when absent. `on_progress` is told how many
/// bytes were read so far, about every 256 KiB. Runs as long as reading takes: never call it on a thread that others
/// wait for.
///
/// # Errors
/// `input`'s own error where it cannot be read; `InvalidInput` for a kind or role that does not exist. Whatever is
/// wrong with the content is a finding.
pub fn check_file(
    kind: &Kind,
    role: Option<&str>,
    mut input: impl Read,
    on_progress: &mut dyn FnMut(u64),
) -> std::io::Result<CheckReport> {
    let unknown = |text: String| Error::new(ErrorKind::InvalidInput, text);
    let info = find_kind(kind).ok_or_else(|| unknown(format!("There is no kind {kind}.")))?;
    if let Some(role) = role
        && !info.roles.iter().any(|known| known.name == role)
    {
        return Err(unknown(format!("{kind} has no file {role}.")));
    }
    match info.kind {
        "sestek.classification" => sestek::preflight::check_classification(&mut input, on_progress),
        "sestek.gqa" => sestek::gqa_preflight::check_document(&mut input, on_progress),
        _ => sestek::preflight::check_clustering(&mut input, on_progress),
    }
}

/// What a file's name alone gives away about a file of this kind.
pub fn check_file_name(kind: &Kind, name: &str) -> Option<Finding> {
    match find_kind(kind)?.kind {
        "sestek.gqa" => sestek::gqa_preflight::check_document_name(name),
        _ => sestek::preflight::check_name(name),
    }
}

/// Takes out of a kept request what only those may read who could have sent it: queries of addresses may be keys.
pub fn veil_request(request: &mut FrozenRequest) {
    if request.kind.as_str() == "sestek.gqa" {
        sestek::gqa::veil_fields(&mut request.fields);
    }
}

/// What is known of a request that was sent elsewhere: its kind and the model's name.
pub fn freeze_adopted(kind: &Kind, vendor_ref: &VendorRef) -> FrozenRequest {
    let model_id = serde_json::Value::String(vendor_ref.to_string());
    FrozenRequest { kind: kind.clone(), fields: [(MODEL_ID.to_owned(), model_id)].into_iter().collect() }
}

/// Whether a kept request says what was trained with: that of an adopted training says no more than the model's name.
pub fn knows_request(frozen: &FrozenRequest) -> bool {
    frozen.fields.keys().any(|name| name != MODEL_ID)
}

/// Whether a person may end it here although the vendor has it: it stalled, or was trained elsewhere in the first place.
pub fn may_stop_watching(training: &Training) -> bool {
    training.stage.is_watched() && (training.stalled_since.is_some() || !knows_request(&training.request))
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
    #[serde(rename = "sestek.gqa")]
    SestekGqa(sestek::gqa::GqaRequest),
}

/// A dataset a request refers to, with the request field it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetUse {
    /// The same for every file of a field that takes several; their order is that of the field.
    pub role: &'static str,
    /// Where in a submit's body it stands (`request.dataset`).
    pub path: String,
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
            Some("sestek.gqa") => sestek::gqa::GqaRequest::parse(value, at).map(Self::SestekGqa),
            _ => {
                let kinds: Vec<_> = KINDS.iter().map(|info| info.kind).collect();
                Err(vec![FieldFault::new(format!("{at}.kind"), format!("Choose one of: {}.", kinds.join(", ")))])
            }
        }
    }

    /// Every rule that the types alone do not keep, for a request that did not come from `parse`; paths below `at`.
    pub fn validate(&self, at: &str) -> Vec<FieldFault> {
        match self {
            Self::SestekClustering(request) => request.validate(at),
            Self::SestekClassification(request) => request.validate(at),
            Self::SestekGqa(request) => request.validate(at),
        }
    }

    /// What is legal but should be thought over; paths below `request`. `tenant` is the connection's, where known.
    pub fn warnings(&self, tenant: Option<&str>) -> Vec<FieldFault> {
        match self {
            Self::SestekClustering(request) => request.warnings(tenant),
            Self::SestekClassification(request) => request.warnings(tenant),
            Self::SestekGqa(request) => request.warnings(tenant),
        }
    }

    /// Whether to train again or only to redeploy, and why; `None` for a kind that has no such choice. `older` are the
    /// trainings of the same model on the same connection, newest first.
    pub fn advise(&self, older: &[Training]) -> Option<TrainAdvice> {
        if let Self::SestekClustering(request) = self {
            Some(sestek::advice::advise_clustering(request, older))
        } else {
            None
        }
    }

    /// Where the vendor is to call back to; `None` where nowhere, or where the kind knows no callbacks.
    pub fn callback(&self) -> Option<&CallbackWish> {
        match self {
            Self::SestekGqa(request) => request.callback.as_ref(),
            Self::SestekClustering(_) | Self::SestekClassification(_) => None,
        }
    }

    /// The same request sent only to put the model back into service; `None` for a kind that cannot.
    pub fn redeployment(&self) -> Option<Self> {
        if let Self::SestekClustering(request) = self {
            let request = sestek::request::ClusteringRequest { force_train: false, ..request.clone() };
            Some(Self::SestekClustering(request))
        } else {
            None
        }
    }

    /// The kind's name.
    pub fn kind(&self) -> Kind {
        Kind::new(match self {
            Self::SestekClustering(_) => sestek::CLUSTERING.kind,
            Self::SestekClassification(_) => sestek::CLASSIFICATION.kind,
            Self::SestekGqa(_) => sestek::GQA.kind,
        })
    }

    /// The datasets it is made from, in the order of the form.
    pub fn datasets(&self) -> Vec<DatasetUse> {
        match self {
            Self::SestekClustering(request) => request.datasets(),
            Self::SestekClassification(request) => request.datasets(),
            Self::SestekGqa(request) => request.datasets(),
        }
    }

    /// What a training is called when nobody names it.
    pub fn default_name(&self) -> String {
        match self {
            Self::SestekClustering(request) => request.model_id.clone(),
            Self::SestekClassification(request) => request.model_id.clone(),
            Self::SestekGqa(request) => request.model_id.clone(),
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
