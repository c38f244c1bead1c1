//! Signing in and out as a browser does it, and the cookie that comes of it.

use crate::support::app::{Call, TestApp};
use app::model::session::Role;
use axum::http::{StatusCode, header};
use std::time::Duration;

#[tokio::test]
async fn a_link_signs_a_browser_in_by_post_only_and_once() {
    let app = TestApp::start().await;
    let link = app.core.people.add_person("ada", Role::Admin).await.unwrap();
    let page = format!("/sign-in?link={}", link.expose());
    for _ in 0..3 {
        let response = app.send(Call::get(&page)).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(!response.headers().contains_key(header::SET_COOKIE));
    }
    let form = format!("link={}&next=%2Ftrainings%3Fstage%3Dready", link.expose());
    let post = Call::post("/sign-in").with("sec-fetch-site", "same-origin").with("origin", "null").form(&form);
    let response = app.send(post.clone()).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[header::LOCATION], "/trainings?stage=ready");
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let (pair, attributes) = set.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Max-Age=604800");
    assert!(pair.split_once('=').unwrap().1.len() >= 43);

    let again = app.send(post).await;
    assert!(again.headers()[header::LOCATION].to_str().unwrap().starts_with("/sign-in?error=link"));
    assert!(!again.headers().contains_key(header::SET_COOKIE));

    assert_eq!(app.send(Call::get("/api/v1/trainings").cookie(pair)).await.status(), StatusCode::OK);
    let out = app.send(Call::post("/sign-out").cookie(pair)).await;
    assert_eq!(out.headers()[header::LOCATION], "/sign-in");
    assert!(out.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(app.send(Call::get("/api/v1/trainings").cookie(pair)).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn signing_in_and_out_from_another_site_is_refused() {
    let app = TestApp::start().await;
    let link = app.core.people.add_person("ada", Role::Admin).await.unwrap();
    let form = format!("link={}", link.expose());
    for call in [
        Call::post("/sign-in").form(&form),
        Call::post("/sign-in").form(&form).with("origin", "https://evil.example"),
        Call::post("/sign-in").form(&form).with("sec-fetch-site", "cross-site"),
        Call::post("/sign-out").with("origin", "null"),
    ] {
        assert_eq!(app.send(call).await.status(), StatusCode::FORBIDDEN);
    }
    let good = Call::post("/sign-in").form(&form).with("origin", "http://127.0.0.1:3000");
    assert_eq!(app.send(good).await.headers()[header::LOCATION], "/");
}

#[tokio::test]
async fn https_makes_the_cookie_host_only_and_asks_for_https_for_good() {
    let app = TestApp::start_at("https://yard.example").await;
    let link = app.core.people.add_person("ada", Role::Admin).await.unwrap();
    let call = Call::post("/sign-in")
        .with("host", "yard.example")
        .with("sec-fetch-site", "same-origin")
        .form(&format!("link={}", link.expose()));
    let response = app.send(call).await;
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("__Host-trainyard_session="), "{set}");
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure"), "{set}");
    assert!(response.headers()[header::STRICT_TRANSPORT_SECURITY].to_str().unwrap().starts_with("max-age=31536000"));
}

#[tokio::test]
async fn a_planted_second_cookie_signs_nobody_in() {
    let app = TestApp::start().await;
    let cookie = app.cookie("ada", Role::Admin).await;
    let two = format!("{cookie}; trainyard_session=planted");
    assert_eq!(app.send(Call::get("/api/v1/trainings").cookie(&two)).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_after_twelve_hours() {
    let app = TestApp::start().await;
    let cookie = app.cookie("ada", Role::Admin).await;
    app.clock.advance(Duration::from_secs(12 * 3_600 - 1));
    assert_eq!(app.send(Call::get("/api/v1/trainings").cookie(&cookie)).await.status(), StatusCode::OK);
    app.clock.advance(Duration::from_secs(12 * 3_600));
    assert_eq!(app.send(Call::get("/api/v1/trainings").cookie(&cookie)).await.status(), StatusCode::UNAUTHORIZED);
}
