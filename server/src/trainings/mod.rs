//! trainings
