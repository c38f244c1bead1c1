//! The vendors' clients over real HTTP: hostile servers, tokens, and the conformance suite against the sandbox.

mod hostile;
mod sandbox;
mod tokens;

use app::model::ids::{ConnectionId, Kind, VendorRef};
use app::model::stage::Stage;
use app::vendors::TrainingRequest;
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use trainyard::clock::{SharedClock, WallClock};
use trainyard::secret::{Secret, SecretFault, SecretReader, SecretRef};
use trainyard::vendors::http::HttpLimits;
use trainyard::vendors::sestek::SestekConnection;
use trainyard::vendors::vendor::{ConnectionSettings, OrderFile, Pace, PollTarget, SubmitOrder, VendorConnection as _};

/// The sandbox's client secret; also the canary of the tests.
pub const SECRET: &str = "sandbox-secret";

struct FixedSecret;

impl SecretReader for FixedSecret {
    fn read(&self, _reference: &SecretRef) -> Result<Secret, SecretFault> {
        Ok(Secret::new(SECRET))
    }
}

/// Limits short enough for a test to wait for.
pub fn quick_limits() -> HttpLimits {
    HttpLimits {
        connect: Duration::from_secs(2),
        ask: Duration::from_secs(2),
        submit: Duration::from_secs(5),
        ..HttpLimits::default()
    }
}

/// A connection to a SESTEK at `address`, as the configuration would make it.
pub fn connect_sestek(address: SocketAddr, limits: HttpLimits, clock: SharedClock) -> SestekConnection {
    let base_url = format!("http://{address}/sestek");
    let mut own = toml::Table::new();
    own.insert("identity_base_url".to_owned(), format!("{base_url}/identity/").into());
    own.insert("client_id".to_owned(), "sandbox".into());
    own.insert("client_secret".to_owned(), toml::Table::from_iter([("env".to_owned(), "X".into())]).into());
    let settings = ConnectionSettings {
        id: ConnectionId::new("test"),
        name: "Test".to_owned(),
        base_url: url::Url::parse(&base_url).unwrap(),
        sandbox: false,
        allow_http: false,
        allow_networks: Vec::new(),
        own,
        secrets: Arc::new(FixedSecret),
        pace: Pace(1.0),
        limits,
        clock,
    };
    SestekConnection::open(settings).unwrap()
}

/// The same with short limits and the wall clock.
pub fn connect_quickly(address: SocketAddr) -> SestekConnection {
    connect_sestek(address, quick_limits(), Arc::new(WallClock))
}

/// A classification request for this model.
pub fn classification(model_id: &str) -> TrainingRequest {
    serde_json::from_value(json!({"kind": "sestek.classification", "model_id": model_id, "product_name": "CA",
        "language": "tr-TR", "dataset": "c".repeat(64)}))
    .unwrap()
}

/// A clustering request for this model.
pub fn clustering(model_id: &str, force_train: bool) -> TrainingRequest {
    serde_json::from_value(json!({"kind": "sestek.clustering", "model_id": model_id, "product_name": "CA",
        "language": "tr-TR", "data": {"schema": "dialogue", "dialogue": "d".repeat(64)}, "force_train": force_train}))
    .unwrap()
}

/// A question answering request for this model, made from one file.
pub fn gqa(model_id: &str) -> TrainingRequest {
    serde_json::from_value(json!({"kind": "sestek.gqa", "model_id": model_id, "project_name": "Help desk",
        "data": {"files": ["f".repeat(64)]}}))
    .unwrap()
}

/// A submit of this request whose only file is `content`.
pub fn order(request: TrainingRequest, content: &'static [u8]) -> SubmitOrder {
    let role = match request {
        TrainingRequest::SestekClustering(_) => "dialogue",
        TrainingRequest::SestekClassification(_) => "dataset",
        TrainingRequest::SestekGqa(_) => "files",
    };
    let source = move || futures::stream::iter([Ok(Bytes::from_static(content))]).boxed();
    let file = OrderFile {
        role: role.to_owned(),
        name: "görüşmeler.json".to_owned(),
        size_bytes: content.len() as u64,
        source: Arc::new(source),
    };
    SubmitOrder { request, files: vec![file], callback: None }
}

/// Two labelled texts: the smallest file that a vendor takes.
pub const ROWS: &[u8] = br#"[{"Label":"a","Text":"x"},{"Label":"b","Text":"y"}]"#;

/// Whom to ask about after a submit of this request.
pub fn target(connection: &SestekConnection, request: &TrainingRequest, used_before: bool) -> PollTarget {
    PollTarget {
        kind: request.kind(),
        vendor_ref: connection.vendor_ref(request),
        state: connection.begin(request, used_before, app::model::time::Timestamp::from_millis(0)),
        stage: Stage::Queued,
    }
}

/// Whom to ask about when nothing is known but the name.
pub fn unknown_target(model_id: &str) -> PollTarget {
    PollTarget {
        kind: Kind::new("sestek.classification"),
        vendor_ref: VendorRef::new(model_id),
        state: serde_json::Value::Null,
        stage: Stage::Submitting,
    }
}
