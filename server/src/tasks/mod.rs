//! Our own background work: submit, poll, prune. Each piece is claimed by lease, so that it is done once at a time.
//! What a piece does is a rule of `trainings` or `datasets`; this folder only decides when.

mod places;
mod supervisor;

pub use supervisor::{Pulse, TaskHandle};

use crate::clock::SharedClock;
use crate::datasets::Datasets;
use crate::people::People;
use crate::store::work::{Work, WorkKind};
use crate::store::{Store, StoreError, StoreResult};
use crate::trainings::{TrainingFault, Trainings};
use app::model::ids::ConnectionId;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How many submits and polls of one connection go on at once; another that hangs takes none of these places. Polls are
/// short; submits may carry large files.
const SUBMITS_AT_ONCE: usize = 8;
const POLLS_AT_ONCE: usize = 16;
/// A piece that failed for a reason of ours is tried again after this.
const AFTER_FAULT: Duration = Duration::from_secs(2);

/// The tasks and what they need; cheap to clone.
#[derive(Clone)]
pub struct Tasks {
    pub store: Store,
    pub trainings: Trainings,
    pub datasets: Datasets,
    pub people: People,
    pub clock: SharedClock,
    pub new_work: Arc<Notify>,
    /// When each loop last came around.
    pub pulse: Arc<Pulse>,
}

impl Tasks {
    /// Claims up to `limit` due pieces of a kind, none of the connections `without`.
    async fn claim(&self, kind: WorkKind, limit: usize, without: &[ConnectionId]) -> StoreResult<Vec<Work>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store.claim_work(kind, limit, lease_of(kind), without).await
    }

    /// Runs one claimed piece. A fault or a panic gives the piece back; a lost lease means somebody else has it.
    async fn run_work(&self, work: Work) {
        let run = async {
            match work.kind {
                WorkKind::Submit => self.trainings.run_submit(&work).await,
                WorkKind::Poll => self.trainings.run_poll(&work).await,
            }
        };
        let outcome = AssertUnwindSafe(run).catch_unwind().await;
        match outcome {
            Ok(Ok(())) => return,
            Ok(Err(TrainingFault::Store(StoreError::LostLease))) => {
                tracing::info!(task = work.kind.as_str(), training.id = %work.training, "Somebody else took this work over");
                return;
            }
            Ok(Err(error)) => {
                tracing::error!(task = work.kind.as_str(), training.id = %work.training, %error, "Background work failed");
            }
            Err(_) => {
                tracing::error!(task = work.kind.as_str(), training.id = %work.training, "Background work panicked");
            }
        }
        if let Err(error) = self.give_back(&work).await {
            tracing::error!(task = work.kind.as_str(), training.id = %work.training, %error, "Work could not be given back");
        }
    }

    async fn give_back(&self, work: &Work) -> StoreResult<()> {
        let mut txn = self.store.open_txn().await?;
        let due_at = txn.now().plus(AFTER_FAULT);
        match txn.defer_work(work, due_at, work.tries + 1).await {
            Err(StoreError::LostLease) => return Ok(()),
            other => other?,
        }
        txn.commit().await?;
        Ok(())
    }

    /// Does everything of a kind that is due now, one after another; says how many pieces. For tests that hold the clock.
    pub async fn step(&self, kind: WorkKind) -> StoreResult<usize> {
        let mut done = 0;
        loop {
            let batch = self.claim(kind, 1, &[]).await?;
            if batch.is_empty() {
                return Ok(done);
            }
            for work in batch {
                self.run_work(work).await;
                done += 1;
            }
        }
    }

    /// Removes what has expired, and notes what should have come and did not.
    pub async fn prune(&self) {
        match self.datasets.prune_uploads(self.clock.now()).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "Removed expired uploads"),
            Err(error) => tracing::warn!(%error, "Expired uploads could not be removed"),
        }
        match self.trainings.note_missing_callbacks().await {
            Ok(0) => {}
            Ok(noted) => tracing::info!(noted, "Promised callbacks never came"),
            Err(error) => tracing::warn!(%error, "Missing callbacks could not be noted"),
        }
        match self.people.prune_sessions().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "Forgot sessions and sign-in links that ran out"),
            Err(error) => tracing::warn!(%error, "Sessions that ran out could not be forgotten"),
        }
    }
}

const fn lease_of(kind: WorkKind) -> Duration {
    match kind {
        WorkKind::Submit => Trainings::SUBMIT_LEASE,
        WorkKind::Poll => Trainings::POLL_LEASE,
    }
}
