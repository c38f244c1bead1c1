//! Our timestamps as the moments that `ui::When` draws, and our names for kinds and vendors.

use crate::model::ids::Kind;
use crate::model::time::Timestamp;
use crate::ui::Moment;
use crate::vendors::find_kind;

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self { millis: time.as_millis(), iso: time.to_string() }
    }
}

/// The moment of `millis` since 1970 UTC.
pub fn moment_of(millis: i64) -> Moment {
    Timestamp::from_millis(millis).into()
}

/// The vendor's name for people; its id for a kind that this build does not know.
pub fn vendor_label(kind: &Kind) -> String {
    find_kind(kind).map_or_else(|| kind.vendor().to_owned(), |info| info.vendor_label.to_owned())
}

/// The kind's name for people; its id when this build does not know it.
pub fn kind_label(kind: &Kind) -> String {
    find_kind(kind).map_or_else(|| kind.to_string(), |info| info.label.to_owned())
}
