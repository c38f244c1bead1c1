//! Training again what ended: a new training from an older request, changed by a merge patch.

use super::settle::UNKNOWN_REQUEST;
use super::{TrainingFault, Trainings};
use app::api::trainings::Submitted;
use app::model::ids::{TrainingId, UserName};
use app::model::training::RetryTraining;
use app::vendors::submission::NewTraining;
use app::vendors::{TrainingRequest, knows_request};
use serde_json::{Map, Value};

impl Trainings {
    /// A new training of an ended one's request. The older one becomes `superseded` only when the vendor accepts the new.
    pub async fn retry_training(
        &self,
        actor: &UserName,
        id: &TrainingId,
        retry: RetryTraining,
    ) -> Result<Submitted, TrainingFault> {
        let older = self.inner.store.load_training(id).await?.ok_or(TrainingFault::NotFound)?.training;
        let is_repeat = self.inner.store.load_training(&retry.id).await?.is_some();
        if !older.stage.is_end() && !is_repeat {
            let message = "This training is not finished. Wait until it ends, then retry it.";
            return Err(TrainingFault::WrongStage { stage: older.stage, message });
        }
        if !knows_request(&older.request) {
            return Err(TrainingFault::Unsupported(UNKNOWN_REQUEST.to_owned()));
        }
        let mut request = older.request.fields.clone();
        request.insert("kind".to_owned(), Value::String(older.kind.to_string()));
        // Absent, it would be ours again: here `null` is a value, as in a request.
        let wants_no_callback = request.contains_key("callback") && retry.changes.get("callback") == Some(&Value::Null);
        merge_patch(&mut request, retry.changes);
        if wants_no_callback {
            request.insert("callback".to_owned(), Value::Null);
        }
        let request = TrainingRequest::parse(&Value::Object(request), "changes").map_err(TrainingFault::Invalid)?;
        let new = NewTraining {
            id: retry.id,
            connection: older.connection,
            name: Some(older.name),
            request,
            hold_if_busy: retry.hold_if_busy,
        };
        self.write_new(actor, new, Some(older.id)).await
    }
}

/// RFC 7396: objects merge, `null` removes, anything else replaces.
fn merge_patch(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, change) in patch {
        match change {
            Value::Null => {
                target.remove(&name);
            }
            Value::Object(inner) => {
                let entry = target.entry(name).or_insert_with(|| Value::Object(Map::new()));
                if !entry.is_object() {
                    *entry = Value::Object(Map::new());
                }
                if let Value::Object(fields) = entry {
                    merge_patch(fields, inner);
                }
            }
            other => {
                target.insert(name, other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::merge_patch;
    use serde_json::{Value, json};

    #[test]
    fn a_merge_patch_follows_rfc_7396() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let (Value::Object(mut target), Value::Object(patch)) = (target, patch) else { panic!("objects") };
            merge_patch(&mut target, patch);
            assert_eq!(Value::Object(target), result);
        }
    }
}
