//! The bodies of a submit and of its preview: read with every fault at once.
//! The request inside is the vendor's own; see each vendor's `request`.

use super::TrainingRequest;
use super::fields::Fields;
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
        let mut body = Fields::open(value, "");
        let id = body.checked("id", "Send a new UUIDv7; it makes the submit safe to repeat.", |text| {
            let fault = "This is no UUIDv7 in lower case, like 0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e.";
            TrainingId::parse(text).ok_or_else(|| fault.to_owned())
        });
        let connection = read_connection(&mut body);
        let name = if body.is_absent("name") { None } else { body.optional_text("name").map(str::to_owned) };
        let request = read_request(&mut body);
        let hold_if_busy = !body.is_absent("hold_if_busy") && body.flag("hold_if_busy", false) == Some(true);
        let faults = body.close();
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
        let mut body = Fields::open(value, "");
        let connection = read_connection(&mut body);
        let request = read_request(&mut body);
        let faults = body.close();
        match (connection, request) {
            (Some(connection), Some(request)) if faults.is_empty() => Ok(Self { connection, request }),
            _ => Err(faults),
        }
    }
}

fn read_connection(body: &mut Fields<'_>) -> Option<ConnectionId> {
    let what = "Name the connection to use.";
    let is_named = |text: &str| (!text.trim().is_empty()).then(|| ConnectionId::new(text));
    body.checked("connection", what, |text| is_named(text).ok_or_else(|| what.to_owned()))
}

fn read_request(body: &mut Fields<'_>) -> Option<TrainingRequest> {
    let value = body.required("request", "Say what to train: an object with its kind and its fields.")?;
    TrainingRequest::parse(value, "request").map_err(|faults| body.take_faults(faults)).ok()
}

#[cfg(test)]
mod tests {
    use super::{NewTraining, PreviewTraining};
    use crate::model::error::FieldFault;
    use serde_json::json;

    fn told(faults: Vec<FieldFault>) -> Vec<(String, String)> {
        faults.into_iter().map(|fault| (fault.path, fault.message)).collect()
    }

    #[test]
    fn one_fault_has_the_same_words_at_the_top_and_inside_the_request() {
        let body = json!({
            "id": 7, "connection": " ", "name": 7, "hold_if_busy": "yes", "more": 1,
            "request": {"kind": "sestek.classification", "model_id": 7},
        });
        let faults = told(NewTraining::parse(&body).unwrap_err());
        let words = |path: &str| faults.iter().find(|(at, _)| at == path).map(|(_, words)| words.as_str());
        assert_eq!(words("id"), Some("Send a text here, not a number."));
        assert_eq!(words("name"), words("id"));
        assert_eq!(words("request.model_id"), words("id"));
        assert_eq!(words("connection"), Some("Name the connection to use."));
        assert_eq!(words("hold_if_busy"), Some("Send true or false without quotes, not a text."));
        assert!(words("more").is_some_and(|words| words.starts_with("There is no such field.")), "{faults:?}");
        let faults = told(PreviewTraining::parse(&json!([])).unwrap_err());
        assert_eq!(faults, [(String::new(), "Send an object with fields here, not a list.".to_owned())]);
    }
}
