//! `[[connections]]`: the vendor accounts. Reads the keys all vendors share; a vendor's own stay unread.
//! Which vendors there are, the caller says.

use super::fault::ConfigFault;
use super::layers::Layers;
use app::model::ids::ConnectionId;
use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

/// The longest connection id, in characters.
const MAX_ID_LENGTH: usize = 63;

/// One vendor account.
#[derive(Clone)]
pub struct ConnectionEntry {
    pub id: ConnectionId,
    pub vendor: String,
    /// What people see.
    pub name: String,
    pub base_url: Url,
    /// Plain http to other hosts than this machine.
    pub allow_http: bool,
    /// Private networks it may reach; this machine always.
    pub allow_networks: Vec<IpNet>,
    /// One of the built-in fake vendors; cannot be set in a file.
    pub sandbox: bool,
    /// The vendor's own keys, unread.
    pub own: toml::Table,
}

impl std::fmt::Debug for ConnectionEntry {
    /// Never prints the vendor's own keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ConnectionEntry({}, {})", self.id, self.vendor)
    }
}

/// A block as it is written.
#[derive(Deserialize)]
pub(super) struct RawConnection {
    id: String,
    vendor: String,
    name: Option<String>,
    base_url: String,
    #[serde(default)]
    allow_http: bool,
    #[serde(default)]
    allow_networks: Vec<String>,
    #[serde(flatten)]
    own: toml::Table,
}

/// Checks all blocks; ids must be different.
pub(super) fn check_connections(
    raw: Vec<RawConnection>,
    vendors: &[&str],
    layers: &Layers,
) -> Result<Vec<ConnectionEntry>, ConfigFault> {
    let mut entries: Vec<ConnectionEntry> = Vec::with_capacity(raw.len());
    for (at, block) in raw.into_iter().enumerate() {
        let entry = check_connection(block, vendors)
            .map_err(|(key, message)| layers.fault(&format!("connections[{at}].{key}"), message))?;
        if entries.iter().any(|earlier| earlier.id == entry.id) {
            let message = format!("\"{}\" is the id of an earlier connection. Give each its own.", entry.id);
            return Err(layers.fault(&format!("connections[{at}].id"), message));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn check_connection(block: RawConnection, vendors: &[&str]) -> Result<ConnectionEntry, (&'static str, String)> {
    let id_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if block.id.is_empty() || block.id.len() > MAX_ID_LENGTH || !block.id.bytes().all(id_byte) {
        return Err(("id", format!("use 1 to {MAX_ID_LENGTH} lower-case letters, digits and hyphens.")));
    }
    if block.id.starts_with("sandbox-") {
        return Err(("id", "ids that begin with \"sandbox-\" belong to the built-in fake vendors.".to_owned()));
    }
    if !vendors.contains(&block.vendor.as_str()) {
        let message = format!("this version knows no vendor \"{}\". Known: {}.", block.vendor, vendors.join(", "));
        return Err(("vendor", message));
    }
    if block.own.contains_key("sandbox") {
        let message = "this key cannot be set. `trainyard serve --sandbox` makes the connections to the fake vendors.";
        return Err(("sandbox", message.to_owned()));
    }
    let base_url = parse_base_url(&block.base_url).map_err(|message| ("base_url", message))?;
    let allow_networks = block
        .allow_networks
        .iter()
        .map(|text| text.parse::<IpNet>().map_err(|_| format!("\"{text}\" is not a network like \"10.0.0.0/8\".")))
        .collect::<Result<_, _>>()
        .map_err(|message| ("allow_networks", message))?;
    Ok(ConnectionEntry {
        name: block.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| block.id.clone()),
        id: ConnectionId::new(block.id),
        vendor: block.vendor,
        base_url,
        allow_http: block.allow_http,
        allow_networks,
        sandbox: false,
        own: block.own,
    })
}

/// An http or https address without user, query or fragment. Whether plain http is allowed, the HTTP client decides.
fn parse_base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("\"{text}\" is not an address ({error})."))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("it must begin with https:// (or http://, with allow_http) and a host.".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must not hold a user or password; credentials are keys of their own.".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it must not have a query or fragment.".to_owned());
    }
    Ok(url)
}
