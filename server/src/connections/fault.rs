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
            ConnectionFault::Store(error) => {
                tracing::error!(%error, "A call about a connection failed in the store");
                let message = "Trainyard could not read or write its store. Nothing was lost; try again.";
                Self::new(ErrorCode::Internal, message)
            }
        }
    }
}
