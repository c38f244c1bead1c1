//! Where a vendor is asked to call back to when a training ends: to us, nowhere, or to a receiver of the team's own.
//! Holds no secret: only the name of one that the server keeps.

use super::address::{check_callback_url, is_private_address, veil_query};
use super::fields::{Fields, name_sort};
use crate::model::error::FieldFault;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest id of a client. No vendor names a bound; this one keeps a request readable.
const MAX_CLIENT_ID: usize = 200;
/// The longest name of a kept secret.
const MAX_SECRET_NAME: usize = 40;

/// Secrets of the language models: they are for the vendor, never for an address that somebody writes into a request.
const FOREIGN_PREFIX: &str = "llm-";

/// A callback that is wanted. None is wanted where this is `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum CallbackWish {
    /// To an address of this server that is made for the one training.
    Ours(OursWord),
    /// To somebody else. This server hears nothing of it and asks for progress as always.
    Elsewhere(CallbackElsewhere),
}

/// The word for a callback to this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OursWord {
    Ours,
}

/// A receiver of the team's own: all four parts, always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CallbackElsewhere {
    /// Where the vendor sends what it has to say. https, or http on the vendor's own machine.
    pub address: String,
    /// Where the vendor gets a token for it, by client credentials. The same rule.
    pub identity_address: String,
    pub client_id: String,
    /// The name under which the connection keeps the client's secret.
    pub client_secret_ref: String,
}

impl CallbackWish {
    /// A callback to this server: what is wanted where nothing else is said.
    pub const OURS: Self = Self::Ours(OursWord::Ours);

    /// The default of a request's field.
    pub const fn ours() -> Option<Self> {
        Some(Self::OURS)
    }

    /// Reads the field `callback`: absent means ours, `null` means none. The outer `None`: there are faults.
    pub fn read(fields: &mut Fields<'_>) -> Option<Option<Self>> {
        let at = fields.path("callback");
        match fields.value("callback") {
            None => Some(Some(Self::OURS)),
            Some(Value::Null) => Some(None),
            Some(Value::String(word)) if word == "ours" => Some(Some(Self::OURS)),
            Some(value @ Value::Object(_)) => {
                let mut parts = Fields::open(value, &at);
                let read = CallbackElsewhere::read(&mut parts);
                let faults = parts.close();
                let is_whole = faults.is_empty();
                fields.take_faults(faults);
                read.filter(|_| is_whole).map(|elsewhere| Some(Self::Elsewhere(elsewhere)))
            }
            Some(other) => {
                let what = if other.is_string() { "another word" } else { name_sort(other) };
                let message = format!("Send \"ours\", null, or an object with all four parts here, not {what}.");
                fields.fault("callback", message);
                None
            }
        }
    }

    /// What is legal but should be thought over; `at` is the field's path.
    pub fn warnings(&self, at: &str) -> Vec<FieldFault> {
        let Self::Elsewhere(CallbackElsewhere { address, identity_address, .. }) = self else { return Vec::new() };
        let names = [("address", address), ("identity_address", identity_address)];
        let warn = |(name, url): (&str, &String)| {
            let message = "The vendor calls this address itself. It looks as if only your own network knew it.";
            is_private_address(url).then(|| FieldFault::new(format!("{at}.{name}"), message))
        };
        names.into_iter().filter_map(warn).collect()
    }
}

impl CallbackElsewhere {
    fn read(parts: &mut Fields<'_>) -> Option<Self> {
        const WHAT: &str = "Give all four parts of the callback, or send null for none.";
        let url = |text: &str| check_callback_url(text).map(|()| text.to_owned());
        let address = parts.checked("address", WHAT, url);
        let identity_address = parts.checked("identity_address", WHAT, url);
        let client_id = parts.checked("client_id", WHAT, check_client_id);
        let client_secret_ref = parts.checked("client_secret_ref", WHAT, check_secret_name);
        Some(Self {
            address: address?,
            identity_address: identity_address?,
            client_id: client_id?,
            client_secret_ref: client_secret_ref?,
        })
    }
}

fn check_client_id(id: &str) -> Result<String, String> {
    if id.trim().is_empty() {
        return Err("Give the id of the client at the token address.".to_owned());
    }
    if id.trim() != id || id.chars().any(char::is_control) {
        return Err("The id of a client has no blanks around it and no line breaks or control characters.".to_owned());
    }
    if id.chars().count() > MAX_CLIENT_ID {
        return Err(format!("The id of a client has at most {MAX_CLIENT_ID} characters."));
    }
    Ok(id.to_owned())
}

/// Whoever writes the secret itself here is told so without its being quoted.
fn check_secret_name(name: &str) -> Result<String, String> {
    let is_legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() {
        return Err("Give the name of a secret that is kept for this connection.".to_owned());
    }
    if name.len() > MAX_SECRET_NAME || !name.bytes().all(is_legal) {
        return Err(format!(
            "Give the name of a kept secret, not the secret: at most {MAX_SECRET_NAME} of a-z, 0-9 and hyphens."
        ));
    }
    if name.starts_with(FOREIGN_PREFIX) {
        return Err(format!("Secrets whose names begin with {FOREIGN_PREFIX} are not for callbacks."));
    }
    Ok(name.to_owned())
}

/// Hides the queries of the two addresses in a kept request's field `callback`.
pub fn veil_callback(callback: &mut Value) {
    for name in ["address", "identity_address"] {
        if let Some(Value::String(url)) = callback.get_mut(name) {
            *url = veil_query(url);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CallbackWish, veil_callback};
    use crate::vendors::fields::Fields;
    use serde_json::{Value, json};

    fn read(request: &Value) -> Result<Option<CallbackWish>, Vec<(String, String)>> {
        let mut fields = Fields::open(request, "request");
        let read = CallbackWish::read(&mut fields);
        let faults: Vec<_> = fields.close().into_iter().map(|fault| (fault.path, fault.message)).collect();
        assert!(!format!("{faults:?}").contains("canary"), "{faults:?}");
        assert_eq!(read.is_none(), !faults.is_empty(), "{faults:?}");
        read.ok_or(faults)
    }

    fn paths_of(callback: Value) -> Vec<String> {
        let faults = read(&json!({ "callback": callback })).expect_err("faults");
        faults.into_iter().map(|(path, _)| path.trim_start_matches("request.").to_owned()).collect()
    }

    fn elsewhere() -> Value {
        json!({"address": "https://hooks.example.com/x?key=canary", "identity_address": "https://id.example.com/token",
            "client_id": "trainer", "client_secret_ref": "receiver"})
    }

    #[test]
    fn absent_is_ours_and_null_is_none() {
        assert_eq!(read(&json!({})), Ok(Some(CallbackWish::OURS)));
        assert_eq!(read(&json!({"callback": "ours"})), Ok(Some(CallbackWish::OURS)));
        assert_eq!(read(&json!({"callback": null})), Ok(None));
        let wish = read(&json!({"callback": elsewhere()})).expect("legal").expect("one");
        assert_eq!(serde_json::to_value(&wish).expect("json"), elsewhere());
        assert_eq!(serde_json::to_value(CallbackWish::OURS).expect("json"), json!("ours"));
        assert_eq!(serde_json::from_value::<CallbackWish>(elsewhere()).expect("read"), wish);
    }

    #[test]
    fn all_four_parts_or_none_and_every_fault_at_once() {
        let all = ["callback.address", "callback.identity_address", "callback.client_id", "callback.client_secret_ref"];
        assert_eq!(paths_of(json!({})), all);
        for name in all {
            let mut callback = elsewhere();
            callback.as_object_mut().expect("fields").remove(name.trim_start_matches("callback."));
            assert_eq!(paths_of(callback), [name]);
        }
        let broken = json!({"address": "http://hooks.example.com/?canary", "identity_address": "x?canary", "client_id": " ",
            "client_secret_ref": "Canary!", "client_secret": "canary"});
        let mut expected = all.map(str::to_owned).to_vec();
        expected.push("callback.client_secret".to_owned());
        assert_eq!(paths_of(broken), expected);
        for other in [json!("theirs"), json!(true), json!(7), json!([])] {
            assert_eq!(paths_of(other), ["callback"]);
        }
    }

    #[test]
    fn the_secret_itself_is_no_name_of_one() {
        for secret in ["S3cret-canary", "canary word", "canary/", &"a".repeat(41), "", "llm-key"] {
            let mut callback = elsewhere();
            callback["client_secret_ref"] = json!(secret);
            assert_eq!(paths_of(callback), ["callback.client_secret_ref"]);
        }
    }

    #[test]
    fn queries_are_hidden_and_what_is_left_is_still_legal() {
        let mut callback = elsewhere();
        veil_callback(&mut callback);
        assert_eq!(callback["address"], "https://hooks.example.com/x?[redacted]");
        assert!(read(&json!({ "callback": callback })).is_ok());
        let mut ours = json!("ours");
        veil_callback(&mut ours);
        assert_eq!(ours, json!("ours"));
    }

    #[test]
    fn an_address_of_ones_own_network_is_warned_of() {
        let mut callback = elsewhere();
        callback["identity_address"] = json!("https://id.corp.internal/token");
        let wish = read(&json!({ "callback": callback })).expect("legal").expect("one");
        let paths: Vec<_> = wish.warnings("request.callback").into_iter().map(|fault| fault.path).collect();
        assert_eq!(paths, ["request.callback.identity_address"]);
        assert!(CallbackWish::OURS.warnings("request.callback").is_empty());
    }
}
