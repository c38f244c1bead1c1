//! Secrets that the server keeps for a connection, as people may see them: that they are there, never what they are.

use super::ids::UserName;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A kept secret without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct KeptSecret {
    pub name: String,
    pub created_by: UserName,
    pub created_at: Timestamp,
    /// When it was last given to whom it is for.
    pub last_used_at: Option<Timestamp>,
}
