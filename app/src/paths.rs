//! One function per address of the pages, the API, the live stream and the static files.
//! Nobody else formats a URL; nothing here reads one.

use crate::model::filter::TrainingFilter;
use crate::model::ids::{ConnectionId, DatasetId, Kind, TrainingId, VendorRef};
use std::fmt::Write as _;

/// The Now page.
pub const NOW: &str = "/";
/// The list without filters.
pub const TRAININGS: &str = "/trainings";
/// What serves.
pub const MODELS: &str = "/models";
/// The vendor accounts.
pub const CONNECTIONS: &str = "/connections";
/// The choice of a kind.
pub const NEW_TRAINING: &str = "/trainings/new";
/// The inbox of callbacks.
pub const INBOX: &str = "/inbox";
/// The sign-in page; its form posts to the same address.
pub const SIGN_IN: &str = "/sign-in";
/// The name of the one-time secret in a sign-in link and in the sign-in form.
pub const SIGN_IN_FIELD: &str = "link";
/// The name under which the sign-in page is told that a link opened nothing.
pub const SIGN_IN_FAULT: &str = "error";
/// The name of the address to go on to after signing in.
pub const SIGN_IN_NEXT: &str = "next";
/// Where the sign-out form posts to.
pub const SIGN_OUT: &str = "/sign-out";

/// `GET` lists, `POST` submits.
pub const API_TRAININGS: &str = "/api/v1/trainings";
/// The masked vendor call a request would become.
pub const API_PREVIEW: &str = "/api/v1/trainings/preview";
/// Every connection.
pub const API_CONNECTIONS: &str = "/api/v1/connections";
/// Asks whether a model is awake.
pub const API_CHECK_MODEL: &str = "/api/v1/models/check";
/// Puts a model back into service.
pub const API_REDEPLOY_MODEL: &str = "/api/v1/models/redeploy";
/// Watches a model that was trained elsewhere.
pub const API_ADOPT: &str = "/api/v1/trainings/adopt";
/// tus 1.0.0.
pub const API_UPLOADS: &str = "/api/v1/uploads";
/// The live stream.
pub const API_EVENTS: &str = "/api/v1/events";

/// Where vendors call back; each training has an address of its own below it.
pub const CALLBACKS: &str = "/callbacks";

/// The icon sprite.
pub const ICONS: &str = "/icons.svg";
/// The favicon.
pub const FAVICON: &str = "/favicon.svg";
/// The script of the preflight worker.
pub const WORKER_SCRIPT: &str = "/worker.js";

/// The parts of a training's page; each has its own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingTab {
    Timeline,
    Request,
    Data,
    Metrics,
    Answers,
    Activity,
}

impl TrainingTab {
    /// Every tab, in the order of the page.
    pub const ALL: [Self; 6] =
        [Self::Timeline, Self::Request, Self::Data, Self::Metrics, Self::Answers, Self::Activity];

    /// The last segment of the tab's address; the timeline has none.
    pub const fn segment(self) -> &'static str {
        match self {
            Self::Timeline => "",
            Self::Request => "request",
            Self::Data => "data",
            Self::Metrics => "metrics",
            Self::Answers => "answers",
            Self::Activity => "activity",
        }
    }
}

/// The list, narrowed as `filter` says.
pub fn trainings(filter: &TrainingFilter) -> String {
    with_query(TRAININGS, filter.to_pairs())
}

/// The sign-in page, which sends the browser on to `next` afterwards (checked by the server).
pub fn sign_in(next: Option<&str>) -> String {
    with_query(SIGN_IN, next.map(|next| (SIGN_IN_NEXT, next.to_owned())).into_iter().collect())
}

/// The sign-in page saying that the link opened nothing.
pub fn sign_in_failed(next: Option<&str>) -> String {
    let mut pairs = vec![(SIGN_IN_FAULT, "link".to_owned())];
    pairs.extend(next.map(|next| (SIGN_IN_NEXT, next.to_owned())));
    with_query(SIGN_IN, pairs)
}

/// The sign-in page with a one-time link's secret; a button on it uses the link up.
pub fn sign_in_link(link: &str) -> String {
    with_query(SIGN_IN, vec![(SIGN_IN_FIELD, link.to_owned())])
}

/// A page of models.
pub fn models(after: Option<String>) -> String {
    with_query(MODELS, after.map(|after| ("after", after)).into_iter().collect())
}

/// The models page with the form that watches a model trained elsewhere; filled in where one is named.
pub fn adopt_model(model: Option<(&ConnectionId, &Kind, &VendorRef)>) -> String {
    let mut pairs = vec![("adopt", "1".to_owned())];
    if let Some((connection, kind, vendor_ref)) = model {
        pairs.push(("connection", connection.to_string()));
        pairs.push(("kind", kind.to_string()));
        pairs.push(("vendor_ref", vendor_ref.to_string()));
    }
    with_query(MODELS, pairs)
}

/// A model's page.
pub fn model(connection: &ConnectionId, vendor_ref: &VendorRef) -> String {
    format!("{MODELS}/{}/{}", encode(connection.as_str()), encode(vendor_ref.as_str()))
}

/// A connection's page.
pub fn connection(id: &ConnectionId) -> String {
    format!("{CONNECTIONS}/{}", encode(id.as_str()))
}

/// A training's page.
pub fn training(id: &TrainingId) -> String {
    format!("{TRAININGS}/{}", encode(id.as_str()))
}

/// A part of a training's page.
pub fn training_tab(id: &TrainingId, tab: TrainingTab) -> String {
    match tab {
        TrainingTab::Timeline => training(id),
        _ => format!("{}/{}", training(id), tab.segment()),
    }
}

/// The empty form of a kind (`sestek.clustering` becomes `/trainings/new/sestek/clustering`).
pub fn new_training(kind: &Kind) -> String {
    let (vendor, name) = kind.as_str().split_once('.').unwrap_or((kind.as_str(), ""));
    format!("{NEW_TRAINING}/{}/{}", encode(vendor), encode(name))
}

/// The form of a kind, filled in from an earlier training (Duplicate).
pub fn new_training_from(kind: &Kind, id: &TrainingId) -> String {
    with_query(&new_training(kind), vec![("from", id.to_string())])
}

/// The form of a kind, filled in from an ended training that it will be a retry of (Retry).
pub fn retry_training(kind: &Kind, id: &TrainingId) -> String {
    with_query(&new_training(kind), vec![("retry", id.to_string())])
}

/// One training; `PATCH` changes name, tags, note, archived.
pub fn api_training(id: &TrainingId) -> String {
    format!("{API_TRAININGS}/{}", encode(id.as_str()))
}

/// Trains an ended training again.
pub fn api_retry(id: &TrainingId) -> String {
    format!("{}/retry", api_training(id))
}

/// Asks for an early poll.
pub fn api_refresh(id: &TrainingId) -> String {
    format!("{}/refresh", api_training(id))
}

/// Ends a held training.
pub fn api_cancel(id: &TrainingId) -> String {
    format!("{}/cancel", api_training(id))
}

/// Settles what only a person can tell.
pub fn api_settle(id: &TrainingId) -> String {
    format!("{}/settle", api_training(id))
}

/// One harmless call to the vendor.
pub fn api_test_connection(id: &ConnectionId) -> String {
    format!("{API_CONNECTIONS}/{}/test", encode(id.as_str()))
}

/// Sends a sample callback through our own public address.
pub fn api_rehearse_callback(id: &ConnectionId) -> String {
    format!("{API_CONNECTIONS}/{}/rehearse-callback", encode(id.as_str()))
}

/// Ends the client that a connection's vendor signs in with.
pub fn api_rotate_callback_client(id: &ConnectionId) -> String {
    format!("{API_CONNECTIONS}/{}/rotate-callback-client", encode(id.as_str()))
}

/// What is kept for a connection; `POST` keeps one more.
pub fn api_kept_secrets(id: &ConnectionId) -> String {
    format!("{API_CONNECTIONS}/{}/secrets", encode(id.as_str()))
}

/// One kept secret; `DELETE` forgets it.
pub fn api_kept_secret(id: &ConnectionId, name: &str) -> String {
    format!("{}/{}", api_kept_secrets(id), encode(name))
}

/// The language model that a connection's vendor was told to use.
pub fn api_llm(id: &ConnectionId) -> String {
    format!("{API_CONNECTIONS}/{}/llm", encode(id.as_str()))
}

/// Gives an unmatched callback to a training.
pub fn api_attach_callback(id: i64) -> String {
    format!("/api/v1/callbacks/{id}/attach")
}

/// Follows a callback once more.
pub fn api_replay_callback(id: i64) -> String {
    format!("/api/v1/callbacks/{id}/replay")
}

/// One upload.
pub fn api_upload(id: &str) -> String {
    format!("{API_UPLOADS}/{}", encode(id))
}

/// One dataset.
pub fn api_dataset(id: &DatasetId) -> String {
    format!("/api/v1/datasets/{}", encode(id.as_str()))
}

/// Checks a dataset by a kind's rules.
pub fn api_check_dataset(id: &DatasetId) -> String {
    format!("{}/check", api_dataset(id))
}

/// The live stream, from the first event after `after`. An EventSource cannot set `Last-Event-ID` on its first
/// request, so the number goes into the address.
pub fn api_events(after: Option<i64>) -> String {
    with_query(API_EVENTS, after.map(|id| ("last_event_id", id.to_string())).into_iter().collect())
}

/// A training's whole history, oldest first.
pub fn api_training_events(id: &TrainingId) -> String {
    format!("{}/events", api_training(id))
}

/// A training's metric points, oldest first.
pub fn api_training_metrics(id: &TrainingId) -> String {
    format!("{}/metrics", api_training(id))
}

/// An icon of the sprite.
pub fn icon(name: &str) -> String {
    format!("{ICONS}#{name}")
}

/// `path` with `pairs` as its query string; no question mark when there are none.
fn with_query(path: &str, pairs: Vec<(&'static str, String)>) -> String {
    let mut url = path.to_owned();
    for (at, (name, value)) in pairs.into_iter().enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.push_str(&encode(&value));
    }
    url
}

/// Percent-encodes everything but RFC 3986's unreserved characters, so that the text fits a segment and a value.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{
        TrainingTab, api_events, api_kept_secret, connection, new_training, retry_training, training_tab, trainings,
    };
    use crate::model::filter::TrainingFilter;
    use crate::model::ids::{ConnectionId, Kind, TrainingId};
    use crate::model::stage::Stage;

    #[test]
    fn filters_are_written_into_the_address_and_escaped() {
        let filter = TrainingFilter {
            q: Some("Müşteri & co".to_owned()),
            stage: vec![Stage::Training, Stage::NeedsAttention],
            ..TrainingFilter::default()
        };
        assert_eq!(trainings(&filter), "/trainings?stage=training%2Cneeds_attention&q=M%C3%BC%C5%9Fteri%20%26%20co");
        assert_eq!(trainings(&TrainingFilter::default()), "/trainings");
    }

    #[test]
    fn a_hostile_id_cannot_leave_its_segment() {
        let id = TrainingId::new("../sign-out?x=1#y");
        assert_eq!(training_tab(&id, TrainingTab::Request), "/trainings/..%2Fsign-out%3Fx%3D1%23y/request");
    }

    #[test]
    fn a_connection_and_its_secrets_stay_in_their_segments() {
        let id = ConnectionId::new("../x?y");
        assert_eq!(connection(&id), "/connections/..%2Fx%3Fy");
        assert_eq!(api_kept_secret(&id, "a/b"), "/api/v1/connections/..%2Fx%3Fy/secrets/a%2Fb");
    }

    #[test]
    fn a_kind_becomes_two_segments() {
        let kind = Kind::new("sestek.clustering");
        assert_eq!(new_training(&kind), "/trainings/new/sestek/clustering");
        assert_eq!(retry_training(&kind, &TrainingId::new("7")), "/trainings/new/sestek/clustering?retry=7");
    }

    #[test]
    fn the_live_stream_goes_on_where_it_stopped() {
        assert_eq!(api_events(Some(41)), "/api/v1/events?last_event_id=41");
        assert_eq!(api_events(None), "/api/v1/events");
    }
}
