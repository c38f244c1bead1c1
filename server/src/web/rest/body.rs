//! Reads JSON bodies: what is no JSON is told with its place, what is no valid body with every fault at once.

use crate::web::call_context::WebState;
use crate::web::error::ApiError;
use crate::web::rest::llm::SetLlm;
use crate::web::rest::secrets::KeepSecret;
use app::model::callback::AttachCallback;
use app::model::dataset::CheckDataset;
use app::model::error::{AppError, ErrorCode, FieldFault};
use app::model::ids::{ConnectionId, Kind, TrainingId, VendorRef};
use app::model::published::{ModelName, RedeployModel};
use app::model::training::{AdoptTraining, CancelTraining, Decision, RetryTraining, Settlement, TrainingChange};
use app::vendors::fields;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A JSON body, not yet checked against anything.
pub struct JsonBody(pub Value);

impl FromRequest<WebState> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
        if essence != "application/json" {
            return Err(ApiError::new(
                ErrorCode::UnsupportedMediaType,
                "Send JSON, with Content-Type: application/json.",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
                ErrorCode::TooLarge,
                "The body is too large: 2 MiB at most. Send files to /api/v1/uploads.",
            ),
            _ => ApiError::new(ErrorCode::BadRequest, "The body was cut before its end."),
        })?;
        refuse_nul(&bytes).map(Self)
    }
}

/// Reads JSON in which no text contains U+0000: legal JSON, illegal text for PostgreSQL, and nobody means it.
pub fn refuse_nul(bytes: &[u8]) -> Result<Value, ApiError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| describe_json_fault(&error))?;
    let mut faults = Vec::new();
    find_nul(&value, "", &mut faults);
    if faults.is_empty() { Ok(value) } else { Err(AppError::invalid(faults).into()) }
}

fn describe_json_fault(error: &serde_json::Error) -> ApiError {
    let place = format!("The body is no JSON: line {}, column {}.", error.line(), error.column());
    ApiError::new(ErrorCode::BadRequest, place)
}

fn find_nul(value: &Value, path: &str, faults: &mut Vec<FieldFault>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::String(text) if text.contains('\0') => {
            faults.push(FieldFault::new(path, "Take the NUL character (U+0000) out."));
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                find_nul(item, &below(&at.to_string()), faults);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                if name.contains('\0') {
                    faults.push(FieldFault::new(path, "Take the NUL character (U+0000) out of the names."));
                }
                find_nul(item, &below(name), faults);
            }
        }
        _ => {}
    }
}

/// Reads the body of `PATCH /trainings/{id}`.
pub fn parse_change(value: &Value) -> Result<TrainingChange, ApiError> {
    let mut fields = Fields::of(value, &["name", "tags", "note", "archived"]);
    let change = TrainingChange {
        name: fields.text("name"),
        tags: fields.texts("tags"),
        note: fields.text("note"),
        archived: fields.flag("archived"),
    };
    fields.finish(Some(change))
}

/// Reads the body of `POST /callbacks/{id}/attach`.
pub fn parse_attach(value: &Value) -> Result<AttachCallback, ApiError> {
    let mut fields = Fields::of(value, &["training"]);
    let text = fields.required_text("training", "Name the training this callback belongs to.");
    let training = text.and_then(|text| {
        let id = TrainingId::parse(&text);
        if id.is_none() {
            fields.fault("training", "This is no training's id, like 0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e.");
        }
        id
    });
    fields.finish(training.map(|training| AttachCallback { training }))
}

/// Reads the body of `POST /connections/{id}/secrets`. No fault repeats what was sent.
pub fn parse_secret(value: &Value) -> Result<KeepSecret, ApiError> {
    let mut fields = Fields::of(value, &["name", "secret"]);
    let name = fields.required_text("name", "Give the secret a name.");
    let secret = fields.required_text("secret", "Send the secret.");
    fields.finish(name.zip(secret).map(|(name, secret)| KeepSecret { name, secret }))
}

/// Reads the body of `POST /connections/{id}/llm`. No fault repeats a value, nor a name that may be one.
pub fn parse_llm(value: &Value) -> Result<SetLlm, ApiError> {
    let mut fields = Fields::of(value, &["product_name", "provider", "model", "credentials"]);
    let product_name = fields.required_text("product_name", "Name the product, as its trainings do.");
    let provider = fields.required_text("provider", "Name the provider of the model.");
    let model = fields.required_text("model", "Name the model, as its provider does.");
    let credentials = match fields.0.value("credentials") {
        None | Some(Value::Null) => Some(BTreeMap::new()),
        Some(value) => {
            let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
            let read = value.as_object().and_then(|object| object.iter().map(text).collect());
            if read.is_none() {
                fields.fault("credentials", "Send an object with a text for each of the provider's keys.");
            }
            read
        }
    };
    let read = product_name.zip(provider).zip(model.zip(credentials));
    fields.finish(read.map(|((product_name, provider), (model, credentials))| SetLlm {
        product_name,
        provider,
        model,
        credentials,
    }))
}

/// Reads the body of `POST /trainings/{id}/settle`.
pub fn parse_settlement(value: &Value) -> Result<Settlement, ApiError> {
    let mut fields = Fields::of(value, &["decision"]);
    let word = fields.required_text("decision", "Say what to do: link, send_again or give_up.");
    let decision = word.and_then(|word| match word.as_str() {
        "link" => Some(Decision::Link),
        "send_again" => Some(Decision::SendAgain),
        "give_up" => Some(Decision::GiveUp),
        _ => {
            fields.fault("decision", "Choose link, send_again or give_up.");
            None
        }
    });
    fields.finish(decision.map(|decision| Settlement { decision }))
}

/// Reads the body of `POST /models/check`.
pub fn parse_model_name(value: &Value) -> Result<ModelName, ApiError> {
    let mut fields = Fields::of(value, &["connection", "vendor_ref"]);
    let name = fields.model_name();
    fields.finish(name)
}

/// Reads the body of `POST /models/redeploy`.
pub fn parse_redeploy(value: &Value) -> Result<RedeployModel, ApiError> {
    let mut fields = Fields::of(value, &["id", "connection", "vendor_ref"]);
    let id = fields.new_id("Send a new UUIDv7; it makes the redeployment safe to repeat.");
    let name = fields.model_name();
    let read = id.zip(name);
    fields.finish(read.map(|(id, ModelName { connection, vendor_ref })| RedeployModel { id, connection, vendor_ref }))
}

/// Reads the body of `POST /trainings/{id}/retry`.
pub fn parse_retry(value: &Value) -> Result<RetryTraining, ApiError> {
    let mut fields = Fields::of(value, &["id", "changes", "hold_if_busy"]);
    let id = fields.new_id("Send a new UUIDv7; it makes the retry safe to repeat.");
    let changes = fields.object("changes");
    let hold_if_busy = if fields.0.is_absent("hold_if_busy") { None } else { fields.flag("hold_if_busy") };
    let hold_if_busy = hold_if_busy == Some(true);
    fields.finish(id.map(|id| RetryTraining { id, changes, hold_if_busy }))
}

/// Reads the body of `POST /trainings/{id}/cancel`.
pub fn parse_cancel(value: &Value) -> Result<CancelTraining, ApiError> {
    const CONFIRM: &str = "Send \"confirm\": true; a cancelled training does not come back.";
    let mut fields = Fields::of(value, &["confirm"]);
    let confirm = match fields.0.required("confirm", CONFIRM) {
        None => None,
        Some(_) => fields.flag("confirm"),
    };
    if confirm == Some(false) {
        fields.fault("confirm", CONFIRM);
    }
    fields.finish(confirm.map(|confirm| CancelTraining { confirm }))
}

/// Reads the body of `POST /trainings/adopt`.
pub fn parse_adoption(value: &Value) -> Result<AdoptTraining, ApiError> {
    let mut fields = Fields::of(value, &["id", "connection", "vendor_ref", "kind"]);
    let has_id = !fields.0.is_absent("id");
    let id = if has_id { fields.new_id("Send a UUIDv7, or leave it out.") } else { None };
    let name = fields.model_name();
    let kind = if fields.0.is_absent("kind") { None } else { fields.text("kind").map(Kind::new) };
    fields.finish(name.map(|ModelName { connection, vendor_ref }| AdoptTraining { id, connection, vendor_ref, kind }))
}

/// Reads the body of `POST /datasets/{sha256}/check`.
pub fn parse_check(value: &Value) -> Result<CheckDataset, ApiError> {
    let mut fields = Fields::of(value, &["kind", "role"]);
    let kind = fields.required_text("kind", "Name the kind of training whose rules to check by.").map(Kind::new);
    let role = if value.get("role").is_some_and(Value::is_null) { None } else { fields.text("role") };
    if kind.as_ref().is_some_and(|kind| app::vendors::find_kind(kind).is_none()) {
        let kinds: Vec<_> = app::vendors::KINDS.iter().map(|info| info.kind).collect();
        fields.fault("kind", &format!("Choose one of: {}.", kinds.join(", ")));
    }
    fields.finish(kind.map(|kind| CheckDataset { kind, role }))
}

/// The fields of a body, with every fault found so far; the words are those of the vendors' requests.
struct Fields<'a>(fields::Fields<'a>);

impl<'a> Fields<'a> {
    fn of(value: &'a Value, known: &[&'static str]) -> Self {
        let mut fields = fields::Fields::open(value, "");
        fields.expect(known);
        Self(fields)
    }

    fn fault(&mut self, path: &str, message: &str) {
        self.0.fault(path, message);
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        self.0.optional_text(name).map(str::to_owned)
    }

    fn required_text(&mut self, name: &'static str, when_missing: &str) -> Option<String> {
        self.0.text(name, when_missing).map(str::to_owned)
    }

    fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.0.optional_texts(name)
    }

    fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.0.value(name)?;
        self.0.flag(name, false)
    }

    fn new_id(&mut self, when_missing: &str) -> Option<TrainingId> {
        let text = self.required_text("id", when_missing)?;
        let id = TrainingId::parse(&text);
        if id.is_none() {
            self.fault("id", "This is no UUIDv7 in lower case, like 0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e.");
        }
        id
    }

    fn model_name(&mut self) -> Option<ModelName> {
        let connection = self.required_text("connection", "Name the connection of the model.");
        let vendor_ref = self.required_text("vendor_ref", "Name the model as its vendor does.");
        let (connection, vendor_ref) = connection.zip(vendor_ref)?;
        Some(ModelName { connection: ConnectionId::new(connection), vendor_ref: VendorRef::new(vendor_ref) })
    }

    fn object(&mut self, name: &'static str) -> Map<String, Value> {
        match self.0.value(name) {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(object)) => object.clone(),
            Some(_) => {
                self.fault(name, "This must be a JSON object: a merge patch (RFC 7396) on the older request.");
                Map::new()
            }
        }
    }

    fn finish<T>(self, read: Option<T>) -> Result<T, ApiError> {
        let faults = self.0.close();
        match read {
            Some(read) if faults.is_empty() => Ok(read),
            _ => Err(AppError::invalid(faults).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        parse_adoption, parse_cancel, parse_change, parse_check, parse_model_name, parse_redeploy, parse_retry,
        parse_settlement,
    };
    use crate::web::error::ApiError;
    use serde_json::json;

    fn paths<T>(result: Result<T, ApiError>) -> Vec<String> {
        result.err().map(|error| error.0.fields.into_iter().map(|field| field.path).collect()).unwrap_or_default()
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_path() {
        assert_eq!(
            paths(parse_change(&json!({"name": 1, "tags": ["a", 2], "note": null, "archived": "x", "stage": "ready"}))),
            ["name", "tags", "note", "archived", "stage"]
        );
        assert_eq!(paths(parse_settlement(&json!({"decision": "maybe"}))), ["decision"]);
        assert_eq!(paths(parse_retry(&json!({"id": "7", "changes": []}))), ["id", "changes"]);
        assert_eq!(paths(parse_check(&json!({"kind": "sestek.nothing", "role": 3}))), ["role", "kind"]);
        assert_eq!(paths(parse_model_name(&json!({"connection": 1}))), ["connection", "vendor_ref"]);
        assert_eq!(paths(parse_redeploy(&json!({"id": "7", "connection": "k"}))), ["id", "vendor_ref"]);
        assert_eq!(paths(parse_retry(&json!({"id": "7", "hold_if_busy": 1}))), ["id", "hold_if_busy"]);
        assert_eq!(paths(parse_cancel(&json!({}))), ["confirm"]);
        assert_eq!(paths(parse_cancel(&json!({"confirm": false}))), ["confirm"]);
        assert_eq!(paths(parse_cancel(&json!({"confirm": "yes", "now": 1}))), ["confirm", "now"]);
        let nonsense = json!({"id": "7", "connection": 1, "kind": 2, "more": 3});
        assert_eq!(paths(parse_adoption(&nonsense)), ["id", "connection", "vendor_ref", "kind", "more"]);
        assert_eq!(paths(parse_change(&json!([]))), [""]);
    }

    #[test]
    fn good_bodies_are_read() {
        assert!(parse_change(&json!({})).is_ok());
        assert!(parse_settlement(&json!({"decision": "give_up"})).is_ok());
        assert!(parse_retry(&json!({"id": "0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e"})).is_ok());
        assert!(parse_check(&json!({"kind": "sestek.clustering", "role": null})).is_ok());
        assert!(parse_cancel(&json!({"confirm": true})).is_ok());
        assert!(parse_adoption(&json!({"connection": "k", "vendor_ref": "My_Model.V1", "id": null})).is_ok());
    }
}
