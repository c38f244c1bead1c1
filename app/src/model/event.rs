//! One appended line of a training's history; also the frame of the live stream.
//! Never changed after it was written.

use super::ids::{TrainingId, UserName, VendorRef};
use super::stage::Stage;
use super::time::Timestamp;
use super::training::{Failure, Lane, Progress, Serving, Training, VendorStatus, Waiting};
use serde::{Deserialize, Serialize};

/// Something that happened to a training between `at_earliest` and `at_latest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Event {
    /// Grows by one with every event of the store, in commit order; the SSE `id`.
    pub id: i64,
    pub training: TrainingId,
    pub kind: EventKind,
    pub source: Source,
    /// Not before this (the last time we know it had not happened).
    pub at_earliest: Timestamp,
    /// Not after this (the first time we know it had).
    pub at_latest: Timestamp,
    /// The person, where a person did it.
    pub actor: Option<UserName>,
    /// The vendor's words or ours, for people; plain text.
    pub message: Option<String>,
    /// What the training looked like right afterwards.
    pub after: TrainingState,
}

/// What sort of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Written down here.
    Created,
    /// Trained elsewhere; a person had it watched from here on.
    Adopted,
    /// A request is about to go to the vendor (the intent is on disk).
    Sending,
    /// The vendor accepted it.
    Accepted,
    /// An answer was lost or cannot be understood; being settled.
    Unclear,
    /// The stage changed.
    StageChanged,
    /// Percent, step, serving state or the vendor's words changed within a stage.
    Progressed,
    /// The vendor cannot be reached about it.
    Unseen,
    /// The vendor answers again.
    SeenAgain,
    /// Nothing has changed for longer than usual.
    Stalled,
    /// Something changed again after a stall.
    Moving,
    /// The same model was trained again.
    Superseded,
    /// A person changed name, tags, note or archived it.
    Edited,
    /// A person settled what could not be told.
    Settled,
    /// The vendor was told where to call back to, and never did.
    CallbackMissing,
}

/// Who saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A person, on the page or over the API.
    Person,
    /// The vendor's answer to our submit.
    Answer,
    /// A poll.
    Poll,
    /// A poll that a vendor's callback made us ask: both saw it.
    PollAfterCallback,
    /// A look-up after a lost answer.
    LookUp,
    /// Trainyard itself (clocks, limits).
    Trainyard,
}

/// The changing half of a training, whole, as it stood right after an event: a page overwrites what it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct TrainingState {
    pub stage: Stage,
    #[serde(default)]
    pub reached: Option<Stage>,
    pub vendor_ref: Option<VendorRef>,
    pub vendor_status: VendorStatus,
    pub progress: Option<Progress>,
    pub serving: Option<Serving>,
    pub lanes: Vec<Lane>,
    pub failure: Option<Failure>,
    pub waiting: Option<Waiting>,
    pub name: String,
    pub tags: Vec<String>,
    pub note: String,
    pub archived: bool,
    pub submitted_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub last_seen_at: Option<Timestamp>,
    pub unseen_since: Option<Timestamp>,
    pub stalled_since: Option<Timestamp>,
    pub superseded_by: Option<TrainingId>,
}

impl Training {
    /// The changing half of this training.
    pub fn state(&self) -> TrainingState {
        TrainingState {
            stage: self.stage,
            reached: self.reached,
            vendor_ref: self.vendor_ref.clone(),
            vendor_status: self.vendor_status.clone(),
            progress: self.progress.clone(),
            serving: self.serving.clone(),
            lanes: self.lanes.clone(),
            failure: self.failure.clone(),
            waiting: self.waiting.clone(),
            name: self.name.clone(),
            tags: self.tags.clone(),
            note: self.note.clone(),
            archived: self.archived,
            submitted_at: self.submitted_at,
            ended_at: self.ended_at,
            last_seen_at: self.last_seen_at,
            unseen_since: self.unseen_since,
            stalled_since: self.stalled_since,
            superseded_by: self.superseded_by.clone(),
        }
    }

    /// Overwrites the changing half with a newer one.
    pub fn set_state(&mut self, state: TrainingState) {
        self.stage = state.stage;
        self.reached = state.reached;
        self.vendor_ref = state.vendor_ref;
        self.vendor_status = state.vendor_status;
        self.progress = state.progress;
        self.serving = state.serving;
        self.lanes = state.lanes;
        self.failure = state.failure;
        self.waiting = state.waiting;
        self.name = state.name;
        self.tags = state.tags;
        self.note = state.note;
        self.archived = state.archived;
        self.submitted_at = state.submitted_at;
        self.ended_at = state.ended_at;
        self.last_seen_at = state.last_seen_at;
        self.unseen_since = state.unseen_since;
        self.stalled_since = state.stalled_since;
        self.superseded_by = state.superseded_by;
    }

    /// Whether this view was read after `held`.
    pub fn is_newer_than(&self, held: &Self) -> bool {
        (held.last_event, held.last_seen_at) < (self.last_event, self.last_seen_at)
    }

    /// Takes a live event in, unless this view already holds it or a newer one. Says whether anything was taken.
    pub fn apply(&mut self, event: &Event) -> bool {
        if event.training != self.id || event.id <= self.last_event {
            return false;
        }
        self.set_state(event.after.clone());
        self.last_event = event.id;
        true
    }
}

/// A live frame without an id (`event: seen`): the vendor answered and nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Seen {
    pub training: TrainingId,
    pub last_seen_at: Timestamp,
}
