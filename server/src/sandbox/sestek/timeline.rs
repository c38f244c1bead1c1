//! How a fake SESTEK run proceeds: a pure function of vendor time and of when its progress was asked for.
//! No IO and no clock of its own.

use crate::sandbox::script::Plan;
use serde::{Deserialize, Serialize};

/// The statuses before `Completed`, in the vendor's order, with their usual vendor seconds: 66 minutes in all.
const WALK: [(&str, f64); 8] = [
    ("Initialized", 60.0),
    ("PendingTraining", 180.0),
    ("DatasetUploading", 120.0),
    ("DataProcessing", 300.0),
    ("TrainingStarted", 60.0),
    ("Training", 2_940.0),
    ("Trained", 60.0),
    ("ModelUploading", 240.0),
];

/// Vendor seconds from the publishing call to `Running`.
const PUBLISH_SECONDS: f64 = 300.0;

/// The slowest model takes this much longer than the quickest one.
const SPREAD: f64 = 0.35;

/// The kind of training, which the vendor derives from the path and the data schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Clustering,
    Classification,
    Gqa,
}

/// One run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Run {
    pub vendor: String,
    pub id: String,
    pub model_id: String,
    pub kind: Kind,
    pub product_name: String,
    /// The number of the request that made it; absent for one that the control API planted.
    pub made_by: Option<u64>,
    /// Real time, ms since 1970.
    pub created_at_ms: i64,
    /// Vendor time, ms.
    pub created_vendor_ms: i64,
    /// `forceTrain=false` on a finished model: nothing is trained, the old model is published again.
    pub redeploys: bool,
    pub plan: Plan,
    /// How often its progress was asked for.
    #[serde(default)]
    pub asked: u64,
    /// When progress was first asked for at or after completion, vendor ms. Publishing starts here and nowhere else.
    #[serde(default)]
    pub published_vendor_ms: Option<i64>,
}

/// What progress says.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    pub percent: f64,
    pub training_status: &'static str,
    pub inference_status: Option<&'static str>,
}

impl Run {
    /// The state at a vendor time.
    pub fn progress_at(&self, vendor_ms: i64) -> Progress {
        let (training_status, percent) = self.status_at(vendor_ms);
        let inference_status = self.inference_at(vendor_ms).filter(|_| training_status == "Completed");
        Progress { percent, training_status, inference_status }
    }

    /// What a callback says of it; `None` while there is no news. Success means deployed, which somebody's question began.
    pub fn news_at(&self, vendor_ms: i64) -> Option<&'static str> {
        let progress = self.progress_at(vendor_ms);
        match (progress.training_status, progress.inference_status) {
            ("Failed", _) => Some("train failed"),
            (_, Some("Running")) => Some("train success"),
            _ => None,
        }
    }

    /// Whether the vendor refuses another train call for the model.
    pub fn is_busy(&self, vendor_ms: i64) -> bool {
        !matches!(self.status_at(vendor_ms).0, "Completed" | "Failed")
    }

    /// Whether the run came to its good end.
    pub fn is_completed(&self, vendor_ms: i64) -> bool {
        self.status_at(vendor_ms).0 == "Completed"
    }

    /// Whether the published model answers: running, and not asleep.
    pub fn is_awake(&self, vendor_ms: i64) -> bool {
        if self.progress_at(vendor_ms).inference_status != Some("Running") {
            return false;
        }
        let running_since = self.published_vendor_ms.map(|at| at + to_ms(self.publish_seconds()));
        match (self.plan.sleep_after_seconds, running_since) {
            (Some(seconds), Some(since)) => vendor_ms < since + to_ms(seconds),
            _ => true,
        }
    }

    /// A progress call happened: it counts, and at or after completion it is what starts publishing.
    pub fn note_asked(&mut self, vendor_ms: i64) {
        self.asked += 1;
        if self.published_vendor_ms.is_none() && self.is_completed(vendor_ms) {
            self.published_vendor_ms = Some(vendor_ms);
        }
    }

    fn inference_at(&self, vendor_ms: i64) -> Option<&'static str> {
        let since = self.published_vendor_ms?;
        if self.plan.stuck_at.as_deref() == Some("Publishing") || vendor_ms < since + to_ms(self.publish_seconds()) {
            return Some("Pending");
        }
        Some("Running")
    }

    fn status_at(&self, vendor_ms: i64) -> (&'static str, f64) {
        if self.redeploys {
            return ("Completed", 100.0);
        }
        let mut left = seconds_between(self.created_vendor_ms, vendor_ms);
        for (status, usual) in WALK {
            let lasts = self.plan.durations.get(status).copied().unwrap_or(usual * self.pace());
            if self.plan.stuck_at.as_deref() == Some(status) {
                return (status, percent_in(status, (left / lasts.max(1.0)).min(0.9)));
            }
            if self.plan.fail_at.as_deref() == Some(status) && left >= lasts / 2.0 {
                return ("Failed", percent_in(status, 0.5));
            }
            if left < lasts {
                return (status, percent_in(status, left / lasts));
            }
            left -= lasts;
        }
        ("Completed", 100.0)
    }

    fn publish_seconds(&self) -> f64 {
        self.plan.durations.get("Publishing").copied().unwrap_or(PUBLISH_SECONDS * self.pace())
    }

    /// Between 1 and 1 + SPREAD, always the same for the same model, so that a board shows different stages.
    fn pace(&self) -> f64 {
        let sum = self.model_id.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        1.0 + SPREAD * f64::from(sum % 1000) / 1000.0
    }
}

/// Percent of the whole, from a status and the part of it that is over. It moves while training and is 100 afterwards.
fn percent_in(status: &str, part: f64) -> f64 {
    match status {
        "Training" => (part * 100.0).floor(),
        "Trained" | "ModelUploading" => 100.0,
        _ => 0.0,
    }
}

fn seconds_between(from_ms: i64, to_ms: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a sandbox run")]
    let seconds = (to_ms - from_ms) as f64 / 1000.0;
    seconds.max(0.0)
}

fn to_ms(seconds: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a sandbox run")]
    let ms = (seconds * 1000.0) as i64;
    ms
}

/// Whether a plan names only statuses that exist.
pub fn check_plan(plan: &Plan) -> Result<(), String> {
    let known = |name: &String| WALK.iter().any(|(status, _)| status == name) || name == "Publishing";
    let named = plan.durations.keys().chain(&plan.stuck_at);
    if let Some(wrong) = named.clone().find(|name| !known(name)) {
        return Err(format!("{wrong} is not a status that takes time."));
    }
    if let Some(wrong) = plan.fail_at.iter().find(|name| !known(name) || *name == "Publishing") {
        return Err(format!("A run cannot fail at {wrong}."));
    }
    let negative = plan.durations.values().chain(&plan.sleep_after_seconds).find(|seconds| **seconds < 0.0);
    negative.map_or(Ok(()), |seconds| Err(format!("{seconds} seconds is less than nothing.")))
}
