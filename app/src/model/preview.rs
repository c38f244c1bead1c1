//! What will be sent to the vendor, with every token masked.

use super::advice::TrainAdvice;
use super::error::FieldFault;
use serde::{Deserialize, Serialize};

/// The vendor call a request becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RequestPreview {
    pub method: String,
    pub url: String,
    /// Name and value; the token reads `<token>`.
    pub headers: Vec<(String, String)>,
    /// The parts of a multipart body, in order.
    pub parts: Vec<PreviewPart>,
    /// The same as one curl command, quoted for a POSIX shell.
    pub curl: String,
    /// Whether to train or only to redeploy; `null` for a kind that has no such choice.
    #[serde(default)]
    pub advice: Option<TrainAdvice>,
    /// What only the server can see, and somebody should know before sending.
    #[serde(default)]
    pub warnings: Vec<FieldFault>,
}

/// One part of a multipart body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PreviewPart {
    pub name: String,
    /// The text, or the file's name.
    pub value: String,
    pub is_file: bool,
}
