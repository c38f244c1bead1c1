//! A person's decision about a training that nobody else can settle.

use super::observe::{self, Answered};
use super::outcome::Acceptance;
use super::send::failure;
use super::{TrainingFault, Trainings, record};
use crate::store::work::WorkKind;
use app::model::event::Source;
use app::model::ids::{TrainingId, UserName};
use app::model::stage::Stage;
use app::model::training::{Decision, Training, VendorStatus};
use app::vendors::TrainingRequest;

impl Trainings {
    /// Links it, sends it again, or gives it up. Only in `needs_attention`; giving up also while it is being submitted
    /// and nothing is under way.
    pub async fn settle_training(
        &self,
        actor: &UserName,
        id: &TrainingId,
        decision: Decision,
    ) -> Result<Training, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let mut stored = txn.load_training(id).await?.ok_or(TrainingFault::NotFound)?;
        let stage = stored.training.stage;
        if stage != Stage::NeedsAttention {
            return Err(TrainingFault::WrongStage {
                stage,
                message: "Only a training that needs attention can be settled.",
            });
        }
        let now = txn.now();
        match decision {
            Decision::SendAgain => {
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
                let failure =
                    failure("unclear", "Given up by a person; it is not known whether the vendor has it.", None, true);
                let draft = observe::end_training(&mut stored, Stage::Failed, failure, answered);
                record(&mut txn, &mut stored, [draft]).await?;
            }
        }
        self.commit(txn).await?;
        self.inner.new_work.notify_waiters();
        Ok(stored.training)
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
