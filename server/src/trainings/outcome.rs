//! What came back from a submit: written down first of all, then acted on.
//! Never calls a vendor.

use super::observe::{self, Answered};
use super::send::{FIRST_BACK_OFF, MOST_BACK_OFF, failure, put_off, refused_text, waiting};
use super::{TrainingFault, Trainings, back_off, jitter, keep_answers, look_up, poll_key, record};
use crate::connections::{CallReport, ConnectionEntry};
use crate::store::attempts::{Attempt, AttemptState};
use crate::store::trainings::StoredTraining;
use crate::store::txn::Txn;
use crate::store::work::{Work, WorkKind};
use crate::vendors::vendor::{RawAnswer, SubmitOutcome};
use app::model::error::FieldFault;
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::{Failure, VendorStatus, WaitingReason};
use app::vendors::{TrainingRequest, knows_request};
use std::time::Duration;

/// First question after a training was accepted (scaled).
const FIRST_POLL: Duration = Duration::from_secs(10);

impl Trainings {
    /// Writes down what came back, first of all, and what it means.
    pub(super) async fn record_outcome(
        &self,
        work: &Work,
        entry: &ConnectionEntry,
        sent: Sent,
        outcome: SubmitOutcome,
    ) -> Result<(), TrainingFault> {
        let vendor_ref = entry.link.vendor_ref(&sent.request);
        let reused = self.inner.store.was_ref_used(&entry.id, &vendor_ref, &work.training).await?;
        fail::fail_point!("submit_before_outcome");
        let mut txn = self.inner.store.open_txn().await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        keep_answers(&mut txn, &stored, &sent.answers).await?;
        let report = report_of(&outcome);
        let settled = settle_attempt(&sent.attempt, &outcome);
        txn.save_attempt(&settled, sent.attempt.epoch).await?;
        match outcome {
            SubmitOutcome::Accepted { run_id, vendor_status } => {
                let vendor_state = entry.link.begin(&sent.request, reused, sent.answered.answered_at);
                let taken = Acceptance { vendor_status, vendor_state, answered: sent.answered, message: run_id };
                self.take_accepted(&mut txn, &mut stored, taken).await?;
                txn.finish_work(work).await?;
            }
            SubmitOutcome::Busy { message, .. } if stored.hold_if_busy => {
                self.hold_behind_vendor(&mut txn, &mut stored, work, (entry, &message)).await?;
            }
            SubmitOutcome::Busy { message, said } => {
                let hint = "Wait until that training ends and retry, or choose another id.";
                let failure = Failure { said, ..failure("busy", &message, Some(hint), true) };
                end_refused(&mut txn, &mut stored, work, (failure, sent.answered)).await?;
            }
            SubmitOutcome::Rejected { failure, fields, .. } => {
                let failure = blame_fields(failure, &fields);
                end_refused(&mut txn, &mut stored, work, (failure, sent.answered)).await?;
            }
            // Nothing was taken, and the work stays ours: `send` goes on with a fresh token.
            SubmitOutcome::TokenRefused { .. } => {}
            unsettled => {
                let (reason, text, until) = describe_wait(entry, work, &settled, (unsettled, sent.answered));
                put_off(&mut txn, &mut stored, work, waiting(reason, text, until)).await?;
            }
        }
        self.commit(txn).await?;
        fail::fail_point!("submit_after_outcome");
        if let Some(report) = report {
            self.inner.connections.report_call(&entry.id, report).await?;
        }
        Ok(())
    }

    /// The vendor has it: queued from here on, older trainings of the same name are frozen, and the poller is its own.
    pub(super) async fn take_accepted(
        &self,
        txn: &mut Txn,
        stored: &mut StoredTraining,
        taken: Acceptance,
    ) -> Result<(), TrainingFault> {
        // What was trained elsewhere is only vouched for by a person yet; see `poll`.
        if knows_request(&stored.training.request) {
            self.supersede_older(txn, stored, taken.answered.answered_at).await?;
        }
        let draft =
            observe::accept_training(stored, taken.vendor_status, taken.vendor_state, taken.answered, taken.message);
        record(txn, stored, [draft]).await?;
        let first_poll = jitter(self.inner.connections.pace_of(&stored.training.connection).scale(FIRST_POLL));
        // A callback was here before the vendor's answer: there is something to see already.
        let is_nudged = txn.is_nudged(&stored.training.id).await?;
        let due_at = taken.answered.answered_at.plus(if is_nudged { Duration::ZERO } else { first_poll });
        let key = poll_key(&stored.training.connection, &stored.vendor_ref);
        txn.put_work(WorkKind::Poll, &key, &stored.training.id, due_at).await?;
        Ok(())
    }

    /// Freezes the older trainings of the same name.
    pub(super) async fn supersede_older(
        &self,
        txn: &mut Txn,
        newer: &StoredTraining,
        now: Timestamp,
    ) -> Result<(), TrainingFault> {
        for mut older in txn.list_older_of_ref(newer).await? {
            let draft = observe::supersede_training(&mut older, &newer.training.id, now);
            record(txn, &mut older, [draft]).await?;
            txn.drop_work(WorkKind::Submit, older.training.id.as_str()).await?;
        }
        Ok(())
    }
}

/// A send that came back.
pub(super) struct Sent {
    pub request: TrainingRequest,
    pub attempt: Attempt,
    pub answered: Answered,
    pub answers: Vec<RawAnswer>,
}

/// What makes a training accepted.
pub(super) struct Acceptance {
    pub vendor_status: VendorStatus,
    pub vendor_state: serde_json::Value,
    pub answered: Answered,
    /// The run's id, or how it was found.
    pub message: Option<String>,
}

fn report_of(outcome: &SubmitOutcome) -> Option<CallReport> {
    match outcome {
        SubmitOutcome::Accepted { .. } | SubmitOutcome::Busy { .. } => Some(CallReport::Answered),
        SubmitOutcome::Rejected { failure, pauses_connection: true, .. } => {
            Some(CallReport::Refused { message: failure.message.clone() })
        }
        SubmitOutcome::Rejected { .. } | SubmitOutcome::Unclear { .. } => Some(CallReport::Answered),
        SubmitOutcome::CredentialsRefused { message } => Some(CallReport::Refused { message: message.clone() }),
        SubmitOutcome::TokenRefused { .. } => None,
        SubmitOutcome::Throttled { retry_after, message } => {
            Some(CallReport::Throttled { retry_after: *retry_after, message: message.clone() })
        }
        SubmitOutcome::NotSent { message } | SubmitOutcome::Lost { message } => {
            Some(CallReport::Unreachable { message: message.clone() })
        }
    }
}

/// The attempt as its answer leaves it.
fn settle_attempt(attempt: &Attempt, outcome: &SubmitOutcome) -> Attempt {
    let (state, run_id, message) = match outcome {
        SubmitOutcome::Accepted { run_id, .. } => (AttemptState::Accepted, run_id.clone(), None),
        SubmitOutcome::Busy { message, .. } => (AttemptState::Busy, None, Some(message)),
        SubmitOutcome::Rejected { failure, .. } => (AttemptState::Rejected, None, Some(&failure.message)),
        SubmitOutcome::NotSent { message }
        | SubmitOutcome::CredentialsRefused { message }
        | SubmitOutcome::TokenRefused { message } => (AttemptState::NotSent, None, Some(message)),
        SubmitOutcome::Unclear { message } => (AttemptState::Unclear, None, Some(message)),
        // Who asks us to wait has usually taken nothing: as after a lost answer, a proven absence lets us send again.
        SubmitOutcome::Throttled { message, .. } | SubmitOutcome::Lost { message } => {
            (AttemptState::Lost, None, Some(message))
        }
    };
    Attempt { state, run_id, message: message.cloned(), ..attempt.clone() }
}

async fn end_refused(
    txn: &mut Txn,
    stored: &mut StoredTraining,
    work: &Work,
    (failure, answered): (Failure, Answered),
) -> Result<(), TrainingFault> {
    let draft = observe::end_training(stored, Stage::Rejected, failure, answered);
    record(txn, stored, [draft]).await?;
    txn.finish_work(work).await?;
    Ok(())
}

/// The vendor's reason with the fields it blames, one to a line.
fn blame_fields(mut failure: Failure, fields: &[FieldFault]) -> Failure {
    for field in fields {
        failure.message.push_str(&format!("\n{}: {}", field.path, field.message));
    }
    failure
}

/// What a training without a settled answer waits for: why, in a sentence, and until when.
fn describe_wait(
    entry: &ConnectionEntry,
    work: &Work,
    attempt: &Attempt,
    (outcome, answered): (SubmitOutcome, Answered),
) -> (WaitingReason, String, Timestamp) {
    let (name, now) = (&entry.name, answered.answered_at);
    let retry_at = now.plus(entry.pace.scale(back_off(FIRST_BACK_OFF, MOST_BACK_OFF, work.tries)));
    match outcome {
        SubmitOutcome::CredentialsRefused { message } => {
            (WaitingReason::ConnectionRefused, refused_text(entry, &message), retry_at)
        }
        SubmitOutcome::NotSent { message } => {
            let text = format!("{name} could not be reached, nothing was sent. Trying again. {message}");
            (WaitingReason::NotSent, text, retry_at)
        }
        SubmitOutcome::Throttled { retry_after, message } => {
            let text = format!("{name} asked us to wait; then we look whether it took the training. {message}");
            (WaitingReason::LookingUp, text, now.plus(retry_after))
        }
        SubmitOutcome::Unclear { message } => {
            let text = format!("{name} answered something we do not understand. Looking whether it has it. {message}");
            (WaitingReason::LookingUp, text, now.plus(entry.pace.scale(look_up::SPACING)))
        }
        _ => {
            let until = attempt.intent_at.plus(look_up::quarantine_wait(entry));
            (WaitingReason::Quarantine, look_up::quarantine_text(entry, until), until)
        }
    }
}
