//! Telling a vendor which language model to use for an account: what a vendor must be able to do for that.
//! Knows no vendor; only those whose capabilities say `llm_settings` implement `LlmDesk`.

use crate::secret::Secret;
use app::model::llm::LlmProvider;
use async_trait::async_trait;
use std::time::Duration;

/// The place of a vendor account where its language model is chosen.
#[async_trait]
pub trait LlmDesk: Send + Sync {
    /// Whose models can be chosen, and the keys each needs. All of them are required.
    fn list_providers(&self) -> Vec<LlmProvider>;

    /// Masks credentials in everything the vendor answers from now on, for as long as the process runs.
    fn mask_credentials(&self, credentials: &[(String, Secret)]);

    /// Sends one product's settings. The same again changes nothing, so it may be repeated.
    async fn send_llm(&self, order: &LlmOrder) -> LlmOutcome;
}

/// The settings of one product, checked against the vendor's providers.
pub struct LlmOrder {
    pub product_name: String,
    pub provider: String,
    pub model: String,
    pub credentials: Vec<(String, Secret)>,
}

/// What became of them. Messages are sentences for people, the vendor's words redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LlmOutcome {
    Taken,
    /// The vendor's own word against the settings.
    Rejected {
        message: String,
    },
    CredentialsRefused {
        message: String,
    },
    Throttled {
        retry_after: Duration,
        message: String,
    },
    /// Nothing was sent.
    Unreachable {
        message: String,
    },
    /// An answer that says nothing, or none: it may have been taken.
    Unclear {
        message: String,
    },
}
