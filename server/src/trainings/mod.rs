//! The rules of trainings: submitting once, watching, looking up what was lost, finding, editing.
//! Every change of a training goes through `observe`; all SQL is in `store`, all HTTP in `vendors`.

mod adopt;
mod advise;
mod callbacks;
mod edit;
mod fault;
mod fill;
mod held;
mod inbox;
mod look_up;
mod models;
pub mod observe;
mod offer;
mod outcome;
mod poll;
mod query;
mod rehearse;
mod retry;
mod send;
mod settle;
mod submit;

pub use callbacks::{CallbackSettings, IncomingCallback, Received, TokenAnswer};
pub use fault::TrainingFault;
pub use fill::FillFault;

use crate::clock::SharedClock;
use crate::connections::Connections;
use crate::datasets::Datasets;
use crate::events::Events;
use crate::store::history::NewAnswer;
use crate::store::trainings::StoredTraining;
use crate::store::txn::{EventDraft, Txn};
use crate::store::{Store, StoreResult};
use crate::vendors::vendor::RawAnswer;
use app::model::ids::{ConnectionId, VendorRef};
use app::model::time::Timestamp;
use callbacks::CallRates;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Everything about trainings; cheap to clone.
#[derive(Clone)]
pub struct Trainings {
    inner: Arc<Parts>,
    /// Of this process only: a flood is slowed down, not counted for ever.
    call_rates: Arc<CallRates>,
}

/// What the rules stand on.
pub struct Parts {
    pub store: Store,
    pub connections: Arc<Connections>,
    pub datasets: Datasets,
    pub events: Events,
    pub clock: SharedClock,
    /// Rung when there is new work, so that it does not wait for the next sweep.
    pub new_work: Arc<Notify>,
    pub callbacks: CallbackSettings,
}

impl Trainings {
    /// The rules over their parts.
    pub fn new(parts: Parts) -> Self {
        Self { inner: Arc::new(parts), call_rates: Arc::default() }
    }

    /// Commits, then tells the followers: never the other way round.
    async fn commit(&self, txn: Txn) -> StoreResult<()> {
        fail::fail_point!("before_commit");
        let events = txn.commit().await?;
        fail::fail_point!("after_commit");
        self.inner.events.publish(events);
        Ok(())
    }
}

/// Writes a changed training and its new lines of history, and what its change means for those that are held behind it:
/// with the end of a training the next one is released, in the same transaction.
async fn record(
    txn: &mut Txn,
    stored: &mut StoredTraining,
    events: impl IntoIterator<Item = EventDraft>,
) -> StoreResult<()> {
    let has_let_go = write_down(txn, stored, events).await?;
    held::tend_queue(txn, stored, has_let_go).await
}

/// Writes a changed training and its new lines of history. The last line carries the training's state. Says whether it
/// owned its vendor's name and ended with this.
async fn write_down(
    txn: &mut Txn,
    stored: &mut StoredTraining,
    events: impl IntoIterator<Item = EventDraft>,
) -> StoreResult<bool> {
    let has_let_go = txn.save_training(stored).await?;
    for draft in events {
        fail::fail_point!("event_insert");
        stored.training.last_event = txn.add_event(&stored.training.id, draft, stored.training.state()).await?;
    }
    Ok(has_let_go)
}

/// Keeps what the vendor said, before anything is made of it.
async fn keep_answers(txn: &mut Txn, stored: &StoredTraining, answers: &[RawAnswer]) -> StoreResult<()> {
    for answer in answers {
        let answer = NewAnswer {
            id: 0,
            purpose: answer.purpose.as_str().to_owned(),
            method: answer.method.clone(),
            url: answer.url.clone(),
            status: answer.status,
            content_type: answer.content_type.clone(),
            body: answer.body.clone(),
            truncated: answer.truncated,
            error: answer.error.clone(),
            asked_at: answer.asked_at,
            answered_at: answer.answered_at,
            repeated: 1,
        };
        txn.add_answer(&stored.training.id, &answer).await?;
    }
    Ok(())
}

/// The poller of a vendor's name on a connection: there is one, whoever owns the name.
fn poll_key(connection: &ConnectionId, vendor_ref: &VendorRef) -> String {
    format!("{connection}/{vendor_ref}")
}

/// A wait of 80 to 120 % of `wait`, so that pollers do not march in step.
fn jitter(wait: Duration) -> Duration {
    let mut byte = [0_u8; 2];
    if getrandom::fill(&mut byte).is_err() {
        return wait;
    }
    wait.mul_f64(0.8 + 0.4 * f64::from(u16::from_le_bytes(byte)) / f64::from(u16::MAX))
}

/// Full back-off after `tries` failures: doubling from `first`, at most `most`, with jitter.
fn back_off(first: Duration, most: Duration, tries: i64) -> Duration {
    let doublings = u32::try_from(tries.clamp(0, 16)).unwrap_or(16);
    jitter(first.saturating_mul(2_u32.saturating_pow(doublings)).min(most))
}

/// A clock time in UTC for a sentence (`14:32:05 UTC`).
fn clock_text(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} UTC", text.get(11..19).unwrap_or(&text))
}
