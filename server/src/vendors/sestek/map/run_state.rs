//! What must be remembered of a run between polls: SESTEK's progress carries no run id and no time.
//! Kept as JSON with the training; only this folder reads it.

use app::model::time::Timestamp;
use app::model::training::VendorStatus;
use app::vendors::TrainingRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The memory of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunState {
    /// Text clustering: the only kind with `forceTrain` and a readiness check.
    pub clustering: bool,
    /// This connection used the model id before: an answer may still be about the older run.
    pub reused: bool,
    pub force_train: bool,
    /// Trained with a language model's help, which takes longer.
    pub slow: bool,
    /// When the vendor accepted it, in ms.
    pub posted_at: i64,
    /// A word of a run that is still going was seen since.
    pub seen_going: bool,
    /// The last training word, folded, and how many answers in a row had it.
    pub last_word: Option<String>,
    pub same_reads: u32,
    /// The highest percent of this run.
    pub percent: Option<f64>,
    /// When the training proper was first seen, in ms.
    pub training_since: Option<i64>,
    /// When `Completed` was first believed, in ms.
    pub completed_at: Option<i64>,
    /// Since when, in ms, and how often in a row the vendor said that it does not know the run.
    pub missing_since: Option<i64>,
    pub missing_reads: u32,
    /// The last words, shown again when an answer has none.
    pub words: VendorStatus,
}

impl Default for RunState {
    /// The careful assumption for a run we know nothing of: the answers may be about an older one.
    fn default() -> Self {
        Self {
            clustering: false,
            reused: true,
            force_train: true,
            slow: false,
            posted_at: 0,
            seen_going: false,
            last_word: None,
            same_reads: 0,
            percent: None,
            training_since: None,
            completed_at: None,
            missing_since: None,
            missing_reads: 0,
            words: VendorStatus::new(),
        }
    }
}

impl RunState {
    /// The state of a run that was accepted `now`.
    pub fn begin(request: &TrainingRequest, used_before: bool, now: Timestamp) -> Self {
        let (clustering, force_train, slow) = match request {
            TrainingRequest::SestekClustering(request) => (true, request.force_train, request.llm.is_some()),
            TrainingRequest::SestekClassification(_) | TrainingRequest::SestekGqa(_) => (false, true, false),
        };
        let posted_at = now.as_millis();
        Self { clustering, reused: used_before, force_train, slow, posted_at, ..Self::default() }
    }

    /// Reads a kept state; what cannot be read is replaced by the careful assumption.
    pub fn read(value: &Value) -> Self {
        serde_json::from_value(value.clone()).unwrap_or_default()
    }

    /// The state as it is kept.
    pub fn write(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// Whether a sleeping model is only being woken, so that the readiness check decides beside progress.
    pub fn wakes(&self) -> bool {
        self.clustering && !self.force_train
    }
}
