//! Sending a training to its vendor, exactly once: intent on disk, fence, one call, the answer on disk.
//! An answer that was lost or not understood is never settled by sending again from here; see `look_up`.

use super::observe::{self, Answered};
use super::outcome::Sent;
use super::{TrainingFault, Trainings, back_off, keep_answers, record, write_down};
use crate::connections::{Admission, CallReport, ConnectionEntry};
use crate::datasets::Datasets;
use crate::store::attempts::{Attempt, AttemptState};
use crate::store::trainings::StoredTraining;
use crate::store::txn::Txn;
use crate::store::work::Work;
use crate::vendors::vendor::{
    CallbackOffer, FileSource, OrderFile, PrepareOutcome, RawAnswer, SubmitOrder, SubmitOutcome,
};
use app::model::event::{EventKind, Source};
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::{Failure, TrainingDataset, VendorStatus, Waiting, WaitingReason};
use app::vendors::TrainingRequest;
use futures::{StreamExt, TryStreamExt};
use std::sync::Arc;
use std::time::Duration;

/// First wait after a call that could not be made; doubles up to `MOST_BACK_OFF` (scaled). The breaker spares a vendor
/// that is dark; waiting longer here would only miss its return.
pub(super) const FIRST_BACK_OFF: Duration = Duration::from_secs(5);
pub(super) const MOST_BACK_OFF: Duration = Duration::from_secs(30);
/// How long to let a paused connection rest before looking at it again (scaled).
const PAUSED_WAIT: Duration = Duration::from_secs(60);

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
            let wait = self.inner.connections.pace_of(&stored.training.connection).scale(PAUSED_WAIT);
            return self.wait_submit(work, WaitingReason::ConnectionRefused, message, wait).await;
        };
        if stored.held && !self.take_turn(work).await? {
            return Ok(());
        }
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
        let callback = match self.make_offer(&stored, &request).await? {
            Ok(callback) => callback,
            Err(failure) => return self.end_unsent(work, Stage::Rejected, failure).await,
        };
        let may_be_there = self.inner.store.may_be_busy_with(&stored.training.id).await?;
        let parcel = Parcel { request, datasets: &stored.training.datasets, callback, may_be_there };
        // A refused token gets one fresh one; what is sent with it is a send of its own, with its own intent and Q.
        if let Some(refused) = self.send_once(work, entry, &parcel, (last, false)).await? {
            self.send_once(work, entry, &parcel, (Some(refused), true)).await?;
        }
        Ok(())
    }

    /// One intent and one call. `Some`: its token was refused, for the first time.
    async fn send_once(
        &self,
        work: &Work,
        entry: &ConnectionEntry,
        parcel: &Parcel<'_>,
        (last, is_replay): (Option<Attempt>, bool),
    ) -> Result<Option<Attempt>, TrainingFault> {
        let prepared = entry.link.prepare().await;
        if !self.take_prepared(work, entry, prepared.outcome, &prepared.answers).await? {
            return Ok(None);
        }
        fail::fail_point!("submit_before_intent");
        let attempt = self.write_intent(work, last, &prepared.answers).await?;
        fail::fail_point!("submit_after_intent");
        let asked_at = self.inner.clock.now();
        let files = self.open_files(parcel.datasets);
        let order = SubmitOrder { request: parcel.request.clone(), files, callback: parcel.callback.clone() };
        let answer = entry.link.submit(order).await;
        fail::fail_point!("submit_answer_read");
        let answered = Answered { source: Source::Answer, asked_at, answered_at: self.inner.clock.now() };
        let outcome = match answer.outcome {
            // Where an earlier send may have arrived, the vendor's "still in progress" can only be the one we could not see;
            // not so where the vendor was once busy with somebody else's.
            SubmitOutcome::Busy { .. } if parcel.may_be_there => {
                SubmitOutcome::Accepted { run_id: None, vendor_status: VendorStatus::new() }
            }
            SubmitOutcome::TokenRefused { message } if is_replay => SubmitOutcome::CredentialsRefused { message },
            outcome => outcome,
        };
        let refused = matches!(outcome, SubmitOutcome::TokenRefused { .. }).then(|| attempt.clone());
        let sent = Sent { request: parcel.request.clone(), attempt, answered, answers: answer.answers };
        self.record_outcome(work, entry, sent, outcome).await?;
        Ok(refused)
    }

    /// Whether the connection takes calls now; if not, the work is put off and the page says why.
    async fn may_call(&self, work: &Work, entry: &ConnectionEntry) -> Result<bool, TrainingFault> {
        match self.inner.connections.admit_call(&entry.id) {
            Admission::Go => Ok(true),
            Admission::Wait { until, reason } => {
                let wait =
                    Duration::from_millis(u64::try_from(until.millis_since(self.inner.clock.now())).unwrap_or(0));
                let message = format!("{} is not taking calls now. {reason}", entry.name);
                self.wait_submit(work, WaitingReason::NotSent, message, wait).await?;
                Ok(false)
            }
            Admission::Refused { message } => {
                let message = refused_text(entry, &message);
                self.wait_submit(work, WaitingReason::ConnectionRefused, message, entry.pace.scale(PAUSED_WAIT))
                    .await?;
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
        let wait = entry.pace.scale(back_off(FIRST_BACK_OFF, MOST_BACK_OFF, work.tries));
        self.wait_submit(work, reason, text, wait).await?;
        Ok(false)
    }

    /// The intent, on disk before the first byte goes out, and the fence checked in the same transaction. The lease begins
    /// anew with it, so that it covers the whole call. `answers` came while it was prepared.
    async fn write_intent(
        &self,
        work: &Work,
        last: Option<Attempt>,
        answers: &[RawAnswer],
    ) -> Result<Attempt, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        txn.renew_work(work, Self::SUBMIT_LEASE).await?;
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
            keep_answers(&mut txn, &stored, answers).await?;
            stored.training.waiting = None;
            let draft = crate::store::txn::EventDraft {
                kind: EventKind::Sending,
                source: Source::Trainyard,
                at_earliest: now,
                at_latest: now,
                actor: None,
                message: None,
            };
            write_down(&mut txn, &mut stored, [draft]).await?;
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

    /// Puts a submit off, and says why on the page.
    pub(super) async fn wait_submit(
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

/// What is sent, and whether only an earlier send of it can be in its way.
struct Parcel<'a> {
    request: TrainingRequest,
    datasets: &'a [TrainingDataset],
    callback: Option<CallbackOffer>,
    may_be_there: bool,
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
    Waiting { reason, message, until: Some(until), held: None }
}

pub(super) fn failure(code: &str, message: &str, hint: Option<&str>, retryable: bool) -> Failure {
    Failure { code: code.to_owned(), message: message.to_owned(), said: None, hint: hint.map(str::to_owned), retryable }
}

pub(super) fn refused_text(entry: &ConnectionEntry, message: &str) -> String {
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
