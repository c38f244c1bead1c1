//! What stands behind a training's timeline: metric points, raw answers, usual durations.

use super::stage::Stage;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One number at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct MetricPoint {
    /// `percent`, `loss`.
    pub name: String,
    /// `null` where the vendor sent no finite number.
    pub value: Option<f64>,
    pub step: Option<i64>,
    pub epoch: Option<i64>,
    pub at: Timestamp,
}

/// What the vendor answered, raw, with every secret blotted out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Answer {
    pub id: i64,
    /// `token`, `submit`, `progress`, `look_up`, `test`.
    pub purpose: String,
    pub method: String,
    pub url: String,
    /// `null` when no answer came.
    pub status: Option<u16>,
    pub content_type: Option<String>,
    /// At most 16 KiB; text of a stranger.
    pub body: String,
    pub truncated: bool,
    /// Why there is no answer, where there is none.
    pub error: Option<String>,
    pub asked_at: Timestamp,
    pub answered_at: Timestamp,
    /// How many equal answers in a row this row stands for.
    pub repeated: i64,
}

/// How long a stage usually takes, from this kind's finished trainings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct UsualDuration {
    pub stage: Stage,
    /// A quarter took less than this.
    pub low_ms: i64,
    /// A quarter took more than this.
    pub high_ms: i64,
    pub samples: i64,
}

impl UsualDuration {
    /// Whether it is long enough to be worth a word: "usually 0 s" is none.
    pub fn can_be_told(&self) -> bool {
        self.high_ms >= 1_000
    }
}
