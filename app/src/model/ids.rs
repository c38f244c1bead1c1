//! The ids of things, one type each, so that one cannot stand where another belongs.
//! Never makes an id; see `paths` for addresses.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares a newtype around the text of an id.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is; whoever reads it from outside checks it first.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A training's id: a UUIDv7 in canonical lower-case text, made by the client; also the idempotency key.
    TrainingId
);
text_id!(
    /// A connection's id, as the configuration names it (`knovvu`, `sandbox-sestek`).
    ConnectionId
);
text_id!(
    /// A dataset's id: the SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    DatasetId
);
text_id!(
    /// A person's id: the name an admin gave with `user add`.
    UserName
);
text_id!(
    /// A kind of training, `vendor.kind` (see `vendors::KINDS` for those this build knows).
    Kind
);
text_id!(
    /// What the vendor calls a training (a model id, a task id); opaque outside the vendor's folder.
    VendorRef
);

impl TrainingId {
    /// Reads a UUIDv7 in canonical text form (lower case, hyphens); anything else is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        for (at, byte) in bytes.iter().enumerate() {
            let legal = match at {
                8 | 13 | 18 | 23 => *byte == b'-',
                14 => *byte == b'7',
                19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
                _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
            };
            if !legal {
                return None;
            }
        }
        Some(Self(text.to_owned()))
    }
}

impl DatasetId {
    /// Reads 64 lower-case hexadecimal digits; anything else is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        (text.len() == 64 && text.as_bytes().iter().all(hex)).then(|| Self(text.to_owned()))
    }
}

impl Kind {
    /// The vendor part: `sestek` of `sestek.clustering`.
    pub fn vendor(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}
