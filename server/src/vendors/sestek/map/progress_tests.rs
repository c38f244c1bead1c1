//! The table of progress answers and the state machine over them: contract sections 11, 12, 15 and 15.1.

use super::{
    PollContext, ProgressReading, RunState, is_going, map_not_found, map_progress, needs_ready_check,
    read_progress_answer,
};
use crate::vendors::http::answer::Answer;
use crate::vendors::sestek::wire::{ProgressWire, read_progress};
use crate::vendors::vendor::{Observation, Pace};
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::ServingState;
use app::vendors::TrainingRequest;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};
use serde_json::json;
use std::time::Duration;

fn wire(training: &str, inference: serde_json::Value) -> ProgressWire {
    let text = json!({"percent": 50, "trainingStatus": training, "inferenceStatus": inference}).to_string();
    read_progress(&text).unwrap()
}

fn request(force_train: bool) -> TrainingRequest {
    serde_json::from_value(json!({"kind": "sestek.clustering", "model_id": "m", "product_name": "CA",
        "language": "tr-TR", "data": {"schema": "dialogue", "dialogue": "a".repeat(64)}, "force_train": force_train}))
    .unwrap()
}

fn begin(force_train: bool, used_before: bool) -> RunState {
    RunState::begin(&request(force_train), used_before, at(0))
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000).plus(Duration::from_secs(seconds))
}

fn context(seconds: u64) -> PollContext {
    PollContext { now: at(seconds), pace: Pace(1.0), stage: Stage::Queued }
}

fn see(run: &mut RunState, wire: &ProgressWire, ready: Option<bool>, seconds: u64) -> Observation {
    let observation = map_progress(wire, ready, run, context(seconds));
    *run = RunState::read(&observation.state);
    observation
}

#[test]
fn every_word_has_its_stage_in_any_case_and_no_prefix_counts() {
    for (word, stage) in [
        ("Initialized", Some(Stage::Queued)),
        ("PendingTraining", Some(Stage::Queued)),
        ("DatasetUploading", Some(Stage::Preparing)),
        ("DataProcessing", Some(Stage::Preparing)),
        ("TrainingStarted", Some(Stage::Training)),
        ("Training", Some(Stage::Training)),
        ("Trained", Some(Stage::Saving)),
        ("ModelUploading", Some(Stage::Saving)),
        ("Completed", Some(Stage::Publishing)),
        ("Failed", Some(Stage::Failed)),
        ("Stopped", None),
        ("Train", None),
        ("Training done", None),
        ("CompletedWithErrors", None),
    ] {
        for spelling in [word.to_owned(), word.to_lowercase(), word.to_uppercase(), format!("  {word}\t")] {
            let observation = map_progress(&wire(&spelling, json!(null)), None, &begin(true, false), context(30));
            assert_eq!(observation.stage, stage, "{spelling}");
            assert_eq!(observation.vendor_status["trainingStatus"], spelling.trim());
        }
    }
}

#[test]
fn ready_needs_completed_and_running_and_nothing_less() {
    for (training, inference, stage, serving) in [
        ("Completed", json!("Running"), Stage::Ready, Some(ServingState::Running)),
        ("completed", json!("RUNNING "), Stage::Ready, Some(ServingState::Running)),
        ("Completed", json!(null), Stage::Publishing, Some(ServingState::Pending)),
        ("Completed", json!("Null"), Stage::Publishing, Some(ServingState::Pending)),
        ("Completed", json!(""), Stage::Publishing, Some(ServingState::Pending)),
        ("Completed", json!("Pending"), Stage::Publishing, Some(ServingState::Pending)),
        ("Completed", json!("Broken"), Stage::Publishing, Some(ServingState::Unknown)),
        ("Trained", json!("Running"), Stage::Saving, None),
        ("ModelUploading", json!(null), Stage::Saving, None),
    ] {
        let observation = map_progress(&wire(training, inference.clone()), None, &begin(true, false), context(30));
        assert_eq!(observation.stage, Some(stage), "{training} {inference}");
        assert_eq!(observation.serving.map(|serving| serving.state), serving, "{training} {inference}");
        assert_eq!(observation.next_poll.is_none(), stage == Stage::Ready, "{training} {inference}");
    }
    let missing = read_progress(r#"{"percent":100,"trainingStatus":"Completed"}"#).unwrap();
    assert_eq!(map_progress(&missing, None, &begin(true, false), context(30)).stage, Some(Stage::Publishing));
}

#[test]
fn the_percent_is_clamped_kept_at_its_highest_and_decides_nothing() {
    let mut run = begin(true, false);
    for (percent, shown) in [("-5", 0.0), ("12.5", 12.5), ("7", 12.5), ("null", 12.5), ("1e9", 100.0)] {
        let text = format!(r#"{{"percent":{percent},"trainingStatus":"Training"}}"#);
        let observation = see(&mut run, &read_progress(&text).unwrap(), None, 30);
        assert_eq!(observation.progress.unwrap().percent, Some(shown), "{percent}");
        assert_eq!(observation.stage, Some(Stage::Training));
    }
    assert_eq!(map_progress(&wire("Training", json!(null)), None, &begin(true, false), context(1)).failure, None);
}

#[test]
fn g6_an_unknown_word_is_never_an_end() {
    let observation = map_progress(&wire("Cancelled", json!("Running")), None, &begin(true, false), context(30));
    assert_eq!((observation.stage, observation.next_poll), (None, Some(Duration::from_secs(60))));
    assert_eq!(observation.vendor_status["trainingStatus"], "Cancelled");
    assert!(!is_going(&wire("Cancelled", json!(null))));
}

#[test]
fn a_retrain_believes_an_end_only_after_a_sign_of_its_own_run() {
    for end in ["Completed", "Failed"] {
        let mut run = begin(true, true);
        let old = see(&mut run, &wire(end, json!("Running")), None, 5);
        assert_eq!((old.stage, old.progress, old.serving, old.failure), (None, None, None, None), "{end}");
        assert!(old.next_poll.is_some());
        see(&mut run, &wire("Training", json!("Running")), None, 20);
        let own = see(&mut run, &wire(end, json!("Running")), None, 40);
        assert!(own.stage.is_some_and(Stage::is_end), "{end}");
    }
}

#[test]
fn a_retrain_too_quick_to_be_seen_is_believed_after_two_minutes_and_two_equal_reads() {
    let mut run = begin(true, true);
    let ended = wire("Completed", json!("Running"));
    assert_eq!(see(&mut run, &ended, None, 15).stage, None);
    assert_eq!(see(&mut run, &ended, None, 119).stage, None);
    assert_eq!(see(&mut run, &ended, None, 120).stage, Some(Stage::Ready));
    let mut run = begin(true, true);
    assert_eq!(see(&mut run, &ended, None, 300).stage, None, "one read is not two");
    see(&mut run, &wire("Odd", json!(null)), None, 310);
    assert_eq!(see(&mut run, &ended, None, 320).stage, None, "they must be equal");
    assert_eq!(see(&mut run, &ended, None, 330).stage, Some(Stage::Ready));
}

#[test]
fn a_first_training_believes_every_answer() {
    let observation = map_progress(&wire("Failed", json!(null)), None, &begin(true, false), context(1));
    assert_eq!(observation.stage, Some(Stage::Failed));
    assert_eq!(observation.next_poll, None);
    let failure = observation.failure.unwrap();
    assert!(failure.retryable && failure.hint.is_some() && failure.said.is_none());
}

#[test]
fn waking_a_model_waits_for_running_and_for_the_readiness_check() {
    let run = begin(false, true);
    let running = wire("Completed", json!("Running"));
    assert!(needs_ready_check(&running, &run));
    assert!(!needs_ready_check(&wire("Completed", json!("Pending")), &run));
    assert!(!needs_ready_check(&running, &begin(true, true)));
    for (ready, stage, serving) in [
        (Some(true), Stage::Ready, ServingState::Running),
        (Some(false), Stage::Publishing, ServingState::Pending),
        (None, Stage::Publishing, ServingState::Pending),
    ] {
        let observation = map_progress(&running, ready, &run, context(1));
        assert_eq!(observation.stage, Some(stage), "{ready:?}");
        assert_eq!(observation.serving.unwrap().state, serving, "{ready:?}");
        assert_eq!(observation.vendor_status.get("ready").cloned(), ready.map(|ready| ready.to_string()));
    }
    let failed = map_progress(&wire("Failed", json!(null)), None, &run, context(1));
    assert_eq!(failed.stage, None, "the failure may be the older run's");
}

#[test]
fn intervals_grow_with_the_time_in_a_stage_and_scale_with_the_pace() {
    for (word, start, now, seconds) in [
        ("PendingTraining", 0, 9_999, 15.0),
        ("DataProcessing", 0, 9_999, 15.0),
        ("Training", 0, 60, 15.0),
        ("Training", 0, 601, 30.0),
        ("Training", 0, 1_801, 60.0),
        ("Trained", 0, 9_999, 10.0),
        ("Completed", 0, 60, 10.0),
        ("Completed", 0, 601, 60.0),
        ("Completed", 0, 1_801, 300.0),
    ] {
        let mut run = begin(true, false);
        see(&mut run, &wire(word, json!("Pending")), None, start);
        for scale in [1.0, 0.01] {
            // The steps are compared scaled as well.
            let pace = Pace(scale);
            let now = at(0).plus(pace.scale(Duration::from_secs(now)));
            let seen = map_progress(&wire(word, json!("Pending")), None, &run, PollContext { now, pace, ..context(0) });
            let wait = seen.next_poll.unwrap().as_secs_f64();
            assert!((wait - seconds * scale).abs() < 1e-6, "{word} after {now}: {wait}");
        }
    }
}

#[test]
fn stall_limits_follow_the_stage() {
    for (word, minutes) in [("PendingTraining", 15), ("Training", 60), ("Completed", 30), ("Odd", 60)] {
        let seen = map_progress(&wire(word, json!(null)), None, &begin(true, false), context(1));
        assert_eq!(seen.stall_after, Some(Duration::from_secs(minutes * 60)), "{word}");
    }
}

#[test]
fn no_such_model_is_believed_after_three_times_in_ten_minutes() {
    let miss = |run: &mut RunState, seconds| {
        let seen = map_not_found(run, context(seconds));
        if let Some(seen) = &seen {
            assert_eq!((seen.stage, seen.next_poll), (None, Some(Duration::from_secs(10))));
            *run = RunState::read(&seen.state);
        }
        seen.is_none()
    };
    let mut run = begin(true, false);
    assert!(!miss(&mut run, 100) && !miss(&mut run, 800), "twice is not enough");
    assert!(miss(&mut run, 801));
    let mut run = begin(true, false);
    assert!(![100, 110, 120, 699].into_iter().any(|seconds| miss(&mut run, seconds)), "not long enough");
    see(&mut run, &wire("Training", json!(null)), None, 699);
    assert!(!miss(&mut run, 2_000) && !miss(&mut run, 2_599), "it was there in between");
    assert!(miss(&mut run, 2_600));
}

#[test]
fn two_lanes_tell_trained_from_serving() {
    let lanes = |word: &str, inference| {
        let seen = map_progress(&wire(word, inference), None, &begin(true, false), context(1));
        seen.lanes.iter().map(|lane| format!("{}:{}", lane.key, lane.stage)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(lanes("Training", json!(null)), "training:training serving:queued");
    assert_eq!(lanes("Completed", json!("Pending")), "training:ready serving:publishing");
    assert_eq!(lanes("Completed", json!("Running")), "training:ready serving:ready");
    assert_eq!(lanes("Failed", json!(null)), "training:failed");
}

#[test]
fn only_the_vendors_own_404_means_absent_and_an_empty_one_proves_nothing() {
    let json = "application/json";
    let abp = r#"{"error":{"message":"There is no entity Experiment with id = m!"}}"#;
    for (kind, text, absent) in [
        (json, abp, true),
        ("", "", true),
        ("application/problem+json", r#"{"title":"Not Found","status":404}"#, true),
        ("text/html", "<html>404 nginx</html>", false),
        ("text/plain", "default backend - 404", false),
        (json, r#"{"message":"no Route matched with those values"}"#, false),
    ] {
        let reading = read_progress_answer(&Answer::sample(404, kind, text), Pace(1.0));
        assert_eq!(matches!(reading, ProgressReading::NotFound { .. }), absent, "{text}");
        let proves = matches!(reading, ProgressReading::NotFound { is_proof: true, .. });
        assert_eq!(proves, absent && !text.is_empty(), "{text}");
        assert_eq!(matches!(reading, ProgressReading::Unusable { .. }), !absent, "{text}");
    }
}

#[test]
fn a_poll_answer_that_says_nothing_is_tried_again() {
    let json = "application/json";
    for (status, kind, text) in [
        (200, "text/html", "<html>Sign in</html>"),
        (200, json, r#"{"percent": 100 "trainingStatus": "Completed"}"#),
        (200, json, ""),
        (302, "", ""),
        (403, json, r#"{"error":{"code":"App:1","message":"Not now"}}"#),
        (500, json, r#"{"error":{"message":"An internal error occurred during your request!"}}"#),
        (503, "text/html", "<html>"),
    ] {
        let reading = read_progress_answer(&Answer::sample(status, kind, text), Pace(1.0));
        assert!(matches!(reading, ProgressReading::Unusable { .. }), "{status} {text}: {reading:?}");
    }
    let denied = r#"{"error":{"code":"Volo.Authorization:010001","message":"Denied"}}"#;
    for answer in [Answer::sample(403, json, denied), Answer::sample(401, "", "")] {
        assert!(matches!(read_progress_answer(&answer, Pace(1.0)), ProgressReading::Refused { .. }));
    }
    let mut busy = Answer::sample(503, "", "");
    busy.retry_after = Some(Duration::from_secs(30));
    let ProgressReading::Throttled { retry_after, .. } = read_progress_answer(&busy, Pace(0.01)) else { panic!() };
    assert_eq!(retry_after, Duration::from_secs(30), "the vendor's own wait is not scaled");
}

#[test]
fn a_state_that_cannot_be_read_is_taken_with_care() {
    for state in [json!(null), json!("x"), json!({"posted_at": "soon"}), json!([1])] {
        let run = RunState::read(&state);
        assert!(run.reused && run.force_train, "{state}");
    }
    let run = begin(false, true);
    assert_eq!(RunState::read(&run.write()), run);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the vendor says in whatever order: no panic, a percent that never falls, Ready only on both words.
    #[test]
    fn g39_no_sequence_of_answers_breaks_the_state(
        reused in any::<bool>(),
        force_train in any::<bool>(),
        answers in prop::collection::vec((0_usize..14, 0_usize..5, any::<f64>(), any::<Option<bool>>(), 0_u64..9_999), 0..40),
    ) {
        const TRAINING: [&str; 14] = ["Initialized", "PendingTraining", "DatasetUploading", "DataProcessing",
            "TrainingStarted", "Training", "Trained", "ModelUploading", "Completed", "Failed", "Odd", "", "null", "completed"];
        const INFERENCE: [&str; 5] = ["", "null", "Pending", "Running", "Odd"];
        let mut run = begin(force_train, reused);
        let mut highest = 0.0;
        for (training, inference, percent, ready, seconds) in answers {
            let wire = ProgressWire {
                percent: percent.is_finite().then_some(percent),
                training_status: Some(TRAINING[training].to_owned()),
                inference_status: Some(INFERENCE[inference].to_owned()),
            };
            let seen = see(&mut run, &wire, ready, seconds);
            if let Some(percent) = seen.progress.as_ref().and_then(|progress| progress.percent) {
                prop_assert!((highest..=100.0).contains(&percent));
                highest = percent;
            }
            if seen.stage == Some(Stage::Ready) {
                prop_assert!(TRAINING[training].eq_ignore_ascii_case("completed") && INFERENCE[inference] == "Running");
                prop_assert!(force_train || ready == Some(true));
            }
            prop_assert_eq!(seen.next_poll.is_none(), seen.stage.is_some_and(Stage::is_end));
        }
    }
}
