//! A training as the API and the pages show it.
//! Holds what is known now; how it came about is in `event`.

use super::ids::{ConnectionId, DatasetId, Kind, TrainingId, UserName, VendorRef};
use super::request::FrozenRequest;
use super::stage::Stage;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The vendor's own words by the vendor's own field name, untranslated (`trainingStatus` -> `Completed`).
pub type VendorStatus = BTreeMap<String, String>;

/// Characters of a training's name at most.
pub const NAME_CHARS: usize = 200;

/// Characters of an adopted vendor's name at most; vendors state none, and what they make today is far shorter.
pub const VENDOR_REF_CHARS: usize = 200;

/// One training or tuning at a vendor, from the form to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Training {
    pub id: TrainingId,
    pub vendor: String,
    pub kind: Kind,
    pub connection: ConnectionId,
    pub name: String,
    /// What the vendor calls it; `null` until that is known.
    pub vendor_ref: Option<VendorRef>,
    pub stage: Stage,
    /// The furthest station of the ladder that was seen; `null` before the vendor took it.
    #[serde(default)]
    pub reached: Option<Stage>,
    pub vendor_status: VendorStatus,
    pub progress: Option<Progress>,
    pub serving: Option<Serving>,
    pub lanes: Vec<Lane>,
    pub failure: Option<Failure>,
    /// What is being waited for while `submitting` or `needs_attention` (a quarantine, a refused connection).
    #[serde(default)]
    pub waiting: Option<Waiting>,
    pub request: FrozenRequest,
    pub datasets: Vec<TrainingDataset>,
    pub owner: UserName,
    pub tags: Vec<String>,
    pub note: String,
    pub archived: bool,
    pub created_at: Timestamp,
    /// When the vendor accepted it.
    pub submitted_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// The last time the vendor answered about it.
    pub last_seen_at: Option<Timestamp>,
    /// Since when the vendor cannot be reached; the stage is then the last one known.
    pub unseen_since: Option<Timestamp>,
    /// Since when nothing has changed for longer than this kind usually takes.
    pub stalled_since: Option<Timestamp>,
    pub retry_of: Option<TrainingId>,
    pub superseded_by: Option<TrainingId>,
    /// The id of the newest event that this view holds; live frames at or below it are already in.
    #[serde(default)]
    pub last_event: i64,
}

impl Training {
    /// Whether the vendor said that it was trained to the end, also when it was superseded since.
    pub fn has_completed(&self) -> bool {
        let stages = [Some(self.stage), self.reached];
        stages.into_iter().flatten().any(|stage| matches!(stage, Stage::Publishing | Stage::Ready))
    }

    /// Where it stands while it is held; `None` while it is not.
    pub fn held(&self) -> Option<&Held> {
        self.waiting.as_ref().filter(|_| self.stage == Stage::Submitting)?.held.as_ref()
    }
}

/// How far the vendor says it is. Every number is the vendor's, or absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Progress {
    /// 0 to 100; the highest seen in this run.
    pub percent: Option<f64>,
    pub step: Option<i64>,
    pub total_steps: Option<i64>,
    pub epoch: Option<i64>,
    pub total_epochs: Option<i64>,
    pub loss: Option<f64>,
}

/// What the model is doing for those who call it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Serving {
    pub state: ServingState,
}

/// Whether the model answers inference calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServingState {
    /// Not published, or being published.
    Pending,
    Running,
    /// It was published, and the vendor stopped it because nobody called it.
    Asleep,
    /// The vendor said a word we do not know; see `vendor_status`.
    Unknown,
}

/// One bar of the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Lane {
    pub key: String,
    pub label: String,
    pub stage: Stage,
    pub vendor_status: VendorStatus,
    pub error: Option<String>,
}

/// Why a training ended badly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Failure {
    /// The vendor's own reason verbatim, else `busy`, `invalid`, `auth`, `vendor_error` or `unclear`.
    pub code: String,
    /// What happened: the vendor's words and the fields it blames, or our words where the vendor gave none.
    pub message: String,
    /// The vendor's own words, verbatim, with which `message` then begins; `null` where all words are ours.
    #[serde(default)]
    pub said: Option<String>,
    /// What to do next; `null` when nobody knows.
    pub hint: Option<String>,
    pub retryable: bool,
}

/// What a training that has no answer yet is waiting for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Waiting {
    pub reason: WaitingReason,
    /// One sentence for people.
    pub message: String,
    /// When we look next; `null` when only a person can go on, or another training's end.
    pub until: Option<Timestamp>,
    /// Where a held training stands; `null` for every other reason.
    #[serde(default)]
    pub held: Option<Held>,
}

/// The place of a training that is held until its vendor's name is free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Held {
    /// The training of ours that is in the way; `null` where the vendor trains the name for somebody else.
    pub behind: Option<Behind>,
    /// 1: the next one.
    pub place: u32,
}

/// The training in the way of a held one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Behind {
    pub id: TrainingId,
    pub name: String,
    /// It keeps the name until a person has decided about it.
    pub needs_attention: bool,
}

/// Why nothing moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// The vendor could not be reached before a byte was sent; trying again.
    NotSent,
    /// An answer was lost; waiting until it is safe to look.
    Quarantine,
    /// Looking whether the vendor has it.
    LookingUp,
    /// The connection's credentials were refused.
    ConnectionRefused,
    /// Only a person can tell.
    Person,
    /// Written down here and not sent: its vendor's name is taken.
    Held,
}

/// A file a training was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct TrainingDataset {
    /// The request field it stands in (`dialogue`, `intent`, `dataset`).
    pub role: String,
    pub sha256: DatasetId,
    /// The file name it was uploaded with; text from a stranger, show it as text only.
    pub name: String,
    pub size_bytes: i64,
}

/// `PATCH /trainings/{id}`: only the given fields change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TrainingChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

/// `POST /trainings/{id}/settle`: what a person decides about a training in `needs_attention`. `give_up` is also for one
/// that is not sent, that stalled, or that was trained elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    pub decision: Decision,
}

/// The two ways out of `needs_attention`, and giving up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is there: watch what the vendor has under this id.
    Link,
    /// It is not there: send it again.
    SendAgain,
    /// Stop here; nothing more is sent and the model id is free again.
    GiveUp,
}

/// `POST /trainings/{id}/retry`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryTraining {
    /// The new training's id: a UUIDv7 made by the client.
    pub id: TrainingId,
    /// RFC 7396 merge patch on the older request; may be absent.
    #[serde(default)]
    pub changes: serde_json::Map<String, serde_json::Value>,
    /// As in a submit.
    #[serde(default)]
    pub hold_if_busy: bool,
}

/// `POST /trainings/{id}/cancel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelTraining {
    /// Must be true.
    pub confirm: bool,
}

/// `POST /trainings/adopt`: watch what the vendor has under a name, whoever trained it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AdoptTraining {
    /// A UUIDv7 made by the client, which makes the call safe to repeat; one is made here where it is absent.
    #[serde(default)]
    pub id: Option<TrainingId>,
    pub connection: ConnectionId,
    /// What the vendor calls it, as it is: older names may break today's rules.
    pub vendor_ref: VendorRef,
    /// What sort of training it is; the connection's first kind where absent.
    #[serde(default)]
    pub kind: Option<Kind>,
}
