//! A person's decision about a training that nobody else can settle.

use super::observe::{self, Answered};
use super::outcome::Acceptance;
use super::send::failure;
use super::{TrainingFault, Trainings, poll_key, record};
use crate::store::attempts::{Attempt, AttemptState};
use crate::store::trainings::StoredTraining;
use crate::store::txn::{EventDraft, Txn};
use crate::store::work::WorkKind;
use app::model::event::Source;
use app::model::ids::{TrainingId, UserName};
use app::model::stage::Stage;
use app::model::training::{Decision, Training, VendorStatus};
use app::vendors::{TrainingRequest, knows_request, may_stop_watching};

/// Why an adopted training is not sent again.
pub(super) const UNKNOWN_REQUEST: &str =
    "It was trained elsewhere: what it was trained with is not known here, so it cannot be sent.";

impl Trainings {
    /// Links it, sends it again, or gives it up. Only in `needs_attention`; giving up also while it is being submitted
    /// and no send is under way or waits to be looked up, and where its vendor moves it no more or it was trained elsewhere.
    pub async fn settle_training(
        &self,
        actor: &UserName,
        id: &TrainingId,
        decision: Decision,
    ) -> Result<Training, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let mut stored = txn.load_training(id).await?.ok_or(TrainingFault::NotFound)?;
        let stage = stored.training.stage;
        let gives_up = decision == Decision::GiveUp;
        if gives_up && stage == Stage::Submitting {
            self.drop_submit(&mut txn, id).await?;
        } else if gives_up && stage.is_watched() && !may_stop_watching(&stored.training) {
            return Err(TrainingFault::WrongStage { stage, message: "Its vendor still moves it. Wait until it ends." });
        } else if stage != Stage::NeedsAttention && !(gives_up && stage.is_watched()) {
            return Err(TrainingFault::WrongStage {
                stage,
                message: "Only a training that needs attention can be settled.",
            });
        }
        if decision == Decision::SendAgain && !knows_request(&stored.training.request) {
            return Err(TrainingFault::Unsupported(UNKNOWN_REQUEST.to_owned()));
        }
        let now = txn.now();
        match decision {
            Decision::SendAgain => {
                observe::forget_run(&mut stored);
                let draft = observe::resume_training(&mut stored, actor, "It is not there: send it again", now);
                record(&mut txn, &mut stored, [draft]).await?;
                txn.put_work(WorkKind::Submit, id.as_str(), id, now).await?;
            }
            Decision::Link => {
                let settled = observe::resume_training(&mut stored, actor, "It is there: watch it", now);
                record(&mut txn, &mut stored, [settled]).await?;
                let taken = Acceptance {
                    vendor_status: VendorStatus::new(),
                    vendor_state: self.linked_state(&stored.training, now),
                    answered: Answered { source: Source::Person, asked_at: now, answered_at: now },
                    message: Some("Linked by a person".to_owned()),
                };
                self.take_accepted(&mut txn, &mut stored, taken).await?;
            }
            Decision::GiveUp => self.give_up(&mut txn, &mut stored, actor).await?,
        }
        self.commit(txn).await?;
        self.inner.new_work.notify_waiters();
        Ok(stored.training)
    }

    /// Ends it on a person's word. A poll that is under way may write no more, and the next one finds that it ended.
    pub(super) async fn give_up(
        &self,
        txn: &mut Txn,
        stored: &mut StoredTraining,
        actor: &UserName,
    ) -> Result<(), TrainingFault> {
        let (id, now) = (stored.training.id.clone(), txn.now());
        let text = if stored.training.stage.is_watched() {
            let key = poll_key(&stored.training.connection, &stored.vendor_ref);
            txn.put_work(WorkKind::Poll, &key, &id, now).await?;
            "No longer watched: given up by a person."
        } else {
            self.given_up_text(&id).await?
        };
        let answered = Answered { source: Source::Person, asked_at: now, answered_at: now };
        let failure = failure("unclear", text, None, knows_request(&stored.training.request));
        let ended = observe::end_training(stored, Stage::Failed, failure, answered);
        Ok(record(txn, stored, [EventDraft { actor: Some(actor.clone()), ..ended }]).await?)
    }

    /// Takes a submit off the list, unless the vendor may be getting it. Whoever has claimed it can send it no more: the
    /// intent needs the work, and writers follow one another.
    pub(super) async fn drop_submit(&self, txn: &mut Txn, id: &TrainingId) -> Result<(), TrainingFault> {
        let last = self.inner.store.load_last_attempt(id).await?;
        let is_open =
            |last: &Attempt| matches!(last.state, AttemptState::Sending | AttemptState::Lost | AttemptState::Unclear);
        if last.as_ref().is_some_and(is_open) {
            return Err(TrainingFault::WrongStage {
                stage: Stage::Submitting,
                message: "The vendor may have this training. Wait until that is settled, then give it up.",
            });
        }
        Ok(txn.drop_work(WorkKind::Submit, id.as_str()).await?)
    }

    async fn given_up_text(&self, id: &TrainingId) -> Result<&'static str, TrainingFault> {
        Ok(if self.inner.store.may_have_reached(id).await? {
            "Given up by a person; it is not known whether the vendor has it."
        } else {
            "Given up by a person before the vendor had it."
        })
    }

    /// The vendor's state of a run that a person vouched for: every answer about it counts.
    fn linked_state(&self, training: &Training, now: app::model::time::Timestamp) -> serde_json::Value {
        let entry = self.inner.connections.find_connection(&training.connection);
        match (entry, TrainingRequest::thaw(&training.request)) {
            (Some(entry), Ok(request)) => entry.link.begin(&request, false, now),
            _ => serde_json::Value::Null,
        }
    }
}
