//! What can go wrong with a training, and what people are told.

use crate::datasets::DatasetFault;
use crate::store::StoreError;
use app::model::error::{AppError, ErrorCode, FieldFault};
use app::model::ids::{TrainingId, VendorRef};
use app::model::stage::Stage;

/// A refusal, or a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum TrainingFault {
    #[error("there is no such training")]
    NotFound,
    /// No training of ours has this name on this connection.
    #[error("there is no such model")]
    NoModel,
    /// The vendor, or what we know, does not allow it.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// The vendor gave no usable answer to a question somebody waits for.
    #[error("the vendor did not answer: {message}")]
    VendorSilent { message: String },
    #[error("the input has faults")]
    Invalid(Vec<FieldFault>),
    /// An unfinished training owns the vendor's name.
    #[error("an unfinished training owns this name")]
    Busy { owner: TrainingId, owner_name: String, vendor_ref: VendorRef },
    /// The same id came with another body.
    #[error("the id was used for another submit")]
    DifferentBody,
    /// A data file is so large that its check is not over yet.
    #[error("the data file is still being checked")]
    StillChecking,
    #[error("there is no such callback")]
    NoCallback,
    /// Only an unmatched callback is attached.
    #[error("the callback belongs to another training")]
    CallbackTaken,
    #[error("the callback belongs to no training")]
    CallbackUnmatched,
    /// Not in this stage.
    #[error("not while it is {stage}")]
    WrongStage { stage: Stage, message: &'static str },
    #[error(transparent)]
    Dataset(#[from] DatasetFault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TrainingFault> for AppError {
    fn from(fault: TrainingFault) -> Self {
        match fault {
            TrainingFault::NotFound => Self::not_found("training"),
            TrainingFault::NoModel => Self::not_found("model"),
            TrainingFault::Unsupported(message) => Self::new(ErrorCode::Unsupported, message),
            TrainingFault::VendorSilent { message } => Self::new(ErrorCode::VendorError, message),
            TrainingFault::Invalid(fields) => Self::invalid(fields),
            TrainingFault::Busy { owner, owner_name, vendor_ref } => {
                let message = format!(
                    "The training \"{owner_name}\" is still using the id {vendor_ref}. Wait until it ends, or choose another id."
                );
                Self { training: Some(owner), ..Self::new(ErrorCode::Busy, message) }
            }
            TrainingFault::DifferentBody => Self::invalid(vec![FieldFault::new(
                "id",
                "This id was used for another submit. Make a new UUIDv7 for a new training.",
            )]),
            TrainingFault::StillChecking => Self::new(
                ErrorCode::Unavailable,
                "The data file is still being checked. Nothing was submitted. Send the same again in a minute.",
            ),
            TrainingFault::NoCallback => Self::not_found("callback"),
            TrainingFault::CallbackTaken => {
                Self::new(ErrorCode::Conflict, "This callback belongs to another training already, or to a rehearsal.")
            }
            TrainingFault::CallbackUnmatched => {
                Self::new(ErrorCode::Conflict, "This callback belongs to no training. Attach it to one first.")
            }
            TrainingFault::WrongStage { message, .. } => Self::new(ErrorCode::Conflict, message),
            TrainingFault::Dataset(fault) => fault.into(),
            TrainingFault::Store(StoreError::BadCursor(_)) => {
                Self::invalid(vec![FieldFault::new("after", "This page does not exist. Start from the first one.")])
            }
            TrainingFault::Store(error) => {
                tracing::error!(%error, "A call about trainings failed in the store");
                Self::new(
                    ErrorCode::Internal,
                    "Trainyard could not read or write its store. Nothing was lost; try again.",
                )
            }
        }
    }
}
