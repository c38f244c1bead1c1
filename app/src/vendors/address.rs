//! The shape of an address that a vendor is to fetch or to call, read without a URL library: that one is large in
//! WebAssembly. Never opens an address, and never says what stands in its query.

/// Longer than any signed link that is in use.
const MAX_URL: usize = 8_192;

/// What stands where a query stood; itself a legal query, so that a veiled request can be previewed.
const VEIL: &str = "?[redacted]";

/// Checks that this is an absolute http or https address with a host and without a user.
///
/// # Errors
/// One sentence, which quotes nothing of the address.
pub fn check_data_url(url: &str) -> Result<(), String> {
    let fault = |message: &str| Err(message.to_owned());
    if url.is_empty() {
        return fault("Give an address, like https://files.example.com/manual.pdf.");
    }
    if url.len() > MAX_URL {
        return Err(format!("An address has at most {MAX_URL} characters."));
    }
    if url.contains(char::is_whitespace) {
        return fault("An address has no blanks; write them as %20.");
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return fault("Write every letter of the address that is not plain ASCII in its encoded form.");
    }
    if url.contains(['"', '<', '>', '`', '\\']) {
        return fault("An address has no quotes, angle brackets or backslashes.");
    }
    let Some(rest) = after_scheme(url) else {
        return fault("Begin the address with https:// or http://.");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return fault("Leave the user and the password out of the address: they would stand where others can read it.");
    }
    let (host, port) = split_port(authority);
    if !is_host(host) {
        return fault("Give the address a host, like files.example.com.");
    }
    if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
        return fault("The port of an address is a number from 1 to 65535.");
    }
    if rest.contains('#') {
        return fault("Leave out # and what follows it: no server is ever asked for that part.");
    }
    Ok(())
}

/// Checks an address that a vendor is to call with a secret: as above, and http only to the vendor's own machine.
///
/// # Errors
/// One sentence, which quotes nothing of the address.
pub fn check_callback_url(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Err("Give an address, like https://hooks.example.com/trained.".to_owned());
    }
    check_data_url(url)?;
    if url.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("https")) || is_loopback_address(url) {
        return Ok(());
    }
    Err("Begin the address with https://. Plain http is only for the machine itself (localhost, 127.0.0.1).".to_owned())
}

/// Whether the address leads to the machine that opens it.
pub fn is_loopback_address(url: &str) -> bool {
    let host = host_of(url);
    let by_number = host.parse::<std::net::Ipv4Addr>().is_ok_and(|host| host.is_loopback());
    by_number || host == "localhost" || host == "[::1]"
}

/// Whether the address looks like one that only this machine or this network knows. A guess by its letters.
pub fn is_private_address(url: &str) -> bool {
    let host = host_of(url);
    let second = host.split('.').nth(1).and_then(|part| part.parse::<u8>().ok());
    let is_172 = host.starts_with("172.") && second.is_some_and(|part| (16..32).contains(&part));
    let own = ["127.", "10.", "192.168.", "169.254."].iter().any(|start| host.starts_with(start));
    let by_number = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && (own || is_172);
    let named = [".local", ".internal", ".lan", ".localhost"].iter().any(|end| host.ends_with(end));
    by_number || named || host == "[::1]" || !host.contains(['.', ':'])
}

/// The address with its query hidden.
pub fn veil_query(url: &str) -> String {
    match url.split_once('?') {
        Some((before, _)) => format!("{before}{VEIL}"),
        None => url.to_owned(),
    }
}

/// The host in small letters, an IPv6 address in its brackets; empty where there is none.
fn host_of(url: &str) -> String {
    let rest = after_scheme(url).unwrap_or_default();
    split_port(rest.split(['/', '?', '#']).next().unwrap_or_default()).0.to_ascii_lowercase()
}

fn after_scheme(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")).then_some(rest)
}

/// Host and port; the colons of an IPv6 address in brackets belong to the host.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority.get(host_end..).and_then(|rest| rest.find(':')) {
        Some(colon) => (&authority[..host_end + colon], authority.get(host_end + colon + 1..)),
        None => (authority, None),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::{check_callback_url, check_data_url, is_loopback_address, is_private_address, veil_query};

    #[test]
    fn absolute_web_addresses_are_taken() {
        for url in [
            "https://files.example.com/manual.pdf",
            "http://files.example.com",
            "HTTPS://Files.Example.com:8443/a%20b?X-Signature=a/b+c==&d=[1]",
            "https://192.0.2.7/x",
            "https://[2001:db8::1]:9000/x",
            "https://files.example.com?token=1",
        ] {
            assert_eq!(check_data_url(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn whatever_is_no_absolute_web_address_is_refused_without_quoting_it() {
        let long = format!("https://x.example/?secret={}", "s".repeat(9_000));
        for url in [
            "",
            "manual.pdf?secret",
            "//files.example.com/?secret",
            "ftp://files.example.com/?secret",
            "file:///etc/passwd?secret",
            "javascript:alert(1)?secret",
            "https://?secret",
            "https:///x?secret",
            "https://user:secret@files.example.com/",
            "https://files.example.com:0/?secret",
            "https://files.example.com:99999/?secret",
            "https://files..example.com/?secret",
            "https://-x.example/?secret",
            "https://[::1/?secret",
            "https://[zz]/?secret",
            "https://files.example.com/a b?secret",
            " https://files.example.com/?secret",
            "https://files.example.com/?secret\n",
            "https://files.example.com/müşteri?secret",
            "https://files.example.com/\"?secret\"",
            "https://files.example.com/#secret",
            &long,
        ] {
            let message = check_data_url(url).expect_err(url);
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_query_is_hidden_whole_and_what_is_left_is_still_legal() {
        for (url, shown) in [
            ("https://x.example/a?b=c?d#e", "https://x.example/a?[redacted]"),
            ("https://x.example?b", "https://x.example?[redacted]"),
            ("https://x.example/a", "https://x.example/a"),
        ] {
            assert_eq!(veil_query(url), shown);
            assert_eq!(check_data_url(shown), Ok(()));
        }
    }

    #[test]
    fn addresses_of_ones_own_network_are_told_apart() {
        for (url, private) in [
            ("http://localhost:8080/x", true),
            ("http://minio/x", true),
            ("http://10.1.2.3/x", true),
            ("http://172.16.0.1/x", true),
            ("http://172.32.0.1/x", false),
            ("http://192.168.1.1:9000", true),
            ("http://[::1]/x", true),
            ("https://10.example.com/x", false),
            ("https://files.corp.internal/x", true),
            ("https://files.example.com/x", false),
        ] {
            assert_eq!(is_private_address(url), private, "{url}");
        }
    }

    #[test]
    fn an_address_to_be_called_back_is_https_unless_it_is_the_machine_itself() {
        for (url, legal) in [
            ("https://hooks.example.com/trained?key=secret", true),
            ("HTTPS://hooks.example.com", true),
            ("http://localhost:8080/x", true),
            ("http://127.0.0.1/x?secret", true),
            ("http://127.9.9.9/x", true),
            ("http://[::1]:3000/x", true),
            ("http://hooks.example.com/?secret", false),
            ("http://127.0.0.1.example.com/?secret", false),
            ("http://localhost.example.com/?secret", false),
            ("http://10.0.0.1/?secret", false),
            ("http://0.0.0.0/?secret", false),
            ("hooks.example.com/?secret", false),
            ("https://user:secret@hooks.example.com/", false),
            ("https://hooks.example.com/#secret", false),
            ("", false),
        ] {
            let checked = check_callback_url(url);
            assert_eq!(checked.is_ok(), legal, "{url}: {checked:?}");
            assert!(!checked.err().unwrap_or_default().contains("secret"), "{url}");
        }
        assert!(!is_loopback_address("https://hooks.example.com"));
    }
}
