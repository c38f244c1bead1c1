//! Asking how a training is doing: one poller per connection and vendor's name, with or without a browser open.
//! What the answer changes is decided in `observe`.

use super::callbacks::CALLBACK_GAP;
use super::observe::{self, Answered, Taken};
use super::send::failure;
use super::{TrainingFault, Trainings, back_off, jitter, keep_answers, poll_key, record};
use crate::connections::{Admission, CallReport, ConnectionEntry};
use crate::store::callbacks::Nudge;
use crate::store::trainings::StoredTraining;
use crate::store::work::{Work, WorkKind};
use crate::vendors::vendor::{Observation, PollAnswer, PollOutcome, PollTarget, RawAnswer};
use app::model::event::{Seen, Source};
use app::model::ids::TrainingId;
use app::model::time::Timestamp;
use app::model::training::{Training, Waiting, WaitingReason};
use app::vendors::knows_request;
use std::time::Duration;

/// First wait after a poll without an answer; doubles up to `MOST_BACK_OFF` (scaled).
const FIRST_BACK_OFF: Duration = Duration::from_secs(5);
const MOST_BACK_OFF: Duration = Duration::from_secs(300);
/// The same while the breaker spares the connection: somebody must be there to notice that it is back.
const SPARED_BACK_OFF: Duration = Duration::from_secs(30);
/// A paused connection is looked at this often (scaled).
const PAUSED_WAIT: Duration = Duration::from_secs(60);
/// An early poll asked for by a person comes no sooner than this after the last one (scaled).
const EARLY_POLL: Duration = Duration::from_secs(5);
/// Polls in a row without an answer after which the page says that the vendor is silent.
const FAILURES_UNTIL_UNSEEN: i64 = 2;

impl Trainings {
    /// How long whoever claims a poll may hold it: longer than any poll may take.
    pub const POLL_LEASE: Duration = Duration::from_secs(120);

    /// Asks once about the training a claimed poll belongs to.
    pub async fn run_poll(&self, work: &Work) -> Result<(), TrainingFault> {
        let stored = self.inner.store.load_training(&work.training).await?;
        let Some(stored) = stored.filter(|stored| stored.training.stage.is_watched()) else {
            let mut txn = self.inner.store.open_txn().await?;
            txn.finish_work(work).await?;
            return Ok(self.commit(txn).await?);
        };
        let Some(entry) = self.inner.connections.find_connection(&stored.training.connection) else {
            return self.miss_poll(work, "Its connection is no longer configured.", PAUSED_WAIT, Vec::new()).await;
        };
        match self.inner.connections.admit_call(&entry.id) {
            Admission::Go => {}
            Admission::Wait { until, reason } => {
                let wait = u64::try_from(until.millis_since(self.inner.clock.now())).unwrap_or(0);
                return self.put_poll_off(work, &reason, jitter(Duration::from_millis(wait.max(10)))).await;
            }
            Admission::Refused { message } => {
                let message = format!("{} refused our credentials. {message}", entry.name);
                return self.miss_poll(work, &message, PAUSED_WAIT, Vec::new()).await;
            }
        }
        let target = PollTarget {
            kind: stored.training.kind.clone(),
            vendor_ref: stored.vendor_ref.clone(),
            state: stored.vendor_state.clone(),
            stage: stored.training.stage,
        };
        let asked_at = self.inner.clock.now();
        let PollAnswer { outcome, answers } = entry.link.poll(&target).await;
        let answered = Answered { source: Source::Poll, asked_at, answered_at: self.inner.clock.now() };
        self.inner.connections.report_call(&entry.id, report_of(&outcome)).await?;
        match outcome {
            PollOutcome::Observed(seen) => self.take_poll(work, &seen, answered, &answers).await,
            PollOutcome::Absent { message } => self.lose_training(work, entry, &message, (answered, answers)).await,
            PollOutcome::CredentialsRefused { message } => {
                let message = format!("{} refused our credentials. {message}", entry.name);
                self.miss_poll(work, &message, PAUSED_WAIT, answers).await
            }
            PollOutcome::Throttled { retry_after, message } => {
                self.keep_only(work, &answers).await?;
                // "Retry-After: 0", or a date that is past, does not make us ask without a pause.
                let usual = entry.pace.scale(back_off(FIRST_BACK_OFF, MOST_BACK_OFF, work.tries));
                self.put_poll_off(work, &message, retry_after.max(usual)).await
            }
            PollOutcome::Unreachable { message } => {
                let is_spared = self.inner.connections.is_spared(&entry.id);
                let most = if is_spared { SPARED_BACK_OFF } else { MOST_BACK_OFF };
                let wait = back_off(FIRST_BACK_OFF, most, work.tries);
                self.miss_poll(work, &message, wait, answers).await
            }
        }
    }

    async fn take_poll(
        &self,
        work: &Work,
        seen: &Observation,
        answered: Answered,
        answers: &[RawAnswer],
    ) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        keep_answers(&mut txn, &stored, answers).await?;
        let nudge = txn.take_nudge(&work.training, answered.asked_at).await?;
        let source = if nudge == Nudge::Followed { Source::PollAfterCallback } else { answered.source };
        let answered = Answered { source, ..answered };
        let was_at_a_stage = stored.stage_asked_at.is_some();
        let Taken { mut events, metrics } = observe::take_observation(&mut stored, seen, answered);
        // What was trained elsewhere takes the place of ours when the vendor is seen to have it, not on a person's word.
        if !was_at_a_stage && stored.stage_asked_at.is_some() && !knows_request(&stored.training.request) {
            self.supersede_older(&mut txn, &stored, answered.answered_at).await?;
        }
        if let Some(limit) = seen.stall_after.filter(|_| events.is_empty()) {
            events.extend(observe::mark_stalled(&mut stored, limit, answered.answered_at));
        }
        for point in &metrics {
            txn.add_metric(&stored.training.id, point).await?;
        }
        let is_quiet = events.is_empty();
        record(&mut txn, &mut stored, events).await?;
        match seen.next_poll.filter(|_| stored.training.stage.is_watched()) {
            Some(wait) => {
                // Neither a callback nor the jitter of the usual wait makes two questions come closer than the gap.
                let gap = self.inner.connections.pace_of(&stored.training.connection).scale(CALLBACK_GAP);
                let wait = jitter(wait).max(wait.min(gap)).max(Duration::from_millis(10));
                let due_at = answered.answered_at.plus(wait);
                let due_at = if nudge == Nudge::Newer { due_at.min(self.after_gap(&stored, answered)) } else { due_at };
                txn.defer_work(work, due_at, 0).await?;
            }
            None => txn.finish_work(work).await?,
        }
        fail::fail_point!("poll_before_commit");
        self.commit(txn).await?;
        if is_quiet {
            let seen = Seen { training: stored.training.id, last_seen_at: answered.answered_at };
            self.inner.events.publish_seen(seen);
        }
        Ok(())
    }

    /// The earliest next poll after one that a callback overtook.
    fn after_gap(&self, stored: &StoredTraining, answered: Answered) -> Timestamp {
        answered.asked_at.plus(self.inner.connections.pace_of(&stored.training.connection).scale(CALLBACK_GAP))
    }

    /// No answer: the stage stays, the page says since when, and we try again.
    async fn miss_poll(
        &self,
        work: &Work,
        message: &str,
        wait: Duration,
        answers: Vec<RawAnswer>,
    ) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        keep_answers(&mut txn, &stored, &answers).await?;
        let now = txn.now();
        if work.tries + 1 >= FAILURES_UNTIL_UNSEEN {
            let draft = observe::mark_unseen(&mut stored, message, now);
            record(&mut txn, &mut stored, draft).await?;
        }
        let wait =
            self.inner.connections.pace_of(&stored.training.connection).scale(wait).max(Duration::from_millis(10));
        txn.defer_work(work, now.plus(wait), work.tries + 1).await?;
        Ok(self.commit(txn).await?)
    }

    /// The connection is being spared; after a while the page says that nobody has been seen.
    async fn put_poll_off(&self, work: &Work, message: &str, wait: Duration) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        let now = txn.now();
        if work.tries + 1 >= FAILURES_UNTIL_UNSEEN {
            let draft = observe::mark_unseen(&mut stored, message, now);
            record(&mut txn, &mut stored, draft).await?;
        }
        txn.defer_work(work, now.plus(wait), work.tries + 1).await?;
        Ok(self.commit(txn).await?)
    }

    async fn keep_only(&self, work: &Work, answers: &[RawAnswer]) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        if let Some(stored) = txn.load_training(&work.training).await? {
            keep_answers(&mut txn, &stored, answers).await?;
        }
        Ok(self.commit(txn).await?)
    }

    /// The vendor no longer knows a training that it had accepted.
    async fn lose_training(
        &self,
        work: &Work,
        entry: &ConnectionEntry,
        message: &str,
        (answered, answers): (Answered, Vec<RawAnswer>),
    ) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(()) };
        keep_answers(&mut txn, &stored, &answers).await?;
        let (reason, advice) = explain_loss(&stored.training, &entry.name, message);
        let wait = Waiting { reason: WaitingReason::Person, message: advice.to_owned(), until: None, held: None };
        let draft = observe::ask_person(&mut stored, failure("unclear", &reason, None, true), wait, answered);
        record(&mut txn, &mut stored, [draft]).await?;
        txn.finish_work(work).await?;
        Ok(self.commit(txn).await?)
    }

    /// Asks for an early poll; never talks to the vendor here. A poll that is backing off keeps its time: `last_asked_at`
    /// is the last question with an answer, and while there is none only the back-off spares the vendor.
    pub async fn refresh_training(&self, id: &TrainingId) -> Result<(), TrainingFault> {
        let stored = self.inner.store.load_training(id).await?.ok_or(TrainingFault::NotFound)?;
        let key = poll_key(&stored.training.connection, &stored.vendor_ref);
        let now = self.inner.clock.now();
        let earliest = stored
            .last_asked_at
            .map_or(now, |last| {
                last.plus(self.inner.connections.pace_of(&stored.training.connection).scale(EARLY_POLL))
            })
            .max(now);
        if stored.training.stage.is_watched() && self.inner.store.hasten_work(WorkKind::Poll, &key, earliest).await? {
            self.inner.new_work.notify_waiters();
        }
        Ok(())
    }
}

/// What it means that the vendor does not know a training, and what a person can do about it.
fn explain_loss(training: &Training, connection: &str, message: &str) -> (String, &'static str) {
    if knows_request(&training.request) {
        let reason = format!("{connection} accepted this training and now says that it does not know it. {message}");
        return (reason, "Look in the vendor's own console, then link it or send it again.");
    }
    let reason =
        format!("There is no such model on {connection}, or it is of another kind than {}. {message}", training.kind);
    (reason, "Look in the vendor's own console. If the id or the kind is wrong, stop here and adopt it again.")
}

fn report_of(outcome: &PollOutcome) -> CallReport {
    match outcome {
        PollOutcome::Observed(_) | PollOutcome::Absent { .. } => CallReport::Answered,
        PollOutcome::CredentialsRefused { message } => CallReport::Refused { message: message.clone() },
        PollOutcome::Throttled { retry_after, message } => {
            CallReport::Throttled { retry_after: *retry_after, message: message.clone() }
        }
        PollOutcome::Unreachable { message } => CallReport::Unreachable { message: message.clone() },
    }
}
