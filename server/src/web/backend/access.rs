//! What each role may do, said once for pages, server functions and `/api/v1`.
//! The routes' policies stand in front of this; a server function that runs while a page is rendered passes only here.

use app::model::error::{AppError, ErrorCode};
use app::model::session::{Caller, Role};
use app::model::training::Training;
use app::vendors::veil_request;

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

/// Hides from viewers what only those may read who could have sent it: a signed address is a key to the data behind it.
pub fn veil_training(caller: &Caller, training: &mut Training) {
    if caller.role < Role::Operator {
        veil_request(&mut training.request);
    }
}
