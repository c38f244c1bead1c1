//! Callbacks: whatever comes, whenever and however often, only our own poll changes a training. G7, contract case 28.

mod inbox;
mod rehearsal;
mod routes;

use crate::support::house::{House, SESTEK};
use app::model::callback::{CallbackProof, CallbackTiming};
use app::model::event::{Event, Source};
use app::model::ids::{ConnectionId, TrainingId};
use app::model::page::PageQuery;
use app::model::stage::Stage;
use app::model::training::Training;
use std::time::Duration;
use trainyard::secret::Secret;
use trainyard::trainings::{IncomingCallback, Received};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn body(text: &str) -> IncomingCallback {
    let content_type = Some("application/json".to_owned());
    IncomingCallback { content_type, body: bytes::Bytes::copy_from_slice(text.as_bytes()), bearer: None }
}

/// The secret part of a training's callback address.
async fn promise(house: &House, id: &TrainingId) -> String {
    let offer = house.core.trainings.promise_callback(id).await.expect("an address");
    offer.address.expose().rsplit('/').next().expect("its secret").to_owned()
}

async fn call(house: &House, path: &str, text: &str) -> Received {
    house.core.trainings.receive_callback(path, body(text)).await.expect("an answer")
}

async fn events_of(house: &House, id: &TrainingId) -> Vec<Event> {
    let page = PageQuery { after: None, limit: Some(200) };
    house.core.trainings.list_events(id, &page).await.expect("events").items
}

/// How often the vendor was asked how a training is doing.
async fn count_polls(house: &House) -> usize {
    let log = house.vendor_log().await;
    log.iter().filter(|visit| visit["path"].as_str().is_some_and(|path| path.ends_with("/progress"))).count()
}

/// A training the vendor has accepted, and its secret.
async fn accepted(house: &House, model_id: &str) -> (Training, String) {
    let training = house.submit(model_id).await;
    let path = promise(house, &training.id).await;
    house.step_submits().await;
    (house.see(&training.id).await, path)
}

async fn run_to_end(house: &House, id: &TrainingId) -> Training {
    for _ in 0..240 {
        house.pass(MINUTE, 10 * SECOND).await;
        if house.see(id).await.stage.is_end() {
            break;
        }
    }
    house.see(id).await
}

#[tokio::test]
async fn g7_a_callback_changes_nothing_but_the_time_of_the_next_poll() {
    let house = House::build().await;
    let (training, path) = accepted(&house, "hint").await;
    house.pass(2 * MINUTE, 10 * SECOND).await;
    house.clock.advance(SECOND);
    house.step_polls().await;
    let (before, events) = (house.see(&training.id).await, events_of(&house, &training.id).await);
    let polls = count_polls(&house).await;
    for forged in ["train success", "train failed", r#"{"trainingStatus":"Failed"}"#, ""] {
        assert_eq!(call(&house, &path, forged).await, Received::Kept);
    }
    assert_eq!(house.see(&training.id).await, before, "a callback is no fact");
    assert_eq!(events_of(&house, &training.id).await, events);
    assert_eq!(count_polls(&house).await, polls, "the vendor is not asked inside its own call");

    house.pass(10 * SECOND, 10 * SECOND).await;
    assert_eq!(count_polls(&house).await, polls + 1, "the next poll came at once");
    let after = house.see(&training.id).await;
    assert!(!after.stage.is_end(), "the vendor's own word counts: {:?}", after.stage);
    assert_eq!(house.core.trainings.list_callbacks_of(Some(&training.id)).await.expect("the inbox").len(), 4);
}

#[tokio::test]
async fn the_event_that_follows_a_callback_names_both_sources() {
    let house = House::build().await;
    let (training, path) = accepted(&house, "both").await;
    house.clock.advance(5 * SECOND);
    call(&house, &path, "{}").await;
    assert_eq!(house.step_polls().await, 0, "the submit was less than ten seconds ago");
    house.clock.advance(5 * SECOND);
    assert_eq!(house.step_polls().await, 1);
    for _ in 0..60 {
        house.clock.advance(11 * SECOND);
        call(&house, &path, "{}").await;
        house.step_polls().await;
    }
    let sources: Vec<_> = events_of(&house, &training.id).await.iter().map(|event| event.source).collect();
    assert!(sources.contains(&Source::PollAfterCallback), "{sources:?}");
    house.pass(10 * MINUTE, 10 * SECOND).await;
    let last = events_of(&house, &training.id).await.pop().expect("an event");
    assert_eq!(last.source, Source::Poll, "a callback is followed once");
}

#[tokio::test]
async fn g7_a_thousand_doubles_are_one_line_and_never_two_polls_within_the_gap() {
    let house = House::build().await;
    let (training, path) = accepted(&house, "flood").await;
    let (mut kept, mut refused) = (0, 0);
    for _ in 0..1_000 {
        house.clock.advance(Duration::from_millis(100));
        match call(&house, &path, r#"{"event":"train success"}"#).await {
            Received::Kept => kept += 1,
            Received::TooMany => refused += 1,
            Received::Unknown => panic!("the address is ours"),
        }
        house.step_polls().await;
    }
    assert!(kept >= 60 && refused > 0, "{kept} kept, {refused} refused");
    let polls = count_polls(&house).await;
    assert!(polls <= 11, "{polls} polls in 100 s");
    let inbox = house.core.trainings.list_callbacks_of(Some(&training.id)).await.expect("the inbox");
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].repeated, kept);
    assert_eq!(inbox[0].timing, CallbackTiming::InTime);
    assert_eq!(inbox[0].proof, CallbackProof::Address);
    assert_eq!(run_to_end(&house, &training.id).await.stage, Stage::Ready);
}

#[tokio::test]
async fn g7_many_different_callbacks_fill_no_disk() {
    let house = House::build().await;
    let (training, path) = accepted(&house, "various").await;
    for number in 0..120 {
        house.clock.advance(2 * SECOND);
        call(&house, &path, &format!("{{\"n\":{number}}}")).await;
        call(&house, "nobody", &format!("{{\"n\":{number}}}")).await;
    }
    let inbox = house.core.trainings.list_callbacks_of(Some(&training.id)).await.expect("the inbox");
    assert_eq!(inbox.len(), 50);
    assert_eq!(inbox[0].body, "{\"n\":119}", "the newest stay");
    let unmatched = house.core.trainings.list_callbacks_of(None).await.expect("the inbox");
    assert!(unmatched.iter().all(|callback| callback.timing == CallbackTiming::Unmatched));
    assert!((60..=200).contains(&unmatched.len()), "{}", unmatched.len());
}

#[tokio::test]
async fn case_28_a_callback_before_the_answer_is_kept_and_followed_at_once() {
    let house = House::build().await;
    let training = house.submit("early").await;
    let path = promise(&house, &training.id).await;
    assert_eq!(call(&house, &path, "train success").await, Received::Kept);
    assert_eq!(house.see(&training.id).await.stage, Stage::Submitting);
    let inbox = house.core.trainings.list_callbacks_of(Some(&training.id)).await.expect("the inbox");
    assert_eq!(inbox[0].timing, CallbackTiming::Early);
    house.step_submits().await;
    assert_eq!(house.step_polls().await, 1, "asked at once, not after the usual first wait");
    assert_eq!(run_to_end(&house, &training.id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("early").await, 1);
}

#[tokio::test]
async fn case_28_a_callback_after_the_end_is_kept_and_asks_nothing() {
    let house = House::build().await;
    let (training, path) = accepted(&house, "late").await;
    let ended = run_to_end(&house, &training.id).await;
    assert_eq!(ended.stage, Stage::Ready, "without any callback, too");
    let polls = count_polls(&house).await;
    for text in ["train failed", "train success", "train failed"] {
        assert_eq!(call(&house, &path, text).await, Received::Kept);
    }
    house.pass(MINUTE, 10 * SECOND).await;
    assert_eq!(count_polls(&house).await, polls, "a ready model is left alone");
    assert_eq!(house.see(&training.id).await, ended);
    let inbox = house.core.trainings.list_callbacks_of(Some(&training.id)).await.expect("the inbox");
    assert!(inbox.iter().all(|callback| callback.timing == CallbackTiming::Late), "{inbox:?}");

    house.clock.advance(30 * DAY);
    assert_eq!(call(&house, &path, "train failed").await, Received::Unknown, "the address ended with its training");
    assert_eq!(house.see(&training.id).await, ended);
}

#[tokio::test]
async fn g7_an_address_speaks_for_its_own_training_only() {
    let house = House::build().await;
    let (one, path_of_one) = accepted(&house, "one").await;
    let (other, path_of_other) = accepted(&house, "other").await;
    assert_ne!(path_of_one, path_of_other);
    house.pass(MINUTE, 10 * SECOND).await;
    call(&house, &path_of_one, "{}").await;
    let of = |id: TrainingId| {
        let trainings = house.core.trainings.clone();
        async move { trainings.list_callbacks_of(Some(&id)).await.expect("the inbox").len() }
    };
    assert_eq!((of(one.id).await, of(other.id).await), (1, 0));
    for wrong in ["", "x", &path_of_one[1..], &path_of_one.to_uppercase(), &format!("{path_of_one}x")] {
        assert_eq!(call(&house, wrong, "{}").await, Received::Unknown, "{wrong}");
    }
    assert_eq!(house.core.trainings.list_callbacks_of(None).await.expect("the inbox").len(), 5);
}

#[tokio::test]
async fn an_address_and_its_hint_survive_a_restart() {
    let mut house = House::build().await;
    let training = house.submit("restart").await;
    let path = promise(&house, &training.id).await;
    call(&house, &path, "{}").await;
    house.restart().await;
    assert_eq!(promise(&house, &training.id).await, path);
    assert_eq!(call(&house, &path, "{}").await, Received::Kept);
    house.step_submits().await;
    assert_eq!(house.step_polls().await, 1);
}

#[tokio::test]
async fn while_the_vendor_is_silent_callbacks_do_not_shorten_the_back_off() {
    let mut house = House::build().await;
    let (_, path) = accepted(&house, "dark").await;
    house.stop_vendors().await;
    house.clock.advance(MINUTE);
    assert_eq!(house.step_polls().await, 1);
    assert_eq!(call(&house, &path, "{}").await, Received::Kept);
    assert_eq!(house.step_polls().await, 0);
}

#[tokio::test]
async fn a_body_is_kept_as_it_came_without_our_secrets() {
    let house = House::build().await;
    let (training, path) = accepted(&house, "bodies").await;
    let offer = house.core.trainings.promise_callback(&training.id).await.expect("the offer");
    let echo = format!("path={path} secret={}", offer.client_secret.expose());
    call(&house, &path, &echo).await;
    let bytes = IncomingCallback {
        content_type: None,
        body: bytes::Bytes::from_static(b"\x00\xff"),
        bearer: Some(Secret::new("nonsense")),
    };
    house.core.trainings.receive_callback(&path, bytes).await.expect("kept");
    let inbox = house.core.trainings.list_callbacks_of(Some(&training.id)).await.expect("the inbox");
    assert_eq!((inbox[0].body.as_str(), inbox[0].is_base64), ("AP8=", true));
    assert_eq!(inbox[0].proof, CallbackProof::WrongToken);
    assert_eq!(inbox[1].body, "path=[redacted] secret=[redacted]");
}

#[tokio::test]
async fn a_rotated_client_is_another_one() {
    let house = House::build().await;
    let (training, _) = accepted(&house, "rotate").await;
    let before = house.core.trainings.promise_callback(&training.id).await.expect("an offer");
    house.core.trainings.rotate_callback_client(&ConnectionId::new(SESTEK)).await.expect("rotated");
    let after = house.core.trainings.promise_callback(&training.id).await.expect("an offer");
    assert_eq!(before.address.expose(), after.address.expose());
    assert_eq!(before.client_id, after.client_id);
    assert_ne!(before.client_secret.expose(), after.client_secret.expose());
}
