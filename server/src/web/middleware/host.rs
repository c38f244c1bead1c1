//! Refuses requests for a host that is not ours: a website that points its own name at this machine (DNS rebinding)
//! would otherwise be same-origin with us.

use crate::web::call_context::WebState;
use crate::web::error::ApiError;
use app::model::error::ErrorCode;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};

/// The hosts we answer for. Ports do not matter: a port is no boundary that rebinding could cross.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    names: Vec<String>,
    /// The origin of `public_url`, as a browser writes it.
    pub origin: String,
    /// Whether `public_url` is this machine: a browser treats it as safe without https.
    pub is_loopback: bool,
}

impl AllowedHosts {
    /// The host of `public_url` and the address listened on. When one of them is this machine, its other names too.
    pub fn new(public_url: &url::Url, listen: SocketAddr) -> Self {
        let public = public_url.host_str().unwrap_or_default().to_ascii_lowercase();
        let is_loopback = is_loopback_name(&public);
        let mut names = vec![public];
        if !listen.ip().is_unspecified() {
            names.push(write_ip(listen.ip()));
        }
        if is_loopback || listen.ip().is_loopback() {
            names.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        Self { names, origin: public_url.origin().ascii_serialization(), is_loopback }
    }

    fn allows(&self, host: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

/// Answers 421 for a host that is not ours, 400 when it cannot be read. The health probes are exempt: an orchestrator
/// asks by address, and they tell a stranger nothing.
pub async fn check_host(State(state): State<WebState>, request: Request, next: Next) -> Response {
    if matches!(request.uri().path(), "/livez" | "/readyz") {
        return next.run(request).await;
    }
    match read_host(request.uri(), request.headers()) {
        Some(authority) if state.hosts.allows(authority.host()) => next.run(request).await,
        Some(_) => {
            let error = ApiError::new(
                ErrorCode::BadRequest,
                "This server does not answer for that host. Set server.public_url to the address people use.",
            );
            (StatusCode::MISDIRECTED_REQUEST, error).into_response_with_status()
        }
        None => ApiError::new(ErrorCode::BadRequest, "The Host header is missing or cannot be read.").into_response(),
    }
}

/// The one host of a request: from the request line (HTTP/2) or the only `Host` header.
pub fn read_host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let mut sent = headers.get_all(header::HOST).iter();
    let host = match (sent.next(), sent.next()) {
        (Some(host), None) => Some(host.to_str().ok()?.parse::<Authority>().ok()?),
        (None, None) => None,
        _ => return None,
    };
    let host = match (uri.authority(), host) {
        (Some(line), Some(host)) if line.host().eq_ignore_ascii_case(host.host()) => host,
        (Some(line), None) => line.clone(),
        (None, Some(host)) => host,
        _ => return None,
    };
    let rest = &host.as_str()[host.as_str().find(host.host())? + host.host().len()..];
    (!host.as_str().contains('@') && (rest.is_empty() || host.port_u16().is_some())).then_some(host)
}

/// Keeps the JSON shape under another status.
trait WithStatus {
    fn into_response_with_status(self) -> Response;
}

impl WithStatus for (StatusCode, ApiError) {
    fn into_response_with_status(self) -> Response {
        let mut response = self.1.into_response();
        *response.status_mut() = self.0;
        response
    }
}

fn is_loopback_name(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.ends_with(".localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn write_ip(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::AllowedHosts;

    fn hosts(public: &str, listen: &str) -> AllowedHosts {
        AllowedHosts::new(&url::Url::parse(public).unwrap(), listen.parse().unwrap())
    }

    #[test]
    fn a_local_install_answers_for_this_machine_only() {
        let hosts = hosts("http://127.0.0.1:3000", "127.0.0.1:3000");
        for host in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"] {
            assert!(hosts.allows(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "0.0.0.0"] {
            assert!(!hosts.allows(host), "{host}");
        }
    }

    #[test]
    fn a_public_install_answers_for_its_name_and_its_address() {
        let hosts = hosts("https://Yard.example", "10.0.0.5:3000");
        assert!(hosts.allows("yard.example"));
        assert!(hosts.allows("10.0.0.5"));
        assert!(!hosts.allows("localhost"));
        assert!(!hosts.is_loopback);
        assert_eq!(hosts.origin, "https://yard.example");
    }
}
