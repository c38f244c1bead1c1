//! The language model of a vendor's trainings: an admin's keys go to the vendor and into the vault, and nowhere else.

use crate::support::app::{Call, TestApp};
use crate::support::database::Engine;
use crate::support::house::{House, SESTEK};
use app::model::error::{AppError, ErrorCode};
use app::model::ids::{ConnectionId, UserName};
use app::model::llm::{LlmChoice, LlmSetting};
use app::model::page::PageQuery;
use app::model::session::Role;
use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use trainyard::connections::ConnectionFault;
use trainyard::secret::Secret;

const KEY: &str = "sk-canary-3Vd8nQw5tRz1";

fn sestek() -> ConnectionId {
    ConnectionId::new(SESTEK)
}

async fn set(house: &House, provider: &str, keys: &[(&str, &str)]) -> Result<LlmSetting, ConnectionFault> {
    let choice = LlmChoice { product_name: "CA".to_owned(), provider: provider.to_owned(), model: "gpt-4o".to_owned() };
    let keys = keys.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
    house.core.connections.set_llm(&sestek(), choice, keys, &UserName::new("ada")).await
}

/// What the fake vendor saw of the settings, newest last: the parts and the faults of each call.
async fn vendor_saw(house: &House) -> Vec<Value> {
    let is_it = |visit: &Value| visit["path"].as_str().is_some_and(|path| path.ends_with("/llm-configurations"));
    house.vendor_log().await.into_iter().filter(is_it).collect()
}

#[tokio::test]
async fn settings_go_to_the_vendor_as_its_sample_prints_them_and_are_kept_without_their_keys() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut house = House::build_on(engine).await;
        let setting = set(&house, "OpenAi", &[("OPENAI_API_KEY", KEY)]).await.expect("taken");
        assert_eq!((setting.keys_set, setting.set_at), (vec!["OPENAI_API_KEY".to_owned()], house.clock_now()));
        let visits = vendor_saw(&house).await;
        assert_eq!((visits.len(), &visits[0]["end"]["status"]), (1, &json!(200)));
        let parts = visits[0]["end"]["parts"].as_array().expect("parts");
        let part = |name: &str| parts.iter().find(|part| part["name"] == name).expect(name);
        for (name, value) in
            [("productName", "CA"), ("moduleName", "cluster"), ("model", "gpt-4o"), ("provider", "OpenAi")]
        {
            assert_eq!(part(name)["value"], value);
        }
        let digest: String = Sha256::digest(KEY).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            (&part("OPENAI_API_KEY")["sha256"], &part("OPENAI_API_KEY")["value"]),
            (&json!(digest), &json!("<masked>"))
        );
        assert!(!json!(house.vendor_log().await).to_string().contains(KEY));
        house.restart().await;
        let kept = house.core.connections.list_llm_settings(&sestek()).await.expect("a list");
        assert_eq!((kept.items.len(), kept.items[0].set_by.as_str()), (1, "ada"));
        assert!(!serde_json::to_string(&kept).expect("JSON").contains(KEY));
        let names = house.core.connections.list_kept_secrets(&sestek()).await.expect("a list");
        let secret = house.core.connections.reveal_kept_secret(&sestek(), &names[0].name).await.expect("opened");
        assert_eq!(secret.expect("there").expose(), json!({"OPENAI_API_KEY": KEY}).to_string());
    }
}

#[tokio::test]
async fn a_provider_without_keys_forgets_those_of_the_one_before_and_forgetting_keys_forgets_the_setting() {
    let house = House::build().await;
    set(&house, "Groq", &[("GROQ_API_KEY", KEY)]).await.expect("taken");
    set(&house, "Sestek", &[]).await.expect("taken");
    let connections = &house.core.connections;
    assert!(connections.list_kept_secrets(&sestek()).await.expect("a list").is_empty());
    let kept = connections.list_llm_settings(&sestek()).await.expect("a list").items;
    assert_eq!((kept.len(), kept[0].provider.as_str(), kept[0].keys_set.len()), (1, "Sestek", 0));
    set(&house, "Groq", &[("GROQ_API_KEY", KEY)]).await.expect("taken");
    let name = connections.list_kept_secrets(&sestek()).await.expect("a list").remove(0).name;
    connections.forget_secret(&sestek(), &name).await.expect("forgotten");
    assert!(connections.list_llm_settings(&sestek()).await.expect("a list").items.is_empty());
}

#[tokio::test]
async fn every_provider_of_the_page_is_taken_with_exactly_its_keys() {
    let house = House::build().await;
    let providers = house.core.connections.list_llm_settings(&sestek()).await.expect("a list").providers;
    assert_eq!(providers.len(), 8);
    for provider in providers {
        let keys: Vec<(&str, &str)> = provider.keys.iter().map(|key| (key.name.as_str(), KEY)).collect();
        set(&house, &provider.name, &keys).await.unwrap_or_else(|fault| panic!("{}: {fault}", provider.name));
        for left_out in 0..keys.len() {
            let mut fewer = keys.clone();
            fewer.remove(left_out);
            let refused = set(&house, &provider.name, &fewer).await;
            assert!(matches!(refused, Err(ConnectionFault::Invalid(faults)) if faults.len() == 1));
        }
    }
    assert!(vendor_saw(&house).await.iter().all(|visit| visit["end"]["status"] == 200));
}

#[tokio::test]
async fn g30_a_vendor_that_echoes_the_key_is_quoted_without_it_before_and_after_a_restart() {
    let mut house = House::build().await;
    let echo = json!({"kind": "abp", "status": 400, "text": format!("The key {KEY} is not valid.")});
    house.script("*", json!({"llm": [{"calls": 1, "answer": echo}]})).await;
    let error = AppError::from(set(&house, "OpenAi", &[("OPENAI_API_KEY", KEY)]).await.expect_err("refused"));
    assert_eq!(error.code, ErrorCode::VendorError);
    assert!(error.message.contains("SESTEK answered 400: The key [redacted] is not valid."), "{error}");
    assert!(error.message.contains("Nothing was kept here"), "{error}");
    assert!(house.core.connections.list_llm_settings(&sestek()).await.expect("a list").items.is_empty());
    set(&house, "OpenAi", &[("OPENAI_API_KEY", KEY)]).await.expect("taken");
    house.restart().await;
    house.script("*", json!({"train": [{"answer": echo}]})).await;
    let training = house.submit("echoing").await;
    house.step_submits().await;
    let failure = house.see(&training.id).await.failure.expect("refused");
    assert!(failure.message.contains("[redacted]") && !failure.message.contains(KEY), "{failure:?}");
}

#[tokio::test]
async fn g30_a_key_that_the_vendor_echoes_as_dotnet_writes_json_is_shown_to_no_viewer() {
    const ODD_KEY: &str = "sk-ca+nary&4Vd'8nQ<w5tRz>1";
    let house = House::build().await;
    set(&house, "OpenAi", &[("OPENAI_API_KEY", ODD_KEY)]).await.expect("taken");
    let spelled = r"sk-ca\u002Bnary\u00264Vd\u00278nQ\u003Cw5tRz\u003E1";
    assert_eq!(serde_json::from_str::<Value>(&format!("\"{spelled}\"")).expect("JSON"), ODD_KEY);
    let text = format!(
        r#"{{"error":{{"code":"App:1","message":"Key {spelled} for https://h/x.pdf?Date=1\u0026Signature=SIGNED."}}}}"#
    );
    let echo = json!({"kind": "raw", "status": 400, "content_type": "application/json", "text": text});
    house.script("*", json!({"train": [{"answer": echo}]})).await;
    let training = house.submit("echoing").await;
    house.step_submits().await;
    let failure = house.see(&training.id).await.failure.expect("refused");
    assert!(failure.message.contains("Key [redacted] for https://h/x.pdf?[redacted]"), "{failure:?}");
    let page = PageQuery { after: None, limit: Some(200) };
    let answers = house.core.trainings.list_answers(&training.id, &page).await.expect("answers");
    let events = house.core.trainings.list_events(&training.id, &page).await.expect("events");
    let shown = format!("{}{}{}", json!(failure), json!(answers), json!(events));
    assert!(shown.contains("Key [redacted] for"), "{shown}");
    for leak in ["nary", "w5tRz", "SIGNED"] {
        assert!(!shown.contains(leak), "{leak}: {shown}");
    }
}

#[tokio::test]
async fn what_the_vendor_did_not_clearly_take_is_not_kept_and_the_earlier_setting_stays() {
    let mut house = House::build().await;
    set(&house, "Groq", &[("GROQ_API_KEY", KEY)]).await.expect("taken");
    for (answer, code, words) in [
        (json!({"kind": "html"}), ErrorCode::VendorError, "may have been taken"),
        (json!({"kind": "abp", "status": 500}), ErrorCode::VendorError, "may have been taken"),
        (json!({"kind": "abp", "status": 409, "text": "locked"}), ErrorCode::VendorError, "locked"),
        (json!({"kind": "throttle", "retry_after_seconds": 7}), ErrorCode::Unavailable, "send it again later"),
    ] {
        house.script("*", json!({"llm": [{"calls": 1, "answer": answer}]})).await;
        let error = AppError::from(set(&house, "OpenAi", &[("OPENAI_API_KEY", KEY)]).await.expect_err("refused"));
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(words), "{error}");
    }
    let asked = vendor_saw(&house).await.len();
    let silent = AppError::from(set(&house, "Groq", &[("GROQ_API_KEY", KEY)]).await.expect_err("silence"));
    assert!(silent.message.contains("Nothing was sent"), "{silent}");
    assert_eq!(vendor_saw(&house).await.len(), asked, "the vendor asked for silence");
    house.clock.advance(std::time::Duration::from_secs(8));
    house.stop_vendors().await;
    let dark = AppError::from(set(&house, "OpenAi", &[("OPENAI_API_KEY", KEY)]).await.expect_err("dark"));
    assert_eq!(dark.code, ErrorCode::Unavailable, "{dark}");
    let kept = house.core.connections.list_llm_settings(&sestek()).await.expect("a list").items;
    assert_eq!((kept.len(), kept[0].provider.as_str()), (1, "Groq"));
}

#[tokio::test]
async fn the_fake_refuses_what_the_page_does_not_print() {
    let house = House::build().await;
    set(&house, "Sestek", &[]).await.expect("a token is there");
    let url = format!("http://{}/sestek/sestekai-api/api/external/llm-configurations", house.vendor_address());
    let form = [("grant_type", "client_credentials"), ("client_id", "sandbox"), ("client_secret", "sandbox-secret")];
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let tokens = format!("http://{}/sestek/identity/connect/token", house.vendor_address());
    let token: Value = client.post(tokens).form(&form).send().await.expect("sent").json().await.expect("a token");
    let token = token["access_token"].as_str().expect("a token");
    let body = |provider: &str| {
        json!({"productName": "CA", "moduleName": "cluster", "model": "m",
               "providerSettings": {"provider": provider, "OPENAI_API_KEY": KEY}})
    };
    let mut table_spelling = body("OpenAi");
    table_spelling["moduleName"] = json!("Cluster");
    let mut unknown = body("OpenAi");
    unknown["projectName"] = json!("CA");
    let mut foreign = body("OpenAi");
    foreign["providerSettings"]["GROQ_API_KEY"] = json!(KEY);
    for (body, status) in [
        (body("OpenAi"), 200),
        (body("openai"), 400),
        (body("Groq"), 400),
        (table_spelling, 400),
        (unknown, 400),
        (foreign, 400),
        (json!([]), 400),
    ] {
        let sent = client.post(&url).bearer_auth(token).json(&body).send().await.expect("sent");
        assert_eq!(sent.status().as_u16(), status, "{body}");
        assert!(!sent.text().await.expect("text").contains(KEY));
    }
    assert_eq!(client.post(&url).json(&body("OpenAi")).send().await.expect("sent").status().as_u16(), 401);
    let text = client.post(&url).bearer_auth(token).body("{}").send().await.expect("sent");
    assert_eq!(text.status().as_u16(), 415);
}

#[tokio::test]
async fn only_admins_set_it_and_every_fault_is_told_without_a_value() {
    let app = TestApp::start().await;
    let admin = app.token("ada", Role::Admin).await;
    let path = "/api/v1/connections/knovvu/llm";
    let body =
        json!({"product_name": "CA", "provider": "OpenAi", "model": "m", "credentials": {"OPENAI_API_KEY": KEY}});
    for role in [Role::Operator, Role::Viewer] {
        let token = app.token(role.as_str(), role).await;
        assert_eq!(app.send(Call::post(path).token(&token).json(&body)).await.status(), StatusCode::FORBIDDEN);
        let (status, _, settings) = app.ask(Call::get(path).token(&token)).await;
        assert_eq!((status, settings["items"].clone()), (StatusCode::OK, json!([])));
    }
    for (body, paths) in [
        (json!({"provider": "Nobody", "model": "", "product_name": "CA"}), vec!["model", "provider"]),
        (json!({"product_name": "CA", "model": "m", "provider": "OpenAi"}), vec!["credentials.OPENAI_API_KEY"]),
        (
            json!({"product_name": "CA", "model": "m", "provider": "OpenAi", "credentials": {"OPENAI_API_KEY": "short"}}),
            vec!["credentials.OPENAI_API_KEY"],
        ),
        (
            json!({"product_name": "CA", "model": "m", "provider": "Vllm", "credentials": {KEY: "x"}}),
            vec!["credentials"],
        ),
        (json!({"product_name": "CA", "model": "m", "provider": "OpenAi", "credentials": [KEY]}), vec!["credentials"]),
        (json!({"model": 1, "key": KEY}), vec!["product_name", "provider", "model", "key"]),
    ] {
        let (status, _, answer) = app.ask(Call::post(path).token(&admin).json(&body)).await;
        let found: Vec<_> = answer["fields"].as_array().expect("fields").iter().map(|field| &field["path"]).collect();
        assert_eq!((status.as_u16(), json!(found)), (422, json!(paths)), "{answer}");
        assert!(!answer.to_string().contains(KEY), "{answer}");
    }
    let (status, _, answer) = app.ask(Call::post(path).token(&admin).json(&body)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "nobody answers for this vendor: {answer}");
    let (status, _, _) = app.ask(Call::get("/api/v1/connections/none/llm").token(&admin)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
