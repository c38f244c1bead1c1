//! Signing in by a one-time link, signing out, and the session cookie.
//! Works as plain HTML forms, without a script. The page itself is `app::pages`' business.

use crate::people::PeopleFault;
use crate::web::call_context::WebState;
use crate::web::error::ApiResult;
use crate::web::redirect::{check_next, see_other};
use app::paths;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::{Form, http};
use serde::Deserialize;

/// With `__Host-` a browser takes the cookie over https only, for this host only, for every path.
const SECURE_NAME: &str = "__Host-trainyard_session";
const PLAIN_NAME: &str = "trainyard_session";

/// The sign-in form.
#[derive(Deserialize)]
pub struct SignIn {
    link: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`: uses the link up, gives the browser its cookie and sends it on.
pub async fn sign_in(
    State(state): State<WebState>,
    headers: HeaderMap,
    form: Result<Form<SignIn>, FormRejection>,
) -> ApiResult<Response> {
    let Ok(Form(form)) = form else { return Ok(see_other(&paths::sign_in_failed(None))) };
    let next = check_next(&form.next);
    let older = session_cookie(&headers, state.is_https);
    match state.people.use_link(form.link.trim(), older).await {
        Ok((cookie, caller)) => {
            tracing::info!(person = %caller.name, role = caller.role.as_str(), "Signed in");
            let mut response = see_other(next.as_deref().unwrap_or(paths::NOW));
            set_cookie(&mut response, &write_cookie(cookie.expose(), state.is_https));
            Ok(response)
        }
        Err(PeopleFault::LinkUseless) => Ok(see_other(&paths::sign_in_failed(next.as_deref()))),
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /sign-out`: ends the session, here and in the store.
pub async fn sign_out(State(state): State<WebState>, headers: HeaderMap) -> ApiResult<Response> {
    if let Some(cookie) = session_cookie(&headers, state.is_https) {
        state.people.sign_out(cookie).await?;
    }
    let mut response = see_other(paths::SIGN_IN);
    set_cookie(&mut response, &clear_cookie(state.is_https));
    let everything = HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert(http::HeaderName::from_static("clear-site-data"), everything);
    Ok(response)
}

/// The session cookie a browser sent. Two of that name are none: somebody planted one.
pub fn session_cookie(headers: &HeaderMap, is_https: bool) -> Option<&str> {
    let name = if is_https { SECURE_NAME } else { PLAIN_NAME };
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(key, value)| (key == name).then_some(value));
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(value),
        _ => None,
    }
}

fn write_cookie(value: &str, is_https: bool) -> String {
    let life = crate::people::SESSION_LIFE.as_secs();
    let (name, secure) = if is_https { (SECURE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life}{secure}")
}

fn clear_cookie(is_https: bool) -> String {
    let (name, secure) = if is_https { (SECURE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
    format!("{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}")
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
