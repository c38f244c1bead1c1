//! One file on its way to the server: sent in chunks (tus 1.0.0), resumed after a cut or a reload, shown as it goes.
//! Knows no form and no training; what it ends with is a dataset's id.

#[cfg(feature = "hydrate")]
mod browser;
mod pace;
mod progress;
#[cfg(feature = "hydrate")]
mod request;

pub use progress::UploadProgress;

use crate::model::error::AppError;
use crate::model::ids::DatasetId;
use leptos::prelude::Callback;

/// Where an upload stands. Bytes are those the server has or is being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// Asking the server where to begin.
    Waiting,
    Sending {
        sent: u64,
        total: u64,
        /// Over the last ten seconds; 0 until there is something to measure.
        bytes_per_second: u64,
    },
    /// No byte goes through. It is tried on and on; what the server has is kept there for a day.
    Stuck {
        sent: u64,
        total: u64,
        silent_seconds: u64,
        /// Until the next try; none while a try is under way.
        next_try_seconds: Option<u64>,
    },
    /// All bytes are sent; the server puts the file away.
    Finishing,
    Done {
        dataset: DatasetId,
    },
    /// Trying again by itself would not help.
    Failed(AppError),
}

/// A running upload. Dropping it stops sending; the file picked again goes on from there.
#[must_use = "dropping the handle stops the upload"]
pub struct UploadHandle {
    #[cfg(feature = "hydrate")]
    job: std::rc::Rc<browser::Job>,
}

/// Sends `file`. `on_state` is told every change, about once a second while bytes go, and never before this function
/// has returned; after `Done` or `Failed` nothing more comes. A file of which a part was sent before, by this page or
/// before a reload, goes on from what the server has.
#[cfg(feature = "hydrate")]
pub fn start_upload(file: &web_sys::File, on_state: Callback<UploadState>) -> UploadHandle {
    let job = browser::Job::new(file.clone(), on_state);
    wasm_bindgen_futures::spawn_local(browser::run_job(std::rc::Rc::clone(&job)));
    UploadHandle { job }
}

/// On the server nobody picks a file.
#[cfg(not(feature = "hydrate"))]
pub fn start_upload(_file: &web_sys::File, _on_state: Callback<UploadState>) -> UploadHandle {
    UploadHandle {}
}

impl UploadHandle {
    /// Stops, and has the server throw away what it got.
    pub fn cancel(self) {
        #[cfg(feature = "hydrate")]
        self.job.cancel();
    }
}

#[cfg(feature = "hydrate")]
impl Drop for UploadHandle {
    fn drop(&mut self) {
        self.job.stop();
    }
}
