//! What happens to every request before and after its handler, one file per concern.

pub mod caller;
pub mod headers;
pub mod host;
pub mod observe;
pub mod policy;
pub mod same_origin;
