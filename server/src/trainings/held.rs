//! Trainings that are held until their vendor's name is free: who waits behind whom, and whose turn it is.
//! Never calls a vendor; a released training goes through `send` like every other.

use super::observe::{self, Answered};
use super::send::failure;
use super::{TrainingFault, Trainings, record, write_down};
use crate::connections::ConnectionEntry;
use crate::store::StoreResult;
use crate::store::trainings::StoredTraining;
use crate::store::txn::{EventDraft, Txn};
use crate::store::work::{Work, WorkKind};
use app::model::event::{EventKind, Source};
use app::model::ids::{ConnectionId, TrainingId, UserName, VendorRef};
use app::model::stage::Stage;
use app::model::training::{Behind, Held, Training, Waiting, WaitingReason};
use std::time::Duration;

/// Between two tries of a name that the vendor trains for somebody else: doubles up to `MOST_HOLD` (scaled). Where a
/// training of ours is in the way its end is waited for instead.
const FIRST_HOLD: Duration = Duration::from_secs(60);
const MOST_HOLD: Duration = Duration::from_secs(600);

/// What a new training of a name finds there.
pub(super) struct Ahead {
    /// Who owns the name; where nobody does, the first of those that wait for it.
    pub first: Training,
    /// How many are held already.
    pub held: usize,
}

impl Ahead {
    /// What the next one waits for.
    pub fn wait_behind(&self) -> Waiting {
        describe_hold(Some(behind(&self.first)), self.held + 1)
    }
}

/// Who stands before a new training of a name; `None` where the name is free.
pub(super) async fn look_ahead(
    txn: &mut Txn,
    connection: &ConnectionId,
    vendor_ref: &VendorRef,
) -> StoreResult<Option<Ahead>> {
    let queue = txn.list_held_of_ref(connection, vendor_ref).await?;
    let held = queue.len();
    let first = match find_owner(txn, connection, vendor_ref).await? {
        Some(owner) => Some(owner),
        None => queue.into_iter().next(),
    };
    Ok(first.map(|first| Ahead { first: first.training, held }))
}

/// Keeps the queue of a training's name in order after the training changed. `has_let_go`: it owned the name and ended,
/// so that the first in the queue is released with it. Where nobody owns the name the first one tries it from time to time.
pub(super) async fn tend_queue(txn: &mut Txn, changed: &StoredTraining, has_let_go: bool) -> StoreResult<()> {
    let (connection, vendor_ref) = (&changed.training.connection, &changed.vendor_ref);
    let mut queue = txn.list_held_of_ref(connection, vendor_ref).await?;
    let Some(first) = queue.first() else { return Ok(()) };
    let mut owner = find_owner(txn, connection, vendor_ref).await?;
    if owner.is_none() && has_let_go {
        let mut next = queue.remove(0);
        release(txn, &mut next).await?;
        owner = Some(next);
    } else if owner.is_none() {
        let (id, now) = (first.training.id.clone(), txn.now());
        txn.ensure_work(WorkKind::Submit, id.as_str(), &id, now).await?;
    }
    place_queue(txn, owner, queue).await
}

/// The name is free: this one's turn, with the work to send it.
async fn release(txn: &mut Txn, next: &mut StoredTraining) -> StoreResult<()> {
    let now = txn.now();
    next.held = false;
    next.training.waiting = None;
    let draft = EventDraft {
        kind: EventKind::Progressed,
        source: Source::Trainyard,
        at_earliest: now,
        at_latest: now,
        actor: None,
        message: Some("The id is free: this training is next and is sent now.".to_owned()),
    };
    write_down(txn, next, [draft]).await?;
    let id = next.training.id.clone();
    fail::fail_point!("held_release");
    txn.put_work(WorkKind::Submit, id.as_str(), &id, now).await
}

/// Tells each one in the queue behind whom it waits, and at which place.
async fn place_queue(txn: &mut Txn, owner: Option<StoredTraining>, queue: Vec<StoredTraining>) -> StoreResult<()> {
    let now = txn.now();
    let first = queue.first().map(|first| behind(&first.training));
    let owner = owner.map(|owner| behind(&owner.training));
    for (at, mut held) in queue.into_iter().enumerate() {
        let before = owner.clone().or_else(|| first.clone().filter(|_| at > 0));
        // What was said when it was tried, or why it cannot be, says more; only a place that is no more is wrong.
        if before.is_none() && held.training.held().is_none_or(|held| held.behind.is_none()) {
            continue;
        }
        let waiting = describe_hold(before, at + 1);
        let draft = observe::set_waiting(&mut held, waiting, EventKind::Progressed, now);
        if draft.is_some() {
            write_down(txn, &mut held, draft).await?;
        }
    }
    Ok(())
}

async fn find_owner(
    txn: &mut Txn,
    connection: &ConnectionId,
    vendor_ref: &VendorRef,
) -> StoreResult<Option<StoredTraining>> {
    match txn.find_owner_of_ref(connection, vendor_ref).await? {
        Some(owner) => txn.load_training(&owner).await,
        None => Ok(None),
    }
}

fn behind(training: &Training) -> Behind {
    Behind {
        id: training.id.clone(),
        name: training.name.clone(),
        needs_attention: training.stage == Stage::NeedsAttention,
    }
}

fn describe_hold(behind: Option<Behind>, place: usize) -> Waiting {
    let message = match &behind {
        Some(Behind { name, needs_attention: true, .. }) => {
            format!(
                "Held behind \"{name}\", place {place}. That training keeps the id until a person has decided about it."
            )
        }
        Some(Behind { name, .. }) => format!("Held behind \"{name}\", place {place}."),
        None => format!("Held until the vendor has ended its training of this id, place {place}."),
    };
    let held = Some(Held { behind, place: u32::try_from(place).unwrap_or(u32::MAX) });
    Waiting { reason: WaitingReason::Held, message, until: None, held }
}

impl Trainings {
    /// The vendor trains this name for somebody else: the training goes back to being held, and tries again later.
    pub(super) async fn hold_behind_vendor(
        &self,
        txn: &mut Txn,
        stored: &mut StoredTraining,
        work: &Work,
        (entry, message): (&ConnectionEntry, &str),
    ) -> Result<(), TrainingFault> {
        let now = txn.now();
        let until = now.plus(entry.pace.scale(space_tries(work.tries)));
        stored.held = true;
        let text = format!("Held: {} trains this id already, started elsewhere. {message}", entry.name);
        let waiting = Waiting { message: text, until: Some(until), ..describe_hold(None, 1) };
        let draft = observe::set_waiting(stored, waiting, EventKind::Progressed, now);
        record(txn, stored, draft).await?;
        Ok(txn.defer_work(work, until, work.tries + 1).await?)
    }

    /// Whether a held training whose work came due may be sent now. If so it owns the name from here on; if not its work
    /// is over, and the end of whoever is in the way brings new work.
    pub(super) async fn take_turn(&self, work: &Work) -> Result<bool, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        txn.hold_work(work).await?;
        let Some(mut stored) = txn.load_training(&work.training).await? else { return Ok(false) };
        if !stored.held {
            return Ok(true);
        }
        let (connection, vendor_ref) = (stored.training.connection.clone(), stored.vendor_ref.clone());
        let is_owned = txn.find_owner_of_ref(&connection, &vendor_ref).await?.is_some();
        let first = txn.list_held_of_ref(&connection, &vendor_ref).await?.into_iter().next();
        let is_first = first.is_some_and(|first| first.training.id == stored.training.id);
        if is_owned || !is_first {
            txn.finish_work(work).await?;
            tend_queue(&mut txn, &stored, false).await?;
            self.commit(txn).await?;
            return Ok(false);
        }
        stored.held = false;
        stored.training.waiting = None;
        // Those behind it are told when the vendor took it: one that is tried in vain moves nobody up.
        write_down(&mut txn, &mut stored, []).await?;
        self.commit(txn).await?;
        Ok(true)
    }

    /// Ends a training that is held, or on its way and surely not sent. Whoever has claimed its work can send it no more:
    /// its turn needs the work, and writers follow one another.
    pub async fn cancel_training(&self, actor: &UserName, id: &TrainingId) -> Result<Training, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let mut stored = txn.load_training(id).await?.ok_or(TrainingFault::NotFound)?;
        if stored.training.stage.is_end() {
            return Err(TrainingFault::Unsupported("It has ended; there is nothing to cancel.".to_owned()));
        }
        if stored.held {
            let now = txn.now();
            let answered = Answered { source: Source::Person, asked_at: now, answered_at: now };
            let failure = failure("busy", "Given up by a person before the vendor had it.", None, true);
            let ended = observe::end_training(&mut stored, Stage::Failed, failure, answered);
            txn.drop_work(WorkKind::Submit, id.as_str()).await?;
            record(&mut txn, &mut stored, [EventDraft { actor: Some(actor.clone()), ..ended }]).await?;
        } else if stored.training.stage == Stage::Submitting {
            self.drop_submit(&mut txn, id).await?;
            self.give_up(&mut txn, &mut stored, actor).await?;
        } else {
            return Err(TrainingFault::Unsupported(self.explain_no_cancel(&stored.training)));
        }
        self.commit(txn).await?;
        self.inner.new_work.notify_waiters();
        Ok(stored.training)
    }

    fn explain_no_cancel(&self, training: &Training) -> String {
        let entry = self.inner.connections.find_connection(&training.connection);
        let name = entry.map_or("Its vendor", |entry| entry.name.as_str());
        format!("{name} cannot cancel a training. Only one that was not sent yet can be cancelled.")
    }
}

/// How long to leave a vendor alone that trains the name for somebody else.
fn space_tries(tries: i64) -> Duration {
    let doublings = u32::try_from(tries.clamp(0, 16)).unwrap_or(16);
    FIRST_HOLD.saturating_mul(2_u32.saturating_pow(doublings)).min(MOST_HOLD)
}

#[cfg(test)]
mod tests {
    use super::{FIRST_HOLD, MOST_HOLD, space_tries};

    #[test]
    fn tries_of_a_busy_vendor_are_a_minute_apart_or_more_and_ten_at_most() {
        let spaces: Vec<_> = (0..6).map(|tries| space_tries(tries).as_secs()).collect();
        assert_eq!(spaces, [60, 120, 240, 480, 600, 600]);
        assert_eq!((space_tries(-1), space_tries(i64::MAX)), (FIRST_HOLD, MOST_HOLD));
    }
}
