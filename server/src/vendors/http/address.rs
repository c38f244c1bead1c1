//! Which addresses a vendor call may reach: the check of base URLs and of every resolved address.
//! Pure; never resolves a name and never connects.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// What one connection may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRule {
    /// Plain http to other hosts than loopback.
    pub allow_http: bool,
    /// This machine itself; true for connections from the configuration file, whose author owns the machine.
    pub allow_loopback: bool,
    /// Private or special networks that an admin named.
    pub networks: Vec<IpNet>,
}

/// Why an address may not be called. The text is for the person who wrote the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    #[error("use an https:// address")]
    Scheme,
    #[error("use https, or set allow_http = true for this connection")]
    PlainHttp,
    #[error("leave user name and password out of the address; credentials have their own keys")]
    UserInfo,
    #[error("leave the part from ? or # on out of the address")]
    QueryOrFragment,
    #[error("the address names no host")]
    NoHost,
    #[error("{0} is a private or special address; name its network in allow_networks if it is meant")]
    Forbidden(IpAddr),
}

/// The IPv4 blocks that are not the public internet (IANA special-purpose registry, multicast, reserved).
const SPECIAL_V4: [(Ipv4Addr, u8); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// The blocks inside `2000::/3` that are not the public internet: protocol assignments with Teredo, documentation,
/// 6to4. Everything outside `2000::/3` (loopback, NAT64, unique local, link local, multicast) is refused as a whole.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

impl AddressRule {
    /// Checks a base address from the settings: scheme, user-info, query and, when the host is an IP literal in any
    /// spelling, the address. Names are checked again when they are resolved.
    pub fn check_base(&self, url: &Url) -> Result<(), AddressFault> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressFault::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressFault::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressFault::QueryOrFragment);
        }
        let host = url.host().ok_or(AddressFault::NoHost)?;
        if url.scheme() == "http" && !self.allow_http && !(self.allow_loopback && is_loopback_host(&host)) {
            return Err(AddressFault::PlainHttp);
        }
        match host {
            Host::Ipv4(address) => self.check_address(IpAddr::V4(address)),
            Host::Ipv6(address) => self.check_address(IpAddr::V6(address)),
            Host::Domain("") => Err(AddressFault::NoHost),
            Host::Domain(_) => Ok(()),
        }
    }

    /// Checks one address that is about to be connected to.
    pub fn check_address(&self, address: IpAddr) -> Result<(), AddressFault> {
        let address = address.to_canonical();
        let allowed = (address.is_loopback() && self.allow_loopback)
            || self.networks.iter().any(|network| network.contains(&address))
            || is_public(address);
        if allowed { Ok(()) } else { Err(AddressFault::Forbidden(address)) }
    }
}

/// Whether a host of a URL is this machine, by literal or by the reserved name `localhost` (RFC 6761).
fn is_loopback_host(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let bits = u32::from(address);
            !SPECIAL_V4.iter().any(|(base, len)| (bits ^ u32::from(*base)) >> (32 - u32::from(*len)) == 0)
        }
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let inside = |base: Ipv6Addr, len: u8| (bits ^ u128::from(base)) >> (128 - u32::from(len)) == 0;
            inside(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
                && !SPECIAL_V6.iter().any(|(base, len)| inside(*base, *len))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressFault, AddressRule};
    use url::Url;

    fn strict() -> AddressRule {
        AddressRule { allow_http: true, allow_loopback: false, networks: Vec::new() }
    }

    /// Spellings of addresses that are not the public internet, as they could stand in a base URL.
    const FORBIDDEN: &[&str] = &[
        "http://127.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://127.0.0.1./",
        "http://0/",
        "http://0.0.0.0/",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://%31%32%37.0.0.1/",
        "http://[::1]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:7f00:1::]/",
        "http://[2001:db8::1]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fd12:3456:789a::1]/",
        "http://[ff02::1]/",
        "http://[3fff::1]/",
        "http://[5f00::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://10.0.0.1/",
        "http://10.255.255.255/",
        "http://100.64.0.1/",
        "http://169.254.169.254/",
        "http://172.16.0.1/",
        "http://172.31.255.255/",
        "http://192.0.0.1/",
        "http://192.0.2.1/",
        "http://192.88.99.1/",
        "http://192.168.1.1/",
        "http://3232235777/",
        "http://198.18.0.1/",
        "http://198.51.100.1/",
        "http://203.0.113.1/",
        "http://224.0.0.1/",
        "http://239.255.255.250/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
    ];

    #[test]
    fn no_spelling_of_a_private_address_passes() {
        for text in FORBIDDEN {
            // What the URL parser itself refuses never becomes an address.
            if let Ok(url) = Url::parse(text) {
                assert!(matches!(strict().check_base(&url), Err(AddressFault::Forbidden(_))), "{text} -> {url}");
            }
        }
    }

    #[test]
    fn public_addresses_and_names_pass() {
        for text in [
            "https://api.example.com/",
            "https://8.8.8.8/",
            "https://172.15.0.1/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
            "https://[2606:4700::1111]/",
            "https://[2001:4860:4860::8888]/",
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(strict().check_base(&url), Ok(()), "{text}");
        }
    }

    #[test]
    fn an_admin_can_open_one_network_and_no_other() {
        let rule = AddressRule { networks: vec!["10.1.0.0/16".parse().unwrap()], ..strict() };
        assert_eq!(rule.check_address("10.1.2.3".parse().unwrap()), Ok(()));
        assert_eq!(rule.check_address("::ffff:10.1.2.3".parse().unwrap()), Ok(()));
        assert!(rule.check_address("10.2.0.1".parse().unwrap()).is_err());
        assert!(rule.check_address("169.254.169.254".parse().unwrap()).is_err());
    }

    #[test]
    fn plain_http_is_for_loopback_unless_it_is_allowed() {
        let rule = AddressRule { allow_http: false, allow_loopback: true, networks: Vec::new() };
        for text in ["http://127.0.0.1:3900/sestek", "http://localhost:1/", "http://[::1]/", "http://a.localhost/"] {
            assert_eq!(rule.check_base(&Url::parse(text).unwrap()), Ok(()), "{text}");
        }
        for text in ["http://example.com/", "http://localhost.example.com/", "http://8.8.8.8/"] {
            assert_eq!(rule.check_base(&Url::parse(text).unwrap()), Err(AddressFault::PlainHttp), "{text}");
        }
    }

    #[test]
    fn credentials_queries_and_other_schemes_are_refused() {
        for (text, fault) in [
            ("https://user@example.com/", AddressFault::UserInfo),
            ("https://user:pass@example.com/", AddressFault::UserInfo),
            ("https://:pass@example.com/", AddressFault::UserInfo),
            ("https://example.com/?a=b", AddressFault::QueryOrFragment),
            ("https://example.com/#x", AddressFault::QueryOrFragment),
            ("ftp://example.com/", AddressFault::Scheme),
            ("file:///etc/passwd", AddressFault::Scheme),
            ("gopher://127.0.0.1/", AddressFault::Scheme),
        ] {
            assert_eq!(strict().check_base(&Url::parse(text).unwrap()), Err(fault), "{text}");
        }
    }
}
