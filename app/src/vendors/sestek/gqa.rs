//! The typed request of generative question answering, and every rule a form must keep (contract section 9).
//! Fetches no address and sends nothing; SESTEK itself reads what an address leads to.

use super::request::{MAX_PRODUCT_NAME, read_dataset_id, read_model_id, warn_of_long_address};
use crate::model::error::FieldFault;
use crate::model::ids::DatasetId;
use crate::vendors::DatasetUse;
use crate::vendors::address::{check_data_url, is_private_address, veil_query};
use crate::vendors::callback::{CallbackWish, veil_callback};
use crate::vendors::fields::{Fields, name_sort};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most files or addresses of one training. The vendor states no bound; ours keeps a request readable.
pub const MAX_SOURCES: usize = 100;

/// A generative question answering training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GqaRequest {
    /// A DNS label: `a-z`, `0-9`, `-`, at most 63, no hyphen at either end. Sent exactly as given.
    pub model_id: String,
    /// Comes back as the description of what SESTEK makes of it.
    pub project_name: String,
    pub data: GqaData,
    /// Where SESTEK calls back to when the training failed or serves: `"ours"` (also when absent), `null` for nowhere,
    /// or a receiver elsewhere.
    #[serde(default = "CallbackWish::ours")]
    pub callback: Option<CallbackWish>,
}

/// What is read for answers: files from here, or addresses that SESTEK fetches. Never both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GqaData {
    Files(Vec<DatasetId>),
    /// Absolute http or https addresses. Their queries may be secrets: they are sent, and shown to nobody who could
    /// not have sent them.
    Urls(Vec<String>),
}

impl GqaRequest {
    /// Reads and checks a request; every fault at once, paths below `at`.
    pub fn parse(value: &Value, at: &str) -> Result<Self, Vec<FieldFault>> {
        let mut fields = Fields::open(value, at);
        fields.value("kind");
        let model_id = read_model_id(&mut fields);
        let project_name = fields.checked("project_name", "Give the project a name.", |text| {
            check_project_name(text).map(|()| text.to_owned())
        });
        let data = read_data(&mut fields);
        let callback = CallbackWish::read(&mut fields);
        let faults = fields.close();
        match (model_id, project_name, data, callback) {
            (Some(model_id), Some(project_name), Some(data), Some(callback)) if faults.is_empty() => {
                Ok(Self { model_id, project_name, data, callback })
            }
            _ => Err(faults),
        }
    }

    /// Every rule that the types alone do not keep; paths below `at`. Empty for whatever `parse` returned.
    pub fn validate(&self, at: &str) -> Vec<FieldFault> {
        let value = serde_json::to_value(self).unwrap_or(Value::Null);
        Self::parse(&value, at).err().unwrap_or_default()
    }

    /// What is legal but should be thought over; paths below `request`. `tenant` is the connection's, where known.
    pub fn warnings(&self, tenant: Option<&str>) -> Vec<FieldFault> {
        let mut warnings = warn_of_long_address(&self.model_id, tenant);
        warnings.extend(self.callback.iter().flat_map(|callback| callback.warnings("request.callback")));
        let GqaData::Urls(urls) = &self.data else { return warnings };
        if urls.iter().any(|url| is_private_address(url)) {
            let message = "SESTEK fetches the addresses itself. One of them looks as if only your own network knew it.";
            warnings.push(FieldFault::new("request.data.urls", message));
        }
        if urls.iter().any(|url| url.contains('?')) {
            let message = "An address with a query may expire. It must answer until SESTEK has read the data.";
            warnings.push(FieldFault::new("request.data.urls", message));
        }
        warnings
    }

    /// The files it is made from.
    pub fn datasets(&self) -> Vec<DatasetUse> {
        let GqaData::Files(files) = &self.data else { return Vec::new() };
        let used = |(at, sha256): (usize, &DatasetId)| DatasetUse {
            role: "files",
            path: format!("request.data.files.{at}"),
            sha256: sha256.clone(),
        };
        files.iter().enumerate().map(used).collect()
    }
}

/// Hides the queries of the addresses in a kept request: they may let whoever reads them fetch the data.
pub fn veil_fields(fields: &mut Map<String, Value>) {
    let urls = fields.get_mut("data").and_then(|data| data.get_mut("urls")).and_then(Value::as_array_mut);
    for url in urls.into_iter().flatten() {
        if let Value::String(text) = url {
            *text = veil_query(text);
        }
    }
    if let Some(callback) = fields.get_mut("callback") {
        veil_callback(callback);
    }
}

/// Checks a project name: something visible, one line, at most 200 characters.
///
/// # Errors
/// One sentence.
pub fn check_project_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("Give the project a name.".to_owned());
    }
    if name.chars().any(char::is_control) {
        return Err("A project name has no line breaks, tabs or other control characters.".to_owned());
    }
    let length = name.chars().count();
    if length > MAX_PRODUCT_NAME {
        return Err(format!("A project name has at most {MAX_PRODUCT_NAME} characters; this one has {length}."));
    }
    Ok(())
}

fn read_data(fields: &mut Fields<'_>) -> Option<GqaData> {
    const ONE_OF: &str = "Give files or urls, exactly one of the two.";
    let at = fields.path("data");
    let value = fields.required("data", ONE_OF)?;
    let mut data = Fields::open(value, &at);
    let files = data.value("files").filter(|files| !files.is_null());
    let urls = data.value("urls").filter(|urls| !urls.is_null());
    let read = match (files, urls) {
        (Some(files), None) => read_list(&mut data, "files", files, read_dataset_id).map(GqaData::Files),
        (None, Some(urls)) => {
            let check = |text: &str| check_data_url(text).map(|()| text.to_owned());
            read_list(&mut data, "urls", urls, check).map(GqaData::Urls)
        }
        _ => {
            if value.is_object() {
                fields.fault("data", ONE_OF);
            }
            None
        }
    };
    fields.take_faults(data.close());
    read
}

fn read_list<T: PartialEq>(
    data: &mut Fields<'_>,
    name: &'static str,
    value: &Value,
    read: impl Fn(&str) -> Result<T, String>,
) -> Option<Vec<T>> {
    let Some(items) = value.as_array() else {
        data.fault(name, format!("Send a list here, not {}.", name_sort(value)));
        return None;
    };
    if items.is_empty() || items.len() > MAX_SOURCES {
        data.fault(name, format!("Give between 1 and {MAX_SOURCES} of them; here are {}.", items.len()));
        return None;
    }
    let mut list = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let text = item.as_str().ok_or_else(|| format!("Send a text here, not {}.", name_sort(item)));
        match text.and_then(&read) {
            Ok(one) if list.contains(&one) => data.fault(&format!("{name}.{at}"), "This is in the list twice."),
            Ok(one) => list.push(one),
            Err(message) => data.fault(&format!("{name}.{at}"), message),
        }
    }
    (list.len() == items.len()).then_some(list)
}

#[cfg(test)]
#[path = "gqa_tests.rs"]
mod tests;
