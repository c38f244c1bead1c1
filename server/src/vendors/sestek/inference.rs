//! How a published model is called (contract E8, E9, E10): shown to people, never called by us.

use super::parts::encode_segment;
use super::preview::quote_posix;
use app::model::ids::{Kind, VendorRef};
use app::model::published::InferenceCall;
use app::vendors::sestek;
use url::Url;

/// The address of clustering inference is not in the public part of SESTEK's page.
const GUESS: &str = "SESTEK's public pages do not print this kind's address and body; these follow its other kinds'. \
                     Try them before you rely on them.";

/// A question to a model of generative question answering, with nothing that was said before it.
const QUESTION: &str = r#"{"prompt": "", "inputs": [{"query": "...", "chat_history": []}]}"#;

/// The call, tokens masked; `None` without the tenant's name, which is part of the address.
pub fn describe_inference(
    base_url: &Url,
    tenant: Option<&str>,
    kind: &Kind,
    vendor_ref: &VendorRef,
) -> Option<InferenceCall> {
    let texts = r#"{"inputs": [{"text": "..."}]}"#;
    let (task, body, note) = match kind.as_str() {
        kind if kind == sestek::CLASSIFICATION.kind => ("classification", texts, None),
        kind if kind == sestek::CLUSTERING.kind => ("clustering", texts, Some(GUESS.to_owned())),
        kind if kind == sestek::GQA.kind => ("question-answering", QUESTION, None),
        _ => return None,
    };
    let published = encode_segment(&format!("{}-{vendor_ref}", tenant?));
    let url = super::client::join_url(base_url, &format!("/published/{published}/v1/text/{task}/inference"));
    let lines = [
        format!("curl --request POST {}", quote_posix(url.as_str())),
        format!("--header {}", quote_posix("Authorization: Bearer <token>")),
        format!("--header {}", quote_posix("Content-Type: application/json")),
        format!("--data {}", quote_posix(body)),
    ];
    Some(InferenceCall { url: url.to_string(), curl: lines.join(" \\\n  "), note })
}

#[cfg(test)]
mod tests {
    use super::describe_inference;
    use app::model::ids::{Kind, VendorRef};
    use url::Url;

    fn show(tenant: Option<&str>, kind: &str, id: &str) -> Option<(String, String, bool)> {
        let base = Url::parse("https://host.example/x").unwrap();
        let call = describe_inference(&base, tenant, &Kind::new(kind), &VendorRef::new(id))?;
        Some((call.url, call.curl, call.note.is_some()))
    }

    #[test]
    fn the_address_holds_tenant_and_model_and_the_token_is_masked() {
        let (url, curl, is_guess) = show(Some("acme"), "sestek.classification", "calls-2026").unwrap();
        assert_eq!(url, "https://host.example/x/published/acme-calls-2026/v1/text/classification/inference");
        assert!(curl.contains("Bearer <token>") && !is_guess, "{curl}");
        assert!(show(Some("acme"), "sestek.clustering", "m").unwrap().2);
    }

    #[test]
    fn a_model_that_answers_questions_is_asked_one() {
        let (url, curl, is_guess) = show(Some("acme"), "sestek.gqa", "help-desk").unwrap();
        assert_eq!(url, "https://host.example/x/published/acme-help-desk/v1/text/question-answering/inference");
        assert!(curl.contains("Bearer <token>") && curl.contains(r#""query": "...", "chat_history""#), "{curl}");
        assert!(!is_guess && !curl.contains(r#""text""#), "{curl}");
        assert_eq!(show(Some("acme"), "sestek.other", "m"), None);
    }

    #[test]
    fn without_the_tenants_name_there_is_no_address_and_an_id_cannot_leave_its_place() {
        assert_eq!(show(None, "sestek.clustering", "m"), None);
        let (url, curl, _) = show(Some("acme"), "sestek.clustering", "a/../b'c").unwrap();
        assert!(url.contains("/published/acme-a%2F%2E%2E%2Fb%27c/v1/"), "{url}");
        assert!(!curl.contains("b'c"), "{curl}");
    }
}
