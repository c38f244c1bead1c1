//! The settings of the language model that clustering uses (contract E6, "LLM Configuration").
//! SESTEK's page contradicts itself: its table says `projectName` and `Cluster`, its sample `productName` and `cluster`.
//! What the sample prints is sent. Which keys belong to which provider is read from their names.

use super::{CallProblem, SestekConnection, join_url};
use crate::secret::Secret;
use crate::vendors::http::answer::Answer;
use crate::vendors::http::{Call, CallBody, CallFault};
use crate::vendors::llm::{LlmDesk, LlmOrder, LlmOutcome};
use crate::vendors::sestek::map::{denies_credentials, describe_answer, throttle_wait};
use crate::vendors::sestek::token::TokenFault;
use crate::vendors::sestek::wire::{parse_json, read_complaint};
use crate::vendors::vendor::{AnswerPurpose, Pace};
use app::model::llm::{LlmKey, LlmProvider};
use async_trait::async_trait;
use http::Method;
use serde_json::{Map, Value, json};

const PATH: &str = "/sestekai-api/api/external/llm-configurations";

/// The module, spelled as in the sample.
const MODULE: &str = "cluster";

/// SESTEK's words for the providers, and the keys of each: (name, whether it is a credential).
const PROVIDERS: &[(&str, &[(&str, bool)])] = &[
    ("OpenAi", &[("OPENAI_API_KEY", true)]),
    ("AzureOpenAi", &[("AZURE_API_KEY", true), ("AZURE_API_BASE", false), ("AZURE_API_VERSION", false)]),
    ("AwsBedrock", &[("AWS_ACCESS_KEY_ID", true), ("AWS_SECRET_ACCESS_KEY", true), ("AWS_REGION_NAME", false)]),
    ("GoogleGemini", &[("GEMINI_API_KEY", true)]),
    ("TogetherAi", &[("TOGETHERAI_API_KEY", true)]),
    ("Groq", &[("GROQ_API_KEY", true)]),
    ("Vllm", &[]),
    ("Sestek", &[]),
];

#[async_trait]
impl LlmDesk for SestekConnection {
    fn list_providers(&self) -> Vec<LlmProvider> {
        let key = |(name, is_secret): &(&str, bool)| LlmKey { name: (*name).to_owned(), is_secret: *is_secret };
        let provider = |(name, keys): &(&str, &[(&str, bool)])| LlmProvider {
            name: (*name).to_owned(),
            keys: keys.iter().map(key).collect(),
        };
        PROVIDERS.iter().map(provider).collect()
    }

    /// Addresses, versions and regions stay readable: masked, they would make holes in ordinary answers.
    fn mask_credentials(&self, credentials: &[(String, Secret)]) {
        let keys = PROVIDERS.iter().flat_map(|(_, keys)| keys.iter());
        let secret: Vec<&str> = keys.filter(|(_, is_secret)| *is_secret).map(|(name, _)| *name).collect();
        for (_, value) in credentials.iter().filter(|(name, _)| secret.contains(&name.as_str())) {
            self.http.pin_secret(value);
        }
    }

    async fn send_llm(&self, order: &LlmOrder) -> LlmOutcome {
        self.mask_credentials(&order.credentials);
        let url = join_url(&self.config.base_url, PATH);
        let body = write_body(order);
        let make_call = |token| Call {
            purpose: AnswerPurpose::Settings,
            method: Method::POST,
            url: url.clone(),
            headers: super::HEADERS,
            bearer: Some(token),
            body: CallBody::Json(body.clone()),
        };
        match self.ask_with_token(make_call, &mut Vec::new()).await {
            Ok(answer) => map_llm_answer(&answer, self.pace),
            Err(CallProblem::Token(TokenFault::Refused { message })) => LlmOutcome::CredentialsRefused { message },
            Err(CallProblem::Token(TokenFault::Unreachable { message })) => LlmOutcome::Unreachable { message },
            Err(CallProblem::Token(TokenFault::Throttled { retry_after, message })) => {
                LlmOutcome::Throttled { retry_after, message }
            }
            Err(CallProblem::Http(CallFault::NotSent(reason))) => {
                LlmOutcome::Unreachable { message: format!("SESTEK cannot be reached: {reason}.") }
            }
            Err(CallProblem::Http(CallFault::Lost(reason))) => {
                LlmOutcome::Unclear { message: format!("SESTEK's answer was lost: {reason}.") }
            }
        }
    }
}

fn write_body(order: &LlmOrder) -> Secret {
    let mut settings = Map::from_iter([("provider".to_owned(), json!(order.provider))]);
    settings.extend(order.credentials.iter().map(|(name, value)| (name.clone(), json!(value.expose()))));
    let body = json!({
        "productName": order.product_name,
        "moduleName": MODULE,
        "model": order.model,
        "providerSettings": settings,
    });
    Secret::new(body.to_string())
}

/// SESTEK's page prints no answer, so success is any 2xx that is no web page and no error object.
fn map_llm_answer(answer: &Answer, pace: Pace) -> LlmOutcome {
    let complaint = read_complaint(&answer.text, answer.is_html());
    let message = describe_answer(answer, &complaint);
    if let Some(retry_after) = throttle_wait(answer, pace) {
        return LlmOutcome::Throttled { retry_after, message };
    }
    let failed = || match parse_json(&answer.text) {
        Some(Value::Object(fields)) => fields.get("error").is_some_and(|error| !error.is_null()),
        _ => false,
    };
    match answer.status {
        200..=299 if !answer.is_html() && !failed() => LlmOutcome::Taken,
        401 => LlmOutcome::CredentialsRefused { message },
        403 if denies_credentials(&complaint) => LlmOutcome::CredentialsRefused { message },
        400..=499 if answer.status != 408 && !answer.is_html() && answer.broken.is_none() => {
            LlmOutcome::Rejected { message }
        }
        _ => LlmOutcome::Unclear { message },
    }
}

#[cfg(test)]
mod tests {
    use super::{LlmOrder, map_llm_answer, write_body};
    use crate::secret::Secret;
    use crate::vendors::http::answer::Answer;
    use crate::vendors::llm::LlmOutcome;
    use crate::vendors::vendor::Pace;
    use serde_json::{Value, json};

    #[test]
    fn the_body_is_spelled_as_in_the_sample_and_holds_only_what_is_set() {
        let order = LlmOrder {
            product_name: "CA".to_owned(),
            provider: "OpenAi".to_owned(),
            model: "gpt-4o".to_owned(),
            credentials: vec![("OPENAI_API_KEY".to_owned(), Secret::new("sk-\"1"))],
        };
        let body: Value = serde_json::from_str(write_body(&order).expose()).unwrap();
        let settings = json!({"provider": "OpenAi", "OPENAI_API_KEY": "sk-\"1"});
        let expected =
            json!({"productName": "CA", "moduleName": "cluster", "model": "gpt-4o", "providerSettings": settings});
        assert_eq!(body, expected);
    }

    #[test]
    fn only_an_answer_that_says_yes_counts_as_taken() {
        let outcome = |status: u16, kind: &str, text: &str| match map_llm_answer(
            &Answer::sample(status, kind, text),
            Pace(1.0),
        ) {
            LlmOutcome::Taken => "taken",
            LlmOutcome::Rejected { .. } => "rejected",
            LlmOutcome::CredentialsRefused { .. } => "refused",
            LlmOutcome::Throttled { .. } => "throttled",
            LlmOutcome::Unreachable { .. } => "unreachable",
            LlmOutcome::Unclear { .. } => "unclear",
        };
        let denied = r#"{"error":{"code":"Volo.Authorization:010001","message":"no"}}"#;
        for (status, kind, text, expected) in [
            (200, "application/json", "{}", "taken"),
            (204, "", "", "taken"),
            (200, "text/html", "<html></html>", "unclear"),
            (200, "application/json", r#"{"error":{"message":"no"}}"#, "unclear"),
            (302, "", "", "unclear"),
            (400, "application/json", r#"{"error":{"message":"no"}}"#, "rejected"),
            (404, "", "", "rejected"),
            (404, "text/html", "<html></html>", "unclear"),
            (408, "", "", "unclear"),
            (401, "", "", "refused"),
            (403, "application/json", denied, "refused"),
            (403, "application/json", r#"{"error":{"message":"no"}}"#, "rejected"),
            (429, "", "", "throttled"),
            (500, "application/json", "{}", "unclear"),
        ] {
            assert_eq!(outcome(status, kind, text), expected, "{status} {text}");
        }
    }
}
