//! What each role may do, said once for pages, server functions and `/api/v1`.
//! The routes' policies stand in front of this; a server function that runs while a page is rendered passes only here.

use app::model::error::{AppError, ErrorCode};
use app::model::session::{Caller, Role};

/// Refuses viewers.
pub fn require_operator(caller: &Caller) -> Result<(), AppError> {
    if caller.role >= Role::Operator {
        return Ok(());
    }
    Err(AppError::new(
        ErrorCode::Forbidden,
        "Viewers see everything and change nothing. Ask an admin for the operator role.",
    ))
}

/// Refuses everybody but admins.
pub fn require_admin(caller: &Caller) -> Result<(), AppError> {
    if caller.role >= Role::Admin {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::Forbidden, "Only an admin may do this."))
}
