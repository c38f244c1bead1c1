//! The advice on a model, against the fake SESTEK: case 10 of its contract's list.

use crate::support::house::House;
use app::model::advice::Verdict;
use app::model::event::EventKind;
use app::model::ids::{TrainingId, UserName};
use app::model::page::PageQuery;
use app::model::stage::Stage;
use app::model::training::Training;
use app::vendors::TrainingRequest;
use app::vendors::submission::{NewTraining, PreviewTraining};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A plan that is through in some seconds, whose model sleeps a minute after it began to serve.
fn quick_plan(sleep_after_seconds: Option<f64>) -> Value {
    let words = ["Initialized", "PendingTraining", "DatasetUploading", "DataProcessing", "TrainingStarted", "Training"];
    let later = ["Trained", "ModelUploading", "Publishing"];
    let durations: BTreeMap<_, _> = words.into_iter().chain(later).map(|word| (word, 1.0)).collect();
    match sleep_after_seconds {
        Some(seconds) => json!({"plan": {"durations": durations, "sleep_after_seconds": seconds}}),
        None => json!({"plan": {"durations": durations}}),
    }
}

fn ada() -> UserName {
    UserName::new("ada")
}

async fn run_to_ready(house: &House, id: &TrainingId) -> Training {
    for _ in 0..200 {
        house.pass(SECOND * 5, SECOND * 5).await;
        let training = house.see(id).await;
        if training.stage.is_end() {
            assert_eq!(training.stage, Stage::Ready, "{training:#?}");
            return training;
        }
    }
    panic!("{id} does not become ready");
}

async fn preview(house: &House, new: &NewTraining) -> (Verdict, bool) {
    let question = PreviewTraining { connection: new.connection.clone(), request: new.request.clone() };
    let advice = house.core.trainings.preview_training(question).await.unwrap().advice.unwrap();
    assert!(!advice.reason.is_empty());
    (advice.verdict, advice.warning.is_some())
}

#[tokio::test]
async fn case_10_the_advice_stands_in_the_preview_and_a_submit_against_it_is_recorded() {
    let house = House::build().await;
    house.script("*", quick_plan(None)).await;
    let first = house.new_clustering("calls").await;
    assert_eq!(preview(&house, &first).await, (Verdict::Retrain, false));
    let request = first.request.clone();
    let first = house.core.trainings.submit_training(&ada(), first).await.unwrap().training;
    run_to_ready(&house, &first.id).await;

    let again = house.new_clustering("calls").await;
    assert_eq!(again.request, request);
    assert_eq!(preview(&house, &again).await, (Verdict::Redeploy, true));
    let again = house.core.trainings.submit_training(&ada(), again).await.unwrap().training;
    let events = house.core.trainings.list_events(&again.id, &PageQuery::default()).await.unwrap().items;
    let created = events.iter().find(|event| event.kind == EventKind::Created).unwrap();
    assert!(
        created.message.as_ref().is_some_and(|text| text.contains("Against the advice to redeploy")),
        "{created:?}"
    );
    run_to_ready(&house, &again.id).await;

    let mut wake = house.new_clustering("calls").await;
    wake.request = request.redeployment().unwrap();
    assert_eq!(preview(&house, &wake).await, (Verdict::Redeploy, false));
    let mut changed = json!({"kind": "sestek.clustering"});
    changed.as_object_mut().unwrap().extend(wake.request.freeze().fields);
    changed["num_clusters"] = json!(7);
    wake.request = TrainingRequest::parse(&changed, "request").unwrap();
    assert_eq!(preview(&house, &wake).await, (Verdict::Retrain, true));
    let first_events = house.core.trainings.list_events(&first.id, &PageQuery::default()).await.unwrap().items;
    assert_eq!(first_events[0].message, None);
}
