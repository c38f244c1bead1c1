//! Finds out who asks: a session cookie or an API token becomes a `Caller` in the request's extensions.
//! Refuses nobody; `policy` does. A request with an `Authorization` header is never a cookie call.

use crate::people::Credential;
use crate::web::call_context::WebState;
use crate::web::error::ApiError;
use crate::web::sign_in::session_cookie;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What a request proved itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A good API token.
    Token,
    /// A good session.
    Session,
    /// An `Authorization` header that opens nothing.
    BadToken,
    Nothing,
}

/// Resolves the caller.
pub async fn resolve_caller(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let found = match read_bearer(request.headers()) {
        Bearer::Is(token) => state.people.caller_of_token(&token).await,
        Bearer::Unreadable => Ok(None),
        Bearer::Absent => match session_cookie(request.headers(), state.is_https) {
            Some(cookie) => state.people.caller_of_session(cookie).await,
            None => Ok(None),
        },
    };
    let has_header = request.headers().contains_key(header::AUTHORIZATION);
    let proof = match found {
        Ok(Some((caller, credential))) => {
            let proof = match credential {
                Credential::Token { .. } => Proof::Token,
                Credential::Session { .. } => Proof::Session,
            };
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(credential);
            proof
        }
        Ok(None) if has_header => Proof::BadToken,
        Ok(None) => Proof::Nothing,
        Err(fault) => return ApiError::from(fault).into_response(),
    };
    request.extensions_mut().insert(proof);
    next.run(request).await
}

enum Bearer {
    Is(String),
    Unreadable,
    Absent,
}

fn read_bearer(headers: &HeaderMap) -> Bearer {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (sent.next(), sent.next()) else {
        return if headers.contains_key(header::AUTHORIZATION) { Bearer::Unreadable } else { Bearer::Absent };
    };
    let Some((scheme, token)) = value.to_str().ok().and_then(|text| text.split_once(' ')) else {
        return Bearer::Unreadable;
    };
    if scheme.eq_ignore_ascii_case("bearer") { Bearer::Is(token.trim().to_owned()) } else { Bearer::Unreadable }
}
