//! The rules of a model id, and the composer that makes one from a name.
