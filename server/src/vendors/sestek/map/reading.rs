//! What an answer to the progress call is, before anybody asks what it means for a run.

use super::{denies_credentials, describe_answer, throttle_wait};
use crate::vendors::http::answer::Answer;
use crate::vendors::sestek::wire::{Complaint, ProgressWire, read_complaint, read_progress};
use crate::vendors::vendor::Pace;
use std::time::Duration;

/// The kinds of answers to a progress call.
#[derive(Clone, Debug, PartialEq)]
pub enum ProgressReading {
    Said(ProgressWire),
    /// No such model. `is_proof`: the vendor's own error object says so; an empty 404 may come from anything in between.
    NotFound {
        message: String,
        is_proof: bool,
    },
    Refused {
        message: String,
    },
    Throttled {
        retry_after: Duration,
        message: String,
    },
    /// Nothing can be told from it.
    Unusable {
        message: String,
    },
}

/// Reads an answer to a progress call. A 401 counts here only after one fresh token.
pub fn read_progress_answer(answer: &Answer, pace: Pace) -> ProgressReading {
    let complaint = read_complaint(&answer.text, answer.is_html());
    let message = describe_answer(answer, &complaint);
    if let Some(retry_after) = throttle_wait(answer, pace) {
        return ProgressReading::Throttled { retry_after, message };
    }
    match answer.status {
        200..=299 if !answer.is_html() => match read_progress(&answer.text) {
            Some(wire) => ProgressReading::Said(wire),
            None => ProgressReading::Unusable { message: "SESTEK's answer is no progress we can read.".to_owned() },
        },
        401 => ProgressReading::Refused { message },
        403 if denies_credentials(&complaint) => ProgressReading::Refused { message },
        404 if is_believable(answer, &complaint) => {
            ProgressReading::NotFound { message, is_proof: complaint.structured && answer.broken.is_none() }
        }
        _ => ProgressReading::Unusable { message },
    }
}

/// Whether a 404 may come from SESTEK's own program: an error object of its, or ASP.NET's bare 404. An ingress that has
/// lost its backend answers with a page, a line of text or JSON of its own, and says nothing about the model.
fn is_believable(answer: &Answer, complaint: &Complaint) -> bool {
    complaint.structured || (answer.broken.is_none() && answer.text.trim().is_empty())
}
