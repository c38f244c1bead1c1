//! A writing transaction: read, decide, write, and only after the commit publish.
//! Its time is read after the lock is held, so that a wait for the lock cannot make it stale.

use super::{Store, StoreResult};
use app::model::event::{Event, EventKind, Source, TrainingState};
use app::model::ids::{TrainingId, UserName};
use app::model::time::Timestamp;
use sqlx::{Any, Row, Transaction};

/// A writing transaction. Dropping it without `commit` undoes everything.
pub struct Txn {
    pub(in crate::store) inner: Transaction<'static, Any>,
    now: Timestamp,
    events: Vec<Event>,
}

/// An event before it has its number.
#[derive(Clone, Debug, PartialEq)]
pub struct EventDraft {
    pub kind: EventKind,
    pub source: Source,
    pub at_earliest: Timestamp,
    pub at_latest: Timestamp,
    pub actor: Option<UserName>,
    pub message: Option<String>,
}

impl Store {
    /// Opens a writing transaction. Writers follow one another on both engines: on PostgreSQL through the row lock on the
    /// event counter, which also makes event numbers visible in the order of their commits.
    pub async fn open_txn(&self) -> StoreResult<Txn> {
        let mut inner = self.begin().await?;
        if let Some(lock) = self.dialect.lock_writers() {
            sqlx::query(lock).execute(&mut *inner).await?;
        }
        Ok(Txn { inner, now: self.clock.now(), events: Vec::new() })
    }
}

impl Txn {
    /// The transaction's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Appends an event about a training that now looks like `after`.
    pub async fn add_event(
        &mut self,
        training: &TrainingId,
        draft: EventDraft,
        after: TrainingState,
    ) -> StoreResult<i64> {
        let id = self.next_number("event").await?;
        let event = Event {
            id,
            training: training.clone(),
            kind: draft.kind,
            source: draft.source,
            at_earliest: draft.at_earliest.min(draft.at_latest),
            at_latest: draft.at_latest,
            actor: draft.actor,
            message: draft.message,
            after,
        };
        let body = serde_json::to_string(&event).map_err(|error| super::damaged("event", &error))?;
        sqlx::query(
            "INSERT INTO event (id, training, kind, stage, at_earliest, at_latest, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(training.as_str())
        .bind(event_kind_word(event.kind))
        .bind(event.after.stage.as_str())
        .bind(event.at_earliest.as_millis())
        .bind(event.at_latest.as_millis())
        .bind(body)
        .execute(&mut *self.inner)
        .await?;
        sqlx::query("UPDATE training SET last_event = $2, changed_at = $3 WHERE id = $1")
            .bind(training.as_str())
            .bind(id)
            .bind(self.now.as_millis())
            .execute(&mut *self.inner)
            .await?;
        self.events.push(event);
        Ok(id)
    }

    /// The next number of a counter, starting at 1.
    pub(in crate::store) async fn next_number(&mut self, counter: &str) -> StoreResult<i64> {
        let row = sqlx::query("UPDATE counter SET value = value + 1 WHERE name = $1 RETURNING value")
            .bind(counter)
            .fetch_one(&mut *self.inner)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Makes everything durable and returns the new events, for publishing.
    pub async fn commit(self) -> StoreResult<Vec<Event>> {
        self.inner.commit().await?;
        Ok(self.events)
    }
}

/// The word an event kind has in its own column (for queries; the body has it too).
fn event_kind_word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Created => "created",
        EventKind::Adopted => "adopted",
        EventKind::Sending => "sending",
        EventKind::Accepted => "accepted",
        EventKind::Unclear => "unclear",
        EventKind::StageChanged => "stage_changed",
        EventKind::Progressed => "progressed",
        EventKind::Unseen => "unseen",
        EventKind::SeenAgain => "seen_again",
        EventKind::Stalled => "stalled",
        EventKind::Moving => "moving",
        EventKind::Superseded => "superseded",
        EventKind::Edited => "edited",
        EventKind::Settled => "settled",
        EventKind::CallbackMissing => "callback_missing",
    }
}
