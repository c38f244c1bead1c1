//! Whether a model should be trained again or only put back into service, and why.
//! Advice only: whoever submits may do otherwise, and that is recorded.

use super::ids::TrainingId;
use serde::{Deserialize, Serialize};

/// What we would send, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct TrainAdvice {
    pub verdict: Verdict,
    /// One sentence for people.
    pub reason: String,
    /// What the request does against it, in one sentence; `null` where it follows.
    pub warning: Option<String>,
    /// The training it was compared with, where there was one.
    pub compared_with: Option<TrainingId>,
}

/// What is right for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing has changed: the model that is there is enough.
    Redeploy,
    /// Something has changed, or there is no model: train.
    Retrain,
    /// What was last trained is not known; a person decides.
    Ask,
}
