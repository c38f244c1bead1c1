//! Keeps the tasks running: the only file that spawns.

use super::places::Places;
use super::{POLLS_AT_ONCE, SUBMITS_AT_ONCE, Tasks};
use crate::store::StoreResult;
use crate::store::work::WorkKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The longest nap between two looks for due work.
const LONGEST_NAP: Duration = Duration::from_millis(500);
/// The shortest: a busy store is not asked more often.
const SHORTEST_NAP: Duration = Duration::from_millis(5);
/// Between two sweeps for expired things.
const PRUNE_EVERY: Duration = Duration::from_secs(600);
/// A loop that has not come around for this long counts as dead.
const DEAD_AFTER: Duration = Duration::from_secs(30);

/// Running tasks.
pub struct TaskHandle {
    stop: CancellationToken,
    tracker: TaskTracker,
}

/// When each loop last came around, for readiness.
#[derive(Debug)]
pub struct Pulse {
    began: Instant,
    submit: AtomicU64,
    poll: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { began: Instant::now(), submit: AtomicU64::new(0), poll: AtomicU64::new(0) }
    }
}

impl Pulse {
    fn beat(&self, kind: WorkKind) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match kind {
            WorkKind::Submit => self.submit.store(now, Ordering::Relaxed),
            WorkKind::Poll => self.poll.store(now, Ordering::Relaxed),
        }
    }

    /// Whether every loop came around lately.
    pub fn is_alive(&self) -> bool {
        let oldest = self.submit.load(Ordering::Relaxed).min(self.poll.load(Ordering::Relaxed));
        self.began.elapsed() < DEAD_AFTER + Duration::from_millis(oldest)
    }
}

impl Tasks {
    /// Starts every loop.
    pub fn start(&self) -> TaskHandle {
        let handle = TaskHandle { stop: CancellationToken::new(), tracker: TaskTracker::new() };
        for (kind, at_once) in [(WorkKind::Submit, SUBMITS_AT_ONCE), (WorkKind::Poll, POLLS_AT_ONCE)] {
            let (tasks, stop) = (self.clone(), handle.stop.clone());
            handle.tracker.spawn(async move { tasks.run_loop(kind, at_once, &stop).await });
        }
        let (tasks, stop) = (self.clone(), handle.stop.clone());
        handle.tracker.spawn(async move {
            while stop.run_until_cancelled(tokio::time::sleep(PRUNE_EVERY)).await.is_some() {
                tasks.prune().await;
            }
        });
        handle.tracker.close();
        handle
    }

    /// Claims and runs work of one kind until it is told to stop; then lets what is under way finish.
    async fn run_loop(&self, kind: WorkKind, at_once: usize, stop: &CancellationToken) {
        let mut places = Places::new(at_once);
        while !stop.is_cancelled() {
            self.pulse.beat(kind);
            // Listening begins before the look, so that work written in between is not slept through.
            let new_work = self.new_work.notified();
            let nap = match self.fill_places(kind, &mut places).await {
                Ok(nap) => nap,
                Err(error) => {
                    tracing::error!(%error, task = kind.as_str(), "Due work could not be claimed");
                    LONGEST_NAP
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = new_work => {}
                () = tokio::time::sleep(nap) => {}
                () = places.wait_for_one(), if !places.is_empty() => {}
            }
        }
        while !places.is_empty() {
            places.wait_for_one().await;
        }
    }

    /// Starts what is due, as far as there are places; says how long to nap.
    async fn fill_places(&self, kind: WorkKind, places: &mut Places) -> StoreResult<Duration> {
        loop {
            let (full, room) = places.find_room();
            let batch = self.claim(kind, room, &full).await?;
            if batch.is_empty() {
                let due = self.store.next_due(kind, &full).await?;
                let Some(due) = due else { return Ok(LONGEST_NAP) };
                let wait = u64::try_from(due.millis_since(self.clock.now())).unwrap_or(0);
                return Ok(Duration::from_millis(wait).clamp(SHORTEST_NAP, LONGEST_NAP));
            }
            for work in batch {
                let tasks = self.clone();
                places.start(work.connection.clone(), async move { tasks.run_work(work).await });
            }
        }
    }
}

impl TaskHandle {
    /// Takes no new work and waits for what is under way, at most `limit`; says whether all of it ended.
    pub async fn stop(self, limit: Duration) -> bool {
        self.stop.cancel();
        tokio::time::timeout(limit, self.tracker.wait()).await.is_ok()
    }
}
