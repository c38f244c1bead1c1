//! Holding, cancelling and adopting over HTTP: who may, what comes back, and what is refused.

use crate::support::app::{Call, TestApp};
use app::model::session::Role;
use serde_json::{Value, json};

const OWNER: &str = "0198f7c2-7a10-7cc3-8a9e-000000000001";
const HELD: &str = "0198f7c2-7a10-7cc3-8a9e-000000000002";
const ADOPTED: &str = "0198f7c2-7a10-7cc3-8a9e-000000000003";
const NOBODYS: &str = "0198f7c2-7a10-7cc3-8a9e-000000000004";

async fn submit(app: &TestApp, token: &str, id: &str, more: Value) -> (u16, Value) {
    let mut body = json!({"id": id, "connection": "knovvu", "request": {"kind": "sestek.gqa", "model_id": "faq",
        "project_name": "Help", "data": {"urls": ["https://help.example/a"]}}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, _, answer) = app.ask(Call::post("/api/v1/trainings").token(token).json(&body)).await;
    (status.as_u16(), answer)
}

async fn post(app: &TestApp, token: &str, path: &str, body: Value) -> (u16, Value) {
    let (status, _, answer) = app.ask(Call::post(path).token(token).json(&body)).await;
    (status.as_u16(), answer)
}

fn paths(answer: &Value) -> Vec<&str> {
    answer["fields"].as_array().unwrap().iter().filter_map(|field| field["path"].as_str()).collect()
}

#[tokio::test]
async fn a_busy_id_is_409_without_hold_and_a_held_training_with_it() {
    let app = TestApp::start().await;
    let token = app.token("omar", Role::Operator).await;
    assert_eq!(submit(&app, &token, OWNER, json!({})).await.0, 201);
    let (status, refused) = submit(&app, &token, HELD, json!({})).await;
    assert_eq!((status, refused["code"].as_str(), refused["training"].as_str()), (409, Some("busy"), Some(OWNER)));
    let (status, held) = submit(&app, &token, HELD, json!({"hold_if_busy": true})).await;
    assert_eq!((status, held["stage"].as_str()), (201, Some("submitting")), "{held}");
    let waiting = &held["waiting"];
    assert_eq!((&waiting["reason"], &waiting["until"]), (&json!("held"), &Value::Null));
    let behind = json!({"id": OWNER, "name": "faq", "needs_attention": false});
    assert_eq!(waiting["held"], json!({"behind": behind, "place": 1}));
    assert_eq!(submit(&app, &token, HELD, json!({"hold_if_busy": true})).await.0, 200);
}

#[tokio::test]
async fn only_what_the_vendor_does_not_have_is_cancelled_and_only_by_who_means_it() {
    let app = TestApp::start().await;
    let (token, viewer) = (app.token("omar", Role::Operator).await, app.token("vera", Role::Viewer).await);
    submit(&app, &token, OWNER, json!({})).await;
    submit(&app, &token, HELD, json!({"hold_if_busy": true})).await;
    let path = |id: &str| format!("/api/v1/trainings/{id}/cancel");
    let sure = json!({"confirm": true});
    assert_eq!(post(&app, &viewer, &path(HELD), sure.clone()).await.0, 403);
    for body in [json!({}), json!({"confirm": false}), json!({"confirm": "yes"})] {
        let (status, answer) = post(&app, &token, &path(HELD), body).await;
        assert_eq!((status, paths(&answer)), (422, vec!["confirm"]), "{answer}");
    }
    let adopt = json!({"id": ADOPTED, "connection": "knovvu", "vendor_ref": "calls"});
    assert_eq!(post(&app, &token, "/api/v1/trainings/adopt", adopt).await.0, 201);
    let (status, answer) = post(&app, &token, &path(ADOPTED), sure.clone()).await;
    assert_eq!((status, answer["code"].as_str()), (409, Some("unsupported")), "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("Knovvu cannot cancel"), "{answer}");
    assert_eq!(post(&app, &token, &path(NOBODYS), sure.clone()).await.0, 404);
    let (status, ended) = post(&app, &token, &path(HELD), sure.clone()).await;
    assert_eq!((status, ended["stage"].as_str(), &ended["waiting"]), (200, Some("failed"), &Value::Null), "{ended}");
    assert_eq!(post(&app, &token, &path(HELD), sure.clone()).await.0, 409, "it is over");
    assert_eq!(post(&app, &token, &path(OWNER), sure).await.0, 200, "it was not sent either");
}

#[tokio::test]
async fn adopting_is_for_operators_checks_every_field_and_is_safe_to_repeat() {
    let app = TestApp::start().await;
    let (token, viewer) = (app.token("omar", Role::Operator).await, app.token("vera", Role::Viewer).await);
    let good =
        json!({"id": ADOPTED, "connection": "knovvu", "vendor_ref": "My_Model.V1", "kind": "sestek.classification"});
    const PATH: &str = "/api/v1/trainings/adopt";
    assert_eq!(post(&app, &viewer, PATH, good.clone()).await.0, 403);
    let long = "x".repeat(201);
    for (change, expected) in [
        (json!({"connection": "nobody"}), vec!["connection"]),
        (json!({"kind": "sestek.gqx"}), vec!["kind"]),
        (json!({"vendor_ref": "  "}), vec!["vendor_ref"]),
        (json!({"vendor_ref": "a\nb", "kind": "acme.kind"}), vec!["vendor_ref", "kind"]),
        (json!({"vendor_ref": long}), vec!["vendor_ref"]),
        (json!({"id": "7", "vendor_ref": 7, "more": 1}), vec!["id", "vendor_ref", "more"]),
    ] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, answer) = post(&app, &token, PATH, body).await;
        assert_eq!((status, paths(&answer)), (422, expected), "{answer}");
    }
    let (status, adopted) = post(&app, &token, PATH, good.clone()).await;
    assert_eq!((status, adopted["stage"].as_str()), (201, Some("queued")), "{adopted}");
    assert_eq!(adopted["request"], json!({"kind": "sestek.classification", "model_id": "My_Model.V1"}));
    let (status, again) = post(&app, &token, PATH, good.clone()).await;
    assert_eq!((status, &again["id"]), (200, &json!(ADOPTED)));
    let mut other = good.clone();
    other["vendor_ref"] = json!("other");
    assert_eq!(post(&app, &token, PATH, other).await.0, 422, "the id was used for another");
    let mut without_id = good;
    without_id.as_object_mut().unwrap().remove("id");
    let (status, answer) = post(&app, &token, PATH, without_id.clone()).await;
    assert_eq!((status, answer["code"].as_str(), answer["training"].as_str()), (409, Some("busy"), Some(ADOPTED)));
    // Without an id and a kind the server chooses both.
    without_id["vendor_ref"] = json!("second");
    without_id["kind"] = Value::Null;
    let (status, answer) = post(&app, &token, PATH, without_id).await;
    assert_eq!((status, answer["kind"].as_str()), (201, Some("sestek.clustering")), "{answer}");
}
