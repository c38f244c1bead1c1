//! Advice on a request from what we know of its model, and the record of a submit against it.
//! Asks our store only, never a vendor; what is advised is the vendor's part of `app`.

use super::{TrainingFault, Trainings};
use crate::connections::ConnectionEntry;
use app::model::advice::TrainAdvice;
use app::texts;
use app::vendors::TrainingRequest;
use app::vendors::submission::NewTraining;

/// How many of a model's newest trainings are looked at.
const LOOKED_AT: u32 = 50;

impl Trainings {
    /// Whether to train or only to redeploy; `None` for a kind that has no such choice.
    pub(super) async fn advise_request(
        &self,
        entry: &ConnectionEntry,
        request: &TrainingRequest,
    ) -> Result<Option<TrainAdvice>, TrainingFault> {
        // A kind without the choice costs no look.
        if request.advise(&[]).is_none() {
            return Ok(None);
        }
        let older = self.inner.store.list_of_ref(&entry.id, &entry.link.vendor_ref(request), LOOKED_AT).await?;
        Ok(request.advise(&older))
    }

    /// The line of history for a submit that goes against the advice; `None` where it follows.
    pub(super) async fn note_contradiction(&self, new: &NewTraining) -> Result<Option<String>, TrainingFault> {
        let Some(entry) = self.inner.connections.find_connection(&new.connection) else { return Ok(None) };
        let advice = self.advise_request(entry, &new.request).await?;
        Ok(advice.filter(|advice| advice.warning.is_some()).map(|advice| texts::advice(&advice)))
    }
}
