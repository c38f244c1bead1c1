//! The route table: the only list of pages.
