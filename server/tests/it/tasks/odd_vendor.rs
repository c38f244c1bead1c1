//! A vendor of the test's own behind real HTTP, for what the fake vendors do not do.

use crate::support::house::House;
use app::model::error::{AppError, ErrorCode};
use app::model::ids::{ConnectionId, UserName};
use app::model::stage::Stage;
use app::model::training::{Decision, WaitingReason};
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use trainyard::store::Store;
use trainyard::store::attempts::AttemptState;
use trainyard::store::work::WorkKind;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const QUARANTINE: Duration = Duration::from_secs(660);
const ABSENT: &str = r#"{"error":{"message":"There is no entity Experiment with id = m!"}}"#;
const EXPERIMENT: &str = r#"{"name":"m","statusMessage":"Initialized","id":"0e4b0b9e-8c4e-4d0c-9df8-7f1b2a3c4d5e"}"#;
const TRAINING: &str = r#"{"percent":10,"trainingStatus":"Training","inferenceStatus":null}"#;
const RUNNING: &str = r#"{"percent":100,"trainingStatus":"Completed","inferenceStatus":"Running"}"#;

/// How often each call came, by the last word of its path.
#[derive(Clone, Default)]
struct Visits(Arc<Mutex<HashMap<String, usize>>>);

impl Visits {
    fn count(&self, word: &str) -> usize {
        self.0.lock().unwrap().get(word).copied().unwrap_or_default()
    }

    fn note(&self, word: &str) -> usize {
        let mut visits = self.0.lock().unwrap();
        let count = visits.entry(word.to_owned()).or_default();
        *count += 1;
        *count
    }
}

fn say(status: u16, text: &'static str) -> Response {
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn throttle(seconds: &'static str) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)]).into_response()
}

/// A connection that breaks off when the whole request was read.
fn hang_up() -> Response {
    panic!("the vendor hangs up");
}

/// Sends the house to a vendor that gives out tokens; to the nth (from 1) call of `train` or `progress` it says `answer`.
async fn move_to<F, Fut>(house: &mut House, answer: F) -> Visits
where
    F: Fn(String, usize) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send,
{
    let visits = Visits::default();
    let noted = visits.clone();
    let router = Router::new().fallback(move |request: Request| {
        let (answer, noted) = (answer.clone(), noted.clone());
        async move {
            let word = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
            let _body = request.into_body().collect().await;
            let number = noted.note(&word);
            if word == "token" {
                let body =
                    format!(r#"{{"access_token":"token-{number}","expires_in":86400,"scope":"SestekAI_External"}}"#);
                return ([(header::CONTENT_TYPE, "application/json")], body).into_response();
            }
            answer(word, number).await
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/sestek", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    for connection in &mut house.config.connections {
        connection.base_url = url::Url::parse(&base).unwrap();
        connection.own.insert("identity_base_url".to_owned(), format!("{base}/identity/").into());
    }
    house.restart().await;
    visits
}

fn sestek() -> ConnectionId {
    ConnectionId::new(crate::support::house::SESTEK)
}

#[tokio::test]
async fn g1_a_replay_after_a_401_is_a_send_of_its_own_with_its_own_quarantine() {
    let mut house = House::build().await;
    let (clock, store) = (house.clock.clone(), Arc::new(OnceLock::<Store>::new()));
    let (shared, claimed) = (Arc::clone(&store), Arc::new(Mutex::new(None)));
    let stolen = Arc::clone(&claimed);
    let visits = move_to(&mut house, move |_, number| {
        let (clock, store, stolen) = (clock.clone(), Arc::clone(&shared), Arc::clone(&stolen));
        async move {
            clock.advance(9 * MINUTE);
            if number == 1 {
                return say(401, "");
            }
            let lease = Duration::from_secs(1);
            let others = store.get().unwrap().claim_work(WorkKind::Submit, 8, lease, &[]).await.unwrap();
            *stolen.lock().unwrap() = Some(others.len());
            hang_up()
        }
    })
    .await;
    store.set(house.core.store.clone()).ok().unwrap();
    let begun = house.clock_now();
    let training = house.submit("twice").await;
    house.step_submits().await;

    assert_eq!((visits.count("train"), visits.count("token")), (2, 2));
    assert_eq!(*claimed.lock().unwrap(), Some(0), "the lease covers the second upload too");
    let attempt = house.core.store.load_last_attempt(&training.id).await.unwrap().unwrap();
    assert_eq!((attempt.number, attempt.state), (2, AttemptState::Lost));
    let intent_at = begun.plus(9 * MINUTE);
    assert_eq!(attempt.intent_at, intent_at);
    let wait = house.see(&training.id).await.waiting.unwrap();
    assert_eq!(wait.reason, WaitingReason::Quarantine);
    assert_eq!(wait.until, Some(intent_at.plus(QUARANTINE)), "Q counts from the last POST");
}

#[tokio::test]
async fn a_404_now_and_then_does_not_end_the_watching() {
    let mut house = House::build().await;
    let visits = move_to(&mut house, |word, number| async move {
        match (word.as_str(), number) {
            ("train", _) => say(200, EXPERIMENT),
            (_, 1) => say(200, TRAINING),
            (_, 2 | 3) => say(404, ABSENT),
            (_, 4..=60) => say(200, TRAINING),
            (_, 61 | 62) => StatusCode::NOT_FOUND.into_response(),
            _ => say(200, RUNNING),
        }
    })
    .await;
    let training = house.submit("blinks").await;
    house.step_submits().await;
    house.pass(2 * 60 * MINUTE, 10 * SECOND).await;
    assert_eq!(house.see(&training.id).await.stage, Stage::Ready);
    assert_eq!(visits.count("train"), 1);
}

#[tokio::test]
async fn a_run_that_stays_unknown_for_ten_minutes_is_put_before_a_person() {
    let mut house = House::build().await;
    let visits = move_to(&mut house, |word, number| async move {
        match (word.as_str(), number) {
            ("train", _) => say(200, EXPERIMENT),
            (_, 1) => say(200, TRAINING),
            _ => say(404, ABSENT),
        }
    })
    .await;
    let training = house.submit("gone").await;
    house.step_submits().await;
    house.pass(10 * MINUTE, 5 * SECOND).await;
    assert_eq!(house.see(&training.id).await.stage, Stage::Training);
    house.pass(2 * MINUTE, 5 * SECOND).await;
    assert_eq!(house.see(&training.id).await.stage, Stage::NeedsAttention);
    assert!(visits.count("progress") >= 4);
}

#[tokio::test]
async fn an_empty_404_never_sends_again() {
    let mut house = House::build().await;
    let visits = move_to(&mut house, |word, _| async move {
        if word == "train" { hang_up() } else { StatusCode::NOT_FOUND.into_response() }
    })
    .await;
    let training = house.submit("proxy").await;
    house.step_submits().await;
    house.pass(QUARANTINE * 2, 10 * SECOND).await;
    assert_eq!(visits.count("train"), 1);
    assert_eq!(house.see(&training.id).await.stage, Stage::NeedsAttention);
}

#[tokio::test]
async fn g9_a_retry_after_of_nothing_is_no_hot_loop() {
    let mut house = House::build().await;
    let visits =
        move_to(
            &mut house,
            |word, _| async move { if word == "train" { say(200, EXPERIMENT) } else { throttle("0") } },
        )
        .await;
    house.submit("hot").await;
    house.step_submits().await;
    house.clock.advance(MINUTE);
    tokio::time::timeout(10 * SECOND, house.step_polls()).await.expect("the polls come to an end");
    assert_eq!(visits.count("progress"), 1);
    house.clock.advance(3 * SECOND);
    house.step_polls().await;
    assert_eq!(visits.count("progress"), 1);
}

#[tokio::test]
async fn g9_a_connection_test_respects_the_silence_a_vendor_asked_for() {
    let mut house = House::build().await;
    let visits =
        move_to(
            &mut house,
            |word, _| async move { if word == "train" { say(200, EXPERIMENT) } else { throttle("1800") } },
        )
        .await;
    house.submit("quiet").await;
    house.step_submits().await;
    house.pass(MINUTE, 10 * SECOND).await;
    let counts = || (visits.count("token"), visits.count("progress"));
    assert_eq!(counts(), (1, 1));
    let test = house.core.connections.test_connection(&sestek()).await.unwrap().unwrap();
    assert!(!test.ok && test.message.contains("asked us to wait"), "{test:?}");
    house.pass(20 * MINUTE, MINUTE).await;
    assert_eq!(counts(), (1, 1), "nothing is asked in the half hour");
    house.pass(15 * MINUTE, MINUTE).await;
    assert!(visits.count("progress") > 1);
    let silent = house.core.connections.test_connection(&sestek()).await.unwrap().unwrap();
    assert!(!silent.ok);
}

#[tokio::test]
async fn g1_in_progress_after_a_person_said_send_again_is_ours() {
    let mut house = House::build().await;
    let visits = move_to(&mut house, |word, number| async move {
        match (word.as_str(), number) {
            ("train", 1) => (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], "<html>").into_response(),
            ("train", _) => StatusCode::ACCEPTED.into_response(),
            _ => say(404, ABSENT),
        }
    })
    .await;
    let training = house.submit("late").await;
    house.step_submits().await;
    house.pass(5 * MINUTE, 10 * SECOND).await;
    assert_eq!(house.see(&training.id).await.stage, Stage::NeedsAttention);
    let ada = UserName::new("ada");
    house.core.trainings.settle_training(&ada, &training.id, Decision::SendAgain).await.unwrap();
    house.step_submits().await;
    assert_eq!(visits.count("train"), 2);
    assert_eq!(house.see(&training.id).await.stage, Stage::Queued);
}

#[tokio::test]
async fn a_training_without_its_connection_can_be_given_up_unless_it_may_be_under_way() {
    let mut house = House::build().await;
    let visits = move_to(&mut house, |_, _| async { hang_up() }).await;
    let lost = house.submit("lost").await;
    house.step_submits().await;
    let unsent = house.submit("unsent").await;
    house.config.connections.clear();
    house.restart().await;
    house.step_submits().await;
    let ada = UserName::new("ada");
    let refused = house.core.trainings.settle_training(&ada, &lost.id, Decision::GiveUp).await.unwrap_err();
    assert_eq!(AppError::from(refused).code, ErrorCode::Conflict);
    for decision in [Decision::Link, Decision::SendAgain] {
        assert!(house.core.trainings.settle_training(&ada, &unsent.id, decision).await.is_err());
    }
    let ended = house.core.trainings.settle_training(&ada, &unsent.id, Decision::GiveUp).await.unwrap();
    assert_eq!(ended.stage, Stage::Failed);
    house.pass(5 * MINUTE, MINUTE).await;
    assert_eq!(house.see(&unsent.id).await.stage, Stage::Failed);
    assert_eq!(visits.count("train"), 1);
}

#[tokio::test]
async fn asking_early_does_not_hasten_a_poll_that_is_backing_off() {
    let mut house = House::build().await;
    let visits =
        move_to(
            &mut house,
            |word, _| async move { if word == "train" { say(200, EXPERIMENT) } else { say(500, "{}") } },
        )
        .await;
    let training = house.submit("down").await;
    house.step_submits().await;
    while visits.count("progress") < 3 {
        house.clock.advance(SECOND);
        house.step_polls().await;
    }
    for _ in 0..5 {
        house.core.trainings.refresh_training(&training.id).await.unwrap();
        house.clock.advance(SECOND);
        house.step_polls().await;
    }
    assert_eq!(visits.count("progress"), 3, "the back-off is half a minute by now");
}
