//! A request as it was frozen when somebody submitted it.
//! Never read back into a form without the vendor's own parser (`vendors::TrainingRequest`).

use super::ids::Kind;
use serde::{Deserialize, Serialize};

/// The frozen parameters of a training: its kind and the vendor's fields, exactly as accepted. No secret is in it.
///
/// It is kept as data, not as the typed request, so that an old row stays readable when a vendor's form changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FrozenRequest {
    /// `vendor.kind`.
    pub kind: Kind,
    /// The other fields of the request body.
    #[serde(flatten)]
    pub fields: serde_json::Map<String, serde_json::Value>,
}
