//! The inbox of callbacks: what came, what was promised and never came; a person attaches or replays one.
//! Never changes a training: attaching and replaying, too, only make the next poll come sooner.

use super::{TrainingFault, Trainings, record};
use crate::store::trainings::StoredTraining;
use crate::store::txn::EventDraft;
use app::model::callback::{Callback, CallbackPage, CallbackTiming};
use app::model::event::{EventKind, Source};
use app::model::ids::TrainingId;
use app::model::page::PageQuery;
use app::model::time::Timestamp;
use std::time::Duration;

/// A vendor may take this long to call back after we saw the end.
const MISSING_AFTER: Duration = Duration::from_secs(5 * 60);
/// What a history says of it.
const MISSING: &str = "Nothing is lost: progress was asked for all along. The vendor probably does not reach this \
                       server; a rehearsal in the inbox shows whether anybody does.";

impl Trainings {
    /// A page of the inbox, newest first; the first page also says which promised callbacks never came.
    pub async fn list_callbacks(&self, page: &PageQuery) -> Result<CallbackPage, TrainingFault> {
        let (items, next) = self.inner.store.list_callbacks(page).await?;
        let missing = if page.after.is_none() {
            self.inner.store.list_missing_callbacks(self.missing_before(), false).await?
        } else {
            Vec::new()
        };
        Ok(CallbackPage { items, next, missing })
    }

    /// Writes down, once, in the history of every training whose promised callback never came that it did not. Says in
    /// how many.
    pub async fn note_missing_callbacks(&self) -> Result<usize, TrainingFault> {
        let missing = self.inner.store.list_missing_callbacks(self.missing_before(), true).await?;
        for callback in &missing {
            let mut txn = self.inner.store.open_txn().await?;
            let Some(mut stored) = txn.load_training(&callback.training).await? else { continue };
            let now = txn.now();
            let draft = EventDraft {
                kind: EventKind::CallbackMissing,
                source: Source::Trainyard,
                at_earliest: now,
                at_latest: now,
                actor: None,
                message: Some(MISSING.to_owned()),
            };
            record(&mut txn, &mut stored, [draft]).await?;
            self.commit(txn).await?;
        }
        Ok(missing.len())
    }

    fn missing_before(&self) -> Timestamp {
        self.inner.clock.now().plus_millis(-(MISSING_AFTER.as_millis() as i64))
    }

    /// Attaches an unmatched callback to a training, and follows it as if it had come there.
    pub async fn attach_callback(&self, id: i64, training: &TrainingId) -> Result<Callback, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let callback = txn.load_callback(id).await?.ok_or(TrainingFault::NoCallback)?;
        let is_rehearsal = callback.timing == CallbackTiming::Rehearsal;
        if is_rehearsal || callback.training.as_ref().is_some_and(|known| known != training) {
            return Err(TrainingFault::CallbackTaken);
        }
        let stored = txn.load_training(training).await?.ok_or(TrainingFault::NotFound)?;
        txn.attach_callback(id, training).await?;
        self.nudge_training(&mut txn, &stored).await?;
        self.commit(txn).await?;
        self.inner.new_work.notify_waiters();
        Ok(Callback { training: Some(training.clone()), name: Some(stored.training.name), ..callback })
    }

    /// Follows a kept callback once more.
    pub async fn replay_callback(&self, id: i64) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let callback = txn.load_callback(id).await?.ok_or(TrainingFault::NoCallback)?;
        let training = callback.training.ok_or(TrainingFault::CallbackUnmatched)?;
        let stored = txn.load_training(&training).await?.ok_or(TrainingFault::NotFound)?;
        refuse_ended(&stored)?;
        self.nudge_training(&mut txn, &stored).await?;
        self.commit(txn).await?;
        self.inner.new_work.notify_waiters();
        Ok(())
    }
}

fn refuse_ended(stored: &StoredTraining) -> Result<(), TrainingFault> {
    let stage = stored.training.stage;
    if stage.is_end() {
        let message = "This training has ended; its vendor is not asked any more, so there is nothing to replay.";
        return Err(TrainingFault::WrongStage { stage, message });
    }
    Ok(())
}
