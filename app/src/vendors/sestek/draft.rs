//! What somebody has typed into a form so far: texts and choices, legal or not.
//! Knows no rule itself: a draft is checked by the same reader as a request from a script.

use super::request::{ClassificationRequest, ClusteringRequest, DataSchema, Llm, check_cluster_count};
use crate::model::error::FieldFault;
use crate::model::request::FrozenRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The path every fault begins with, as in the body of a submit.
const AT: &str = "request";

/// A clustering form. Empty texts are what nobody has filled in yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusteringDraft {
    pub model_id: String,
    pub product_name: String,
    /// A wire code (`tr-TR`).
    pub language: String,
    pub schema: DataSchema,
    /// The dialogue file's SHA-256. Kept while another schema is chosen, sent only where it belongs.
    pub dialogue: String,
    /// The intent file's SHA-256; likewise.
    pub intent: String,
    /// Digits; empty: automatic.
    pub num_clusters: String,
    pub llm: Option<Llm>,
    pub force_train: bool,
}

/// A classification form. Empty texts are what nobody has filled in yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassificationDraft {
    pub model_id: String,
    pub product_name: String,
    /// A wire code (`tr-TR`).
    pub language: String,
    /// The file's SHA-256.
    pub dataset: String,
}

impl Default for ClusteringDraft {
    /// An empty form: dialogues, automatic number of clusters, no language model, training for sure.
    fn default() -> Self {
        Self {
            model_id: String::new(),
            product_name: String::new(),
            language: String::new(),
            schema: DataSchema::Dialogue,
            dialogue: String::new(),
            intent: String::new(),
            num_clusters: String::new(),
            llm: None,
            force_train: true,
        }
    }
}

impl ClusteringDraft {
    /// The request this makes, or every fault with its path (`request.data.dialogue`).
    ///
    /// # Errors
    /// Every fault at once, in the order of the form.
    pub fn check(&self) -> Result<ClusteringRequest, Vec<FieldFault>> {
        let mut data = Map::new();
        data.insert("schema".to_owned(), json!(self.schema.code()));
        if self.schema.has_dialogue() {
            data.insert("dialogue".to_owned(), json!(self.dialogue));
        }
        if self.schema.has_intent() {
            data.insert("intent".to_owned(), json!(self.intent));
        }
        let count = if self.num_clusters.is_empty() { Ok(0) } else { check_cluster_count(&self.num_clusters) };
        let request = ClusteringRequest::parse(
            &json!({
                "model_id": self.model_id,
                "product_name": self.product_name,
                "language": self.language,
                "data": data,
                "num_clusters": count.as_ref().unwrap_or(&0),
                "llm": self.llm.map(Llm::code),
                "force_train": self.force_train,
            }),
            AT,
        );
        // Of the fields behind the number of clusters none can be wrong in a draft: its fault is the last.
        match (request, count) {
            (request, Ok(_)) => request,
            (request, Err(message)) => {
                let mut faults = request.err().unwrap_or_default();
                faults.push(FieldFault::new(format!("{AT}.num_clusters"), message));
                Err(faults)
            }
        }
    }

    /// An earlier request as a form again. What cannot be read any more is left empty.
    pub fn from_frozen(frozen: &FrozenRequest) -> Self {
        let fields = &frozen.fields;
        let data = fields.get("data").and_then(Value::as_object).unwrap_or(fields);
        let count = fields.get("num_clusters").and_then(Value::as_u64).filter(|count| *count > 0);
        let llm = read_text(fields, "llm");
        Self {
            model_id: read_text(fields, "model_id"),
            product_name: read_text(fields, "product_name"),
            language: read_text(fields, "language"),
            schema: DataSchema::from_code(&read_text(data, "schema")).unwrap_or_default(),
            dialogue: read_text(data, "dialogue"),
            intent: read_text(data, "intent"),
            num_clusters: count.map(|count| count.to_string()).unwrap_or_default(),
            llm: Llm::ALL.iter().copied().find(|known| known.code() == llm),
            force_train: fields.get("force_train").and_then(Value::as_bool).unwrap_or(true),
        }
    }
}

impl ClassificationDraft {
    /// The request this makes, or every fault with its path (`request.dataset`).
    ///
    /// # Errors
    /// Every fault at once, in the order of the form.
    pub fn check(&self) -> Result<ClassificationRequest, Vec<FieldFault>> {
        ClassificationRequest::parse(
            &json!({
                "model_id": self.model_id,
                "product_name": self.product_name,
                "language": self.language,
                "dataset": self.dataset,
            }),
            AT,
        )
    }

    /// An earlier request as a form again. What cannot be read any more is left empty.
    pub fn from_frozen(frozen: &FrozenRequest) -> Self {
        Self {
            model_id: read_text(&frozen.fields, "model_id"),
            product_name: read_text(&frozen.fields, "product_name"),
            language: read_text(&frozen.fields, "language"),
            dataset: read_text(&frozen.fields, "dataset"),
        }
    }
}

fn read_text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
