//! The one ladder every vendor's words map onto.
//! Knows nothing of any vendor; each vendor's own `map` decides the stage.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a training stands. Stages are ours; the vendor's own words always stand beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Written down here; the vendor has not answered yet.
    Submitting,
    Queued,
    Preparing,
    Training,
    Saving,
    Publishing,
    Ready,
    Failed,
    /// The vendor refused the request; nothing was trained.
    Rejected,
    /// Deleted at the vendor.
    Gone,
    /// The same model was trained again.
    Superseded,
    /// Only a person can decide.
    NeedsAttention,
}

impl Stage {
    /// The stations of the ladder, in order.
    pub const LADDER: [Self; 7] =
        [Self::Submitting, Self::Queued, Self::Preparing, Self::Training, Self::Saving, Self::Publishing, Self::Ready];

    /// Every stage: the ladder, then the other ends.
    pub const ALL: [Self; 12] = [
        Self::Submitting,
        Self::Queued,
        Self::Preparing,
        Self::Training,
        Self::Saving,
        Self::Publishing,
        Self::Ready,
        Self::Failed,
        Self::Rejected,
        Self::Gone,
        Self::Superseded,
        Self::NeedsAttention,
    ];

    /// Whether the vendor has it as far as is known, and is asked how it goes on.
    pub const fn is_watched(self) -> bool {
        !self.is_end() && !matches!(self, Self::Submitting | Self::NeedsAttention)
    }

    /// The JSON word (`needs_attention`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitting => "submitting",
            Self::Queued => "queued",
            Self::Preparing => "preparing",
            Self::Training => "training",
            Self::Saving => "saving",
            Self::Publishing => "publishing",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Gone => "gone",
            Self::Superseded => "superseded",
            Self::NeedsAttention => "needs_attention",
        }
    }

    /// The word on the page (`Needs attention`).
    pub const fn label(self) -> &'static str {
        match self {
            Self::Submitting => "Submitting",
            Self::Queued => "Queued",
            Self::Preparing => "Preparing",
            Self::Training => "Training",
            Self::Saving => "Saving",
            Self::Publishing => "Publishing",
            Self::Ready => "Ready",
            Self::Failed => "Failed",
            Self::Rejected => "Rejected",
            Self::Gone => "Gone",
            Self::Superseded => "Superseded",
            Self::NeedsAttention => "Needs attention",
        }
    }

    /// Reads the JSON word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// Whether nothing more is expected: `ready`, `failed`, `rejected`, `gone`, `superseded`.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Ready | Self::Failed | Self::Rejected | Self::Gone | Self::Superseded)
    }

    /// The position on the ladder, 0 to 6; `None` for the other ends.
    pub fn rung(self) -> Option<usize> {
        Self::LADDER.iter().position(|stage| *stage == self)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
