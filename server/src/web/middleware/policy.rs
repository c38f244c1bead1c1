//! The gate in front of each handler: who may pass, and whether the request comes from our own page.
//! Every route has one, because `routes::Routes` adds none without.

use crate::web::call_context::WebState;
use crate::web::error::ApiError;
use crate::web::middleware::caller::Proof;
use crate::web::middleware::host::read_host;
use crate::web::middleware::same_origin::{is_changing, is_same_origin};
use crate::web::redirect::sign_in_first;
use app::model::error::ErrorCode;
use app::model::session::{Caller, Role};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Anybody.
    Public,
    /// A vendor that knows an address nobody can guess. Cookies and origins mean nothing here.
    Callback,
    /// A page: whoever is signed in; a stranger is sent to the sign-in page.
    Page,
    /// Whoever is signed in.
    SignedIn,
    /// Operators and admins.
    Operator,
    /// Admins.
    Admin,
    /// Admins, by an API token only; everybody else gets 401.
    AdminToken,
}

/// What a gate needs.
#[derive(Clone)]
pub struct Gate {
    pub state: WebState,
    pub policy: Policy,
}

/// Lets a request pass, or answers 401, 403 or a redirect to the sign-in page.
pub async fn check_policy(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let proof = request.extensions().get::<Proof>().copied().unwrap_or(Proof::Nothing);
    let role = request.extensions().get::<Caller>().map(|caller| caller.role);
    let refusal = match (gate.policy, role) {
        (Policy::Public | Policy::Callback, _) => None,
        (Policy::Page, None) if proof == Proof::Nothing => return sign_in_first(request.uri()),
        (Policy::AdminToken, Some(Role::Admin)) if proof == Proof::Token => None,
        (Policy::AdminToken, _) | (_, None) => Some(refuse_stranger(proof)),
        (Policy::Operator, Some(Role::Viewer)) => Some(refuse_viewer()),
        (Policy::Admin, Some(Role::Viewer | Role::Operator)) => Some(refuse_all_but_admins()),
        _ => None,
    };
    // Somebody unknown learns that first; a page of another site then learns nothing about roles.
    let unknown = role.is_none() && gate.policy != Policy::Public;
    let is_callback = gate.policy == Policy::Callback;
    if !unknown && !is_callback && is_changing(request.method()) && !comes_from_us(&gate.state, &request, proof) {
        return ApiError::new(
            ErrorCode::Forbidden,
            "This change did not come from Trainyard's own page and was refused. Scripts send an API token instead.",
        )
        .into_response();
    }
    if let Some(refusal) = refusal {
        return refusal;
    }
    if proof == Proof::Token || is_callback {
        // A token is sent on purpose, never by a browser on its own: the origin means nothing, and tower-http's layer
        // behind this gate lets a request without these two headers pass.
        request.headers_mut().remove("sec-fetch-site");
        request.headers_mut().remove(header::ORIGIN);
    }
    next.run(request).await
}

fn comes_from_us(state: &WebState, request: &Request, proof: Proof) -> bool {
    let host = read_host(request.uri(), request.headers());
    let host = host.as_ref().map_or("", |host| host.as_str());
    proof == Proof::Token || is_same_origin(request.headers(), host, &state.hosts.origin)
}

fn refuse_stranger(proof: Proof) -> Response {
    let message = match proof {
        Proof::BadToken => "This API token is unknown, was revoked or ran out. Make one with `trainyard token create`.",
        Proof::Token | Proof::Session => "Only an admin's API token opens this.",
        Proof::Nothing => "Sign in first, or send an API token.",
    };
    let mut response = ApiError::new(ErrorCode::Unauthorized, message).into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn refuse_all_but_admins() -> Response {
    ApiError::new(ErrorCode::Forbidden, "Only an admin may do this.").into_response()
}

fn refuse_viewer() -> Response {
    ApiError::new(
        ErrorCode::Forbidden,
        "Viewers see everything and change nothing. Ask an admin for the operator role.",
    )
    .into_response()
}
