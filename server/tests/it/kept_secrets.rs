//! Secrets that people give us to keep: sealed at rest, opened only in their own row, never shown again.

use crate::support::app::{Call, TestApp};
use crate::support::database::Engine;
use crate::support::house::{House, SESTEK};
use app::model::error::{AppError, ErrorCode};
use app::model::ids::{ConnectionId, UserName};
use app::model::session::Role;
use axum::http::StatusCode;
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use trainyard::connections::ConnectionFault;
use trainyard::secret::{Secret, SecretRef};

const WORD: &str = "kept-canary-9fQ2xLm7";

fn sestek() -> ConnectionId {
    ConnectionId::new(SESTEK)
}

async fn keep(house: &House, name: &str, word: &str) -> Result<(), ConnectionFault> {
    let kept = house.core.connections.keep_secret(&sestek(), name, Secret::new(word), &UserName::new("ada")).await;
    kept.map(|_| ())
}

async fn reveal(house: &House, name: &str) -> Result<Option<String>, ConnectionFault> {
    let secret = house.core.connections.reveal_kept_secret(&sestek(), name).await?;
    Ok(secret.map(|secret| secret.expose().to_owned()))
}

/// Changes rows behind the program's back.
async fn tamper(house: &House, sql: &str) {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&house.config.store.url).await.expect("a connection");
    let changed = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.expect("changed");
    assert!(changed.rows_affected() > 0);
    pool.close().await;
}

#[tokio::test]
async fn a_kept_secret_is_used_replaced_and_forgotten_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut house = House::build_on(engine).await;
        keep(&house, "receiver", "first-word").await.expect("kept");
        house.clock.advance(Duration::from_secs(60));
        keep(&house, "receiver", WORD).await.expect("replaced");
        keep(&house, "another", "other-word").await.expect("kept");
        house.restart().await;
        let before = house.core.connections.list_kept_secrets(&sestek()).await.expect("a list");
        let names: Vec<_> = before.iter().map(|kept| kept.name.as_str()).collect();
        assert_eq!(names, ["another", "receiver"]);
        assert_eq!((before[1].created_at, before[1].last_used_at), (house.clock_now(), None));
        assert_eq!(before[1].created_by.as_str(), "ada");
        house.clock.advance(Duration::from_secs(60));
        assert_eq!(reveal(&house, "receiver").await.expect("opened").as_deref(), Some(WORD));
        let after = house.core.connections.list_kept_secrets(&sestek()).await.expect("a list");
        assert_eq!((after[0].last_used_at, after[1].last_used_at), (None, Some(house.clock_now())));
        house.core.connections.forget_secret(&sestek(), "receiver").await.expect("forgotten");
        assert_eq!(reveal(&house, "receiver").await.expect("asked"), None);
        assert!(matches!(
            house.core.connections.forget_secret(&sestek(), "receiver").await,
            Err(ConnectionFault::NoSecret)
        ));
    }
}

#[tokio::test]
async fn a_secret_of_a_connection_that_left_the_settings_is_still_seen_and_forgotten() {
    let mut house = House::build().await;
    keep(&house, "receiver", WORD).await.expect("kept");
    house.config.connections.clear();
    house.restart().await;
    let connections = &house.core.connections;
    assert_eq!(connections.list_kept_secrets(&sestek()).await.expect("a list").len(), 1);
    connections.forget_secret(&sestek(), "receiver").await.expect("forgotten");
    assert!(matches!(connections.list_kept_secrets(&sestek()).await, Err(ConnectionFault::NotFound)));
}

#[tokio::test]
async fn g32_swapped_or_edited_rows_fail_closed_and_say_so() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let house = House::build_on(engine).await;
        keep(&house, "mine", WORD).await.expect("kept");
        keep(&house, "yours", "other-word").await.expect("kept");
        let swap = "UPDATE kept_secret SET sealed = (SELECT k.sealed FROM kept_secret k WHERE k.name = 'yours') \
                    WHERE name = 'mine'";
        tamper(&house, swap).await;
        let fault = reveal(&house, "mine").await.expect_err("refused");
        assert!(matches!(&fault, ConnectionFault::Sealed { name, .. } if name == "mine"), "{fault}");
        let error = AppError::from(fault);
        assert_eq!(error.code, ErrorCode::Conflict);
        assert!(error.message.contains("\"mine\"") && error.message.contains("Write the secret again"), "{error}");
        assert_eq!(reveal(&house, "yours").await.expect("opened").as_deref(), Some("other-word"));
        tamper(&house, "UPDATE kept_secret SET connection = 'elsewhere' WHERE name = 'yours'").await;
        let moved = house.core.connections.reveal_kept_secret(&ConnectionId::new("elsewhere"), "yours").await;
        assert!(matches!(moved, Err(ConnectionFault::Sealed { .. })));
        tamper(&house, "UPDATE kept_secret SET sealed = 'plain' WHERE name = 'mine'").await;
        assert!(reveal(&house, "mine").await.is_err());
        keep(&house, "mine", WORD).await.expect("written again");
        assert_eq!(reveal(&house, "mine").await.expect("opened").as_deref(), Some(WORD));
    }
}

#[tokio::test]
async fn g32_with_another_vault_key_the_missing_one_is_named() {
    let mut house = House::build().await;
    keep(&house, "receiver", WORD).await.expect("kept");
    let folder = tempfile::tempdir().expect("a folder");
    let right = std::mem::replace(&mut house.config.vault.key, SecretRef::File(folder.path().join("other.key")));
    house.restart().await;
    let error = AppError::from(reveal(&house, "receiver").await.expect_err("refused"));
    assert!(error.message.contains("another vault key") && !error.message.contains(WORD), "{error}");
    house.config.vault.key = right;
    house.restart().await;
    assert_eq!(reveal(&house, "receiver").await.expect("opened").as_deref(), Some(WORD));
}

#[tokio::test]
async fn g30_a_kept_secret_is_masked_before_and_after_a_restart() {
    let mut house = House::build().await;
    keep(&house, "receiver", WORD).await.expect("kept");
    let echo = json!({"kind": "abp", "status": 400, "text": format!("The secret {WORD} is not valid.")});
    house.script("*", json!({"train": [{"answer": echo}]})).await;
    for model_id in ["before", "after"] {
        let training = house.submit(model_id).await;
        house.step_submits().await;
        let failure = house.see(&training.id).await.failure.expect("refused");
        assert!(failure.message.contains("The secret [redacted] is not valid"), "{model_id}: {failure:?}");
        house.restart().await;
    }
}

#[tokio::test]
async fn nothing_of_a_kept_secret_is_readable_in_the_database_file() {
    let house = House::build().await;
    keep(&house, "receiver", WORD).await.expect("kept");
    let file = house.config.store.url.strip_prefix("sqlite://").expect("a file").to_owned();
    let folder = Path::new(&file).parent().expect("its folder");
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder").flatten() {
        bytes.extend(std::fs::read(entry.path()).expect("a file"));
    }
    let holds = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(holds("receiver"), "the row is there");
    assert!(!holds(WORD) && !holds(&WORD[..8]));
}

#[tokio::test]
async fn admins_write_operators_see_names_and_nobody_reads() {
    let app = TestApp::start().await;
    let admin = app.token("ada", Role::Admin).await;
    let operator = app.token("otto", Role::Operator).await;
    let viewer = app.token("vera", Role::Viewer).await;
    let path = "/api/v1/connections/knovvu/secrets";
    let body = json!({"name": "receiver", "secret": WORD});
    for token in [&operator, &viewer] {
        assert_eq!(app.send(Call::post(path).token(token).json(&body)).await.status(), StatusCode::FORBIDDEN);
    }
    let (status, _, kept) = app.ask(Call::post(path).token(&admin).json(&body)).await;
    assert_eq!(status, StatusCode::OK, "{kept}");
    assert_eq!((kept["name"].as_str(), kept["created_by"].as_str()), (Some("receiver"), Some("ada")));
    for (token, expected) in [(&admin, 200), (&operator, 200), (&viewer, 403)] {
        let (status, _, list) = app.ask(Call::get(path).token(token)).await;
        assert_eq!(status.as_u16(), expected);
        assert!(!list.to_string().contains(WORD), "{list}");
    }
    let (_, _, list) = app.ask(Call::get(path).token(&operator)).await;
    let mut fields: Vec<_> = list[0].as_object().expect("a row").keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["created_at", "created_by", "last_used_at", "name"]);
    let one = format!("{path}/receiver");
    let forget = |token: &str| Call::new("DELETE", &one).token(token);
    assert_eq!(app.send(forget(&operator)).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(app.send(forget(&admin)).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(app.send(forget(&admin)).await.status(), StatusCode::NOT_FOUND);
    let (status, _, _) = app.ask(Call::get("/api/v1/connections/none/secrets").token(&admin)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn odd_names_and_values_are_refused_without_repeating_them() {
    let app = TestApp::start().await;
    let admin = app.token("ada", Role::Admin).await;
    let long = "x".repeat(4_097);
    for (body, paths) in [
        (json!({"name": "Receiver", "secret": WORD}), vec!["name"]),
        (json!({"name": "", "secret": ""}), vec!["name", "secret"]),
        (json!({"name": "a".repeat(41), "secret": WORD}), vec!["name"]),
        (json!({"name": "../x", "secret": WORD}), vec!["name"]),
        (json!({"name": "llm-ca", "secret": WORD}), vec!["name"]),
        (json!({"name": "a", "secret": long}), vec!["secret"]),
        (json!({"name": "a", "secret": "7 bytes"}), vec!["secret"]),
        (json!({"name": "a", "secret": format!("{WORD}\n")}), vec!["secret"]),
        (json!({"name": "a", "secret": format!(" {WORD}")}), vec!["secret"]),
        (json!({"name": "a", "secret": [WORD]}), vec!["secret"]),
        (json!({"name": "a", "secret": WORD, "value": WORD}), vec!["value"]),
        (json!({"secret": WORD}), vec!["name"]),
    ] {
        let call = Call::post("/api/v1/connections/knovvu/secrets").token(&admin).json(&body);
        let (status, _, answer) = app.ask(call).await;
        let found: Vec<_> = answer["fields"].as_array().expect("fields").iter().map(|field| &field["path"]).collect();
        assert_eq!((status.as_u16(), json!(found)), (422, json!(paths)), "{answer}");
        assert!(!answer.to_string().contains(WORD), "{answer}");
    }
    let (_, _, list) = app.ask(Call::get("/api/v1/connections/knovvu/secrets").token(&admin)).await;
    assert_eq!(list, json!([]));
}
