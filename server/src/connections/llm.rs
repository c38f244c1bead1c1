//! The language model that a vendor uses for an account: checked, sent, and kept once the vendor has taken it.
//! The keys' values are kept sealed, so that what the vendor echoes can be masked after a restart too.

use super::kept_secrets::{LLM_PREFIX, check_length, check_secret, place_of};
use super::{Admission, CallReport, ConnectionEntry, ConnectionFault, Connections};
use crate::secret::Secret;
use crate::store::StoreResult;
use crate::store::llm_settings::NewLlmSetting;
use crate::vendors::llm::{LlmDesk, LlmOrder, LlmOutcome};
use app::model::error::FieldFault;
use app::model::ids::{ConnectionId, UserName};
use app::model::llm::{LlmChoice, LlmProvider, LlmSetting, LlmSettings};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The longest product or model name, in characters.
const MAX_TEXT_LENGTH: usize = 200;

/// A whole exchange, token and repetition included: it ends before the request that waits for it is given up (60 s).
const LONGEST_EXCHANGE: Duration = Duration::from_secs(50);

const NO_LLM: &str = "This connection's vendor has no language-model settings.";

impl Connections {
    /// What a connection's vendor was told, and what it can be told.
    pub async fn list_llm_settings(&self, connection: &ConnectionId) -> Result<LlmSettings, ConnectionFault> {
        let entry = self.find_connection(connection).ok_or(ConnectionFault::NotFound)?;
        let providers = entry.link.llm().map(LlmDesk::list_providers).unwrap_or_default();
        Ok(LlmSettings { providers, items: self.store.list_llm_settings(connection).await? })
    }

    /// Tells the vendor, then keeps what it took. Where the vendor says no, the earlier setting stays.
    pub async fn set_llm(
        &self,
        connection: &ConnectionId,
        choice: LlmChoice,
        credentials: Vec<(String, Secret)>,
        actor: &UserName,
    ) -> Result<LlmSetting, ConnectionFault> {
        let entry = self.find_connection(connection).ok_or(ConnectionFault::NotFound)?;
        let desk = entry.link.llm().ok_or_else(|| ConnectionFault::Unsupported(NO_LLM.to_owned()))?;
        let faults = check_choice(&choice, &credentials, &desk.list_providers());
        if !faults.is_empty() {
            return Err(ConnectionFault::Invalid(faults));
        }
        let secret_name = name_secret(&choice.product_name);
        // Sealed first: what cannot be kept is not sent.
        let sealed = match credentials.is_empty() {
            true => None,
            false => Some(self.seal_secret(connection, &secret_name, &write_credentials(&credentials))?),
        };
        let keys_set = credentials.iter().map(|(name, _)| name.clone()).collect();
        let LlmChoice { product_name, provider, model } = choice;
        let order = LlmOrder { product_name, provider, model, credentials };
        self.send_llm(entry, desk, &order).await?;
        let LlmOrder { product_name, provider, model, .. } = order;
        let set_at = self.clock.now();
        let setting = LlmSetting { product_name, provider, model, keys_set, set_by: actor.clone(), set_at };
        let (secret_name, sealed) = (secret_name.as_str(), sealed.as_deref());
        self.store.put_llm_setting(NewLlmSetting { connection, setting: &setting, secret_name, sealed }).await?;
        tracing::info!(connection.id = %connection, llm.provider = %setting.provider, "Set the language model");
        Ok(setting)
    }

    async fn send_llm(
        &self,
        entry: &ConnectionEntry,
        desk: &dyn LlmDesk,
        order: &LlmOrder,
    ) -> Result<(), ConnectionFault> {
        let kept = "Nothing was kept here";
        match self.admit_call(&entry.id) {
            Admission::Go => {}
            Admission::Wait { reason, .. } | Admission::Refused { message: reason } => {
                return Err(ConnectionFault::NotNow(format!("{reason} Nothing was sent.").trim().to_owned()));
            }
        }
        let late = || LlmOutcome::Unclear {
            message: format!("No answer came within {} seconds.", LONGEST_EXCHANGE.as_secs()),
        };
        let outcome = tokio::time::timeout(LONGEST_EXCHANGE, desk.send_llm(order)).await.unwrap_or_else(|_| late());
        self.report_call(&entry.id, report_of(&outcome)).await?;
        match outcome {
            LlmOutcome::Taken => Ok(()),
            LlmOutcome::Rejected { message } => Err(ConnectionFault::VendorSaid(format!("{message} {kept}."))),
            LlmOutcome::Unclear { message } => Err(ConnectionFault::VendorSaid(format!(
                "{message} It may have been taken. {kept}; sending the same again does no harm."
            ))),
            LlmOutcome::CredentialsRefused { message }
            | LlmOutcome::Throttled { message, .. }
            | LlmOutcome::Unreachable { message } => {
                Err(ConnectionFault::NotNow(format!("{message} {kept}; send it again later.")))
            }
        }
    }

    /// At the start: every secret that is kept is masked in what its connection's vendor answers, whoever was told it.
    pub(super) async fn mask_kept_secrets(&self) -> StoreResult<()> {
        for (id, entry) in &self.entries {
            for (name, sealed) in self.store.list_envelopes(id).await? {
                match self.sealer.unseal(&place_of(id, &name), &sealed) {
                    Ok(secret) if !name.starts_with(LLM_PREFIX) => entry.link.mask_secret(&secret),
                    Ok(secret) => {
                        if let Some(desk) = entry.link.llm() {
                            desk.mask_credentials(&read_credentials(&secret));
                        }
                    }
                    Err(fault) => {
                        tracing::warn!(connection.id = %id, secret.name = name, %fault, "A kept secret cannot be opened");
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a setting's keys are called among the kept secrets: short, and different for every product.
fn name_secret(product_name: &str) -> String {
    let letters = product_name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let plain: String = letters.take(24).collect();
    let digest = Sha256::digest(product_name.as_bytes());
    let mark: String = digest[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{LLM_PREFIX}{plain}-{mark}")
}

fn write_credentials(credentials: &[(String, Secret)]) -> Secret {
    let fields: Map<String, Value> =
        credentials.iter().map(|(name, value)| (name.clone(), Value::from(value.expose()))).collect();
    Secret::new(Value::Object(fields).to_string())
}

fn read_credentials(secret: &Secret) -> Vec<(String, Secret)> {
    let fields: Map<String, Value> = serde_json::from_str(secret.expose()).unwrap_or_default();
    let read = |(name, value): (String, Value)| Some((name, Secret::new(value.as_str()?)));
    fields.into_iter().filter_map(read).collect()
}

/// Every fault at once; none of them repeats a value.
fn check_choice(choice: &LlmChoice, credentials: &[(String, Secret)], providers: &[LlmProvider]) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let texts = [
        ("product_name", &choice.product_name, "Name the product, as its trainings do."),
        ("model", &choice.model, "Name the model, as its provider does."),
    ];
    for (path, text, when_empty) in texts {
        if text.trim().is_empty() {
            faults.push(FieldFault::new(path, when_empty));
        } else if text.chars().count() > MAX_TEXT_LENGTH || text.chars().any(char::is_control) {
            faults.push(FieldFault::new(path, format!("Use at most {MAX_TEXT_LENGTH} characters on one line.")));
        }
    }
    let Some(provider) = providers.iter().find(|provider| provider.name == choice.provider) else {
        let names: Vec<&str> = providers.iter().map(|provider| provider.name.as_str()).collect();
        faults.push(FieldFault::new("provider", format!("Choose one of: {}.", names.join(", "))));
        return faults;
    };
    for key in &provider.keys {
        let path = format!("credentials.{}", key.name);
        let Some((_, value)) = credentials.iter().find(|(name, _)| *name == key.name) else {
            faults.push(FieldFault::new(path, format!("{} needs this key.", provider.name)));
            continue;
        };
        // Addresses, versions and regions may be short: they are never masked.
        let checked = check_secret(value).and_then(|()| if key.is_secret { check_length(value) } else { Ok(()) });
        if let Err(message) = checked {
            faults.push(FieldFault::new(path, message));
        }
    }
    // A name that is none may be a credential in the wrong place: it is not repeated.
    if credentials.iter().any(|(name, _)| !provider.keys.iter().any(|key| key.name == *name)) {
        let names: Vec<&str> = provider.keys.iter().map(|key| key.name.as_str()).collect();
        let message = match names.as_slice() {
            [] => format!("{} takes no keys.", provider.name),
            names => format!("{} takes only these keys: {}.", provider.name, names.join(", ")),
        };
        faults.push(FieldFault::new("credentials", message));
    }
    faults
}

fn report_of(outcome: &LlmOutcome) -> CallReport {
    match outcome {
        LlmOutcome::Taken | LlmOutcome::Rejected { .. } | LlmOutcome::Unclear { .. } => CallReport::Answered,
        LlmOutcome::CredentialsRefused { message } => CallReport::Refused { message: message.clone() },
        LlmOutcome::Throttled { retry_after, message } => {
            CallReport::Throttled { retry_after: *retry_after, message: message.clone() }
        }
        LlmOutcome::Unreachable { message } => CallReport::Unreachable { message: message.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::name_secret;

    #[test]
    fn each_product_has_a_short_name_of_its_own() {
        assert_eq!(name_secret("CA"), "llm-ca-4b650e5c");
        assert_ne!(name_secret("CA"), name_secret("ca"));
        let long = name_secret(&"Müşteri ".repeat(40));
        assert!(long.len() <= 40 && long.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    }
}
