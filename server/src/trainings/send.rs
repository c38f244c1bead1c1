//! Sending a training to its vendor, exactly once: intent on disk, fence, one call, the answer on disk.
//! An answer that was lost or not understood is never settled by sending again from here; see `look_up`.

use super::observe::{self, Answered};
use super::{TrainingFault, Trainings, back_off, jitter, keep_answers, poll_key, record};
use crate::connections::{Admission, CallReport, ConnectionEntry};
use crate::datasets::Datasets;
use crate::store::history::{Attempt, AttemptState};
use crate::store::trainings::StoredTraining;
use crate::store::txn::Txn;
use crate::store::work::{Work, WorkKind};
use crate::vendors::vendor::{FileSource, OrderFile, PrepareOutcome, RawAnswer, SubmitOrder, SubmitOutcome};
use app::model::event::{EventKind, Source};
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::{Failure, TrainingDataset, VendorStatus, Waiting, WaitingReason};
use app::vendors::TrainingRequest;
use futures::{StreamExt, TryStreamExt};
use std::sync::Arc;
use std::time::Duration;

/// First wait after a call that could not be made; doubles up to `MOST_BACK_OFF` (scaled).
const FIRST_BACK_OFF: Duration = Duration::from_secs(5);
const MOST_BACK_OFF: Duration = Duration::from_secs(300);
/// How long to let a paused connection rest before looking at it again (scaled).
const PAUSED_WAIT: Duration = Duration::from_secs(60);
/// First question after a training was accepted (scaled).
const FIRST_POLL: Duration = Duration::from_secs(10);

impl Trainings {
    /// How long whoever claims a submit may hold it: longer than any call may take.
    pub const SUBMIT_LEASE: Duration = Duration::from_secs(15 * 60);

    /// Takes one claimed submit as far as it goes now.
    pub async fn run_submit(&self, work: &Work) -> Result<(), TrainingFault> {
        let Some(stored) = self.inner.store.load_training(&work.training).await? else {
            let mut txn = self.inner.store.open_txn().await?;
            txn.finish_work(work).await?;
            return Ok(self.commit(txn).await?);
        };
        if stored.training.stage != Stage::Submitting {
            let mut txn = self.inner.store.open_txn().await?;
            txn.finish_work(work).await?;
            return Ok(self.commit(txn).await?);
        }
        let Some(entry) = self.inner.connections.find_connection(&stored.training.connection) else {
            let message = "Its connection is no longer configured. Put it back, or give this training up.".to_owned();
            return self.wait_submit(work, WaitingReason::ConnectionRefused, message, PAUSED_WAIT).await;
        };
        let attempt = self.inner.store.load_last_attempt(&stored.training.id).await?;
        match attempt {
            Some(attempt) if attempt.state == AttemptState::Sending => self.quarantine(work, entry, attempt).await,
            Some(attempt) if matches!(attempt.state, AttemptState::Lost | AttemptState::Unclear) => {
                self.look_for_training(work, entry, stored, attempt).await
            }
            last => self.send_training(work, entry, stored, last).await,
        }
    }

    async fn send_training(
        &self,
        work: &Work,
        entry: &ConnectionEntry,
        stored: StoredTraining,
        last: Option<Attempt>,
    ) -> Result<(), TrainingFault> {
        let Ok(request) = TrainingRequest::thaw(&stored.training.request) else {
            let failure = failure("invalid", "The kept request no longer passes this version's checks.", None, true);
            return self.end_unsent(work, Stage::Rejected, failure).await;
        };
        if !self.may_call(work, entry).await? {
            return Ok(());
        }
        let prepared = entry.link.prepare().await;
        if !self.take_prepared(work, entry, prepared.outcome, &prepared.answers).await? {
            return Ok(());
        }
        let is_resend = last.as_ref().is_some_and(|last| last.state == AttemptState::Absent);
        fail::fail_point!("submit_before_intent");
        let attempt = self.write_intent(work, last).await?;
        fail::fail_point!("submit_after_intent");
        let asked_at = self.inner.clock.now();
        let order = SubmitOrder { request: request.clone(), files: self.open_files(&stored.training.datasets) };
        let answer = entry.link.submit(order).await;
        fail::fail_point!("submit_answer_read");
        let answered = Answered { source: Source::Answer, asked_at, answered_at: self.inner.clock.now() };
        let outcome = match answer.outcome {
            // After our own resend the vendor's "still in progress" can only be the one we could not see.
            SubmitOutcome::Busy { .. } if is_resend => {
                SubmitOutcome::Accepted { run_id: None, vendor_status: VendorStatus::new() }
            }
            outcome => outcome,
        };
        let sent = Sent { request, attempt, answered, answers: answer.answers };
        self.record_outcome(work, entry, sent, outcome).await
    }

    /// Whether the connection takes calls now; if not, the work is put off and the page says why.
    async fn may_call(&self, work: &Work, entry: &ConnectionEntry) -> Result<bool, TrainingFault> {
        match self.inner.connections.admit_call(&entry.id) {
            Admission::Go => Ok(true),
            Admission::Wait { until, reason } => {
                let wait =
                    Duration::from_millis(u64::try_from(until.millis_since(self.inner.clock.now())).unwrap_or(0));
                let message = format!("{} is not taking calls now. {reason}", entry.name);
                self.wait_submit_for(work, WaitingReason::NotSent, message, wait).await?;
                Ok(false)
            }
            Admission::Refused { message } => {
                let message = refused_text(entry, &message);
                self.wait_submit(work, WaitingReason::ConnectionRefused, message, PAUSED_WAIT).await?;
                Ok(false)
            }
        }
    }

    async fn take_prepared(
        &self,
        work: &Work,
        entry: &ConnectionEntry,
        outcome: PrepareOutcome,
        answers: &[RawAnswer],
    ) -> Result<bool, TrainingFault> {
        if outcome == PrepareOutcome::Ready {
            return Ok(true);
        }
        let mut txn = self.inner.store.open_txn().await?;
        if let Some(stored) = txn.load_training(&work.training).await? {
            keep_answers(&mut txn, &stored, answers).await?;
        }
        self.commit(txn).await?;
        let (report, reason, text) = match outcome {
            PrepareOutcome::Ready => return Ok(true),
            PrepareOutcome::CredentialsRefused { message } => {
                let text = refused_text(entry, &message);
                (CallReport::Refused { message }, WaitingReason::ConnectionRefused, text)
            }
            PrepareOutcome::Unreachable { message } => {
                let text = format!("{} could not be reached, nothing was sent. Trying again. {message}", entry.name);
                (CallReport::Unreachable { message }, WaitingReason::NotSent, text)
            }
            PrepareOutcome::Throttled { retry_after, message } => {
                let text = format!("{} asks us to wait. Nothing was sent yet. {message}", entry.name);
                (CallReport::Throttled { retry_after, message }, WaitingReason::NotSent, text)
            }
        };
        self.inner.connections.report_call(&entry.id, report).await?;
        let wait = back_off(FIRST_BACK_OFF, MOST_BACK_OFF, work.tries);
        self.wait_submit(work, reason, text, wait).await?;
        Ok(false)
    }

    /// The intent, on disk before the first byte goes out, and the fence checked in the same transaction.
    async fn write_intent(&self, work: &Work, last: Option<Attempt>) -> Result<Attempt, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        txn.hold_work(work).await?;
        let now = txn.now();
        let attempt = Attempt {
            training: work.training.clone(),
            number: last.map_or(1, |last| last.number + 1),
            epoch: work.epoch,
            state: AttemptState::Sending,
            intent_at: now,
            absences: 0,
            run_id: None,
            message: None,
        };
        txn.insert_attempt(&attempt).await?;
        if let Some(mut stored) = txn.load_training(&work.training).await? {
            stored.training.waiting = None;
            let draft = crate::store::txn::EventDraft {
                kind: EventKind::Sending,
                source: Source::Trainyard,
                at_earliest: now,
                at_latest: now,
                actor: None,
                message: None,
            };
            record(&mut txn, &mut stored, [draft]).await?;
        }
        self.commit(txn).await?;
        Ok(attempt)
    }

    fn open_files(&self, datasets: &[TrainingDataset]) -> Vec<OrderFile> {
        let open = |dataset: &TrainingDataset| OrderFile {
            role: dataset.role.clone(),
            name: dataset.name.clone(),
            size_bytes: u64::try_from(dataset.size_bytes).unwrap_or(0),
            source: file_source(self.inner.datasets.clone(), dataset),
        };
        datasets.iter().map(open).collect()
    }

    /// Writes down what came back, first of all, and what it means.
    async fn record_outcome(
        &self,
        work: &Work,
        entry: &ConnectionEntry,
        sent: Sent,
        outcome: SubmitOutcome,
    ) -> Result<(), TrainingFault> {
        let reused =
            self.inner.store.was_ref_used(&entry.id, &entry.link.vendor_ref(&sent.request), &work.training).await?;
        fail::fail_point!("submit_before_outcome");
        let mut txn = self.inner.store.open_txn().await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        keep_answers(&mut txn, &stored, &sent.answers).await?;
        let report = report_of(&outcome);
        let mut attempt = sent.attempt.clone();
        let held = attempt.epoch;
        match outcome {
            SubmitOutcome::Accepted { run_id, vendor_status } => {
                attempt.state = AttemptState::Accepted;
                attempt.run_id = run_id.clone();
                txn.save_attempt(&attempt, held).await?;
                let vendor_state = entry.link.begin(&sent.request, reused, sent.answered.answered_at);
                let taken = Acceptance { vendor_status, vendor_state, answered: sent.answered, message: run_id };
                self.take_accepted(&mut txn, &mut stored, taken).await?;
                txn.finish_work(work).await?;
            }
            SubmitOutcome::Busy { message } => {
                attempt.state = AttemptState::Busy;
                txn.save_attempt(&attempt, held).await?;
                let hint = "Wait until that training ends and retry, or choose another id.";
                let failure = failure("busy", &message, Some(hint), true);
                let draft = observe::end_training(&mut stored, Stage::Rejected, failure, sent.answered);
                record(&mut txn, &mut stored, [draft]).await?;
                txn.finish_work(work).await?;
            }
            SubmitOutcome::Rejected { mut failure, fields, .. } => {
                attempt.state = AttemptState::Rejected;
                txn.save_attempt(&attempt, held).await?;
                for field in fields {
                    failure.message.push_str(&format!("\n{}: {}", field.path, field.message));
                }
                let draft = observe::end_training(&mut stored, Stage::Rejected, failure, sent.answered);
                record(&mut txn, &mut stored, [draft]).await?;
                txn.finish_work(work).await?;
            }
            SubmitOutcome::NotSent { message } | SubmitOutcome::CredentialsRefused { message } => {
                attempt.state = AttemptState::NotSent;
                txn.save_attempt(&attempt, held).await?;
                let is_refused = matches!(report, Some(CallReport::Refused { .. }));
                let (reason, text) = if is_refused {
                    (WaitingReason::ConnectionRefused, refused_text(entry, &message))
                } else {
                    (
                        WaitingReason::NotSent,
                        format!("{} could not be reached, nothing was sent. Trying again. {message}", entry.name),
                    )
                };
                let wait = self.inner.pace.scale(back_off(FIRST_BACK_OFF, MOST_BACK_OFF, work.tries));
                put_off(&mut txn, &mut stored, work, waiting(reason, text, txn_time(wait, &sent.answered))).await?;
            }
            SubmitOutcome::Throttled { retry_after, message } => {
                attempt.state = AttemptState::Unclear;
                attempt.message = Some(message.clone());
                txn.save_attempt(&attempt, held).await?;
                let text =
                    format!("{} asked us to wait; then we look whether it took the training. {message}", entry.name);
                let until = sent.answered.answered_at.plus(retry_after);
                put_off(&mut txn, &mut stored, work, waiting(WaitingReason::LookingUp, text, until)).await?;
            }
            SubmitOutcome::Unclear { message } => {
                attempt.state = AttemptState::Unclear;
                attempt.message = Some(message.clone());
                txn.save_attempt(&attempt, held).await?;
                let text = format!(
                    "{} answered something we do not understand. Looking whether it has the training. {message}",
                    entry.name
                );
                let until = txn_time(self.inner.pace.scale(super::look_up::SPACING), &sent.answered);
                put_off(&mut txn, &mut stored, work, waiting(WaitingReason::LookingUp, text, until)).await?;
            }
            SubmitOutcome::Lost { message } => {
                attempt.state = AttemptState::Lost;
                attempt.message = Some(message);
                txn.save_attempt(&attempt, held).await?;
                let until = attempt.intent_at.plus(self.quarantine_wait(entry));
                let text = super::look_up::quarantine_text(entry, until);
                put_off(&mut txn, &mut stored, work, waiting(WaitingReason::Quarantine, text, until)).await?;
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
        for mut older in txn.list_older_of_ref(stored).await? {
            let draft = observe::supersede_training(&mut older, &stored.training.id, taken.answered.answered_at);
            record(txn, &mut older, [draft]).await?;
            txn.drop_work(WorkKind::Submit, older.training.id.as_str()).await?;
        }
        let draft =
            observe::accept_training(stored, taken.vendor_status, taken.vendor_state, taken.answered, taken.message);
        record(txn, stored, [draft]).await?;
        let due_at = taken.answered.answered_at.plus(jitter(self.inner.pace.scale(FIRST_POLL)));
        let key = poll_key(&stored.training.connection, &stored.vendor_ref);
        txn.put_work(WorkKind::Poll, &key, &stored.training.id, due_at).await?;
        Ok(())
    }

    /// Puts a submit off by a scaled wait, and says why on the page.
    pub(super) async fn wait_submit(
        &self,
        work: &Work,
        reason: WaitingReason,
        message: String,
        wait: Duration,
    ) -> Result<(), TrainingFault> {
        self.wait_submit_for(work, reason, message, self.inner.pace.scale(wait)).await
    }

    async fn wait_submit_for(
        &self,
        work: &Work,
        reason: WaitingReason,
        message: String,
        wait: Duration,
    ) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        let until = txn.now().plus(wait.max(Duration::from_millis(20)));
        put_off(&mut txn, &mut stored, work, waiting(reason, message, until)).await?;
        Ok(self.commit(txn).await?)
    }

    async fn end_unsent(&self, work: &Work, stage: Stage, failure: Failure) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        let now = txn.now();
        let answered = Answered { source: Source::Trainyard, asked_at: now, answered_at: now };
        let draft = observe::end_training(&mut stored, stage, failure, answered);
        record(&mut txn, &mut stored, [draft]).await?;
        txn.finish_work(work).await?;
        Ok(self.commit(txn).await?)
    }
}

/// A send that came back.
struct Sent {
    request: TrainingRequest,
    attempt: Attempt,
    answered: Answered,
    answers: Vec<RawAnswer>,
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
        SubmitOutcome::Throttled { retry_after, message } => {
            Some(CallReport::Throttled { retry_after: *retry_after, message: message.clone() })
        }
        SubmitOutcome::NotSent { message } | SubmitOutcome::Lost { message } => {
            Some(CallReport::Unreachable { message: message.clone() })
        }
    }
}

/// Gives a submit back until `waiting.until`, and says on the page what it waits for.
pub(super) async fn put_off(
    txn: &mut Txn,
    stored: &mut StoredTraining,
    work: &Work,
    waiting: Waiting,
) -> Result<(), TrainingFault> {
    let now = txn.now();
    let until = waiting.until.unwrap_or(now);
    let kind = match waiting.reason {
        WaitingReason::Quarantine | WaitingReason::LookingUp => EventKind::Unclear,
        _ => EventKind::Progressed,
    };
    if waiting.reason == WaitingReason::ConnectionRefused {
        stored.training.unseen_since = stored.training.unseen_since.or(Some(now));
    }
    let draft = observe::set_waiting(stored, waiting, kind, now);
    record(txn, stored, draft).await?;
    txn.defer_work(work, until, work.tries + 1).await?;
    Ok(())
}

pub(super) fn waiting(reason: WaitingReason, message: String, until: Timestamp) -> Waiting {
    Waiting { reason, message, until: Some(until) }
}

fn txn_time(wait: Duration, answered: &Answered) -> Timestamp {
    answered.answered_at.plus(wait)
}

pub(super) fn failure(code: &str, message: &str, hint: Option<&str>, retryable: bool) -> Failure {
    Failure { code: code.to_owned(), message: message.to_owned(), hint: hint.map(str::to_owned), retryable }
}

fn refused_text(entry: &ConnectionEntry, message: &str) -> String {
    format!(
        "{} refused our credentials. An admin must correct them and test the connection; then this goes on by itself. {message}",
        entry.name
    )
}

fn file_source(datasets: Datasets, dataset: &TrainingDataset) -> FileSource {
    let id = dataset.sha256.clone();
    Arc::new(move || {
        let (datasets, id) = (datasets.clone(), id.clone());
        futures::stream::once(async move {
            let (_, content) = datasets.open_dataset(&id).await.map_err(std::io::Error::other)?;
            Ok::<_, std::io::Error>(content)
        })
        .try_flatten()
        .boxed()
    })
}
