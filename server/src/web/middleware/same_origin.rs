//! Whether a changing request comes from our own page (CSRF). Pure; `policy` asks, beside tower-http's layer.
//! Stricter than that layer: a request without `Sec-Fetch-Site` and without `Origin` is refused, and when both are
//! sent they must agree.

use axum::http::{HeaderMap, Method, header};

/// Whether a request with this method changes anything.
pub fn is_changing(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether the headers prove a request of our own page. `host` is the request's own, already allow-listed; `origin` is
/// that of `public_url`.
///
/// `Sec-Fetch-Site` decides where a browser sends it (https and this machine): `same-origin` and `none` pass. `Origin`
/// is then only looked at for a contradiction; `null` is none, a form of a page without referrer sends it.
pub fn is_same_origin(headers: &HeaderMap, host: &str, origin: &str) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let (site, sent) = (sites.next(), origins.next());
    if sites.next().is_some() || origins.next().is_some() {
        return false;
    }
    let sent = match sent.map(|value| value.to_str()) {
        Some(Err(_)) => return false,
        Some(Ok(text)) => Some(text),
        None => None,
    };
    let is_ours = |sent: &str| {
        sent == origin
            || sent.split_once("://").is_some_and(|(scheme, authority)| {
                matches!(scheme, "http" | "https") && authority.eq_ignore_ascii_case(host)
            })
    };
    match site.map(|value| value.as_bytes()) {
        Some(b"same-origin" | b"none") => sent.is_none_or(|sent| sent == "null" || is_ours(sent)),
        Some(_) => false,
        None => sent.is_some_and(is_ours),
    }
}

#[cfg(test)]
mod tests {
    use super::is_same_origin;
    use axum::http::{HeaderMap, HeaderValue};

    fn check(site: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        }
        is_same_origin(&headers, "127.0.0.1:3000", "https://yard.example")
    }

    #[test]
    fn our_own_page_passes() {
        assert!(check(Some("same-origin"), None));
        assert!(check(Some("same-origin"), Some("https://yard.example")));
        assert!(check(Some("same-origin"), Some("null")));
        assert!(check(Some("none"), None));
        assert!(check(None, Some("https://yard.example")));
        assert!(check(None, Some("http://127.0.0.1:3000")));
    }

    #[test]
    fn everything_else_is_refused() {
        for site in [Some("cross-site"), Some("same-site"), Some("Same-Origin"), Some(""), Some("x")] {
            for origin in [None, Some("https://yard.example"), Some("http://127.0.0.1:3000")] {
                assert!(!check(site, origin), "{site:?} {origin:?}");
            }
        }
        for origin in [
            None,
            Some("null"),
            Some("https://evil.example"),
            Some("https://yard.example.evil.example"),
            Some("https://yard.example:444"),
            Some("http://127.0.0.1:3001"),
            Some("ftp://127.0.0.1:3000"),
            Some(""),
        ] {
            assert!(!check(None, origin), "{origin:?}");
        }
        assert!(!check(Some("same-origin"), Some("https://evil.example")));
    }
}
