//! A training made by hand, for tests below the rules that would make one.

use super::database::BEGIN;
use app::model::ids::{ConnectionId, Kind, TrainingId, UserName, VendorRef};
use app::model::request::FrozenRequest;
use app::model::stage::Stage;
use app::model::training::Training;
use trainyard::store::trainings::StoredTraining;

/// The id of a draft.
pub fn draft_id(number: u32) -> TrainingId {
    TrainingId::parse(&format!("0198f7c2-7a10-7cc3-8a9e-{number:012x}")).expect("an id")
}

/// A training as `trainings::submit` would write it.
pub fn draft_training(number: u32, name: &str) -> StoredTraining {
    StoredTraining {
        training: Training {
            id: draft_id(number),
            vendor: "acme".to_owned(),
            kind: Kind::new("acme.kind"),
            connection: ConnectionId::new("one"),
            name: name.to_owned(),
            vendor_ref: Some(VendorRef::new(format!("ref-{number}"))),
            stage: Stage::Submitting,
            reached: None,
            vendor_status: [("trainingStatus".to_owned(), "Initialized".to_owned())].into(),
            progress: None,
            serving: None,
            lanes: Vec::new(),
            failure: None,
            waiting: None,
            request: FrozenRequest { kind: Kind::new("acme.kind"), fields: serde_json::Map::new() },
            datasets: Vec::new(),
            owner: UserName::new("ada"),
            tags: vec!["red".to_owned(), "blue".to_owned()],
            note: "Şu \"not\"".to_owned(),
            archived: false,
            created_at: BEGIN.plus_millis(i64::from(number)),
            submitted_at: None,
            ended_at: None,
            last_seen_at: None,
            unseen_since: None,
            stalled_since: None,
            retry_of: None,
            superseded_by: None,
            last_event: 0,
        },
        vendor_ref: VendorRef::new(format!("ref-{number}")),
        submit_digest: "digest".to_owned(),
        held: false,
        hold_if_busy: false,
        vendor_state: serde_json::json!({"reused": false}),
        last_change_at: BEGIN,
        last_asked_at: None,
        stage_asked_at: None,
        ended_asked_at: None,
    }
}
