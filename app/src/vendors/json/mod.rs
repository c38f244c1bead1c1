//! A strict, streaming reader of JSON that tells where and why a file is no JSON.
//! Knows nothing of any vendor, and never holds more of a file than one buffer.

pub mod fault;
pub mod scanner;

#[cfg(test)]
mod tests;
