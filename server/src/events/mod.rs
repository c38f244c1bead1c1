//! News of trainings: published after the commit, followed from any position of the store.
//! The store is the buffer; what goes through memory only wakes and saves a read.

use crate::store::{Store, StoreResult};
use app::model::event::{Event, Seen};
use app::model::filter::TrainingFilter;
use app::model::ids::TrainingId;
use app::model::training::Training;
use futures::Stream;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// How many frames a slow follower may fall behind before it reads from the store again.
const BUFFER: usize = 1_024;

/// How many events are read from the store at once.
const BATCH: i64 = 200;

/// The hub; cheap to clone.
#[derive(Clone)]
pub struct Events {
    store: Store,
    sender: broadcast::Sender<LiveFrame>,
}

/// What a follower gets.
#[derive(Clone, Debug)]
pub enum LiveFrame {
    /// A stored event; ids grow.
    Event(Arc<Event>),
    /// The vendor answered and nothing changed; not stored.
    Seen(Arc<Seen>),
    /// The position asked for is none of this store's: load everything again.
    Reset,
}

/// Which trainings a follower wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventScope {
    pub training: Option<TrainingId>,
    pub filter: Option<TrainingFilter>,
}

impl Events {
    /// A hub over a store.
    pub fn new(store: Store) -> Self {
        Self { store, sender: broadcast::channel(BUFFER).0 }
    }

    /// Tells everybody about events that are committed.
    pub fn publish(&self, events: Vec<Event>) {
        for event in events {
            // No follower is no fault.
            let _ = self.sender.send(LiveFrame::Event(Arc::new(event)));
        }
    }

    /// Tells everybody that the vendor answered about a training and nothing changed.
    pub fn publish_seen(&self, seen: Seen) {
        let _ = self.sender.send(LiveFrame::Seen(Arc::new(seen)));
    }

    /// Every event after `after` (or from now on), then the live ones: each once, in order. Ends when the hub is dropped or
    /// the store fails.
    pub fn follow(&self, after: Option<i64>, scope: EventScope) -> impl Stream<Item = LiveFrame> + Send + use<> {
        let follower = Follower {
            live: self.sender.subscribe(),
            store: self.store.clone(),
            scope,
            after,
            waiting: VecDeque::new(),
            catching_up: true,
        };
        futures::stream::unfold(follower, |mut follower| async move {
            let frame = follower.next_frame().await?;
            Some((frame, follower))
        })
    }
}

/// One follower's position. It subscribes before it reads the store, so that nothing falls between the two.
struct Follower {
    live: broadcast::Receiver<LiveFrame>,
    store: Store,
    scope: EventScope,
    after: Option<i64>,
    waiting: VecDeque<LiveFrame>,
    catching_up: bool,
}

impl Follower {
    async fn next_frame(&mut self) -> Option<LiveFrame> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Some(frame);
            }
            let step = if self.catching_up { self.catch_up().await } else { self.listen().await };
            match step {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    tracing::warn!(%error, "A follower of the live events was cut off");
                    return None;
                }
            }
        }
    }

    /// Reads the next batch from the store.
    async fn catch_up(&mut self) -> StoreResult<bool> {
        let newest = self.store.last_event_id().await?;
        let after = self.after.unwrap_or(newest);
        if after > newest {
            self.after = Some(newest);
            self.waiting.push_back(LiveFrame::Reset);
            return Ok(true);
        }
        let batch = self.store.list_events_after(after, BATCH).await?;
        self.after = Some(batch.last().map_or(after, |event| event.id));
        self.catching_up = !batch.is_empty();
        for event in batch {
            if self.wants(&event).await? {
                self.waiting.push_back(LiveFrame::Event(Arc::new(event)));
            }
        }
        Ok(true)
    }

    /// Waits for the next live frame. A gap in the numbers means that frames overtook one another: the store has the order.
    async fn listen(&mut self) -> StoreResult<bool> {
        match self.live.recv().await {
            Err(RecvError::Closed) => return Ok(false),
            Err(RecvError::Lagged(_)) => self.catching_up = true,
            Ok(LiveFrame::Event(event)) => {
                let after = self.after.unwrap_or_default();
                if event.id == after + 1 {
                    self.after = Some(event.id);
                    if self.wants(&event).await? {
                        self.waiting.push_back(LiveFrame::Event(event));
                    }
                } else if event.id > after {
                    self.catching_up = true;
                }
            }
            Ok(LiveFrame::Seen(seen)) => {
                let in_scope = self.scope.training.as_ref().is_none_or(|id| *id == seen.training);
                if in_scope && self.scope.filter.is_none() {
                    self.waiting.push_back(LiveFrame::Seen(seen));
                }
            }
            Ok(LiveFrame::Reset) => self.waiting.push_back(LiveFrame::Reset),
        }
        Ok(true)
    }

    async fn wants(&self, event: &Event) -> StoreResult<bool> {
        if self.scope.training.as_ref().is_some_and(|id| *id != event.training) {
            return Ok(false);
        }
        let Some(filter) = &self.scope.filter else { return Ok(true) };
        let Some(stored) = self.store.load_training(&event.training).await? else { return Ok(false) };
        Ok(is_match(filter, &stored.training, event))
    }
}

/// Whether an event belongs to a filtered list: the fixed half of the training, and the state right after the event.
fn is_match(filter: &TrainingFilter, training: &Training, event: &Event) -> bool {
    let state = &event.after;
    let words = || {
        let reference = state.vendor_ref.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{}\n{reference}\n{}\n{}", state.name, training.owner, state.tags.join("\n")).to_lowercase()
    };
    filter.vendor.as_ref().is_none_or(|vendor| *vendor == training.vendor)
        && filter.kind.as_ref().is_none_or(|kind| *kind == training.kind)
        && filter.owner.as_ref().is_none_or(|owner| *owner == training.owner)
        && filter.tag.as_ref().is_none_or(|tag| state.tags.contains(tag))
        && (filter.stage.is_empty() || filter.stage.contains(&state.stage))
        && filter.from.is_none_or(|from| training.created_at >= from)
        && filter.to.is_none_or(|to| training.created_at < to)
        && filter.archived == state.archived
        && filter.q.as_ref().is_none_or(|q| {
            let text = words();
            q.to_lowercase().split_whitespace().all(|word| text.contains(word))
        })
}
