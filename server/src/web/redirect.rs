//! Where a browser may be sent: to our own pages, and nowhere else.

use app::paths;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// The longest address that is kept for after the sign-in.
const MAX_NEXT_BYTES: usize = 2_048;

/// 303 to `to`, which one of our own functions wrote.
pub fn see_other(to: &str) -> Response {
    let location = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Sends a stranger to the sign-in page, and from there back to where they were.
pub fn sign_in_first(uri: &Uri) -> Response {
    let asked = uri.path_and_query().map_or("/", |asked| asked.as_str());
    see_other(&paths::sign_in(check_next(asked).as_deref()))
}

/// The address to go to after the sign-in, if it is one of our own pages; written anew, not passed on. `None` for
/// anything a browser could read as another site, and for what is no page.
pub fn check_next(next: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    if next.len() > MAX_NEXT_BYTES || !next.starts_with('/') || !next.bytes().all(plain) {
        return None;
    }
    // Resolved as a browser would, against a host that does not exist: whatever leaves it is not ours.
    let base = url::Url::parse("http://trainyard.invalid/").ok()?;
    let target = base.join(next).ok()?;
    if target.origin() != base.origin() || !target.username().is_empty() || target.password().is_some() {
        return None;
    }
    let path = target.path();
    let is_page = path == paths::NOW || path == paths::TRAININGS || path.starts_with("/trainings/");
    if !is_page || path.contains("//") {
        return None;
    }
    Some(target.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}

#[cfg(test)]
mod tests {
    use super::check_next;

    #[test]
    fn our_own_pages_are_kept_with_their_query() {
        for next in ["/", "/trainings", "/trainings?stage=ready%2Cfailed&q=a%20b", "/trainings/new/sestek/clustering"] {
            assert_eq!(check_next(next).as_deref(), Some(next));
        }
    }

    #[test]
    fn g46_nothing_leads_away() {
        let ways = [
            "",
            " ",
            "//",
            "///",
            "/\\",
            "\\",
            "\\\\",
            "/%2f",
            "/%5c",
            "/.//",
            "/..//",
            "/./",
            "/\t/",
            "/\n/",
            "/\r/",
            "/ /",
            "/%09/",
            "/;@",
            "/@",
            "@",
            "http:",
            "https:",
            "http://",
            "https://",
            "https:/",
            "javascript:",
            "data:text/html,",
            "/trainings//",
            "/trainings/..//",
            "/trainings/../..//",
            "/trainings/%2e%2e//",
            "/trainings/\\",
            "//trainings/",
            "////",
            "/\u{2028}/",
            "/\u{ff0f}",
            "\u{ff0f}\u{ff0f}",
            "ftp://",
            "/:80//",
        ];
        let hosts = [
            "evil.example",
            "evil.example/trainings",
            "evil.example\\@trainyard.invalid",
            "trainyard.invalid@evil.example",
            "2130706433",
            "[::1]",
            "evil.example:80#",
            "evil.example?/trainings",
            "trainyard.invalid.evil.example",
            "x:y@z",
            "%65vil.example",
            "evil\u{3002}example",
            "EVIL.EXAMPLE/",
            "evil.example/%2e%2e",
        ];
        let mut tried = 0;
        for way in ways {
            for host in hosts {
                tried += 1;
                let next = format!("{way}{host}");
                let Some(kept) = check_next(&next) else { continue };
                let base = url::Url::parse("https://yard.example/sign-in").unwrap();
                assert_eq!(base.join(&kept).unwrap().origin(), base.origin(), "{next} became {kept}");
                assert!(!kept.contains("//") && !kept.contains('\\'), "{next} became {kept}");
            }
        }
        assert!(tried >= 500);
    }
}
