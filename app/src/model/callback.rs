//! What vendors send us unasked: hints that something happened, never facts.
//! Holds no address and no credential of a callback.

use super::ids::{ConnectionId, TrainingId};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Where in a training's life a callback came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallbackTiming {
    /// Before the vendor's answer to our submit.
    Early,
    /// While the vendor had the training.
    InTime,
    /// After the training had ended.
    Late,
    /// Its address belongs to no training, or no longer.
    Unmatched,
    /// A sample that we sent ourselves, through our own public address.
    Rehearsal,
}

impl CallbackTiming {
    const ALL: [Self; 5] = [Self::Early, Self::InTime, Self::Late, Self::Unmatched, Self::Rehearsal];

    /// The word in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::InTime => "in_time",
            Self::Late => "late",
            Self::Unmatched => "unmatched",
            Self::Rehearsal => "rehearsal",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|timing| timing.as_str() == word)
    }
}

/// What a callback proved itself with, beside the address that nobody can guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallbackProof {
    /// A token of our token address.
    Token,
    /// A token, but none of ours, or one that ran out.
    WrongToken,
    /// The address alone.
    Address,
}

impl CallbackProof {
    const ALL: [Self; 3] = [Self::Token, Self::WrongToken, Self::Address];

    /// The word in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::WrongToken => "wrong_token",
            Self::Address => "address",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == word)
    }
}

/// One callback as it came; the same body to the same address again is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Callback {
    pub id: i64,
    /// Whose address it came to, or whom a person attached it to.
    pub training: Option<TrainingId>,
    /// That training's name.
    pub name: Option<String>,
    pub timing: CallbackTiming,
    pub proof: CallbackProof,
    pub content_type: Option<String>,
    /// What came, our own secrets taken out; in base64 where it is no text.
    pub body: String,
    pub is_base64: bool,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    pub repeated: i64,
}

/// A page of the inbox, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CallbackPage {
    pub items: Vec<Callback>,
    pub next: Option<String>,
    /// On the first page: trainings that ended although their promised callback never came.
    pub missing: Vec<MissingCallback>,
}

/// A promised callback that never came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct MissingCallback {
    pub training: TrainingId,
    pub name: String,
    pub connection: ConnectionId,
    pub promised_at: Timestamp,
}

/// Says whom an unmatched callback belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct AttachCallback {
    pub training: TrainingId,
}
