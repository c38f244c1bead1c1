//! Submitting, finding and changing trainings.

use crate::model::error::{AppError, FieldFault};
use crate::model::filter::TrainingFilter;
use crate::model::ids::{ConnectionId, TrainingId};
use crate::model::page::TrainingPage;
use crate::model::training::Training;
use crate::vendors::TrainingRequest;
use leptos::prelude::server;
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

#[cfg(feature = "ssr")]
pub use port::{Submitted, TrainingsPort};

#[cfg(feature = "ssr")]
mod port {
    use super::{NewTraining, PreviewTraining};
    use crate::model::error::AppError;
    use crate::model::filter::TrainingFilter;
    use crate::model::ids::TrainingId;
    use crate::model::page::TrainingPage;
    use crate::model::preview::RequestPreview;
    use crate::model::session::Caller;
    use crate::model::training::{RetryTraining, Settlement, Training, TrainingChange};
    use async_trait::async_trait;

    /// The answer to a submit: the training, and whether this call made it.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Submitted {
        pub training: Training,
        pub is_new: bool,
    }

    /// What can be done with trainings. Every method checks the caller's role itself.
    #[async_trait]
    pub trait TrainingsPort: Send + Sync {
        async fn submit_training(&self, caller: &Caller, new: NewTraining) -> Result<Submitted, AppError>;
        async fn preview_training(&self, caller: &Caller, preview: PreviewTraining)
        -> Result<RequestPreview, AppError>;
        async fn list_trainings(&self, caller: &Caller, filter: TrainingFilter) -> Result<TrainingPage, AppError>;
        async fn get_training(&self, caller: &Caller, id: &TrainingId) -> Result<Training, AppError>;
        async fn change_training(
            &self,
            caller: &Caller,
            id: &TrainingId,
            change: TrainingChange,
        ) -> Result<Training, AppError>;
        async fn retry_training(
            &self,
            caller: &Caller,
            id: &TrainingId,
            retry: RetryTraining,
        ) -> Result<Submitted, AppError>;
        async fn refresh_training(&self, caller: &Caller, id: &TrainingId) -> Result<(), AppError>;
        async fn settle_training(
            &self,
            caller: &Caller,
            id: &TrainingId,
            settlement: Settlement,
        ) -> Result<Training, AppError>;
    }
}

/// The list page's trainings.
#[server(endpoint = "trainings/list", prefix = "/api/fn", input = leptos::server_fn::codec::Json)]
pub async fn list_trainings(filter: TrainingFilter) -> Result<TrainingPage, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.trainings.list_trainings(&caller, filter).await)
}

/// One training.
#[server(endpoint = "trainings/get", prefix = "/api/fn", input = leptos::server_fn::codec::Json)]
pub async fn get_training(id: TrainingId) -> Result<Training, AppError> {
    let (caller, backend) = super::caller_and_backend()?;
    super::ports::with_status(backend.trainings.get_training(&caller, &id).await)
}
