//! What a person has typed and picked so far, as it is kept over a reload.
//! Pure: knows no signal, no browser and no server.

use crate::model::ids::{DatasetId, TrainingId};
use crate::vendors::forms::{Control, FormField, FormValues, KindForm};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A new training on its way to being submitted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormDraft {
    /// What the team calls it.
    pub name: String,
    pub connection: String,
    /// Somebody typed the model id; it no longer follows the name.
    pub id_is_own: bool,
    /// The fields of the request but the datasets.
    pub values: FormValues,
    /// The picked files by [`file_key`]; one stays when its field is hidden for a while.
    pub files: BTreeMap<String, KeptFile>,
    /// Held here, and sent in its turn, where the model id is in use.
    pub hold: bool,
    /// The idempotency key: made for the first submit and used again by each repetition of it.
    pub key: Option<TrainingId>,
    /// The server refused what `key` was sent with: what is sent after a change is another request.
    pub key_refused: bool,
}

/// A picked file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    pub name: String,
    pub size_bytes: i64,
    /// Absent until the server has all of it.
    pub sha256: Option<DatasetId>,
}

/// What a file is kept under: its role alone, or, where a field takes several, its role and its number from 1. The keys
/// of one field sort like their numbers.
pub fn file_key(role: &str, number: u32) -> String {
    if number == 0 { role.to_owned() } else { format!("{role}.{number:06}") }
}

/// The number of a file that is one of several in this role.
pub fn number_in_role(key: &str, role: &str) -> Option<u32> {
    key.strip_prefix(role)?.strip_prefix('.')?.parse().ok()
}

impl FormDraft {
    /// An empty form of a kind.
    pub fn fresh(form: &KindForm) -> Self {
        Self { values: form.fresh_values(), ..Self::default() }
    }

    /// What stands in a field.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Names the training; the model id follows until somebody has typed one.
    pub fn set_name(&mut self, form: &KindForm, name: String) {
        if !self.id_is_own {
            self.values.insert("model_id".to_owned(), (form.compose_model_id)(&name));
        }
        self.name = name;
        self.note_change();
    }

    /// Takes what was typed into a field.
    pub fn set_value(&mut self, field: &FormField, value: String) {
        if matches!(field.control, Control::ModelId) {
            self.id_is_own = true;
        }
        self.values.insert(field.name.to_owned(), value);
        self.note_change();
    }

    /// Makes the model id from the name again.
    pub fn follow_name(&mut self, form: &KindForm) {
        self.id_is_own = false;
        self.set_name(form, self.name.clone());
    }

    /// Chooses the connection, and its usual product name where none is given yet.
    pub fn set_connection(&mut self, id: String, usual_product_name: Option<&str>) {
        self.connection = id;
        if let (Some(usual), "") = (usual_product_name, self.value("product_name")) {
            self.values.insert("product_name".to_owned(), usual.to_owned());
        }
        self.note_change();
    }

    /// Chooses whether it waits for a model id that is in use.
    pub fn set_hold(&mut self, hold: bool) {
        self.hold = hold;
        self.note_change();
    }

    /// Takes a picked file, or none.
    pub fn set_file(&mut self, key: &str, file: Option<KeptFile>) {
        match file {
            Some(file) => self.files.insert(key.to_owned(), file),
            None => self.files.remove(key),
        };
        self.note_change();
    }

    /// The files of a field that takes several, in their order.
    pub fn files_of(&self, role: &str) -> Vec<&KeptFile> {
        let of_role = self.files.iter().filter(|(key, _)| number_in_role(key, role).is_some());
        of_role.map(|(_, file)| file).collect()
    }

    /// The values with each stored file's SHA-256 in its field.
    pub fn values_with_files(&self, form: &KindForm) -> FormValues {
        let mut values = self.values.clone();
        for field in form.fields() {
            let value = match field.control {
                Control::Dataset(role) => {
                    self.files.get(role).and_then(|file| file.sha256.as_ref()).map(ToString::to_string)
                }
                Control::Datasets(role) => {
                    let files = self.files_of(role);
                    let line = |file: &&KeptFile| file.sha256.as_ref().map(ToString::to_string).unwrap_or_default();
                    (!files.is_empty()).then(|| files.iter().map(line).collect::<Vec<_>>().join("\n"))
                }
                _ => continue,
            };
            match value {
                Some(value) => values.insert(field.name.to_owned(), value),
                None => values.remove(field.name),
            };
        }
        values
    }

    /// What another kind's empty form may take over: the files do not fit, and a submit of this kind was not that one.
    pub fn fit_to(&self, form: &KindForm) -> Self {
        Self {
            name: self.name.clone(),
            connection: self.connection.clone(),
            id_is_own: self.id_is_own,
            values: form.fit_values(&self.values),
            hold: self.hold,
            ..Self::default()
        }
    }

    /// A changed form after a refusal is another submit. One whose answer was lost is not: the key stays, so that the
    /// server can tell whether it has arrived.
    fn note_change(&mut self) {
        if self.key_refused {
            self.key = None;
            self.key_refused = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FormDraft;
    use crate::model::ids::TrainingId;

    #[test]
    fn asking_to_be_held_after_a_refusal_is_another_submit() {
        let key = Some(TrainingId::new("0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e"));
        let mut draft = FormDraft { key: key.clone(), key_refused: true, ..FormDraft::default() };
        assert!(!draft.hold, "nobody waits who did not ask for it");
        draft.set_hold(true);
        assert_eq!((draft.hold, draft.key.clone()), (true, None));
        // A submit whose answer was lost keeps its key: the server tells whether it has arrived.
        draft.key.clone_from(&key);
        draft.set_hold(false);
        assert_eq!(draft.key, key);
    }
}
