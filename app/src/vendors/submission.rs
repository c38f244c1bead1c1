//! The bodies of a submit and of its preview: read with every fault at once.
//! The request inside is the vendor's own; see each vendor's `request`.

use super::TrainingRequest;
use crate::model::error::FieldFault;
use crate::model::ids::{ConnectionId, TrainingId};
use serde::{Deserialize, Serialize};

/// `POST /trainings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTraining {
    /// A UUIDv7 made by the client: the idempotency key.
    pub id: TrainingId,
    pub connection: ConnectionId,
    /// The model id when absent.
    #[serde(default)]
    pub name: Option<String>,
    pub request: TrainingRequest,
    #[serde(default)]
    pub hold_if_busy: bool,
}

/// `POST /trainings/preview`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PreviewTraining {
    pub connection: ConnectionId,
    pub request: TrainingRequest,
}

impl NewTraining {
    /// Reads the body of `POST /trainings`; every fault at once, malformed values included.
    pub fn parse(value: &serde_json::Value) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut body = Body { value, faults: &mut faults };
        body.refuse_others(&["id", "connection", "name", "request", "hold_if_busy"]);
        let id = body.text("id", "Send a new UUIDv7; it makes the submit safe to repeat.").and_then(|text| {
            let id = TrainingId::parse(&text);
            if id.is_none() {
                body.fault("id", "This is no UUIDv7 in lower case, like 0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e.");
            }
            id
        });
        let connection = body.text("connection", "Name the connection to use.").map(ConnectionId::new);
        let name = body.optional_text("name");
        let hold_if_busy = body.optional_bool("hold_if_busy");
        let request = body.request();
        match (id, connection, request) {
            (Some(id), Some(connection), Some(request)) if faults.is_empty() => {
                Ok(Self { id, connection, name, request, hold_if_busy })
            }
            _ => Err(faults),
        }
    }
}

impl PreviewTraining {
    /// Reads the body of `POST /trainings/preview`; every fault at once.
    pub fn parse(value: &serde_json::Value) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut body = Body { value, faults: &mut faults };
        body.refuse_others(&["connection", "request"]);
        let connection = body.text("connection", "Name the connection to use.").map(ConnectionId::new);
        let request = body.request();
        match (connection, request) {
            (Some(connection), Some(request)) if faults.is_empty() => Ok(Self { connection, request }),
            _ => Err(faults),
        }
    }
}

/// A JSON body being read, with the faults found so far.
struct Body<'a> {
    value: &'a serde_json::Value,
    faults: &'a mut Vec<FieldFault>,
}

impl Body<'_> {
    fn fault(&mut self, path: &str, message: &str) {
        self.faults.push(FieldFault::new(path, message));
    }

    fn refuse_others(&mut self, known: &[&str]) {
        let Some(fields) = self.value.as_object() else {
            return self.fault("", "Send a JSON object.");
        };
        for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
            self.fault(name, "There is no such field.");
        }
    }

    fn text(&mut self, name: &str, when_missing: &str) -> Option<String> {
        match self.value.get(name) {
            None | Some(serde_json::Value::Null) => {
                self.fault(name, when_missing);
                None
            }
            Some(serde_json::Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
            Some(serde_json::Value::String(_)) => {
                self.fault(name, when_missing);
                None
            }
            Some(_) => {
                self.fault(name, "This must be text.");
                None
            }
        }
    }

    fn optional_text(&mut self, name: &str) -> Option<String> {
        match self.value.get(name) {
            None | Some(serde_json::Value::Null) => None,
            Some(serde_json::Value::String(text)) => Some(text.clone()),
            Some(_) => {
                self.fault(name, "This must be text.");
                None
            }
        }
    }

    fn optional_bool(&mut self, name: &str) -> bool {
        match self.value.get(name) {
            None | Some(serde_json::Value::Null) => false,
            Some(serde_json::Value::Bool(value)) => *value,
            Some(_) => {
                self.fault(name, "This must be true or false.");
                false
            }
        }
    }

    fn request(&mut self) -> Option<TrainingRequest> {
        let missing = serde_json::Value::Null;
        let value = self.value.get("request").unwrap_or(&missing);
        match TrainingRequest::parse(value, "request") {
            Ok(request) => Some(request),
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }
}
