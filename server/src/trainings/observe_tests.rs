//! What must hold for any order and repetition of observations.

use super::{Answered, supersede_training, take_observation};
use crate::store::trainings::StoredTraining;
use crate::vendors::vendor::Observation;
use app::model::event::Source;
use app::model::ids::{ConnectionId, Kind, TrainingId, UserName, VendorRef};
use app::model::request::FrozenRequest;
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::{Progress, Serving, ServingState, Training};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;

fn fresh() -> StoredTraining {
    let begin = Timestamp::from_millis(0);
    StoredTraining {
        training: Training {
            id: TrainingId::new("one"),
            vendor: "acme".to_owned(),
            kind: Kind::new("acme.kind"),
            connection: ConnectionId::new("one"),
            name: "one".to_owned(),
            vendor_ref: None,
            stage: Stage::Queued,
            reached: None,
            vendor_status: Default::default(),
            progress: None,
            serving: None,
            lanes: Vec::new(),
            failure: None,
            waiting: None,
            request: FrozenRequest { kind: Kind::new("acme.kind"), fields: serde_json::Map::new() },
            datasets: Vec::new(),
            owner: UserName::new("ada"),
            tags: Vec::new(),
            note: String::new(),
            archived: false,
            created_at: begin,
            submitted_at: Some(begin),
            ended_at: None,
            last_seen_at: None,
            unseen_since: None,
            stalled_since: None,
            retry_of: None,
            superseded_by: None,
            last_event: 0,
        },
        vendor_ref: VendorRef::new("ref"),
        submit_digest: String::new(),
        vendor_state: serde_json::Value::Null,
        last_change_at: begin,
        last_asked_at: None,
        stage_asked_at: None,
        ended_asked_at: None,
    }
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
        let asked = Timestamp::from_millis(1_000 * (1 + *number as i64));
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

/// `make faults` runs the full form.
fn cases() -> u32 {
    if std::env::var_os("TRAINYARD_FAULTS").is_some() { 100_000 } else { 5_000 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn g6_order_and_repetition_of_observations_never_change_the_result(
        seen in proptest::collection::vec(any_observation(), 1..12),
        repeats in proptest::collection::vec(any::<Index>(), 0..12),
        keys in proptest::collection::vec(any::<u32>(), 24),
    ) {
        let in_order: Vec<usize> = (0..seen.len()).collect();
        let mut shuffled = in_order.clone();
        shuffled.extend(repeats.iter().map(|repeat| repeat.index(seen.len())));
        let mut keyed: Vec<_> = shuffled.into_iter().enumerate().map(|(at, number)| (keys[at], number)).collect();
        keyed.sort_unstable();
        let shuffled: Vec<_> = keyed.into_iter().map(|(_, number)| number).collect();
        prop_assert_eq!(outcome(&take_all(&seen, &in_order)), outcome(&take_all(&seen, &shuffled)));
    }

    #[test]
    fn g6_an_end_is_never_left(seen in proptest::collection::vec(any_observation(), 1..12)) {
        let order: Vec<usize> = (0..seen.len()).collect();
        let mut ended_as = None;
        for upto in 1..=order.len() {
            let stage = take_all(&seen, &order[..upto]).training.stage;
            if let Some(ended) = ended_as {
                prop_assert_eq!(stage, ended);
            }
            ended_as = ended_as.or(stage.is_end().then_some(stage));
        }
    }

    #[test]
    fn g6_a_superseded_training_never_changes_again(seen in proptest::collection::vec(any_observation(), 1..12), at in any::<Index>()) {
        let order: Vec<usize> = (0..seen.len()).collect();
        let mut stored = take_all(&seen, &order[..at.index(seen.len())]);
        supersede_training(&mut stored, &TrainingId::new("two"), Timestamp::from_millis(60_000));
        let frozen = stored.clone();
        prop_assert!(frozen.training.stage.is_end());
        for (number, observation) in seen.iter().enumerate() {
            let asked = Timestamp::from_millis(100_000 + number as i64);
            let answered = Answered { source: Source::Poll, asked_at: asked, answered_at: asked };
            take_observation(&mut stored, observation, answered);
        }
        if frozen.training.stage == Stage::Superseded {
            prop_assert_eq!(stored, frozen);
        }
    }
}
