//! Faults: killed servers, dark vendors, lost answers, full hands. Each test carries the number of its promise.
//! The short forms run in `make test`; those marked as long run by `make faults`. None of them asserts a time.

mod callbacks;
mod canaries;
mod crowd;
mod dark;
mod intent;
mod kills;
mod lost;
mod order;
#[cfg(feature = "failpoints")]
mod points;
mod quiet;
mod shade;
pub mod yard;
