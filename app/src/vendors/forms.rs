//! A kind's form as data: its sections, fields and words. `pages::new_training` draws it, so a new kind needs no page.
//! Draws nothing and asks nothing.

use super::TrainingRequest;
use crate::model::error::FieldFault;
use crate::model::ids::Kind;
use crate::model::request::FrozenRequest;
use std::collections::BTreeMap;

/// What stands in the fields, as typed; the key is [`FormField::name`]. A dataset field holds its SHA-256.
pub type FormValues = BTreeMap<String, String>;

/// The form of one kind.
#[derive(Debug)]
pub struct KindForm {
    pub kind: &'static str,
    pub sections: &'static [FormSection],
    /// What stands in a fresh form.
    pub defaults: &'static [(&'static str, &'static str)],
    /// The request these values make, or every fault with its path below `request`.
    pub check: fn(&FormValues) -> Result<TrainingRequest, Vec<FieldFault>>,
    /// The fields of a kept request as they would be typed, but its datasets.
    pub prefill: fn(&FrozenRequest) -> FormValues,
    /// Makes a legal model id from a name; may be empty.
    pub compose_model_id: fn(&str) -> String,
    /// Something only a person can check before sending.
    pub note: &'static str,
}

/// Fields under one heading.
#[derive(Debug)]
pub struct FormSection {
    pub title: &'static str,
    pub fields: &'static [FormField],
}

/// One field.
#[derive(Debug)]
pub struct FormField {
    /// Its dotted path inside the request (`data.dialogue`).
    pub name: &'static str,
    pub label: &'static str,
    /// One sentence under the field; empty for none.
    pub hint: &'static str,
    pub control: Control,
    /// What to do while it is missing, as the submit button says it (`Give a product name`).
    pub ask: &'static str,
    /// The same as a fact (`Product name is missing`).
    pub missing: &'static str,
    /// The fact once it is there; empty where that is not worth a line.
    pub done: &'static str,
    /// Whether the field is there at all with these values.
    pub shown: fn(&FormValues) -> bool,
    /// Stands beside its neighbour where there is room.
    pub half: bool,
}

/// How a field is filled in.
#[derive(Clone, Copy, Debug)]
pub enum Control {
    /// One line of text.
    Text,
    /// The id the vendor knows the model by, composed from the name until somebody types one.
    ModelId,
    /// One of a list.
    Choice(&'static [Choice]),
    /// One of a few, all visible.
    Segments(&'static [Choice]),
    /// [`AUTOMATIC`], or a whole number from 1.
    CountOrAutomatic,
    /// A file, with the role its check goes by.
    Dataset(&'static str),
    /// One file or several, with the role their checks go by. The value is their SHA-256s, one on each line; the line of
    /// a file that is still on its way is empty.
    Datasets(&'static str),
    /// Several texts, one on each line.
    Lines,
}

/// One thing to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
    /// What choosing it means; empty where the field's own hint says enough.
    pub hint: &'static str,
}

/// The value of a count that the vendor decides.
pub const AUTOMATIC: &str = "automatic";

/// For fields that are always there.
pub fn always(_: &FormValues) -> bool {
    true
}

/// The form of a kind.
pub fn find_form(kind: &Kind) -> Option<&'static KindForm> {
    super::FORMS.iter().copied().find(|form| form.kind == kind.as_str())
}

impl KindForm {
    /// Every field, in the order of the form.
    pub fn fields(&self) -> impl Iterator<Item = &'static FormField> {
        self.sections.iter().flat_map(|section| section.fields)
    }

    /// The field that a fault's path belongs to (`request.data.dialogue`, or anything below it).
    pub fn field_at(&self, path: &str) -> Option<&'static FormField> {
        let path = path.strip_prefix("request.")?;
        self.fields()
            .filter(|field| {
                path == field.name || path.strip_prefix(field.name).is_some_and(|rest| rest.starts_with('.'))
            })
            .max_by_key(|field| field.name.len())
    }

    /// The values of a fresh form.
    pub fn fresh_values(&self) -> FormValues {
        self.defaults.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// Takes over what another kind's form holds, as far as it is legal here: a language of one kind may not exist in
    /// the other, and is then left to be chosen.
    pub fn fit_values(&self, others: &FormValues) -> FormValues {
        let mut values = self.fresh_values();
        for field in self.fields() {
            let Some(value) = others.get(field.name) else { continue };
            let legal = match field.control {
                Control::Choice(choices) | Control::Segments(choices) => {
                    choices.iter().any(|choice| choice.value == value)
                }
                Control::Dataset(_) | Control::Datasets(_) => false,
                Control::Lines | Control::Text | Control::ModelId | Control::CountOrAutomatic => true,
            };
            if legal {
                values.insert(field.name.to_owned(), value.clone());
            }
        }
        values
    }
}
