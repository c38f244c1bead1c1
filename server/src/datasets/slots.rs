//! One writer per upload, and a few uploading requests per person.
//! Holds no file open: a thousand abandoned uploads cost a thousand small entries, not a thousand descriptors.

use crate::blobs::spool::SpoolId;
use app::model::ids::UserName;
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

/// How far an upload has come, as this process knows it.
#[derive(Default)]
pub(super) struct Progress {
    /// False until the row and the file were compared once in this process.
    pub(super) known: bool,
    /// Bytes in the file that count, in order; what stands behind them was not accepted.
    pub(super) offset: u64,
    /// Bytes that were flushed to disk.
    pub(super) flushed: u64,
    /// The running SHA-256 of exactly `offset` bytes; none after a restart, then the file is hashed at the end.
    pub(super) hasher: Option<Sha256>,
}

/// The slots of all uploads that this process has touched and that are not finished.
#[derive(Default)]
pub(super) struct Slots {
    slots: Mutex<HashMap<SpoolId, Arc<Slot>>>,
}

#[derive(Default)]
struct Slot {
    progress: Arc<tokio::sync::Mutex<Progress>>,
    /// Ends whoever holds the slot now.
    ender: Mutex<CancellationToken>,
}

/// The right to write one upload; given back when dropped.
pub(super) struct Held {
    pub(super) progress: OwnedMutexGuard<Progress>,
    /// Cancelled when a newer request wants the upload.
    pub(super) ended: CancellationToken,
}

impl Slots {
    /// Takes an upload over: a request that holds it is ended, since after a cut the server may still be listening to
    /// a connection that the client has long given up. `None` when the holder does not end within `patience`.
    pub(super) async fn hold(&self, id: SpoolId, patience: Duration) -> Option<Held> {
        let slot = Arc::clone(lock(&self.slots).entry(id).or_default());
        lock(&slot.ender).cancel();
        let progress = tokio::time::timeout(patience, Arc::clone(&slot.progress).lock_owned()).await.ok()?;
        Some(slot.held(progress))
    }

    /// Takes an upload that nobody holds; ends nobody.
    pub(super) fn try_hold(&self, id: SpoolId) -> Option<Held> {
        let slot = Arc::clone(lock(&self.slots).entry(id).or_default());
        let progress = Arc::clone(&slot.progress).try_lock_owned().ok()?;
        Some(slot.held(progress))
    }

    /// Forgets an upload that ended; its row says so to whoever comes next.
    pub(super) fn forget(&self, id: SpoolId) {
        lock(&self.slots).remove(&id);
    }
}

impl Slot {
    fn held(&self, progress: OwnedMutexGuard<Progress>) -> Held {
        let ended = CancellationToken::new();
        *lock(&self.ender) = ended.clone();
        Held { progress, ended }
    }
}

/// Counts the uploading requests of each person.
pub(super) struct Gate {
    most: usize,
    inside: Arc<Mutex<HashMap<UserName, usize>>>,
}

/// One request's place; given back when dropped.
pub(super) struct Permit {
    person: UserName,
    inside: Arc<Mutex<HashMap<UserName, usize>>>,
}

impl Gate {
    /// Lets `most` requests of each person in.
    pub(super) fn new(most: usize) -> Self {
        Self { most, inside: Arc::default() }
    }

    /// Lets a request in, or not.
    pub(super) fn enter(&self, person: &UserName) -> Option<Permit> {
        let mut inside = lock(&self.inside);
        let count = inside.entry(person.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Permit { person: person.clone(), inside: Arc::clone(&self.inside) })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inside = lock(&self.inside);
        if let Some(count) = inside.get_mut(&self.person) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                inside.remove(&self.person);
            }
        }
    }
}

/// A plain lock. Nothing panics while holding one, and the data is whole even if something did.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{Gate, Slots};
    use crate::blobs::spool::SpoolId;
    use app::model::ids::UserName;
    use std::time::Duration;

    #[tokio::test]
    async fn a_newer_request_ends_the_one_before_it() {
        let slots = Slots::default();
        let id = SpoolId::new(uuid::Uuid::now_v7());
        let first = slots.hold(id, Duration::from_secs(1)).await.expect("nobody holds it");
        assert!(slots.try_hold(id).is_none(), "a look does not end anybody");
        assert!(!first.ended.is_cancelled());
        assert!(slots.hold(id, Duration::from_millis(1)).await.is_none(), "the first has not let go");
        assert!(first.ended.is_cancelled());
        drop(first);
        assert!(slots.hold(id, Duration::from_secs(1)).await.is_some());
    }

    #[test]
    fn a_place_is_given_back_and_counted_per_person() {
        let gate = Gate::new(1);
        let (ada, bob) = (UserName::new("ada"), UserName::new("bob"));
        let place = gate.enter(&ada).expect("the first");
        assert!(gate.enter(&ada).is_none());
        assert!(gate.enter(&bob).is_some());
        drop(place);
        assert!(gate.enter(&ada).is_some());
    }
}
