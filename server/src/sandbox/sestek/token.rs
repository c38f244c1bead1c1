//! The fake's token endpoint, and the check of the tokens that it issued.
//! Keeps a digest of each token, never the token.

use super::answers;
use super::{any_step, media_type, play_step, random_bytes, take_step};
use crate::sandbox::Shared;
use crate::sandbox::script::{Section, TokenTerms};
use crate::sandbox::state::{Record, SandboxState};
use crate::sandbox::visits::{VisitNotes, answer_state_fault};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The only client that the fake knows.
const CLIENT_ID: &str = "sandbox";
/// Its secret.
const CLIENT_SECRET: &str = "sandbox-secret";

const SCOPE: &str = "SestekAI_External";
const TOKEN_SECONDS: u64 = 86_400;
const MAX_TOKEN_FORM_BYTES: usize = 65_536;

/// `POST /identity/connect/token`, client credentials.
pub(super) async fn issue_token(
    State(shared): State<Shared>,
    Extension(visit): Extension<VisitNotes>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let Ok(body) = axum::body::to_bytes(request.into_body(), MAX_TOKEN_FORM_BYTES).await else {
        return answers::answer_oauth("invalid_request", "The token request is too large.", "ID2000");
    };
    let step = match take_step(&shared.state, Section::Token, None, any_step) {
        Ok(step) => step,
        Err(error) => return answer_state_fault(&error),
    };
    if step.as_ref().is_some_and(|step| step.answer.is_some() || step.cut.is_some()) {
        return play_step(step, "", Value::Null, StatusCode::OK.into_response()).await;
    }
    if let Err((error, description, page)) = check_token_form(&headers, &body) {
        visit.note(|notes| notes.faults.push(description.to_owned()));
        return answers::answer_oauth(error, description, page);
    }
    let terms = step.as_ref().and_then(|step| step.terms.clone()).unwrap_or_default();
    match create_token(&shared.state, &terms) {
        Ok(body) => {
            let mut response = answers::answer_json(StatusCode::OK, &body);
            response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
            play_step(step, "", body, response).await
        }
        Err(error) => answer_state_fault(&error),
    }
}

type OauthFault = (&'static str, &'static str, &'static str);

fn check_token_form(headers: &HeaderMap, body: &[u8]) -> Result<(), OauthFault> {
    if media_type(headers) != "application/x-www-form-urlencoded" {
        return Err(("invalid_request", "The specified 'Content-Type' header is invalid.", "ID2082"));
    }
    let mut form = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(("invalid_request", "A parameter was sent more than once.", "ID2000"));
        }
    }
    let get = |name: &str| form.get(name).map(String::as_str);
    match get("grant_type") {
        None => return Err(("invalid_request", "The mandatory 'grant_type' parameter is missing.", "ID2029")),
        Some("client_credentials") => {}
        Some(_) => return Err(("unsupported_grant_type", "The specified 'grant_type' is not supported.", "ID2032")),
    }
    if get("client_id").is_none() || get("client_secret").is_none() {
        return Err(("invalid_request", "The mandatory 'client_id'/'client_secret' parameters are missing.", "ID2057"));
    }
    if get("client_id") != Some(CLIENT_ID) {
        return Err(("invalid_client", "The specified 'client_id' is invalid.", "ID2052"));
    }
    if get("client_secret") != Some(CLIENT_SECRET) {
        return Err(("invalid_client", "The specified client credentials are invalid.", "ID2055"));
    }
    match get("scope") {
        None | Some(SCOPE) => Ok(()),
        Some(_) => Err(("invalid_scope", "The specified 'scope' is invalid.", "ID2035")),
    }
}

fn create_token(state: &SandboxState, terms: &TokenTerms) -> std::io::Result<Value> {
    let token = terms.access_token.clone().map_or_else(new_secret_text, Ok)?;
    let life_seconds = terms.expires_in_seconds.unwrap_or(TOKEN_SECONDS);
    let digest = digest_token(&token);
    state.change(|book, now| {
        let life_ms = i64::try_from(life_seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        let expires_ms = now.real_ms.saturating_add(life_ms);
        (vec![Record::TokenIssued { digest, number: book.next_token(), expires_ms }], ())
    })?;
    let scope = terms.scope.as_deref().unwrap_or(SCOPE);
    let mut body = json!({"access_token": token, "token_type": "Bearer", "expires_in": life_seconds, "scope": scope});
    if terms.expires_in_absent
        && let Some(fields) = body.as_object_mut()
    {
        fields.remove("expires_in");
    }
    Ok(body)
}

fn new_secret_text() -> std::io::Result<String> {
    Ok(random_bytes::<32>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn digest_token(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lets a request in when its bearer token was issued here, is unexpired and not revoked.
pub(super) fn check_bearer(state: &SandboxState, headers: &HeaderMap, visit: &VisitNotes) -> Result<(), Box<Response>> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(token) = value.and_then(|value| value.strip_prefix("Bearer ")) else {
        return Err(Box::new(answers::answer_unauthorized("Bearer")));
    };
    let seen = state
        .read(|book, now| book.token(&digest_token(token)).map(|seen| (seen.number, seen.expires_ms > now.real_ms)));
    visit.note(|notes| notes.token_number = seen.map(|(number, _)| number));
    let reason = match seen {
        Some((_, true)) => return Ok(()),
        Some((_, false)) => "Bearer error=\"invalid_token\", error_description=\"The token is no longer valid.\"",
        None => "Bearer error=\"invalid_token\", error_description=\"The specified token is invalid.\"",
    };
    Err(Box::new(answers::answer_unauthorized(reason)))
}
