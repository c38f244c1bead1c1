//! A vendor account as people may see it.
//! Never a credential, and never a type that could hold one.

use super::ids::{ConnectionId, Kind};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A connection without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Connection {
    pub id: ConnectionId,
    pub vendor: String,
    pub name: String,
    /// The built-in fake vendor; the page says so.
    pub sandbox: bool,
    pub kinds: Vec<Kind>,
    pub health: Health,
    pub capabilities: Capabilities,
    pub last_used_at: Option<Timestamp>,
    pub last_refused_at: Option<Timestamp>,
    /// What a form may offer as the default product name.
    pub default_product_name: Option<String>,
    /// Only for naming the inference address and checking its length.
    pub tenant_name: Option<String>,
    /// What an admin should know about how it is set up; each a sentence.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// How the vendor account is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Health {
    pub state: HealthState,
    /// Since when it is in this state.
    pub since: Option<Timestamp>,
    /// One sentence for people; the vendor's words in it are plain text.
    pub message: Option<String>,
}

/// The states of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Not used since the start.
    Unknown,
    Ok,
    /// The vendor cannot be reached; trying again at intervals.
    Unreachable,
    /// The credentials were refused; waiting for a successful test, a rotated secret or a restart.
    Refused,
}

/// What a vendor can do; a missing one disables the button, with the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Capabilities {
    pub cancel: bool,
    pub delete_at_vendor: bool,
    pub list: bool,
    /// Watching a training publishes its model.
    pub watching_publishes: bool,
    pub loss: bool,
    /// Which language model it uses can be set for the account.
    #[serde(default)]
    pub llm_settings: bool,
}

/// The answer to `POST /connections/{id}/test`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ConnectionTest {
    pub ok: bool,
    /// What the vendor said, in words.
    pub message: String,
    pub warnings: Vec<String>,
    pub took_ms: i64,
}
