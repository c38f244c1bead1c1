//! What SESTEK's words mean in ours. Pure: time and pace come in, nothing is asked.

mod progress;
#[cfg(test)]
mod progress_tests;
mod reading;
mod run_state;
mod submit;
#[cfg(test)]
mod submit_tests;

pub use progress::{PollContext, is_going, map_not_found, map_progress, needs_ready_check};
pub use reading::{ProgressReading, read_progress_answer};
pub use run_state::RunState;
pub use submit::{map_train_answer, means_busy};

use super::wire::Complaint;
use crate::vendors::http::answer::Answer;
use crate::vendors::vendor::Pace;
use std::time::Duration;

/// How long to stay silent after a 429 without `Retry-After` (scaled).
const SILENCE: Duration = Duration::from_secs(60);

/// How long the vendor asks us to wait: 429 always, 503 only with `Retry-After`.
pub fn throttle_wait(answer: &Answer, pace: Pace) -> Option<Duration> {
    match answer.status {
        429 => Some(answer.retry_after.unwrap_or_else(|| pace.scale(SILENCE))),
        503 => answer.retry_after,
        _ => None,
    }
}

/// Whether the vendor says that these credentials may not do this: ABP's authorization codes. A 403 alone is not that; it
/// is also ABP's ordinary business error.
pub fn denies_credentials(complaint: &Complaint) -> bool {
    complaint.code.as_deref().is_some_and(|code| code.starts_with("Volo.Authorization:"))
}

/// An answer that we cannot use, for people.
pub fn describe_answer(answer: &Answer, complaint: &Complaint) -> String {
    let status = answer.status;
    match (&complaint.message, answer.is_html()) {
        (Some(message), _) => format!("SESTEK answered {status}: {message}"),
        (None, true) => format!("SESTEK answered {status} with a web page."),
        (None, false) if (300..400).contains(&status) => {
            format!("SESTEK answered {status}, a redirect, which is never followed.")
        }
        (None, false) => format!("SESTEK answered {status} without a reason."),
    }
}
