//! pages

pub mod new_training;
