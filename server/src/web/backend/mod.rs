//! The ports of `app::api`, one file per area: may the caller do this, and which rule answers.

pub mod datasets;
