//! What people may change about a training: its name here, tags, note, archived. The vendor never hears of it.

use super::observe::edit_training;
use super::submit::check_name;
use super::{TrainingFault, Trainings, record};
use app::model::error::FieldFault;
use app::model::ids::{TrainingId, UserName};
use app::model::training::{Training, TrainingChange};

/// Limits of what people may write.
const TAGS: usize = 20;
const TAG_CHARS: usize = 40;
const NOTE_CHARS: usize = 4_000;

impl Trainings {
    /// Changes the given fields; every fault at once.
    pub async fn change_training(
        &self,
        actor: &UserName,
        id: &TrainingId,
        change: TrainingChange,
    ) -> Result<Training, TrainingFault> {
        let change = clean_change(change).map_err(TrainingFault::Invalid)?;
        let mut txn = self.inner.store.open_txn().await?;
        let mut stored = txn.load_training(id).await?.ok_or(TrainingFault::NotFound)?;
        // Archived it would still be sent, out of sight.
        if change.archived == Some(true) && stored.held && !stored.training.stage.is_end() {
            let message = "It is held here and would still be sent. Cancel it first.";
            return Err(TrainingFault::WrongStage { stage: stored.training.stage, message });
        }
        let now = txn.now();
        if let Some(draft) = edit_training(&mut stored, change, actor, now) {
            record(&mut txn, &mut stored, [draft]).await?;
            self.commit(txn).await?;
        }
        Ok(stored.training)
    }
}

fn clean_change(mut change: TrainingChange) -> Result<TrainingChange, Vec<FieldFault>> {
    let mut faults = Vec::new();
    if let Some(name) = &mut change.name {
        *name = name.trim().to_owned();
        if name.is_empty() {
            faults.push(FieldFault::new("name", "Give it a name."));
        } else if let Some(message) = check_name(name) {
            faults.push(FieldFault::new("name", message));
        }
    }
    if let Some(tags) = &mut change.tags {
        let mut kept: Vec<String> = Vec::new();
        for (position, tag) in tags.iter().enumerate() {
            let tag = tag.trim();
            if tag.is_empty() || tag.chars().count() > TAG_CHARS || tag.chars().any(|c| c.is_control() || c == ',') {
                let message = format!("A tag has 1 to {TAG_CHARS} characters, no comma and no line break.");
                faults.push(FieldFault::new(format!("tags.{position}"), message));
            } else if !kept.iter().any(|known| known == tag) {
                kept.push(tag.to_owned());
            }
        }
        if kept.len() > TAGS {
            faults.push(FieldFault::new("tags", format!("A training has at most {TAGS} tags.")));
        }
        kept.sort_unstable();
        *tags = kept;
    }
    if change.note.as_ref().is_some_and(|note| note.chars().count() > NOTE_CHARS || note.contains('\0')) {
        faults.push(FieldFault::new("note", format!("A note has at most {NOTE_CHARS} characters.")));
    }
    if faults.is_empty() { Ok(change) } else { Err(faults) }
}
