//! Watching a model that was trained elsewhere: written down as the vendor's already, and polled from now on.
//! Calls no vendor; whether there is such a model comes out with the first polls.

use super::observe::person_event;
use super::submit::{Draft, digest_json, draft_stored, draft_training, no_connection, repeat_of};
use super::{TrainingFault, Trainings, poll_key, record};
use crate::connections::ConnectionEntry;
use crate::store::StoreError;
use crate::store::attempts::{Attempt, AttemptState};
use crate::store::trainings::StoredTraining;
use crate::store::work::WorkKind;
use app::api::trainings::Submitted;
use app::model::error::FieldFault;
use app::model::event::EventKind;
use app::model::ids::{Kind, TrainingId, UserName, VendorRef};
use app::model::stage::Stage;
use app::model::training::{AdoptTraining, Training, VENDOR_REF_CHARS};
use app::vendors::{freeze_adopted, knows_request};

/// How many of a name's trainings are looked through for its kind.
const KNOWN: u32 = 50;

impl Trainings {
    /// Watches what the vendor has under a name, once for its id: the same call again returns the same training.
    pub async fn adopt_training(&self, actor: &UserName, adopt: AdoptTraining) -> Result<Submitted, TrainingFault> {
        let (entry, kind) = self.check_adoption(&adopt).await?;
        let digest = digest_json(&serde_json::json!({
            "adopt": { "connection": adopt.connection, "vendor_ref": adopt.vendor_ref, "kind": kind },
        }));
        let id = adopt.id.clone().unwrap_or_else(|| TrainingId::new(uuid::Uuid::now_v7().to_string()));
        if let Some(known) = self.inner.store.load_training(&id).await? {
            return repeat_of(known, &digest);
        }
        let draft = Draft {
            id: id.clone(),
            connection: adopt.connection.clone(),
            request: freeze_adopted(&kind, &adopt.vendor_ref),
            vendor: entry.vendor,
            name: adopt.vendor_ref.to_string(),
            vendor_ref: adopt.vendor_ref.clone(),
            datasets: Vec::new(),
            retry_of: None,
        };
        let training = Training { stage: Stage::Queued, ..draft_training(actor, draft) };
        match self.insert_adopted(actor, training, adopt.vendor_ref, &digest).await {
            Ok(training) => {
                self.inner.new_work.notify_waiters();
                Ok(Submitted { training, is_new: true })
            }
            // An equal call at the same moment was first.
            Err(TrainingFault::Store(StoreError::Duplicate(id_taken))) => {
                match self.inner.store.load_training(&id).await? {
                    Some(known) => repeat_of(known, &digest),
                    None => Err(StoreError::Duplicate(id_taken).into()),
                }
            }
            Err(fault) => Err(fault),
        }
    }

    /// Everything about an adoption but whether its name is free, all faults at once. What is known here of the name says
    /// its kind: the vendor would be asked for a model of another kind, and know none.
    async fn check_adoption(&self, adopt: &AdoptTraining) -> Result<(&ConnectionEntry, Kind), TrainingFault> {
        let mut faults = Vec::new();
        if let Some(message) = check_vendor_ref(&adopt.vendor_ref) {
            faults.push(FieldFault::new("vendor_ref", message));
        }
        let entry = self.inner.connections.find_connection(&adopt.connection);
        let kinds = entry.map(|entry| entry.link.kinds()).unwrap_or_default();
        let known_kind = self.find_known_kind(adopt).await?;
        let kind = adopt.kind.as_ref().or(known_kind.as_ref()).or(kinds.first()).cloned();
        match (entry, &kind) {
            (None, _) => faults.push(no_connection()),
            (Some(entry), Some(kind)) if !kinds.contains(kind) => {
                let known: Vec<_> = kinds.iter().map(Kind::as_str).collect();
                let message = format!("{} has no models of this kind. Its kinds: {}.", entry.name, known.join(", "));
                faults.push(FieldFault::new("kind", message));
            }
            (Some(_), Some(kind)) => faults.extend(known_kind.filter(|known| known != kind).map(other_kind)),
            (Some(_), None) => {}
        }
        match (entry, kind) {
            (Some(entry), Some(kind)) if faults.is_empty() => Ok((entry, kind)),
            _ => Err(TrainingFault::Invalid(faults)),
        }
    }

    /// The kind of what the vendor has had under the name, as far as it was seen from here.
    async fn find_known_kind(&self, adopt: &AdoptTraining) -> Result<Option<Kind>, TrainingFault> {
        let chain = self.inner.store.list_of_ref(&adopt.connection, &adopt.vendor_ref, KNOWN).await?;
        Ok(chain.into_iter().find(was_seen).map(|training| training.kind))
    }

    async fn insert_adopted(
        &self,
        actor: &UserName,
        training: Training,
        vendor_ref: VendorRef,
        digest: &str,
    ) -> Result<Training, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let now = txn.now();
        // Held ones own nothing: they wait behind the adopted training from here on.
        if let Some(owner) = txn.find_owner_of_ref(&training.connection, &vendor_ref).await? {
            // The same call may have been first.
            if owner == training.id {
                return Err(StoreError::Duplicate(owner.to_string()).into());
            }
            let owner_name = txn.load_training(&owner).await?.map(|owner| owner.training.name).unwrap_or_default();
            return Err(TrainingFault::Busy { owner, owner_name, vendor_ref });
        }
        let mut stored = draft_stored(training, vendor_ref, digest, now);
        txn.insert_training(&stored).await?;
        let adopted = person_event(EventKind::Adopted, actor, None, now);
        record(&mut txn, &mut stored, [adopted]).await?;
        txn.insert_attempt(&vouch_for(&stored)).await?;
        let key = poll_key(&stored.training.connection, &stored.vendor_ref);
        txn.put_work(WorkKind::Poll, &key, &stored.training.id, now).await?;
        self.commit(txn).await?;
        Ok(stored.training)
    }
}

/// Whether the vendor has had this training. A person's word for what was trained elsewhere is not its own.
fn was_seen(training: &Training) -> bool {
    if knows_request(&training.request) { training.last_seen_at.is_some() } else { !training.vendor_status.is_empty() }
}

fn other_kind(known: Kind) -> FieldFault {
    let message = format!("The model of this id is known here, and its kind is {known}. Choose that kind, or none.");
    FieldFault::new("kind", message)
}

/// Nothing was sent from here, but the vendor has it: whoever uses the name next must know.
fn vouch_for(stored: &StoredTraining) -> Attempt {
    Attempt {
        training: stored.training.id.clone(),
        number: 1,
        epoch: 0,
        state: AttemptState::Accepted,
        intent_at: stored.training.created_at,
        absences: 0,
        run_id: None,
        message: None,
    }
}

/// Why a name cannot be asked about, or `None`. Older names break today's rules, so nearly everything goes.
fn check_vendor_ref(vendor_ref: &VendorRef) -> Option<String> {
    let text = vendor_ref.as_str();
    if text.trim().is_empty() {
        return Some("Give the id that the vendor knows the model by.".to_owned());
    }
    if text.chars().count() > VENDOR_REF_CHARS {
        return Some(format!("An id has at most {VENDOR_REF_CHARS} characters."));
    }
    text.chars().any(char::is_control).then(|| "An id has no line breaks or control characters.".to_owned())
}
