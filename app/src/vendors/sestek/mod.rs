//! SESTEK / Knovvu text clustering and text classification.

pub mod advice;
pub mod draft;
pub mod form;
mod language;
pub mod model_id;
pub mod preflight;
mod records;
pub mod request;

use super::{KindInfo, RoleInfo};

/// The words of a progress answer, in the order in which people read them: trained, then served.
pub const STATUS_FIELDS: &[&str] = &["trainingStatus", "inferenceStatus"];

/// Text clustering.
pub const CLUSTERING: KindInfo = KindInfo {
    kind: "sestek.clustering",
    vendor_label: "SESTEK",
    label: "Text clustering",
    about: "Finds groups in dialogues and names them.",
    roles: &[RoleInfo { name: "dialogue", label: "Dialogue file" }, RoleInfo { name: "intent", label: "Intent file" }],
};

/// Text classification.
pub const CLASSIFICATION: KindInfo = KindInfo {
    kind: "sestek.classification",
    vendor_label: "SESTEK",
    label: "Text classification",
    about: "Learns your labels from labelled texts.",
    roles: &[RoleInfo { name: "dataset", label: "Data file" }],
};
