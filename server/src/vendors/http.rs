//! The only way out: one HTTP client for all vendors.
