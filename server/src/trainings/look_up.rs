//! Settling a submit whose answer was lost or not understood: quarantine, look up, then adopt, send again or ask a person.
//! Never sends; a proven absence only clears the way for `send`.

use super::observe::{self, Answered};
use super::outcome::Acceptance;
use super::send::{failure, put_off, waiting};
use super::{TrainingFault, Trainings, clock_text, jitter, keep_answers, record};
use crate::connections::{Admission, CallReport, ConnectionEntry};
use crate::store::attempts::{Attempt, AttemptState};
use crate::store::trainings::StoredTraining;
use crate::store::txn::Txn;
use crate::store::work::Work;
use crate::vendors::vendor::{LookUpAnswer, LookUpOutcome, Observation, PollTarget};
use app::model::event::Source;
use app::model::training::{Waiting, WaitingReason};
use app::vendors::TrainingRequest;
use std::time::Duration;

/// Between two look-ups (scaled).
pub(super) const SPACING: Duration = Duration::from_secs(5);
/// Added to the vendor's request limit: the tail of a call that we gave up on.
const TAIL: Duration = Duration::from_secs(60);
/// How many look-ups must find nothing before absence counts as proven.
const ABSENCES: i64 = 2;

/// What a person is told while nobody knows.
pub(super) fn quarantine_text(entry: &ConnectionEntry, until: app::model::time::Timestamp) -> String {
    format!(
        "We do not yet know whether {} accepted this. Looking at {}; until then nothing is sent again.",
        entry.name,
        clock_text(until)
    )
}

/// Q: how long after an intent no look-up can mistake a call on its way for an absence.
pub(super) fn quarantine_wait(entry: &ConnectionEntry) -> Duration {
    entry.pace.scale(entry.link.request_limit() + TAIL)
}

impl Trainings {
    /// An intent without an outcome, held by nobody: whoever wrote it died. Its answer is lost.
    pub(super) async fn quarantine(
        &self,
        work: &Work,
        entry: &ConnectionEntry,
        attempt: Attempt,
    ) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        txn.hold_work(work).await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        let until = attempt.intent_at.plus(quarantine_wait(entry));
        let lost = Attempt {
            epoch: work.epoch,
            state: AttemptState::Lost,
            message: Some("Trainyard was stopped before the answer was written down.".to_owned()),
            ..attempt.clone()
        };
        txn.save_attempt(&lost, attempt.epoch).await?;
        let wait = waiting(WaitingReason::Quarantine, quarantine_text(entry, until), until);
        put_off(&mut txn, &mut stored, work, wait).await?;
        Ok(self.commit(txn).await?)
    }

    /// Asks the vendor whether it has the training, and goes on by what it says.
    pub(super) async fn look_for_training(
        &self,
        work: &Work,
        entry: &ConnectionEntry,
        stored: StoredTraining,
        attempt: Attempt,
    ) -> Result<(), TrainingFault> {
        let Ok(request) = TrainingRequest::thaw(&stored.training.request) else {
            return self.ask_about(work, attempt, "The kept request no longer passes this version's checks.").await;
        };
        let quiet_until = attempt.intent_at.plus(quarantine_wait(entry));
        let now = self.inner.clock.now();
        if attempt.state == AttemptState::Lost && now < quiet_until {
            let text = quarantine_text(entry, quiet_until);
            let wait = Duration::from_millis(u64::try_from(quiet_until.millis_since(now)).unwrap_or(0));
            return self.look_later(work, attempt, waiting(WaitingReason::Quarantine, text, now.plus(wait))).await;
        }
        if !matches!(self.inner.connections.admit_call(&entry.id), Admission::Go) {
            return self.look_again_or_ask(work, entry, attempt, "The connection is not taking calls now.").await;
        }
        let reused = self.inner.store.was_ref_used(&entry.id, &stored.vendor_ref, &stored.training.id).await?;
        let target = PollTarget {
            kind: stored.training.kind.clone(),
            vendor_ref: stored.vendor_ref.clone(),
            state: entry.link.begin(&request, reused, attempt.intent_at),
            stage: stored.training.stage,
        };
        let asked_at = self.inner.clock.now();
        let LookUpAnswer { outcome, answers } = entry.link.look_up(&target).await;
        let answered = Answered { source: Source::LookUp, asked_at, answered_at: self.inner.clock.now() };
        let mut txn = self.inner.store.open_txn().await?;
        keep_answers(&mut txn, &stored, &answers).await?;
        self.commit(txn).await?;
        self.inner.connections.report_call(&entry.id, report_of(&outcome)).await?;
        match outcome {
            LookUpOutcome::Found { in_progress: true, observation } if !reused => {
                fail::fail_point!("adopt");
                let state = entry.link.begin(&request, false, attempt.intent_at);
                self.adopt_found(work, attempt, Found { observation, state, answered }).await
            }
            LookUpOutcome::Found { .. } => {
                let reason = format!(
                    "{} has a training under this id, but its answer does not tell whether it is this one or an older one.",
                    entry.name
                );
                self.ask_about(work, attempt, &reason).await
            }
            LookUpOutcome::Absent { .. } => self.take_absence(work, entry, attempt).await,
            LookUpOutcome::Unknown { message } | LookUpOutcome::Throttled { message, .. } => {
                self.look_again_or_ask(work, entry, attempt, &message).await
            }
            LookUpOutcome::CredentialsRefused { message } => {
                self.look_again_or_ask(work, entry, attempt, &message).await
            }
        }
    }

    /// It is there, still going, and the id was never used before: it can only be ours.
    async fn adopt_found(&self, work: &Work, attempt: Attempt, found: Found) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        txn.hold_work(work).await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        let held = attempt.epoch;
        let adopted = Attempt { epoch: work.epoch, state: AttemptState::Accepted, ..attempt };
        txn.save_attempt(&adopted, held).await?;
        let taken = Acceptance {
            vendor_status: found.observation.vendor_status,
            vendor_state: found.state,
            answered: found.answered,
            message: Some("Found at the vendor after the answer was lost".to_owned()),
        };
        self.take_accepted(&mut txn, &mut stored, taken).await?;
        txn.finish_work(work).await?;
        Ok(self.commit(txn).await?)
    }

    /// Not there. Twice in a row proves it: what had no answer at all may be sent again, the rest a person must decide.
    async fn take_absence(&self, work: &Work, entry: &ConnectionEntry, attempt: Attempt) -> Result<(), TrainingFault> {
        let absences = attempt.absences + 1;
        let now = self.inner.clock.now();
        let next = Attempt { absences, ..attempt.clone() };
        if absences < ABSENCES {
            let until = now.plus(jitter(entry.pace.scale(SPACING)));
            let text = format!("{} does not know this training yet. Looking once more to be sure.", entry.name);
            return self.look_later(work, next, waiting(WaitingReason::LookingUp, text, until)).await;
        }
        if attempt.state == AttemptState::Unclear {
            let words = attempt.message.clone().unwrap_or_default();
            let reason = format!(
                "{} answered something we do not understand, and does not know the training. {words}",
                entry.name
            );
            return self.ask_about(work, next, &reason).await;
        }
        let text = format!("{} never got it. Sending again.", entry.name);
        let absent = Attempt { state: AttemptState::Absent, ..next };
        self.look_later(work, absent, waiting(WaitingReason::NotSent, text, now)).await
    }

    /// It cannot be told now. After 2Q a person is asked.
    async fn look_again_or_ask(
        &self,
        work: &Work,
        entry: &ConnectionEntry,
        attempt: Attempt,
        message: &str,
    ) -> Result<(), TrainingFault> {
        let now = self.inner.clock.now();
        let limit = attempt.intent_at.plus(quarantine_wait(entry).mul_f64(1.9));
        if now >= limit {
            let reason = format!("{} cannot tell us whether it has this training. {message}", entry.name);
            return self.ask_about(work, attempt, &reason).await;
        }
        let until = now.plus(jitter(entry.pace.scale(SPACING))).min(limit);
        let text = format!("{} cannot tell us yet whether it has this training. Looking again. {message}", entry.name);
        let same = Attempt { absences: 0, ..attempt };
        self.look_later(work, same, waiting(WaitingReason::LookingUp, text, until)).await
    }

    async fn look_later(&self, work: &Work, attempt: Attempt, wait: Waiting) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        txn.hold_work(work).await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        save_taken_over(&mut txn, attempt, work).await?;
        put_off(&mut txn, &mut stored, work, wait).await?;
        Ok(self.commit(txn).await?)
    }

    /// Only a person can go on.
    async fn ask_about(&self, work: &Work, attempt: Attempt, reason: &str) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        txn.hold_work(work).await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        let now = txn.now();
        save_taken_over(&mut txn, Attempt { state: AttemptState::Person, ..attempt }, work).await?;
        let wait = Waiting {
            reason: WaitingReason::Person,
            message: "Look in the vendor's own console, then say whether the training is there.".to_owned(),
            until: None,
            held: None,
        };
        let answered = Answered { source: Source::LookUp, asked_at: now, answered_at: now };
        let hint = "If it is there, link it. If it is not, send it again.";
        let draft = observe::ask_person(&mut stored, failure("unclear", reason, Some(hint), true), wait, answered);
        record(&mut txn, &mut stored, [draft]).await?;
        txn.finish_work(work).await?;
        Ok(self.commit(txn).await?)
    }
}

/// A training found at the vendor.
struct Found {
    observation: Observation,
    state: serde_json::Value,
    answered: Answered,
}

/// Writes an attempt as the holder of `work`, whoever held it before.
async fn save_taken_over(txn: &mut Txn, attempt: Attempt, work: &Work) -> Result<(), TrainingFault> {
    let held = attempt.epoch;
    txn.save_attempt(&Attempt { epoch: work.epoch, ..attempt }, held).await?;
    Ok(())
}

fn report_of(outcome: &LookUpOutcome) -> CallReport {
    match outcome {
        LookUpOutcome::Found { .. } | LookUpOutcome::Absent { .. } => CallReport::Answered,
        LookUpOutcome::Unknown { message } => CallReport::Unreachable { message: message.clone() },
        LookUpOutcome::CredentialsRefused { message } => CallReport::Refused { message: message.clone() },
        LookUpOutcome::Throttled { retry_after, message } => {
            CallReport::Throttled { retry_after: *retry_after, message: message.clone() }
        }
    }
}
