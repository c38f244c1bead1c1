//! The typed requests of text clustering and text classification, and every rule a form must keep.
//! Nothing here is sent: the server's client turns a request into the vendor's form fields.

pub use super::language::{ClassificationLanguage, ClusteringLanguage};

use super::language::{read_classification_language, read_clustering_language};
use super::model_id::{MAX_LENGTH, check_model_id};
use crate::model::error::FieldFault;
use crate::model::ids::DatasetId;
use crate::vendors::DatasetUse;
use crate::vendors::fields::{Fields, name_sort};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest product name, in characters. The vendor states none; ours keeps a list readable.
pub const MAX_PRODUCT_NAME: usize = 200;

/// The most clusters that can be asked for: what a 32-bit number holds. The vendor states no bound.
pub const MAX_CLUSTERS: u32 = 2_147_483_647;

/// A text clustering training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusteringRequest {
    /// A DNS label: `a-z`, `0-9`, `-`, at most 63, no hyphen at either end. Sent exactly as given.
    pub model_id: String,
    pub product_name: String,
    pub language: ClusteringLanguage,
    pub data: ClusterData,
    /// 0: the model decides.
    #[serde(default)]
    pub num_clusters: u32,
    #[serde(default)]
    pub llm: Option<Llm>,
    #[serde(default = "yes")]
    pub force_train: bool,
}

/// The three data schemas that SESTEK documents; no other combination can be written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "schema", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClusterData {
    Dialogue { dialogue: DatasetId },
    DialogueAndIntent { dialogue: DatasetId, intent: DatasetId },
    Intent { intent: DatasetId },
}

/// Which of the three schemas, without the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSchema {
    #[default]
    Dialogue,
    DialogueAndIntent,
    Intent,
}

/// The language model that may help clustering; the texts then go to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Llm {
    Openai,
}

/// A text classification training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClassificationRequest {
    pub model_id: String,
    pub product_name: String,
    pub language: ClassificationLanguage,
    pub dataset: DatasetId,
}

fn yes() -> bool {
    true
}

impl DataSchema {
    /// The three, in the order of the vendor's page.
    pub const ALL: &[Self] = &[Self::Dialogue, Self::DialogueAndIntent, Self::Intent];

    /// The word in the request (`dialogue_and_intent`).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dialogue => "dialogue",
            Self::DialogueAndIntent => "dialogue_and_intent",
            Self::Intent => "intent",
        }
    }

    /// The words on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Dialogue => "Dialogue",
            Self::DialogueAndIntent => "Dialogue and intent (semi-supervised)",
            Self::Intent => "Intent",
        }
    }

    /// Reads the word in the request.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|schema| schema.code() == code)
    }

    /// Whether a dialogue file belongs to it.
    pub const fn has_dialogue(self) -> bool {
        matches!(self, Self::Dialogue | Self::DialogueAndIntent)
    }

    /// Whether an intent file belongs to it. Intent data is the output of an earlier training with dialogues.
    pub const fn has_intent(self) -> bool {
        matches!(self, Self::Intent | Self::DialogueAndIntent)
    }
}

impl ClusterData {
    /// Which of the three schemas.
    pub const fn schema(&self) -> DataSchema {
        match self {
            Self::Dialogue { .. } => DataSchema::Dialogue,
            Self::DialogueAndIntent { .. } => DataSchema::DialogueAndIntent,
            Self::Intent { .. } => DataSchema::Intent,
        }
    }
}

impl Llm {
    /// Every model that can be chosen.
    pub const ALL: &[Self] = &[Self::Openai];

    /// The word on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Openai => "openai",
        }
    }

    /// The word on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Openai => "OpenAI",
        }
    }
}

impl ClusteringRequest {
    /// Reads and checks a request; every fault at once, paths below `at`.
    pub fn parse(value: &Value, at: &str) -> Result<Self, Vec<FieldFault>> {
        let mut fields = Fields::open(value, at);
        fields.value("kind");
        let model_id = read_model_id(&mut fields);
        let product_name = read_product_name(&mut fields);
        let language = fields.checked("language", "Choose a language.", read_clustering_language);
        let data = read_data(&mut fields);
        let num_clusters = read_num_clusters(&mut fields);
        let llm = read_llm(&mut fields);
        let force_train = fields.flag("force_train", true);
        let faults = fields.close();
        match (model_id, product_name, language, data, num_clusters, llm, force_train) {
            (
                Some(model_id),
                Some(product_name),
                Some(language),
                Some(data),
                Some(num_clusters),
                Some(llm),
                Some(force_train),
            ) if faults.is_empty() => {
                Ok(Self { model_id, product_name, language, data, num_clusters, llm, force_train })
            }
            _ => Err(faults),
        }
    }

    /// Every rule that the types alone do not keep; paths below `at`. Empty for whatever `parse` returned.
    pub fn validate(&self, at: &str) -> Vec<FieldFault> {
        let mut faults = validate_names(&self.model_id, &self.product_name, at);
        if let Err(message) = check_cluster_count(&self.num_clusters.to_string()) {
            faults.push(FieldFault::new(format!("{at}.num_clusters"), message));
        }
        faults
    }

    /// What is legal but should be thought over; paths below `request`. `tenant` is the connection's, where known.
    pub fn warnings(&self, tenant: Option<&str>) -> Vec<FieldFault> {
        let mut warnings = warn_of_long_address(&self.model_id, tenant);
        if let ClusterData::DialogueAndIntent { dialogue, intent } = &self.data
            && dialogue == intent
        {
            let message = "This is the same file as the dialogues. Intent data is the output of an earlier training.";
            warnings.push(FieldFault::new("request.data.intent", message));
        }
        if self.num_clusters == 1 {
            let message = "One cluster puts every text into the same group.";
            warnings.push(FieldFault::new("request.num_clusters", message));
        }
        if self.llm == Some(Llm::Openai) {
            let message = "The texts of the file go to OpenAI, and the training may take noticeably longer.";
            warnings.push(FieldFault::new("request.llm", message));
        }
        warnings
    }

    /// The files it is made from.
    pub fn datasets(&self) -> Vec<DatasetUse> {
        let used = |role, sha256: &DatasetId| DatasetUse {
            role,
            path: format!("request.data.{role}"),
            sha256: sha256.clone(),
        };
        match &self.data {
            ClusterData::Dialogue { dialogue } => vec![used("dialogue", dialogue)],
            ClusterData::DialogueAndIntent { dialogue, intent } => {
                vec![used("dialogue", dialogue), used("intent", intent)]
            }
            ClusterData::Intent { intent } => vec![used("intent", intent)],
        }
    }
}

impl ClassificationRequest {
    /// Reads and checks a request; every fault at once, paths below `at`.
    pub fn parse(value: &Value, at: &str) -> Result<Self, Vec<FieldFault>> {
        let mut fields = Fields::open(value, at);
        fields.value("kind");
        let model_id = read_model_id(&mut fields);
        let product_name = read_product_name(&mut fields);
        let language = fields.checked("language", "Choose a language.", read_classification_language);
        let dataset = fields.checked("dataset", "Choose the data file.", read_dataset_id);
        let faults = fields.close();
        match (model_id, product_name, language, dataset) {
            (Some(model_id), Some(product_name), Some(language), Some(dataset)) if faults.is_empty() => {
                Ok(Self { model_id, product_name, language, dataset })
            }
            _ => Err(faults),
        }
    }

    /// Every rule that the types alone do not keep; paths below `at`. Empty for whatever `parse` returned.
    pub fn validate(&self, at: &str) -> Vec<FieldFault> {
        validate_names(&self.model_id, &self.product_name, at)
    }

    /// What is legal but should be thought over; paths below `request`. `tenant` is the connection's, where known.
    pub fn warnings(&self, tenant: Option<&str>) -> Vec<FieldFault> {
        warn_of_long_address(&self.model_id, tenant)
    }

    /// The file it is made from.
    pub fn datasets(&self) -> Vec<DatasetUse> {
        vec![DatasetUse { role: "dataset", path: "request.dataset".to_owned(), sha256: self.dataset.clone() }]
    }
}

/// Checks a product name: something visible, one line, at most 200 characters.
///
/// # Errors
/// One sentence.
pub fn check_product_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("Give the product a name.".to_owned());
    }
    if name.chars().any(char::is_control) {
        return Err("A product name has no line breaks, tabs or other control characters.".to_owned());
    }
    let length = name.chars().count();
    if length > MAX_PRODUCT_NAME {
        return Err(format!("A product name has at most {MAX_PRODUCT_NAME} characters; this one has {length}."));
    }
    Ok(())
}

/// Reads a number of clusters as people and JSON write it: plain decimal digits, 0 for automatic.
///
/// # Errors
/// One sentence.
pub fn check_cluster_count(text: &str) -> Result<u32, String> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(rest) = text.strip_prefix('-')
        && !rest.is_empty()
    {
        return Err("The number of clusters cannot be negative; 0 lets the model decide.".to_owned());
    }
    if !is_digits {
        return Err("Write the number of clusters as a whole number in plain digits, like 12.".to_owned());
    }
    text.parse()
        .ok()
        .filter(|count| *count <= MAX_CLUSTERS)
        .ok_or_else(|| format!("The number of clusters is at most {MAX_CLUSTERS}."))
}

pub(super) fn read_model_id(fields: &mut Fields<'_>) -> Option<String> {
    fields.checked("model_id", "Give the model an id.", |text| {
        check_model_id(text).map(|()| text.to_owned()).map_err(|fault| fault.to_string())
    })
}

fn read_product_name(fields: &mut Fields<'_>) -> Option<String> {
    fields
        .checked("product_name", "Give the product a name.", |text| check_product_name(text).map(|()| text.to_owned()))
}

pub(super) fn read_dataset_id(text: &str) -> Result<DatasetId, String> {
    let message = if text.is_empty() {
        "Choose the data file."
    } else {
        "Send the SHA-256 that the upload answered: 64 hexadecimal digits in lower case."
    };
    DatasetId::parse(text).ok_or_else(|| message.to_owned())
}

fn read_data(fields: &mut Fields<'_>) -> Option<ClusterData> {
    let at = fields.path("data");
    let value = fields.required("data", "Choose a data schema and its files.")?;
    let mut data = Fields::open(value, &at);
    let codes: Vec<_> = DataSchema::ALL.iter().map(|schema| schema.code()).collect();
    let choose = format!("Choose a data schema: {}.", codes.join(", "));
    let schema = data.checked("schema", &choose, |code| DataSchema::from_code(code).ok_or_else(|| choose.clone()));
    let read = match schema {
        Some(DataSchema::Dialogue) => {
            read_file(&mut data, "dialogue").map(|dialogue| ClusterData::Dialogue { dialogue })
        }
        Some(DataSchema::Intent) => read_file(&mut data, "intent").map(|intent| ClusterData::Intent { intent }),
        Some(DataSchema::DialogueAndIntent) => {
            let (dialogue, intent) = (read_file(&mut data, "dialogue"), read_file(&mut data, "intent"));
            dialogue.zip(intent).map(|(dialogue, intent)| ClusterData::DialogueAndIntent { dialogue, intent })
        }
        None => {
            // Which files belong here is not known yet, so none of them is a fault.
            data.value("dialogue");
            data.value("intent");
            None
        }
    };
    fields.take_faults(data.close());
    read
}

fn read_file(data: &mut Fields<'_>, role: &'static str) -> Option<DatasetId> {
    data.checked(role, "Choose the data file.", read_dataset_id)
}

fn read_num_clusters(fields: &mut Fields<'_>) -> Option<u32> {
    let count = match fields.value("num_clusters") {
        None => Ok(0),
        Some(Value::Number(number)) => check_cluster_count(&number.to_string()),
        Some(other) => Err(format!("Send a whole number without quotes, not {}.", name_sort(other))),
    };
    count.map_err(|message| fields.fault("num_clusters", message)).ok()
}

/// The outer `None` is a fault.
fn read_llm(fields: &mut Fields<'_>) -> Option<Option<Llm>> {
    match fields.value("llm") {
        None | Some(Value::Null) => Some(None),
        Some(value) => {
            let llm = Llm::ALL.iter().copied().find(|llm| value.as_str() == Some(llm.code()));
            if llm.is_none() {
                fields.fault("llm", "Send null for no language model, or openai.");
            }
            llm.map(Some)
        }
    }
}

fn validate_names(model_id: &str, product_name: &str, at: &str) -> Vec<FieldFault> {
    let model_id =
        check_model_id(model_id).map_err(|fault| FieldFault::new(format!("{at}.model_id"), fault.to_string()));
    let product_name =
        check_product_name(product_name).map_err(|message| FieldFault::new(format!("{at}.product_name"), message));
    model_id.err().into_iter().chain(product_name.err()).collect()
}

/// The model serves under `tenant-modelId`; whether that pair has to fit a DNS label is not stated (contract 5).
pub(super) fn warn_of_long_address(model_id: &str, tenant: Option<&str>) -> Vec<FieldFault> {
    let length = tenant.map_or(0, |tenant| tenant.chars().count() + 1 + model_id.len());
    if length <= MAX_LENGTH {
        return Vec::new();
    }
    let message = format!(
        "Together with the tenant's name this id has {length} characters; a model's address may only have {MAX_LENGTH}."
    );
    vec![FieldFault::new("request.model_id", message)]
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
