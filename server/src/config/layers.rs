//! The layers the settings are made of, each value knowing where it was written.
//! Knows no section.

use super::fault::ConfigFault;
use figment::error::Kind;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::path::Path;

/// What the names of our environment variables begin with. Two underscores stand between section and key.
const PREFIX: &str = "TRAINYARD__";

/// What to do with a secret that was written down.
const SECRET_FORM: &str =
    "a secret does not stand in the configuration. Write { env = \"NAME\" } or { file = \"PATH\" }.";

/// Defaults, file and environment, merged.
pub(super) struct Layers {
    figment: Figment,
    /// What to call the file, for keys that stand in no layer.
    place: String,
}

impl Layers {
    /// Reads all layers. A file that is named must be there.
    pub(super) fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigFault> {
        let mut figment = Figment::from(named_toml("the built-in defaults", super::DEFAULTS)?);
        let mut place = "the built-in defaults".to_owned();
        if let Some(path) = file {
            place = format!("the file {}", path.display());
            let text = std::fs::read_to_string(path).map_err(|error| ConfigFault {
                key: None,
                place: place.clone(),
                message: format!("it cannot be read ({error}). Check the path given with --config."),
            })?;
            figment = figment.merge(named_toml(&place, &text)?);
        }
        let mut variables: Vec<(String, String)> = environment
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        variables.sort();
        for (name, value) in variables {
            figment = figment.merge(EnvironmentValue::read(&name, &value)?);
        }
        Ok(Self { figment, place })
    }

    /// The sections, or the first fault with its key and place.
    pub(super) fn extract<T: DeserializeOwned>(&self) -> Result<T, ConfigFault> {
        self.figment.extract().map_err(|error| self.explain(error))
    }

    /// A fault at a key, for the checks that come after reading.
    pub(super) fn fault(&self, key: &str, message: impl Into<String>) -> ConfigFault {
        ConfigFault { key: Some(key.to_owned()), place: self.place_of(key), message: message.into() }
    }

    /// Where a key was written.
    fn place_of(&self, key: &str) -> String {
        let known = key.split('[').next().unwrap_or(key);
        self.figment.find_metadata(known).map_or_else(|| self.place.clone(), |found| found.name.to_string())
    }

    /// Says a reading error in our words, without the value: it may be a secret in the wrong place.
    fn explain(&self, error: figment::Error) -> ConfigFault {
        let mut key = join_path(&error.path);
        let message = match &error.kind {
            Kind::UnknownField(_, expected) => {
                let what = if error.path.len() < 2 { "section" } else { "key" };
                format!("there is no such {what}. Known here: {}.", expected.join(", "))
            }
            Kind::MissingField(field) => {
                key = if key.is_empty() { field.to_string() } else { format!("{key}.{field}") };
                "this key is required.".to_owned()
            }
            Kind::UnknownVariant(_, expected) if expected.contains(&"env") => SECRET_FORM.to_owned(),
            Kind::UnknownVariant(_, expected) => format!("it must be one of: {}.", expected.join(", ")),
            Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("it must be {expected}."),
            kind => format!("{kind}."),
        };
        ConfigFault { place: self.place_of(&key), key: Some(key), message }
    }
}

/// `["connections", "0", "base_url"]` as `connections[0].base_url`.
fn join_path(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push_str(&format!("[{part}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(part);
        }
    }
    text
}

/// A TOML text whose values say where they come from.
struct NamedToml {
    name: String,
    values: Map<Profile, Dict>,
}

/// Parses a text; a syntax error names the line.
fn named_toml(name: &str, text: &str) -> Result<NamedToml, ConfigFault> {
    let values = Toml::string(text).data().map_err(|error| ConfigFault {
        key: None,
        place: name.to_owned(),
        message: format!("it is not valid TOML: {}", error.kind),
    })?;
    Ok(NamedToml { name: name.to_owned(), values })
}

impl Provider for NamedToml {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(self.values.clone())
    }
}

/// One environment variable as a layer of its own, so that a fault can name it.
struct EnvironmentValue {
    name: String,
    dict: Dict,
}

impl EnvironmentValue {
    fn read(name: &str, value: &str) -> Result<Self, ConfigFault> {
        let fault = |message: &str| ConfigFault {
            key: None,
            place: format!("the environment variable {name}"),
            message: message.to_owned(),
        };
        let path = name[PREFIX.len()..].to_ascii_lowercase();
        let parts: Vec<&str> = path.split("__").collect();
        if parts[0] == "connections" {
            return Err(fault(
                "connections cannot be set in the environment. Put them into the file given with --config.",
            ));
        }
        if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
            return Err(fault("this names no key. The form is TRAINYARD__SECTION__KEY."));
        }
        let value: Value = value.parse().unwrap_or_else(|_| Value::from(value));
        let dict = parts.iter().rev().fold(value, |inner, part| Value::from(Dict::from([((*part).to_owned(), inner)])));
        Ok(Self { name: name.to_owned(), dict: dict.into_dict().unwrap_or_default() })
    }
}

impl Provider for EnvironmentValue {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("the environment variable {}", self.name))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}
