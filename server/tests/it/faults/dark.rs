//! G10: a vendor that is dark in its own way, on a real wire, beside one that is not: the other's trainings go to their
//! end meanwhile, none of its own fails, and they go on when it is back. See `quiet` for how it is spared.

use super::shade::{Dark, Shade};
use super::yard::{CONNECTION, Caller, Yard, now_ms};
use crate::support::house::{House, SESTEK};
use app::model::ids::{ConnectionId, TrainingId, UserName};
use app::model::stage::Stage;
use app::model::training::{Decision, Training, WaitingReason};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use trainyard::vendors::http::HttpLimits;

const SECOND: Duration = Duration::from_secs(1);
const SHADED: &str = "shaded";
/// So many polls and submits of one connection go on at once.
const POLLS_AT_ONCE: usize = 16;
const SUBMITS_AT_ONCE: usize = 8;
/// Trainings under way, and submitted in the dark.
const ACTIVE: usize = 6;
const LATE: usize = 6;
/// The test's clock stays behind Q in the dark, so that nobody is asked only because the machine is slow.
const DARK_TIME: Duration = Duration::from_secs(100);

/// A house whose connection `shaded` goes through the shade, and whose other one is quick.
struct Scene {
    house: House,
    shade: Shade,
    active: Vec<TrainingId>,
}

impl Scene {
    /// The shade is light and its trainings are accepted, not yet asked about.
    async fn build(limits: HttpLimits, active: usize) -> Self {
        let mut house = House::build().await;
        let shade = Shade::open(house.vendor_address()).await;
        let base_url = format!("http://{}/sestek", shade.address());
        let mut shaded = house.config.connections[0].clone();
        shaded.id = ConnectionId::new(SHADED);
        shaded.own.insert("identity_base_url".to_owned(), format!("{base_url}/identity").into());
        shaded.base_url = base_url.parse().unwrap();
        house.config.connections[0].sandbox = true;
        house.config.connections.push(shaded);
        house.limits = limits;
        house.restart().await;
        house.script("light-*", json!({"plan": {"durations": stages(0.5)}})).await;
        // Longer than Q, so that a look-up finds them at it.
        house.script("*", json!({"plan": {"durations": stages(300.0)}})).await;
        let active = submit_all(&house, SHADED, "active", active).await;
        house.step_submits().await;
        for id in &active {
            assert_eq!(house.see(id).await.stage, Stage::Queued);
        }
        Self { house, shade, active }
    }

    /// Lets the test's clock run, with the tasks going by themselves, until all of these trainings are as wanted.
    async fn run_until(&self, what: &str, ids: &[TrainingId], wanted: impl Fn(&Training) -> bool) {
        let began = Instant::now();
        loop {
            let mut missing = Vec::new();
            for id in ids {
                let training = self.house.see(id).await;
                if !wanted(&training) {
                    missing.push(training);
                }
            }
            let Some(first) = missing.first() else { return };
            assert!(began.elapsed() < SECOND * 90, "{} are not {what}, such as {first:#?}", missing.len());
            self.run_on().await;
        }
    }

    async fn run_on(&self) {
        if self.house.clock_now().millis_since(crate::support::database::BEGIN) < DARK_TIME.as_millis() as i64 {
            self.house.clock.advance(SECOND / 2);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A plan whose trainings train for so long and do all else at once.
fn stages(training_seconds: f64) -> Value {
    let short = ["Initialized", "PendingTraining", "DatasetUploading", "DataProcessing", "TrainingStarted"];
    let later = ["Trained", "ModelUploading", "Publishing"];
    let mut durations: BTreeMap<&str, f64> = short.into_iter().chain(later).map(|name| (name, 0.5)).collect();
    durations.insert("Training", training_seconds);
    json!(durations)
}

async fn submit_all(house: &House, connection: &str, prefix: &str, count: usize) -> Vec<TrainingId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let mut new = house.new_clustering(&format!("{prefix}-{number}")).await;
        new.connection = ConnectionId::new(connection);
        ids.push(house.core.trainings.submit_training(&UserName::new("ada"), new).await.unwrap().training.id);
    }
    ids
}

/// Whether the row of a training of the dark vendor says what it waits for, or since when nothing was seen.
fn says_why(training: &Training) -> bool {
    let waits = training.waiting.as_ref().is_some_and(|waiting| !waiting.message.is_empty());
    match training.stage {
        Stage::Submitting => waits,
        Stage::NeedsAttention => waits && training.failure.as_ref().is_some_and(|failure| failure.hint.is_some()),
        _ => training.unseen_since.is_some(),
    }
}

#[tokio::test]
async fn g10_calls_that_hang_take_no_place_from_another_vendor() {
    // Nobody gives up before the test ends: what is proven is an order, not a time.
    let limits = HttpLimits { ask: SECOND * 600, ..HttpLimits::default() };
    let scene = Scene::build(limits, POLLS_AT_ONCE + 1).await;
    let Scene { house, shade, .. } = &scene;
    shade.turn(Some(Dark::Hangs));
    let tasks = house.core.tasks.start();
    submit_all(house, SHADED, "late", SUBMITS_AT_ONCE + 1).await;
    let began = Instant::now();
    while shade.hanging() != (SUBMITS_AT_ONCE, POLLS_AT_ONCE) {
        assert!(began.elapsed() < SECOND * 90, "{:?} calls hang", shade.hanging());
        scene.run_on().await;
    }
    let light = submit_all(house, SESTEK, "light", 3).await;
    scene.run_until("ready", &light, |training| training.stage == Stage::Ready).await;
    assert_eq!(shade.hanging(), (SUBMITS_AT_ONCE, POLLS_AT_ONCE), "they hang still");
    shade.turn(None);
    assert!(tasks.stop(SECOND * 60).await);
}

#[tokio::test]
async fn g10_a_vendor_that_never_answers_disturbs_nobody_and_fails_nothing() {
    darken(Dark::Hangs).await;
}

#[tokio::test]
async fn g10_a_vendor_that_answers_byte_by_byte_disturbs_nobody_and_fails_nothing() {
    darken(Dark::Trickles).await;
}

#[tokio::test]
async fn g10_a_vendor_that_resets_in_the_middle_disturbs_nobody_and_fails_nothing() {
    darken(Dark::Resets).await;
}

#[tokio::test]
async fn g10_a_vendor_whose_bodies_break_off_disturbs_nobody_and_fails_nothing() {
    darken(Dark::Truncates).await;
}

#[tokio::test]
async fn g10_a_vendor_that_answers_500_in_html_disturbs_nobody_and_fails_nothing() {
    darken(Dark::SaysHtml).await;
}

async fn darken(dark: Dark) {
    let limits = HttpLimits { ask: SECOND, submit: SECOND * 2, ..HttpLimits::default() };
    let scene = Scene::build(limits, ACTIVE).await;
    let Scene { house, shade, active } = &scene;
    shade.turn(Some(dark));
    let tasks = house.core.tasks.start();
    let late = submit_all(house, SHADED, "late", LATE).await;
    let light = submit_all(house, SESTEK, "light", 3).await;
    scene.run_until("ready", &light, |training| training.stage == Stage::Ready).await;
    let waiting: Vec<TrainingId> = active.iter().chain(&late).cloned().collect();
    scene.run_until("said to wait", &waiting, says_why).await;
    assert!(shade.dark_calls() > 0);
    for id in &waiting {
        let training = house.see(id).await;
        assert!(!matches!(training.stage, Stage::Failed | Stage::Rejected | Stage::Ready), "{dark:?}: {training:#?}");
    }

    shade.turn(None);
    assert!(tasks.stop(SECOND * 60).await, "{dark:?}: what hung has ended");
    let asked = go_on(house, &waiting).await;
    // Only an answer that says nothing (the page) leaves a submit that nobody but a person can decide.
    assert!(asked == 0 || dark == Dark::SaysHtml, "{dark:?}: {asked} persons were asked");
    for (number, id) in waiting.iter().enumerate() {
        let training = house.see(id).await;
        assert_eq!(training.stage, Stage::Ready, "{dark:?}: {training:#?}");
        let model_id = if number < ACTIVE { format!("active-{number}") } else { format!("late-{}", number - ACTIVE) };
        assert_eq!(house.vendor_runs(&model_id).await, 1, "{dark:?}: {model_id}");
    }
}

/// The light is back: lets time pass until all are ready, at most an hour. Answers how many times a person was asked, who
/// says: send it again.
async fn go_on(house: &House, ids: &[TrainingId]) -> usize {
    let mut asked = 0;
    for _ in 0..60 {
        house.pass(SECOND * 60, SECOND * 10).await;
        let mut open = 0;
        for id in ids {
            let training = house.see(id).await;
            open += usize::from(training.stage != Stage::Ready);
            if training.stage == Stage::NeedsAttention {
                let reason = training.waiting.as_ref().map(|waiting| waiting.reason);
                assert_eq!(reason, Some(WaitingReason::Person));
                asked += 1;
                let decision = Decision::SendAgain;
                house.core.trainings.settle_training(&UserName::new("ada"), id, decision).await.unwrap();
            }
        }
        if open == 0 {
            break;
        }
    }
    asked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 10 minutes in the dark, then 15 until all are ready; `make faults` runs it"]
async fn g10_10_minutes_in_the_dark_by_turns_disturb_nobody_and_fail_nothing() {
    let mut yard = Yard::open(1.0).await;
    let shade = Shade::open(yard.vendor_address()).await;
    yard.add_connection(SHADED, shade.address()).await;
    yard.script("light-*", json!({"plan": {"durations": stages(5.0)}})).await;
    yard.script("*", json!({"plan": {"durations": stages(900.0)}})).await;
    let caller = yard.caller();
    let dataset = caller.upload("dialogues.json", b"[1]".to_vec()).await;
    submit_over_http(&caller, &dataset, SHADED, ("active", POLLS_AT_ONCE + 4)).await;
    caller.wait_until_settled(SECOND * 60).await;
    let mut took = Vec::new();
    let turns = [Dark::SaysHtml, Dark::Hangs, Dark::Trickles, Dark::Resets, Dark::Truncates];
    for (turn, dark) in turns.into_iter().enumerate() {
        shade.turn(Some(dark));
        let light = format!("light-{turn}");
        // Not before, because a submit that meets the page needs a person.
        if dark == Dark::Hangs {
            submit_over_http(&caller, &dataset, SHADED, ("late", SUBMITS_AT_ONCE + 4)).await;
        }
        submit_over_http(&caller, &dataset, CONNECTION, (&light, 4)).await;
        let began = Instant::now();
        while began.elapsed() < SECOND * 120 {
            let asked = Instant::now();
            let trainings = caller.list_trainings().await;
            took.push(asked.elapsed());
            assert_eq!(count(&trainings, "failed") + count(&trainings, "rejected"), 0, "{dark:?}: {trainings:#?}");
            tokio::time::sleep(SECOND / 4).await;
        }
        let trainings = caller.list_trainings().await;
        assert_eq!(count(&trainings, "ready"), 4 * (turn + 1), "{dark:?}: {trainings:#?}");
    }
    took.sort();
    let (calls, p95) = (shade.dark_calls(), took[took.len() * 95 / 100]);
    println!("{calls} calls in 10 dark minutes; of {} pages 95 % took at most {p95:?}", took.len());

    let back_ms = now_ms();
    shade.turn(None);
    let is_seen = |training: &Value| training["unseen_since"].is_null();
    let is_active = |training: &&Value| training["name"].as_str().is_some_and(|name| name.starts_with("active"));
    wait_for(&caller, "seen again", |trainings| trainings.iter().filter(is_active).all(is_seen)).await;
    println!("all that were active are seen again after {} ms", now_ms() - back_ms);
    wait_for(&caller, "ready", |trainings| trainings.iter().all(|training| training["stage"] == "ready")).await;
    println!("all are ready after {} s", (now_ms() - back_ms) / 1_000);
}

async fn submit_over_http(caller: &Caller, dataset: &str, connection: &str, (prefix, count): (&str, usize)) {
    for number in 0..count {
        let mut body = caller.new_submit(&format!("{prefix}-{number}"), dataset);
        body["connection"] = connection.into();
        caller.submit(&body).await;
    }
}

fn count(trainings: &[Value], stage: &str) -> usize {
    trainings.iter().filter(|training| training["stage"] == stage).count()
}

async fn wait_for(caller: &Caller, what: &str, holds: impl Fn(&[Value]) -> bool) {
    let began = Instant::now();
    loop {
        let trainings = caller.list_trainings().await;
        if holds(&trainings) {
            return;
        }
        assert!(began.elapsed() < SECOND * 2_400, "not {what}: {trainings:#?}");
        tokio::time::sleep(SECOND).await;
    }
}
