//! The ports of the server as the page sees them, and the server functions over them.
//! `/api/v1` stands on the same ports. No page, no SQL, no HTTP client here.

pub mod callbacks;
mod calls;
pub mod client;
pub mod connections;
pub mod datasets;
pub mod history;
pub mod models;
pub mod secrets;
pub mod trainings;

#[cfg(feature = "ssr")]
pub use ports::{Backend, caller_and_backend};

#[cfg(feature = "ssr")]
mod ports {
    use super::{
        callbacks::CallbacksPort, connections::ConnectionsPort, datasets::DatasetsPort, history::HistoryPort,
        models::ModelsPort, secrets::SecretsPort, trainings::TrainingsPort,
    };
    use crate::model::error::{AppError, ErrorCode};
    use crate::model::session::Caller;
    use std::sync::Arc;

    /// Everything a page or a route may ask of the server.
    #[derive(Clone)]
    pub struct Backend {
        pub trainings: Arc<dyn TrainingsPort>,
        pub history: Arc<dyn HistoryPort>,
        pub connections: Arc<dyn ConnectionsPort>,
        pub datasets: Arc<dyn DatasetsPort>,
        pub models: Arc<dyn ModelsPort>,
        pub callbacks: Arc<dyn CallbacksPort>,
        pub secrets: Arc<dyn SecretsPort>,
    }

    /// The caller and the backend of the request being answered; both are put there by the server's middleware.
    pub fn caller_and_backend() -> Result<(Caller, Backend), AppError> {
        let caller = leptos::prelude::use_context::<Caller>();
        let backend = leptos::prelude::use_context::<Backend>();
        match (caller, backend) {
            (Some(caller), Some(backend)) => Ok((caller, backend)),
            _ => Err(AppError::new(ErrorCode::Unauthorized, "Sign in first.")),
        }
    }

    /// Gives a server function's error its HTTP status.
    pub(super) fn with_status<T>(result: Result<T, AppError>) -> Result<T, AppError> {
        let options = leptos::prelude::use_context::<leptos_axum::ResponseOptions>();
        if let (Err(error), Some(options)) = (&result, options)
            && let Ok(status) = http_status(error)
        {
            options.set_status(status);
        }
        result
    }

    fn http_status(error: &AppError) -> Result<leptos::server_fn::http_export::StatusCode, ()> {
        leptos::server_fn::http_export::StatusCode::from_u16(error.status_code()).map_err(|_| ())
    }
}
