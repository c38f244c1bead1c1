//! Uploads over real HTTP: the protocol, resuming, limits. Nothing is faked but who the caller is and the clock.

mod content;
mod limits;
mod protocol;
mod resume;
mod wire;
mod yard;
