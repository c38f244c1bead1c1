//! Trainings and events for this crate's own tests.

use crate::model::connection::{Capabilities, Connection, Health, HealthState};
use crate::model::event::{Event, EventKind, Source};
use crate::model::ids::{ConnectionId, DatasetId, Kind, TrainingId, UserName, VendorRef};
use crate::model::published::{InferenceCall, MadeBy, MissingCondition, Model, ModelReadiness};
use crate::model::request::FrozenRequest;
use crate::model::stage::Stage;
use crate::model::time::Timestamp;
use crate::model::training::{Lane, Training, TrainingDataset, VendorStatus};

/// 2026-11-20T14:00:00Z
pub const START: i64 = 1_795_183_200_000;
/// Every character that could end a tag, an attribute, a title or a script.
pub const HOSTILE: &str = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;";

/// A training at `stage` whose every free text is hostile.
pub fn training(stage: Stage) -> Training {
    let status = VendorStatus::from([("trainingStatus".to_owned(), HOSTILE.to_owned())]);
    Training {
        id: TrainingId::new("0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e"),
        vendor: "sestek".to_owned(),
        kind: Kind::new("sestek.clustering"),
        connection: ConnectionId::new("sandbox-sestek"),
        name: HOSTILE.to_owned(),
        vendor_ref: Some(VendorRef::new("musteri-niyetleri-2026")),
        stage,
        reached: None,
        vendor_status: status.clone(),
        progress: None,
        serving: None,
        lanes: vec![lane("training", stage, status)],
        failure: None,
        waiting: None,
        request: FrozenRequest {
            kind: Kind::new("sestek.clustering"),
            fields: serde_json::Map::from_iter([("product_name".to_owned(), HOSTILE.into())]),
        },
        datasets: vec![TrainingDataset {
            role: "dialogue".to_owned(),
            sha256: DatasetId::new("ab".repeat(32)),
            name: HOSTILE.to_owned(),
            size_bytes: 18_200_000,
        }],
        owner: UserName::new("data-team"),
        tags: vec![HOSTILE.to_owned()],
        note: HOSTILE.to_owned(),
        archived: false,
        created_at: Timestamp::from_millis(START),
        submitted_at: Some(Timestamp::from_millis(START)),
        ended_at: None,
        last_seen_at: Some(Timestamp::from_millis(START)),
        unseen_since: None,
        stalled_since: None,
        retry_of: None,
        superseded_by: None,
        last_event: 0,
    }
}

fn lane(key: &str, stage: Stage, vendor_status: VendorStatus) -> Lane {
    Lane { key: key.to_owned(), label: "Training".to_owned(), stage, vendor_status, error: None }
}

/// Event `id` after which `training` stands at `stage`: seen at minute `id` after the start, not before 30 s earlier.
pub fn event(training: &Training, id: i64, stage: Stage) -> Event {
    let mut after = training.state();
    after.stage = stage;
    after.lanes = vec![lane("training", stage, VendorStatus::new())];
    let at = START + id * 60_000;
    Event {
        id,
        training: training.id.clone(),
        kind: EventKind::StageChanged,
        source: Source::Poll,
        at_earliest: Timestamp::from_millis(at - 30_000),
        at_latest: Timestamp::from_millis(at),
        actor: None,
        message: Some(HOSTILE.to_owned()),
        after,
    }
}

/// A sleeping model whose current training stands at `stage`, with hostile free texts.
pub fn model(stage: Stage) -> Model {
    let current = training(stage);
    Model {
        connection: current.connection.clone(),
        vendor: current.vendor.clone(),
        kind: current.kind.clone(),
        vendor_ref: VendorRef::new(HOSTILE),
        readiness: ModelReadiness {
            is_trained: true,
            is_running: true,
            is_awake: Some(false),
            missing: Some(MissingCondition::Awake),
        },
        made_by: Some(MadeBy { id: current.id.clone(), name: HOSTILE.to_owned() }),
        current,
        inference: Some(InferenceCall {
            url: "https://host.example".to_owned(),
            curl: HOSTILE.to_owned(),
            note: Some(HOSTILE.to_owned()),
        }),
        redeploy_blocked: Some(HOSTILE.to_owned()),
    }
}

/// A connection with hostile free texts, a warning, and a language model that can be set.
pub fn connection() -> Connection {
    Connection {
        id: ConnectionId::new("knovvu"),
        vendor: "sestek".to_owned(),
        name: HOSTILE.to_owned(),
        sandbox: true,
        kinds: vec![Kind::new("sestek.clustering")],
        health: Health {
            state: HealthState::Refused,
            since: Some(Timestamp::from_millis(START)),
            message: Some(HOSTILE.to_owned()),
        },
        capabilities: Capabilities { llm_settings: true, ..Capabilities::default() },
        last_used_at: Some(Timestamp::from_millis(START)),
        last_refused_at: None,
        default_product_name: Some(HOSTILE.to_owned()),
        tenant_name: Some(HOSTILE.to_owned()),
        notices: vec![HOSTILE.to_owned()],
    }
}
