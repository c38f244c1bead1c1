//! The keys of a SESTEK connection, read and checked.
//! Never talks to the vendor; the secret itself is read when a token is asked for, so that a rotated one is picked up.

use crate::secret::SecretRef;
use crate::vendors::http::address::AddressRule;
use crate::vendors::vendor::{ConnectionSettings, SettingsFault};
use url::Url;

/// The scope that SESTEK's token answer carries, and the hint when it does not.
pub const EXPECTED_SCOPE: &str = "SestekAI_External";

const KEYS: [&str; 8] = [
    "identity_base_url",
    "client_id",
    "client_secret",
    "tenant_name",
    "scope",
    "default_product_name",
    "server_version",
    "use_deprecated_paths",
];

/// A SESTEK account as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SestekConfig {
    /// Where `/sestekai-api/...` lies; without a trailing slash in its path.
    pub base_url: Url,
    /// Where `/connect/token` lies.
    pub identity_base_url: Url,
    pub client_id: String,
    pub client_secret: SecretRef,
    /// Only for showing the inference address.
    pub tenant_name: Option<String>,
    /// Sent with the token request when set; some installations need it.
    pub scope: Option<String>,
    pub default_product_name: Option<String>,
    /// Free text, for people.
    pub server_version: Option<String>,
    /// The addresses that SESTEK retired on 2025-01-01, see `retired`.
    pub use_deprecated_paths: bool,
}

/// Reads and checks the settings; the fault names the key.
pub fn read_config(settings: &ConnectionSettings, rule: &AddressRule) -> Result<SestekConfig, SettingsFault> {
    let own = &settings.own;
    if let Some(key) = own.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(fault(key, format!("a sestek connection has no such key; its own keys are {}", KEYS.join(", "))));
    }
    let identity_base_url = read_text(own, "identity_base_url")?
        .ok_or_else(|| fault("identity_base_url", "write the address of the token server here"))?;
    let identity_base_url =
        Url::parse(&identity_base_url).map_err(|error| fault("identity_base_url", error.to_string()))?;
    Ok(SestekConfig {
        base_url: check_base("base_url", &settings.base_url, rule)?,
        identity_base_url: check_base("identity_base_url", &identity_base_url, rule)?,
        client_id: read_text(own, "client_id")?
            .ok_or_else(|| fault("client_id", "write the client id of the external training client here"))?,
        client_secret: read_secret_ref(own)?,
        tenant_name: read_text(own, "tenant_name")?,
        scope: read_text(own, "scope")?,
        default_product_name: read_text(own, "default_product_name")?,
        server_version: read_text(own, "server_version")?,
        use_deprecated_paths: read_flag(own, "use_deprecated_paths")?,
    })
}

fn check_base(key: &str, url: &Url, rule: &AddressRule) -> Result<Url, SettingsFault> {
    rule.check_base(url).map_err(|error| fault(key, error.to_string()))?;
    let mut url = url.clone();
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// A text that is not empty; white space around it is left out.
fn read_text(own: &toml::Table, key: &str) -> Result<Option<String>, SettingsFault> {
    match own.get(key) {
        None => Ok(None),
        Some(toml::Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
        Some(toml::Value::String(_)) => Err(fault(key, "is empty; write a value or remove the key")),
        Some(other) => Err(fault(key, format!("expected a text, found a value of type {}", other.type_str()))),
    }
}

/// `true` or `false`; `false` where it is absent.
fn read_flag(own: &toml::Table, key: &str) -> Result<bool, SettingsFault> {
    match own.get(key) {
        None => Ok(false),
        Some(toml::Value::Boolean(flag)) => Ok(*flag),
        Some(other) => Err(fault(key, format!("write true or false without quotes, not a {}", other.type_str()))),
    }
}

fn read_secret_ref(own: &toml::Table) -> Result<SecretRef, SettingsFault> {
    const HOW: &str = "write { env = \"NAME\" } or { file = \"PATH\" }; the secret itself may not stand here";
    let value = own.get("client_secret").ok_or_else(|| fault("client_secret", HOW))?;
    value.clone().try_into().map_err(|_| fault("client_secret", HOW))
}

fn fault(key: &str, message: impl Into<String>) -> SettingsFault {
    SettingsFault { key: key.to_owned(), message: message.into() }
}
