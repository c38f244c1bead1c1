//! SESTEK / Knovvu text clustering, text classification and generative question answering.

pub mod advice;
pub mod draft;
pub mod form;
pub mod gqa;
pub mod gqa_form;
pub mod gqa_preflight;
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

/// Generative question answering.
pub const GQA: KindInfo = KindInfo {
    kind: "sestek.gqa",
    vendor_label: "SESTEK",
    label: "Generative question answering",
    about: "Answers questions from your documents.",
    roles: &[RoleInfo { name: "files", label: "Files" }],
};
