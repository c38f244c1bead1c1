//! A person's decision about a training that nobody else can settle.

use super::observe::{self, Answered};
use super::outcome::Acceptance;
use super::send::failure;
use super::{TrainingFault, Trainings, record};
use crate::store::attempts::{Attempt, AttemptState};
use crate::store::txn::Txn;
use crate::store::work::WorkKind;
use app::model::event::Source;
use app::model::ids::{TrainingId, UserName};
use app::model::stage::Stage;
use app::model::training::{Decision, Training, VendorStatus};
use app::vendors::{TrainingRequest, knows_request};

impl Trainings {
    /// Links it, sends it again, or gives it up. Only in `needs_attention`; giving up also while it is being submitted
    /// and no send is under way or waits to be looked up.
    pub async fn settle_training(
        &self,
        actor: &UserName,
        id: &TrainingId,
        decision: Decision,
    ) -> Result<Training, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let mut stored = txn.load_training(id).await?.ok_or(TrainingFault::NotFound)?;
        let stage = stored.training.stage;
        let gives_up_unsent = stage == Stage::Submitting && decision == Decision::GiveUp;
        if gives_up_unsent {
            self.drop_submit(&mut txn, id).await?;
        } else if stage != Stage::NeedsAttention {
            return Err(TrainingFault::WrongStage {
                stage,
                message: "Only a training that needs attention can be settled.",
            });
        }
        if decision == Decision::SendAgain && !knows_request(&stored.training.request) {
            let message = "It was trained elsewhere: what it was trained with is not known here, so it cannot be sent.";
            return Err(TrainingFault::Unsupported(message.to_owned()));
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
            Decision::GiveUp => {
                let answered = Answered { source: Source::Person, asked_at: now, answered_at: now };
                let failure = failure("unclear", self.given_up_text(id).await?, None, true);
                let draft = observe::end_training(&mut stored, Stage::Failed, failure, answered);
                record(&mut txn, &mut stored, [draft]).await?;
            }
        }
        self.commit(txn).await?;
        self.inner.new_work.notify_waiters();
        Ok(stored.training)
    }

    /// Takes a submit off the list, unless the vendor may be getting it. Whoever has claimed it can send it no more: the
    /// intent needs the work, and writers follow one another.
    async fn drop_submit(&self, txn: &mut Txn, id: &TrainingId) -> Result<(), TrainingFault> {
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
