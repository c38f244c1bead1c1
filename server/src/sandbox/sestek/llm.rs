//! The fake's language-model settings ("LLM Configuration"), strictly by the sample of the vendor's page.
//! Keeps none of them: whoever asks gets a yes or the reasons against it. The log shows which keys came, masked.

use super::answers::{self, FieldFault};
use super::token::check_bearer;
use super::{any_step, media_type, play_step, take_step};
use crate::sandbox::Shared;
use crate::sandbox::script::Section;
use crate::sandbox::visits::{PartSeen, VisitNotes, answer_state_fault};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

const MAX_BODY_BYTES: usize = 65_536;
const FIELDS: [&str; 4] = ["productName", "moduleName", "model", "providerSettings"];

/// Which keys a provider needs; it takes no others.
fn keys_of(provider: &str) -> Option<&'static [&'static str]> {
    Some(match provider {
        "OpenAi" => &["OPENAI_API_KEY"],
        "AzureOpenAi" => &["AZURE_API_KEY", "AZURE_API_BASE", "AZURE_API_VERSION"],
        "AwsBedrock" => &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION_NAME"],
        "GoogleGemini" => &["GEMINI_API_KEY"],
        "TogetherAi" => &["TOGETHERAI_API_KEY"],
        "Groq" => &["GROQ_API_KEY"],
        "Vllm" | "Sestek" => &[],
        _ => return None,
    })
}

/// `POST .../llm-configurations`.
pub(super) async fn take_settings(
    State(shared): State<Shared>,
    Extension(visit): Extension<VisitNotes>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let body = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await.unwrap_or_default();
    if let Err(refusal) = check_bearer(&shared.state, &headers, &visit) {
        return *refusal;
    }
    let step = match take_step(&shared.state, Section::Llm, None, any_step) {
        Ok(step) => step,
        Err(error) => return answer_state_fault(&error),
    };
    if media_type(&headers) != "application/json" {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(&body) else {
        return answers::answer_abp(StatusCode::BAD_REQUEST, None, "The body is not an object.", None);
    };
    visit.note(|notes| notes.parts = describe_fields(&fields));
    let faults = check_settings(&fields);
    if !faults.is_empty() {
        visit.note(|notes| notes.faults.extend(faults.iter().map(|fault| fault.message.clone())));
        return answers::answer_field_faults(&faults);
    }
    play_step(step, "", Value::Null, StatusCode::OK.into_response()).await
}

/// Texts with their values; the provider's keys with a mark, a length and a digest.
fn describe_fields(fields: &Map<String, Value>) -> Vec<PartSeen> {
    let mut seen = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Object(settings) => seen.extend(settings.iter().map(|(name, value)| {
                let text = value.as_str().unwrap_or_default();
                let digest = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
                let is_plain = name == "provider";
                PartSeen {
                    name: name.clone(),
                    value: Some(if is_plain { text } else { "<masked>" }.to_owned()),
                    size_bytes: text.len() as u64,
                    sha256: (!is_plain).then_some(digest),
                    ..PartSeen::default()
                }
            })),
            value => {
                let value = value.as_str().unwrap_or_default().to_owned();
                let size_bytes = value.len() as u64;
                seen.push(PartSeen { name: name.clone(), value: Some(value), size_bytes, ..PartSeen::default() });
            }
        }
    }
    seen
}

fn check_settings(fields: &Map<String, Value>) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let mut fault = |member: &str, message: String| faults.push(FieldFault { member: member.to_owned(), message });
    for name in fields.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
        fault(name, format!("The field {name} is unknown."));
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    for name in ["productName", "model"].into_iter().filter(|name| text(name).is_none()) {
        fault(name, format!("The {name} field is required."));
    }
    if text("moduleName") != Some("cluster") {
        fault("moduleName", "The moduleName field must be cluster.".to_owned());
    }
    let none = Map::new();
    let settings = fields.get("providerSettings").and_then(Value::as_object).unwrap_or(&none);
    let Some(keys) = settings.get("provider").and_then(Value::as_str).and_then(keys_of) else {
        fault("providerSettings.provider", "The provider is unknown.".to_owned());
        return faults;
    };
    for key in keys.iter().filter(|key| settings.get(**key).and_then(Value::as_str).is_none_or(str::is_empty)) {
        fault(key, format!("The {key} field is required."));
    }
    for name in settings.keys().filter(|name| *name != "provider" && !keys.contains(&name.as_str())) {
        fault(name, format!("The field {name} does not belong to this provider."));
    }
    faults
}
