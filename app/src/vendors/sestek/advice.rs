//! The forceTrain adviser: train a clustering model again, or only redeploy it (contract section 8).
//! Pure: compares the request with what this Trainyard knows of the model id. Never decides for anybody.

use super::request::ClusteringRequest;
use crate::model::advice::{TrainAdvice, Verdict};
use crate::model::stage::Stage;
use crate::model::training::Training;
use crate::vendors::{TrainingRequest, knows_request};
use serde_json::{Map, Value};

/// The request's fields as people know them; a path that is not here is its own name.
const LABELS: &[(&str, &str)] = &[
    ("product_name", "product name"),
    ("data.schema", "data schema"),
    ("data.dialogue", "dialogue file"),
    ("data.intent", "intent file"),
    ("num_clusters", "clusters"),
    ("llm", "LLM"),
];

/// Advises on a request; `older` are the trainings of its model id on its connection, newest first.
pub fn advise_clustering(request: &ClusteringRequest, older: &[Training]) -> TrainAdvice {
    let (verdict, reason, compared) = judge_model(request, older);
    let warning = match (verdict, request.force_train) {
        (Verdict::Redeploy, true) => Some("Training again changes nothing: data and settings are the same."),
        (Verdict::Retrain, false) => Some("Redeploying trains nothing: what is new in this request is ignored."),
        _ => None,
    };
    TrainAdvice {
        verdict,
        reason,
        warning: warning.map(str::to_owned),
        compared_with: compared.map(|training| training.id.clone()),
    }
}

/// Looks for the training that made the model as it is now; a redeployment leaves the model as it was.
fn judge_model<'a>(request: &ClusteringRequest, older: &'a [Training]) -> (Verdict, String, Option<&'a Training>) {
    let mut has_redeployed = false;
    for training in older.iter().filter(|training| training.stage != Stage::Rejected) {
        let name = &training.name;
        let is_redeployment = training.request.fields.get("force_train") == Some(&Value::Bool(false));
        if !training.stage.is_end() {
            let reason = format!("\"{name}\" of this id is not over, so what it leaves behind is not known yet.");
            return (Verdict::Ask, reason, Some(training));
        }
        if training.has_completed() && is_redeployment {
            has_redeployed = true;
            continue;
        }
        if !knows_request(&training.request) {
            let reason = format!("\"{name}\" was trained elsewhere: what it was trained with is not known here.");
            return (Verdict::Ask, reason, Some(training));
        }
        if training.has_completed() {
            let (verdict, reason) = compare_requests(request, training);
            return (verdict, reason, Some(training));
        }
        if training.stage == Stage::Failed && !is_unclear(training) {
            let reason = format!("\"{name}\", the last training of this id, failed: the model has to be trained.");
            return (Verdict::Retrain, reason, Some(training));
        }
        let reason = format!("How \"{name}\", the last training of this id, ended is not known here.");
        return (Verdict::Ask, reason, Some(training));
    }
    if has_redeployed {
        let reason = "This id was only redeployed from here; what it was trained with is not known.";
        return (Verdict::Ask, reason.to_owned(), None);
    }
    (Verdict::Retrain, "No training of this id is known here: a first training has to train.".to_owned(), None)
}

fn is_unclear(training: &Training) -> bool {
    training.failure.as_ref().is_some_and(|failure| failure.code == "unclear")
}

fn compare_requests(request: &ClusteringRequest, last: &Training) -> (Verdict, String) {
    let newer = TrainingRequest::SestekClustering(request.clone()).freeze();
    let name = &last.name;
    if newer.kind != last.kind {
        let reason = format!("\"{name}\", the last training of this id, was of another kind: the model changes.");
        return (Verdict::Retrain, reason);
    }
    let changed = list_changes(&newer.fields, &last.request.fields);
    if changed.is_empty() {
        let reason = format!(
            "Files and settings are those of \"{name}\", the last good training of this id: a redeployment is enough, \
             and while the model answers nothing needs to be sent."
        );
        return (Verdict::Redeploy, reason);
    }
    let reason = format!("Different from \"{name}\", the last good training of this id: {}.", changed.join(", "));
    (Verdict::Retrain, reason)
}

/// The labels of the fields that differ, in the order of the request.
fn list_changes(newer: &Map<String, Value>, older: &Map<String, Value>) -> Vec<String> {
    let (mut new, mut old) = (Vec::new(), Vec::new());
    flatten_values("", newer, &mut new);
    flatten_values("", older, &mut old);
    let gone = old.iter().filter(|(path, _)| !new.iter().any(|(other, _)| other == path));
    let changed = new.iter().filter(|(path, value)| old.iter().all(|(other, was)| other != path || was != value));
    let label =
        |path: &str| LABELS.iter().find(|(known, _)| *known == path).map_or(path, |(_, label)| *label).to_owned();
    let different = changed.chain(gone).filter(|(path, _)| path != "force_train");
    different.map(|(path, _)| label(path)).collect()
}

/// Every value with its path; `null` is the same as absent.
fn flatten_values<'a>(at: &str, fields: &'a Map<String, Value>, out: &mut Vec<(String, &'a Value)>) {
    for (name, value) in fields {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        match value {
            Value::Null => {}
            Value::Object(inner) => flatten_values(&path, inner, out),
            other => out.push((path, other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::advise_clustering;
    use crate::components::sample;
    use crate::model::advice::Verdict;
    use crate::model::ids::{TrainingId, VendorRef};
    use crate::model::stage::Stage;
    use crate::model::training::{Failure, Training};
    use crate::vendors::sestek::request::ClusteringRequest;
    use crate::vendors::{TrainingRequest, freeze_adopted};
    use serde_json::{Value, json};

    fn request(digit: char, force_train: bool) -> ClusteringRequest {
        let value = json!({"model_id": "m-1", "product_name": "CA", "language": "tr-TR", "force_train": force_train,
            "data": {"schema": "dialogue", "dialogue": digit.to_string().repeat(64)}});
        ClusteringRequest::parse(&value, "request").expect("a legal request")
    }

    fn training(stage: Stage, request: ClusteringRequest) -> Training {
        let request = TrainingRequest::SestekClustering(request).freeze();
        Training { request, name: "first".to_owned(), ..sample::training(stage) }
    }

    fn advise(request: &ClusteringRequest, older: &[Training]) -> (Verdict, bool) {
        let advice = advise_clustering(request, older);
        (advice.verdict, advice.warning.is_some())
    }

    #[test]
    fn case_10_equal_means_redeploy_changed_means_retrain_and_the_contrary_is_a_warning() {
        let last = [training(Stage::Ready, request('a', true))];
        for (digit, force_train, expected) in [
            ('a', false, (Verdict::Redeploy, false)),
            ('a', true, (Verdict::Redeploy, true)),
            ('b', true, (Verdict::Retrain, false)),
            ('b', false, (Verdict::Retrain, true)),
        ] {
            assert_eq!(advise(&request(digit, force_train), &last), expected, "{digit} {force_train}");
        }
        let advice = advise_clustering(&request('b', false), &last);
        assert!(advice.reason.contains("\"first\"") && advice.reason.contains("dialogue file"), "{}", advice.reason);
        assert_eq!(advice.compared_with, Some(TrainingId::new("0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e")));
    }

    #[test]
    fn case_10_a_failed_last_run_and_a_never_trained_id_have_to_be_trained() {
        let failed = [training(Stage::Failed, request('a', true)), training(Stage::Superseded, request('a', true))];
        assert_eq!(advise(&request('a', false), &failed), (Verdict::Retrain, true));
        assert_eq!(advise(&request('a', true), &[]), (Verdict::Retrain, false));
        assert_eq!(advise(&request('a', false), &[]), (Verdict::Retrain, true));
        // One that the vendor refused trained nothing.
        let refused = [training(Stage::Rejected, request('b', true)), training(Stage::Ready, request('a', true))];
        assert_eq!(advise(&request('a', false), &refused), (Verdict::Redeploy, false));
    }

    #[test]
    fn case_10_a_redeployment_leaves_the_model_as_the_training_before_it_made_it() {
        let mut first = training(Stage::Superseded, request('a', true));
        first.reached = Some(Stage::Ready);
        let wake = training(Stage::Ready, request('b', false));
        assert_eq!(advise(&request('a', false), &[wake.clone(), first.clone()]), (Verdict::Redeploy, false));
        assert_eq!(advise(&request('b', false), &[wake.clone(), first]), (Verdict::Retrain, true));
        assert_eq!(advise(&request('b', false), &[wake]), (Verdict::Ask, false));
    }

    #[test]
    fn case_10_what_is_not_known_is_asked() {
        for stage in [Stage::Training, Stage::NeedsAttention, Stage::Superseded, Stage::Gone] {
            let older = [training(stage, request('a', true))];
            assert_eq!(advise(&request('a', true), &older), (Verdict::Ask, false), "{stage}");
        }
        let mut given_up = training(Stage::Failed, request('a', true));
        let failure = |code: &str| Failure {
            code: code.to_owned(),
            message: String::new(),
            said: None,
            hint: None,
            retryable: true,
        };
        given_up.failure = Some(failure("unclear"));
        assert_eq!(advise(&request('a', true), &[given_up]), (Verdict::Ask, false));
    }

    #[test]
    fn an_adopted_model_is_asked_about_because_nobody_knows_what_made_it() {
        let mut adopted = training(Stage::Ready, request('a', true));
        adopted.request = freeze_adopted(&adopted.kind, &VendorRef::new("m-1"));
        let failed = Training { stage: Stage::Failed, ..adopted.clone() };
        assert_eq!(advise(&request('a', true), &[adopted]), (Verdict::Ask, false));
        assert_eq!(advise(&request('a', true), &[failed]), (Verdict::Ask, false));
    }

    #[test]
    fn a_default_that_an_old_row_does_not_hold_is_no_change() {
        let mut last = training(Stage::Ready, request('a', true));
        last.request.fields.insert("llm".to_owned(), Value::Null);
        assert_eq!(advise(&request('a', false), &[last]), (Verdict::Redeploy, false));
    }
}
