//! A model as people may call it: what is behind a vendor's name on a connection, whether it serves, and how to call it.
//! Drawn from the trainings of that name; nothing here is stored.

use super::ids::{ConnectionId, Kind, TrainingId, VendorRef};
use super::training::Training;
use serde::{Deserialize, Serialize};

/// A vendor's name on a connection, as it stands now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Model {
    pub connection: ConnectionId,
    pub vendor: String,
    pub kind: Kind,
    pub vendor_ref: VendorRef,
    pub readiness: ModelReadiness,
    /// The training whose state this is: the newest that the vendor took.
    pub current: Training,
    /// The training that made what the vendor serves; a redeployment makes nothing. `null` where that is not known.
    pub made_by: Option<MadeBy>,
    /// How to call it; `null` where its vendor's address is not known.
    pub inference: Option<InferenceCall>,
    /// Why it cannot be redeployed; `null` where it can.
    pub redeploy_blocked: Option<String>,
}

/// The conditions under which a model answers, and the first that is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ModelReadiness {
    /// The vendor says that it is trained to the end.
    pub is_trained: bool,
    /// The vendor says that inference runs.
    pub is_running: bool,
    /// Whether it was awake when last seen; `null` for a kind that does not sleep, and where that is not known.
    pub is_awake: Option<bool>,
    pub missing: Option<MissingCondition>,
}

/// What keeps a model from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MissingCondition {
    Trained,
    Running,
    /// Both were met; the model was put to sleep since.
    Awake,
}

/// The training that made a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct MadeBy {
    pub id: TrainingId,
    pub name: String,
}

/// How a model is called, tokens masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct InferenceCall {
    pub url: String,
    /// One curl command for a POSIX shell; the token reads `<token>`.
    pub curl: String,
    /// What to know about it, in one sentence.
    pub note: Option<String>,
}

/// A page of models, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ModelPage {
    pub items: Vec<Model>,
    /// Opaque; `null` at the end.
    pub next: Option<String>,
    /// The newest event this page has seen; live frames at or below it are in.
    pub last_event: i64,
}

/// One model with the chain of its trainings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelHistory {
    pub model: Model,
    /// Every training of its name, newest first; at most the newest 50.
    pub trainings: Vec<Training>,
    pub last_event: i64,
}

/// Names a model: `POST /models/check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelName {
    pub connection: ConnectionId,
    pub vendor_ref: VendorRef,
}

/// `POST /models/redeploy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RedeployModel {
    /// The new training's id: a UUIDv7 made by the client.
    pub id: TrainingId,
    pub connection: ConnectionId,
    pub vendor_ref: VendorRef,
}
