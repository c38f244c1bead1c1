//! Which language model a vendor uses for an account's trainings, as people may see it: never a key's value.

use super::ids::UserName;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a connection's vendor was told, and what it can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LlmSettings {
    /// Empty where the vendor has no such settings.
    pub providers: Vec<LlmProvider>,
    pub items: Vec<LlmSetting>,
}

/// Whose language model, and the keys its settings need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LlmProvider {
    /// The vendor's own word.
    pub name: String,
    pub keys: Vec<LlmKey>,
}

/// A key of a provider's settings, by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LlmKey {
    pub name: String,
    /// A credential; others are addresses, versions and regions.
    pub is_secret: bool,
}

/// The choice for one product, without its keys' values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LlmChoice {
    pub product_name: String,
    pub provider: String,
    pub model: String,
}

/// What the vendor took for one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LlmSetting {
    pub product_name: String,
    pub provider: String,
    pub model: String,
    /// The names of the keys that are set.
    pub keys_set: Vec<String>,
    pub set_by: UserName,
    pub set_at: Timestamp,
}
