//! Why a call about a connection fails.

use crate::store::StoreError;
use crate::vault::SealFault;
use app::model::error::{AppError, ErrorCode, FieldFault};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionFault {
    #[error("there is no such connection")]
    NotFound,
    #[error("there is no such secret")]
    NoSecret,
    #[error("the input has faults")]
    Invalid(Vec<FieldFault>),
    /// A secret cannot be sealed or opened.
    #[error("the kept secret {name}: {fault}")]
    Sealed { name: String, fault: SealFault },
    /// The vendor has nothing like it.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// What the vendor answered, in a sentence for people.
    #[error("the vendor did not take it: {0}")]
    VendorSaid(String),
    /// The vendor cannot be asked, or did not answer; a sentence for people.
    #[error("not now: {0}")]
    NotNow(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ConnectionFault> for AppError {
    fn from(fault: ConnectionFault) -> Self {
        match fault {
            ConnectionFault::NotFound => Self::not_found("connection"),
            ConnectionFault::NoSecret => Self::not_found("kept secret"),
            ConnectionFault::Invalid(fields) => Self::invalid(fields),
            ConnectionFault::Sealed { name, fault } => {
                tracing::error!(secret.name = %name, %fault, "A kept secret cannot be used");
                Self::new(ErrorCode::Conflict, format!("The kept secret \"{name}\" cannot be used. {fault}"))
            }
            ConnectionFault::Unsupported(message) => Self::new(ErrorCode::Unsupported, message),
            ConnectionFault::VendorSaid(message) => Self::new(ErrorCode::VendorError, message),
            ConnectionFault::NotNow(message) => Self::new(ErrorCode::Unavailable, message),
            ConnectionFault::Store(error) => {
                tracing::error!(%error, "A call about a connection failed in the store");
                let message = "Trainyard could not read or write its store. Nothing was lost; try again.";
                Self::new(ErrorCode::Internal, message)
            }
        }
    }
}
