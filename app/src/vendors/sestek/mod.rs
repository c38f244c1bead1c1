//! SESTEK / Knovvu text clustering and text classification.

pub mod model_id;
pub mod preflight;
pub mod request;

use super::KindInfo;

/// Text clustering.
pub const CLUSTERING: KindInfo = KindInfo {
    kind: "sestek.clustering",
    vendor_label: "SESTEK",
    label: "Text clustering",
    about: "Finds groups in dialogues and names them.",
};

/// Text classification.
pub const CLASSIFICATION: KindInfo = KindInfo {
    kind: "sestek.classification",
    vendor_label: "SESTEK",
    label: "Text classification",
    about: "Learns your labels from labelled texts.",
};
