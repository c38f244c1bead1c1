//! Where a form starts from: nothing, an earlier training to duplicate, or one to retry.
//! Pure; the page loads the training.

use super::draft::{FormDraft, KeptFile, file_key};
use crate::model::ids::Kind;
use crate::model::training::Training;
use crate::vendors::TrainingRequest;
use crate::vendors::forms::{Control, KindForm};
use serde_json::{Map, Value};

/// What the form was opened with.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Nothing,
    /// `?from=`: a new training with the same parameters.
    Duplicate(Box<Training>),
    /// `?retry=`: the same training again.
    Retry(Box<Training>),
}

impl Source {
    /// The earlier training, if any.
    pub fn training(&self) -> Option<&Training> {
        match self {
            Self::Nothing => None,
            Self::Duplicate(training) | Self::Retry(training) => Some(training),
        }
    }

    /// Whether this form submits through `retry`: only within the same kind.
    pub fn is_retry_of(&self, form: &KindForm) -> bool {
        matches!(self, Self::Retry(training) if training.kind == Kind::new(form.kind))
    }

    /// The form as it opens: types and choices as frozen, files by their SHA-256. Another kind's training gives what
    /// fits.
    pub fn start_draft(&self, form: &KindForm) -> FormDraft {
        let Some(training) = self.training() else {
            return FormDraft::fresh(form);
        };
        let mut draft = FormDraft {
            name: training.name.clone(),
            connection: training.connection.to_string(),
            id_is_own: true,
            values: form.fresh_values(),
            ..FormDraft::default()
        };
        if training.kind != Kind::new(form.kind) {
            let other = crate::vendors::forms::find_form(&training.kind);
            let values = other.map(|other| (other.prefill)(&training.request)).unwrap_or_default();
            return FormDraft { values, ..draft }.fit_to(form);
        }
        draft.values.extend((form.prefill)(&training.request));
        for field in form.fields() {
            let (role, first) = match field.control {
                Control::Dataset(role) => (role, 0),
                Control::Datasets(role) => (role, 1),
                _ => continue,
            };
            // The file's name and size are in the training; the request holds its SHA-256 alone.
            for (number, used) in (first..).zip(training.datasets.iter().filter(|used| used.role == role)) {
                let sha256 = Some(used.sha256.clone());
                let file = KeptFile { name: used.name.clone(), size_bytes: used.size_bytes, sha256 };
                draft.files.insert(file_key(role, number), file);
            }
        }
        draft
    }
}

/// What turns the older request into the new one, as an RFC 7396 merge patch; empty when nothing differs.
pub fn diff_requests(older: &Map<String, Value>, newer: &TrainingRequest) -> Map<String, Value> {
    diff_objects(older, &newer.freeze().fields)
}

fn diff_objects(older: &Map<String, Value>, newer: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for name in older.keys().filter(|name| !newer.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, value) in newer {
        match (older.get(name), value) {
            (Some(before), after) if before == after => {}
            (Some(Value::Object(before)), Value::Object(after)) => {
                patch.insert(name.clone(), Value::Object(diff_objects(before, after)));
            }
            (None, Value::Null) => {}
            (_, after) => {
                patch.insert(name.clone(), after.clone());
            }
        }
    }
    patch
}
