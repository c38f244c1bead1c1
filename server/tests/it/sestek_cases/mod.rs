//! The thirty cases that a client of SESTEK has to stand, by their numbers, through the whole house against the strict fake.
//! What a case says about a form or a page alone is tested beside it; `numbers` sees to it that none is missing.

mod answers;
mod numbers;
mod progress;
mod runs;

use crate::support::house::{House, run_to_end, stages_of};
use app::model::ids::{ConnectionId, TrainingId, UserName};
use app::model::stage::Stage;
use app::model::training::Training;
use app::vendors::TrainingRequest;
use app::vendors::submission::NewTraining;
use serde_json::{Value, json};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// After so long a lost answer may be looked up: the vendor's request limit and its tail.
const QUARANTINE: Duration = Duration::from_secs(660);

/// A person.
fn ada() -> UserName {
    UserName::new("ada")
}

/// Submits a clustering training and sends it.
async fn send(house: &House, model_id: &str) -> TrainingId {
    let training = house.submit(model_id).await;
    house.step_submits().await;
    training.id
}

/// Submits any request, which is not sent yet.
async fn submit(house: &House, request: Value) -> Training {
    let new = NewTraining {
        id: house.new_id(),
        connection: ConnectionId::new(crate::support::house::SESTEK),
        name: None,
        request: TrainingRequest::parse(&request, "request").expect("a request"),
        hold_if_busy: false,
    };
    house.core.trainings.submit_training(&ada(), new).await.expect("submitted").training
}

/// The fake answers the first train call for `model_id` so.
async fn script_train(house: &House, model_id: &str, step: Value) {
    let mut once = json!({"calls": 1});
    once.as_object_mut().expect("an object").extend(step.as_object().expect("a step").clone());
    house.script(model_id, json!({ "train": [once] })).await;
}

/// Lets time pass until the training stands at `stage`, at most four hours.
async fn run_to(house: &House, id: &TrainingId, stage: Stage) -> Training {
    for _ in 0..4 * 360 {
        house.pass(10 * SECOND, 10 * SECOND).await;
        let training = house.see(id).await;
        if training.stage == stage {
            return training;
        }
    }
    panic!("it never stood at {stage}: {:?}", house.see(id).await);
}

/// How often the vendor was asked for an address that ends so.
async fn count_calls(house: &House, path_end: &str) -> usize {
    let log = house.vendor_log().await;
    log.iter().filter(|visit| visit["path"].as_str().is_some_and(|path| path.ends_with(path_end))).count()
}
