//! G6: what must hold for any order and repetition of observations.

use crate::support::database::BEGIN;
use crate::support::draft::draft_training;
use app::model::event::{EventKind, Source};
use app::model::ids::TrainingId;
use app::model::stage::Stage;
use app::model::training::{Progress, Serving, ServingState};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;
use trainyard::store::trainings::StoredTraining;
use trainyard::trainings::observe::{Answered, accept_training, supersede_training, take_observation};
use trainyard::vendors::vendor::Observation;

/// A training that was accepted, and nothing more is known.
fn fresh() -> StoredTraining {
    let mut stored = draft_training(1, "one");
    stored.training.stage = Stage::Queued;
    stored.training.created_at = BEGIN;
    stored.training.submitted_at = Some(BEGIN);
    stored
}

/// Any stage a vendor may report, unknown words (`None`) included; going back is legal.
fn any_stage() -> impl Strategy<Value = Option<Stage>> {
    prop_oneof![
        Just(None),
        Just(Some(Stage::Queued)),
        Just(Some(Stage::Preparing)),
        Just(Some(Stage::Training)),
        Just(Some(Stage::Saving)),
        Just(Some(Stage::Publishing)),
        Just(Some(Stage::Ready)),
        Just(Some(Stage::Failed)),
    ]
}

fn any_observation() -> impl Strategy<Value = Observation> {
    let percent = prop_oneof![Just(None), Just(Some(f64::NAN)), (-10.0..300.0_f64).prop_map(Some)];
    let serving = prop_oneof![Just(None), Just(Some(Serving { state: ServingState::Pending }))];
    (any_stage(), percent, serving, any::<u8>()).prop_map(|(stage, percent, serving, word)| Observation {
        stage,
        vendor_status: [("word".to_owned(), word.to_string())].into(),
        progress: percent.map(|percent| Progress { percent: Some(percent), ..Progress::default() }),
        serving,
        lanes: Vec::new(),
        failure: None,
        state: serde_json::json!(word),
        next_poll: None,
        stall_after: None,
    })
}

/// Takes observations in by their numbers; the number is the order they were asked in.
fn take_all(seen: &[Observation], order: &[usize]) -> StoredTraining {
    let mut stored = fresh();
    for number in order {
        let asked = BEGIN.plus_millis(1_000 * (1 + *number as i64));
        let answered = Answered { source: Source::Poll, asked_at: asked, answered_at: asked.plus_millis(10) };
        take_observation(&mut stored, &seen[*number], answered);
    }
    stored
}

/// What must not depend on order or repetition: everything but when our own clocks noticed.
fn outcome(stored: &StoredTraining) -> String {
    let training = &stored.training;
    let words = (training.stage, &training.vendor_status, &training.progress, &training.serving, training.ended_at);
    let words = (words, training.reached);
    format!("{words:?} {:?} {:?}", stored.vendor_state, stored.ended_asked_at)
}

#[test]
fn g6_order_repetition_and_ends_hold_in_5000_cases() {
    check_order(5_000);
    check_ends(5_000);
    check_superseded(5_000);
}

#[test]
#[ignore = "long: 100,000 cases; `make faults` runs it"]
fn g6_order_repetition_and_ends_hold_in_100000_cases() {
    check_order(100_000);
    check_ends(100_000);
    check_superseded(100_000);
}

/// Order and repetition of observations never change the result.
fn check_order(cases: u32) {
    proptest!(ProptestConfig::with_cases(cases), |(
        seen in proptest::collection::vec(any_observation(), 1..12),
        repeats in proptest::collection::vec(any::<Index>(), 0..12),
        keys in proptest::collection::vec(any::<u32>(), 24),
    )| {
        let in_order: Vec<usize> = (0..seen.len()).collect();
        let mut shuffled = in_order.clone();
        shuffled.extend(repeats.iter().map(|repeat| repeat.index(seen.len())));
        let mut keyed: Vec<_> = shuffled.into_iter().enumerate().map(|(at, number)| (keys[at], number)).collect();
        keyed.sort_unstable();
        let shuffled: Vec<_> = keyed.into_iter().map(|(_, number)| number).collect();
        prop_assert_eq!(outcome(&take_all(&seen, &in_order)), outcome(&take_all(&seen, &shuffled)));
    });
}

/// An end is never left.
fn check_ends(cases: u32) {
    proptest!(ProptestConfig::with_cases(cases), |(
        seen in proptest::collection::vec(any_observation(), 1..12),
    )| {
        let order: Vec<usize> = (0..seen.len()).collect();
        let mut ended_as = None;
        for upto in 1..=order.len() {
            let stage = take_all(&seen, &order[..upto]).training.stage;
            if let Some(ended) = ended_as {
                prop_assert_eq!(stage, ended);
            }
            ended_as = ended_as.or(stage.is_end().then_some(stage));
        }
    });
}

/// A superseded training never changes again.
fn check_superseded(cases: u32) {
    proptest!(ProptestConfig::with_cases(cases), |(
        seen in proptest::collection::vec(any_observation(), 1..12),
        at in any::<Index>(),
    )| {
        let order: Vec<usize> = (0..seen.len()).collect();
        let mut stored = take_all(&seen, &order[..at.index(seen.len())]);
        supersede_training(&mut stored, &TrainingId::new("two"), BEGIN.plus_millis(60_000));
        let frozen = stored.clone();
        prop_assert!(frozen.training.stage.is_end());
        for (number, observation) in seen.iter().enumerate() {
            let asked = BEGIN.plus_millis(100_000 + number as i64);
            let answered = Answered { source: Source::Poll, asked_at: asked, answered_at: asked };
            take_observation(&mut stored, observation, answered);
        }
        if frozen.training.stage == Stage::Superseded {
            prop_assert_eq!(stored, frozen);
        }
    });
}

/// What a vendor says whose training is in `stage`.
fn said(stage: Stage) -> Observation {
    Observation {
        stage: Some(stage),
        vendor_status: [("word".to_owned(), stage.to_string())].into(),
        progress: None,
        serving: None,
        lanes: Vec::new(),
        failure: None,
        state: serde_json::Value::Null,
        next_poll: None,
        stall_after: None,
    }
}

/// An answer from a question at `asked` to `answered`, in seconds.
fn answered(asked: i64, answered: i64) -> Answered {
    let at = |seconds: i64| BEGIN.plus_millis(seconds * 1_000);
    Answered { source: Source::Poll, asked_at: at(asked), answered_at: at(answered) }
}

#[test]
fn a_change_is_not_before_the_last_question_rather_than_the_last_answer() {
    let mut stored = draft_training(1, "one");
    accept_training(&mut stored, Default::default(), serde_json::Value::Null, answered(1, 9), None);
    let mut edges = Vec::new();
    for (stage, answered) in [(Stage::Preparing, answered(20, 80)), (Stage::Training, answered(90, 91))] {
        let events = take_observation(&mut stored, &said(stage), answered).events;
        edges.extend(events.iter().map(|event| event.at_earliest.millis_since(BEGIN) / 1_000));
    }
    assert_eq!(edges, [1, 20], "what a slow answer says may be as old as its question");
}

#[test]
fn a_training_that_moves_again_after_a_stall_says_so() {
    let mut stored = fresh();
    stored.training.stalled_since = Some(BEGIN);
    let events = take_observation(&mut stored, &said(Stage::Preparing), answered(20, 21)).events;
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Moving, EventKind::StageChanged]);
    assert_eq!(stored.training.stalled_since, None);
}
