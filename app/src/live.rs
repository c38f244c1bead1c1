//! The live stream in the browser: EventSource to signals.
