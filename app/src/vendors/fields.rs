//! Reads the fields of a JSON object one by one and collects every fault with its path.
//! Knows no vendor: the rules of a value come from whoever reads it.

use crate::model::error::FieldFault;
use serde_json::{Map, Value};

/// An object being read. Fields that nobody asked for are faults in the end.
pub struct Fields<'a> {
    at: String,
    fields: Option<&'a Map<String, Value>>,
    read: Vec<&'static str>,
    faults: Vec<FieldFault>,
}

impl<'a> Fields<'a> {
    /// Begins to read `value`, which stands at `at` (`request`, `request.data`; empty for the whole body). Anything but an object is a fault.
    pub fn open(value: &'a Value, at: &str) -> Self {
        let fields = value.as_object();
        let mut faults = Vec::new();
        if fields.is_none() {
            let message = format!("Send an object with fields here, not {}.", name_sort(value));
            faults.push(FieldFault::new(at, message));
        }
        Self { at: at.to_owned(), fields, read: Vec::new(), faults }
    }

    /// The path of a field below this object.
    pub fn path(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }

    /// Takes `names` for fields that are asked for, whether they will be or not.
    pub fn expect(&mut self, names: &[&'static str]) {
        self.read.extend(names);
    }

    /// The field as it stands; `None` where it is absent.
    pub fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        if !self.read.contains(&name) {
            self.read.push(name);
        }
        self.fields?.get(name)
    }

    /// Whether the field is left out or `null`.
    pub fn is_absent(&mut self, name: &'static str) -> bool {
        self.value(name).is_none_or(Value::is_null)
    }

    /// The field as it stands; a fault where it is absent. `what` says what to give (`Give the model an id.`).
    pub fn required(&mut self, name: &'static str, what: &str) -> Option<&'a Value> {
        let value = self.value(name);
        // Where there is no object at all, that was said.
        if value.is_none() && self.fields.is_some() {
            self.fault(name, what);
        }
        value
    }

    /// A required text; a fault where it is absent or no text.
    pub fn text(&mut self, name: &'static str, what: &str) -> Option<&'a str> {
        let value = self.required(name, what)?;
        if value.is_null() {
            self.fault(name, what);
            return None;
        }
        self.read_text(name, value)
    }

    /// A text that may be left out.
    pub fn optional_text(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.value(name)?;
        self.read_text(name, value)
    }

    fn read_text(&mut self, name: &str, value: &'a Value) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            self.fault(name, format!("Send a text here, not {}.", name_sort(value)));
        }
        text
    }

    /// A list of texts that may be left out.
    pub fn optional_texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let items = self.value(name)?.as_array();
        let texts = items.and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            self.fault(name, "Send a list of texts here.");
        }
        texts
    }

    /// Reads the field's text with `check`, whose error is the fault.
    pub fn checked<T>(
        &mut self,
        name: &'static str,
        what: &str,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(name, what)?;
        check(text).map_err(|message| self.fault(name, message)).ok()
    }

    /// `true` or `false`; `default` where it is absent.
    pub fn flag(&mut self, name: &'static str, default: bool) -> Option<bool> {
        let Some(value) = self.value(name) else {
            return Some(default);
        };
        let flag = value.as_bool();
        if flag.is_none() {
            self.fault(name, format!("Send true or false without quotes, not {}.", name_sort(value)));
        }
        flag
    }

    /// Writes down a fault of the field `name`.
    pub fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults.push(FieldFault::new(self.path(name), message));
    }

    /// Takes over the faults of an object that was read within this one.
    pub fn take_faults(&mut self, faults: Vec<FieldFault>) {
        self.faults.extend(faults);
    }

    /// Ends reading: every field that nobody asked for becomes a fault. All faults in the order they were found.
    pub fn close(mut self) -> Vec<FieldFault> {
        let Some(fields) = self.fields else {
            return self.faults;
        };
        let unknown: Vec<_> = fields.keys().filter(|name| !self.read.contains(&name.as_str())).collect();
        for name in unknown {
            let message = format!("There is no such field. The fields are: {}.", self.read.join(", "));
            self.fault(name, message);
        }
        self.faults
    }
}

/// A value's sort, for people.
pub fn name_sort(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
