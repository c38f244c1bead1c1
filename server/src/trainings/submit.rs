//! Writing a new training down: the row and the work to send it, in one transaction.
//! Never talks to a vendor; `send` does, from a task.

use super::held::look_ahead;
use super::observe::person_event;
use super::{TrainingFault, Trainings, record};
use crate::store::StoreError;
use crate::store::trainings::StoredTraining;
use crate::store::work::WorkKind;
use app::api::trainings::Submitted;
use app::model::dataset::CheckDataset;
use app::model::error::FieldFault;
use app::model::event::EventKind;
use app::model::finding::{CheckReport, Severity};
use app::model::ids::{ConnectionId, TrainingId, UserName, VendorRef};
use app::model::preview::RequestPreview;
use app::model::request::FrozenRequest;
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::{NAME_CHARS, Training, TrainingDataset};
use app::vendors::TrainingRequest;
use app::vendors::submission::{NewTraining, PreviewTraining};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many findings of a file a refusal tells.
const FINDINGS_TOLD: usize = 5;
/// How long a submit waits for the check of its files (about 15 GB). A longer check goes on without it, and the same
/// submit sent again finds its report. Below the time limit of a request.
const CHECK_WAIT: Duration = Duration::from_secs(40);

impl Trainings {
    /// Writes a training down, once for its id: the same submit again returns the same training.
    pub async fn submit_training(&self, owner: &UserName, new: NewTraining) -> Result<Submitted, TrainingFault> {
        self.write_new(owner, new, None).await
    }

    /// The vendor call a request becomes, tokens masked. Datasets that are not here yet show by their address.
    pub async fn preview_training(&self, preview: PreviewTraining) -> Result<RequestPreview, TrainingFault> {
        let Some(entry) = self.inner.connections.find_connection(&preview.connection) else {
            return Err(TrainingFault::Invalid(vec![no_connection()]));
        };
        let ids: Vec<_> = preview.request.datasets().into_iter().map(|used| used.sha256).collect();
        let known = self.inner.datasets.describe(&ids).await?;
        let datasets: Vec<_> = preview
            .request
            .datasets()
            .into_iter()
            .map(|used| {
                let found = known.found.iter().find(|dataset| dataset.sha256 == used.sha256);
                TrainingDataset {
                    role: used.role.to_owned(),
                    name: found.map_or_else(|| "data.json".to_owned(), |dataset| dataset.name.clone()),
                    size_bytes: found.map_or(0, |dataset| dataset.size_bytes),
                    sha256: used.sha256,
                }
            })
            .collect();
        let advice = self.advise_request(entry, &preview.request).await?;
        let warnings = self.warn_of_offer(entry, &preview.request).await?;
        let callback = self.show_offer(&entry.id, &preview.request);
        let shown = entry.link.preview(&preview.request, &datasets, callback.as_ref());
        Ok(RequestPreview { advice, warnings, ..shown })
    }

    /// The same for a first submit and a retry.
    pub(super) async fn write_new(
        &self,
        owner: &UserName,
        new: NewTraining,
        retry_of: Option<TrainingId>,
    ) -> Result<Submitted, TrainingFault> {
        let digest = digest_submit(&new, retry_of.as_ref());
        if let Some(known) = self.inner.store.load_training(&new.id).await? {
            return repeat_of(known, &digest);
        }
        let (vendor, vendor_ref, name) = self.check_new(&new)?;
        let mut faults = self.check_offer(&new.connection, &new.request).await?;
        let datasets = match self.find_datasets(&new.request).await {
            Err(TrainingFault::Invalid(more)) => {
                faults.extend(more);
                Vec::new()
            }
            datasets => datasets?,
        };
        if !faults.is_empty() {
            return Err(TrainingFault::Invalid(faults));
        }
        let checking = tokio::time::timeout(CHECK_WAIT, self.check_files(&new.request, &datasets)).await;
        checking.map_err(|_| TrainingFault::StillChecking)??;
        let id = new.id.clone();
        let note = self.note_contradiction(&new).await?;
        let draft = Draft {
            id: id.clone(),
            connection: new.connection.clone(),
            request: new.request.freeze(),
            vendor,
            name,
            vendor_ref: vendor_ref.clone(),
            datasets,
            retry_of,
        };
        let drafted = draft_stored(draft_training(owner, draft), vendor_ref.clone(), &digest, Timestamp::default());
        fail::fail_point!("submit_before_row");
        match self.insert_new(StoredTraining { hold_if_busy: new.hold_if_busy, ..drafted }, note).await {
            Ok(training) => {
                self.inner.new_work.notify_waiters();
                Ok(Submitted { training, is_new: true })
            }
            // An equal submit at the same moment was first, or another training took the name.
            Err(TrainingFault::Store(StoreError::Duplicate(_))) => match self.inner.store.load_training(&id).await? {
                Some(known) => repeat_of(known, &digest),
                None => Err(self.explain_busy(&new, &vendor_ref).await?),
            },
            Err(fault) => Err(fault),
        }
    }

    /// Everything about a submit that needs no store: connection, kind, name. All faults at once.
    fn check_new(&self, new: &NewTraining) -> Result<(&'static str, VendorRef, String), TrainingFault> {
        let mut faults = Vec::new();
        let name = new.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| new.request.default_name(), str::to_owned);
        if let Some(message) = check_name(&name) {
            faults.push(FieldFault::new("name", message));
        }
        let entry = self.inner.connections.find_connection(&new.connection);
        match entry {
            None => faults.push(no_connection()),
            Some(entry) if !entry.link.kinds().contains(&new.request.kind()) => faults.push(FieldFault::new(
                "connection",
                format!("{} cannot train {}. Choose a connection of its vendor.", entry.name, new.request.kind()),
            )),
            Some(_) => {}
        }
        match entry {
            Some(entry) if faults.is_empty() => Ok((entry.vendor, entry.link.vendor_ref(&new.request), name)),
            _ => Err(TrainingFault::Invalid(faults)),
        }
    }

    async fn find_datasets(&self, request: &TrainingRequest) -> Result<Vec<TrainingDataset>, TrainingFault> {
        let uses = request.datasets();
        let ids: Vec<_> = uses.iter().map(|used| used.sha256.clone()).collect();
        let known = self.inner.datasets.describe(&ids).await?;
        let mut datasets = Vec::new();
        let mut faults = Vec::new();
        for used in uses {
            match known.found.iter().find(|dataset| dataset.sha256 == used.sha256) {
                Some(found) => datasets.push(TrainingDataset {
                    role: used.role.to_owned(),
                    sha256: used.sha256,
                    name: found.name.clone(),
                    size_bytes: found.size_bytes,
                }),
                None => faults.push(FieldFault::new(
                    used.path,
                    "This dataset is not here. Upload the file first and use the address it gets.",
                )),
            }
        }
        if faults.is_empty() { Ok(datasets) } else { Err(TrainingFault::Invalid(faults)) }
    }

    /// Refuses files that the vendor would refuse: scripts come without the page's own check.
    async fn check_files(&self, request: &TrainingRequest, datasets: &[TrainingDataset]) -> Result<(), TrainingFault> {
        let mut faults = Vec::new();
        for (used, dataset) in request.datasets().iter().zip(datasets) {
            let asked = CheckDataset { kind: request.kind(), role: Some(dataset.role.clone()) };
            let report = self.inner.datasets.check_dataset(&dataset.sha256, asked).await?;
            faults.extend(blocking_faults(&used.path, &report));
        }
        if faults.is_empty() { Ok(()) } else { Err(TrainingFault::Invalid(faults)) }
    }

    async fn insert_new(&self, mut stored: StoredTraining, note: Option<String>) -> Result<Training, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let now = txn.now();
        stored.training.created_at = now;
        stored.last_change_at = now;
        let (connection, vendor_ref) = (stored.training.connection.clone(), stored.vendor_ref.clone());
        let ahead = look_ahead(&mut txn, &connection, &vendor_ref).await?;
        if let Some(ahead) = ahead.filter(|ahead| ahead.first.id != stored.training.id) {
            if !stored.hold_if_busy {
                let Training { id: owner, name: owner_name, .. } = ahead.first;
                return Err(TrainingFault::Busy { owner, owner_name, vendor_ref });
            }
            stored.held = true;
            stored.training.waiting = Some(ahead.wait_behind());
        }
        txn.insert_training(&stored).await?;
        let created = person_event(EventKind::Created, &stored.training.owner.clone(), note, now);
        record(&mut txn, &mut stored, [created]).await?;
        let id = stored.training.id.clone();
        if !stored.held {
            txn.put_work(WorkKind::Submit, id.as_str(), &id, now).await?;
        }
        self.commit(txn).await?;
        Ok(stored.training)
    }

    async fn explain_busy(&self, new: &NewTraining, vendor_ref: &VendorRef) -> Result<TrainingFault, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let ahead = look_ahead(&mut txn, &new.connection, vendor_ref).await?;
        let Some(ahead) = ahead else { return Ok(TrainingFault::DifferentBody) };
        let Training { id: owner, name: owner_name, .. } = ahead.first;
        Ok(TrainingFault::Busy { owner, owner_name, vendor_ref: vendor_ref.clone() })
    }
}

/// What is known of a new training before it is written down.
pub(super) struct Draft {
    pub id: TrainingId,
    pub connection: ConnectionId,
    pub request: FrozenRequest,
    pub vendor: &'static str,
    pub name: String,
    pub vendor_ref: VendorRef,
    pub datasets: Vec<TrainingDataset>,
    pub retry_of: Option<TrainingId>,
}

/// A new training's row.
pub(super) fn draft_stored(training: Training, vendor_ref: VendorRef, digest: &str, now: Timestamp) -> StoredTraining {
    StoredTraining {
        training: Training { created_at: now, ..training },
        vendor_ref,
        submit_digest: digest.to_owned(),
        held: false,
        hold_if_busy: false,
        vendor_state: serde_json::Value::Null,
        last_change_at: now,
        last_asked_at: None,
        stage_asked_at: None,
        ended_asked_at: None,
    }
}

/// A new training, not yet sent.
pub(super) fn draft_training(owner: &UserName, draft: Draft) -> Training {
    Training {
        id: draft.id,
        vendor: draft.vendor.to_owned(),
        kind: draft.request.kind.clone(),
        connection: draft.connection,
        name: draft.name,
        vendor_ref: Some(draft.vendor_ref),
        stage: Stage::Submitting,
        reached: None,
        vendor_status: BTreeMap::new(),
        progress: None,
        serving: None,
        lanes: Vec::new(),
        failure: None,
        waiting: None,
        request: draft.request,
        datasets: draft.datasets,
        owner: owner.clone(),
        tags: Vec::new(),
        note: String::new(),
        archived: false,
        created_at: Timestamp::default(),
        submitted_at: None,
        ended_at: None,
        last_seen_at: None,
        unseen_since: None,
        stalled_since: None,
        retry_of: draft.retry_of,
        superseded_by: None,
        last_event: 0,
    }
}

/// Why a name cannot stand, or `None`.
pub(super) fn check_name(name: &str) -> Option<String> {
    if name.chars().count() > NAME_CHARS {
        return Some(format!("A name has at most {NAME_CHARS} characters."));
    }
    name.chars().any(char::is_control).then(|| "A name has no line breaks or control characters.".to_owned())
}

/// What blocks a file at `path`: the first findings, and how many more there are.
fn blocking_faults(path: &str, report: &CheckReport) -> Vec<FieldFault> {
    let errors = || report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut faults: Vec<_> =
        errors().take(FINDINGS_TOLD).map(|finding| FieldFault::new(path, finding.sentence())).collect();
    let more = errors().skip(FINDINGS_TOLD).count();
    if more > 0 {
        let message = format!("There is more to mend in this file, in {more} places or more. Its check lists them.");
        faults.push(FieldFault::new(path, message));
    }
    faults
}

pub(super) fn no_connection() -> FieldFault {
    FieldFault::new("connection", "There is no such connection. GET /api/v1/connections lists them.")
}

/// The answer to a submit whose id is known: the training it made, if it is the same submit.
pub(super) fn repeat_of(known: StoredTraining, digest: &str) -> Result<Submitted, TrainingFault> {
    if known.submit_digest == digest {
        Ok(Submitted { training: known.training, is_new: false })
    } else {
        Err(TrainingFault::DifferentBody)
    }
}

/// The SHA-256 of what was asked for, defaults filled in: `{connection, name, request, hold_if_busy}`. A retry names no
/// name: it takes the older training's, which people may change meanwhile, so the older training's id stands there.
fn digest_submit(new: &NewTraining, retry_of: Option<&TrainingId>) -> String {
    let name = new.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = name.map_or_else(|| new.request.default_name(), str::to_owned);
    let mut body = serde_json::json!({
        "connection": new.connection,
        "hold_if_busy": new.hold_if_busy,
        "request": new.request,
    });
    body[if retry_of.is_some() { "retry_of" } else { "name" }] = retry_of.map_or(name, ToString::to_string).into();
    digest_json(&body)
}

/// The SHA-256 of JSON, in hexadecimal digits.
pub(super) fn digest_json(body: &serde_json::Value) -> String {
    Sha256::digest(body.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}
