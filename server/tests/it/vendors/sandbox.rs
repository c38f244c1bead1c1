//! The client against the strict fake SESTEK: the conformance suite, and every switch of contract section 18.

use super::{
    ROWS, classification, clustering, connect_quickly, connect_sestek, gqa, order, quick_limits, target, unknown_target,
};
use app::model::ids::VendorRef;
use app::model::stage::Stage;
use app::model::training::ServingState;
use app::vendors::TrainingRequest;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use trainyard::clock::{SharedClock, WallClock};
use trainyard::sandbox::{RunningSandbox, SandboxOptions, start_sandbox};
use trainyard::vendors::conformance::{Conductor, Specimen, run_conformance};
use trainyard::vendors::http::HttpLimits;
use trainyard::vendors::sestek::SestekConnection;
use trainyard::vendors::vendor::{
    LookUpOutcome, Observation, PollOutcome, PollTarget, PrepareOutcome, SubmitOutcome, VendorConnection as _,
};

struct Fake {
    sandbox: RunningSandbox,
    control: reqwest::Client,
}

impl Fake {
    async fn start() -> Self {
        let options =
            SandboxOptions { listen: ([127, 0, 0, 1], 0).into(), speed: 0.0, state: None, call_back_every: None };
        let sandbox = start_sandbox(options, Arc::new(WallClock)).await.unwrap();
        let connection = connect_quickly(sandbox.address());
        drop(connection);
        Self { sandbox, control: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    fn connect(&self) -> SestekConnection {
        connect_quickly(self.sandbox.address())
    }

    async fn tell(&self, path: &str, body: Value) {
        let url = format!("http://{}/control/{path}", self.sandbox.address());
        let answer = self.control.post(url).json(&body).send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{status} {}", answer.text().await.unwrap());
    }

    async fn script(&self, matches: &str, script: Value) {
        self.tell("scenario", json!({"vendor": "sestek", "match": matches, "script": script})).await;
    }
}

#[async_trait]
impl Conductor for Fake {
    async fn advance(&self, seconds: f64) {
        self.tell("advance", json!({"seconds": seconds})).await;
    }
}

async fn conform(fake: &Fake, request: TrainingRequest) {
    let clock: SharedClock = Arc::new(WallClock);
    let make_order = || order(request.clone(), ROWS);
    let specimen =
        Specimen { request: request.clone(), make_order: &make_order, absent: VendorRef::new("never-heard-of") };
    run_conformance(&fake.connect(), fake, &specimen, &clock).await.unwrap();
}

#[tokio::test]
async fn the_sestek_connection_conforms_for_every_kind() {
    let fake = Fake::start().await;
    conform(&fake, classification("conform-classification")).await;
    conform(&fake, clustering("conform-clustering", true)).await;
    conform(&fake, gqa("conform-gqa")).await;
}

#[tokio::test]
async fn every_train_answer_of_the_fake_is_understood() {
    let fake = Fake::start().await;
    let limits = HttpLimits { submit: Duration::from_millis(1_500), ..quick_limits() };
    let connection = connect_sestek(fake.sandbox.address(), limits, Arc::new(WallClock));
    for (name, step, expected) in [
        ("normal", json!({}), "accepted run"),
        ("experiment-202", json!({"answer": {"kind": "experiment", "status": 202}}), "busy"),
        ("empty-202", json!({"answer": {"kind": "empty"}}), "busy"),
        ("progress-abp", json!({"answer": {"kind": "in_progress"}}), "busy"),
        ("progress-plain", json!({"answer": {"kind": "in_progress", "status": 409, "envelope": "plain"}}), "busy"),
        ("progress-json", json!({"answer": {"kind": "in_progress", "status": 500, "envelope": "json_string"}}), "busy"),
        ("progress-200", json!({"answer": {"kind": "in_progress", "status": 200}}), "busy"),
        ("abp-400", json!({"answer": {"kind": "abp", "members": ["modelId"]}}), "rejected request.model_id"),
        ("abp-403", json!({"answer": {"kind": "abp", "status": 403, "code": "App:7"}}), "rejected App:7"),
        ("abp-500", json!({"answer": {"kind": "abp", "status": 500}}), "unclear"),
        ("abp-401", json!({"answer": {"kind": "abp", "status": 401}}), "refused"),
        ("html", json!({"answer": {"kind": "html"}}), "unclear"),
        ("html-502", json!({"answer": {"kind": "html", "status": 502}}), "unclear"),
        ("redirect", json!({"answer": {"kind": "redirect"}}), "unclear"),
        ("broken", json!({"answer": {"kind": "broken_json"}}), "accepted"),
        ("throttle", json!({"answer": {"kind": "throttle", "retry_after_seconds": 7}}), "throttled 7"),
        ("large", json!({"answer": {"kind": "filler", "size_bytes": 9_000_000}}), "accepted"),
        ("truncated", json!({"truncate_after_bytes": 10}), "accepted"),
        ("slow", json!({"delay_seconds": 20}), "lost"),
        ("cut", json!({"cut": "after_upload"}), "lost"),
    ] {
        fake.script(name, json!({"train": [step]})).await;
        let outcome = connection.submit(order(classification(name), ROWS)).await.outcome;
        assert_eq!(describe(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn the_switches_of_the_fake_hold_for_question_answering_too() {
    let fake = Fake::start().await;
    let connection = fake.connect();
    for (name, step, expected) in [
        ("gqa-202", json!({"answer": {"kind": "empty"}}), "busy"),
        ("gqa-progress", json!({"answer": {"kind": "in_progress", "status": 409}}), "busy"),
        ("gqa-400", json!({"answer": {"kind": "abp", "members": ["input.DataUrls[0]"]}}), "rejected request.data.urls"),
        ("gqa-name", json!({"answer": {"kind": "abp", "members": ["projectName"]}}), "rejected request.project_name"),
        ("gqa-403", json!({"answer": {"kind": "abp", "status": 403, "code": "App:7"}}), "rejected App:7"),
        ("gqa-500", json!({"answer": {"kind": "abp", "status": 500}}), "unclear"),
        ("gqa-html", json!({"answer": {"kind": "html"}}), "unclear"),
        ("gqa-cut", json!({"cut": "after_upload"}), "lost"),
    ] {
        fake.script(name, json!({"train": [step]})).await;
        let outcome = connection.submit(order(gqa(name), ROWS)).await.outcome;
        assert_eq!(describe(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn case_12_each_family_is_asked_by_its_own_path() {
    let fake = Fake::start().await;
    let connection = fake.connect();
    for (trained, other) in
        [(gqa("family-gqa"), classification("family-gqa")), (classification("family-text"), gqa("family-text"))]
    {
        assert!(matches!(
            connection.submit(order(trained.clone(), ROWS)).await.outcome,
            SubmitOutcome::Accepted { .. }
        ));
        let right = connection.look_up(&target(&connection, &trained, false)).await.outcome;
        assert!(matches!(right, LookUpOutcome::Found { .. }), "{right:?}");
        let wrong = connection.look_up(&target(&connection, &other, false)).await.outcome;
        assert!(matches!(wrong, LookUpOutcome::Absent { .. }), "{wrong:?}");
        // The ids of all kinds share one space: the other family cannot train under it meanwhile.
        let busy = connection.submit(order(other, ROWS)).await.outcome;
        assert!(matches!(busy, SubmitOutcome::Busy { .. }), "{busy:?}");
    }
}

fn describe(outcome: &SubmitOutcome) -> String {
    match outcome {
        SubmitOutcome::NotSent { .. } => "not sent".to_owned(),
        SubmitOutcome::Accepted { run_id: Some(_), .. } => "accepted run".to_owned(),
        SubmitOutcome::Accepted { .. } => "accepted".to_owned(),
        SubmitOutcome::Busy { .. } => "busy".to_owned(),
        SubmitOutcome::Rejected { failure, fields, .. } => {
            let blamed = fields.first().map_or(failure.code.as_str(), |fault| fault.path.as_str());
            format!("rejected {blamed}")
        }
        SubmitOutcome::CredentialsRefused { .. } | SubmitOutcome::TokenRefused { .. } => "refused".to_owned(),
        SubmitOutcome::Throttled { retry_after, .. } => format!("throttled {}", retry_after.as_secs()),
        SubmitOutcome::Unclear { .. } => "unclear".to_owned(),
        SubmitOutcome::Lost { .. } => "lost".to_owned(),
    }
}

#[tokio::test]
async fn a_connection_cut_while_the_file_goes_up_is_lost_and_the_look_up_proves_absence() {
    let fake = Fake::start().await;
    for step in
        [json!({"calls": 1, "cut": "before_reading"}), json!({"calls": 1, "cut": "mid_upload", "cut_after_bytes": 5})]
    {
        fake.script("*", json!({"train": [step]})).await;
        let connection = fake.connect();
        let request = classification("cut");
        let sent = connection.submit(order(request.clone(), ROWS)).await.outcome;
        assert!(matches!(sent, SubmitOutcome::Lost { .. }), "{sent:?}");
        let found = connection.look_up(&target(&connection, &request, false)).await.outcome;
        assert!(matches!(found, LookUpOutcome::Absent { .. }), "{found:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_training_that_was_made_is_found_by_looking() {
    let fake = Fake::start().await;
    fake.script("lost", json!({"train": [{"calls": 1, "cut": "after_upload"}]})).await;
    let connection = fake.connect();
    let request = clustering("lost", true);
    let sent = connection.submit(order(request.clone(), ROWS)).await.outcome;
    assert!(matches!(sent, SubmitOutcome::Lost { .. }), "{sent:?}");
    let found = connection.look_up(&target(&connection, &request, false)).await.outcome;
    assert!(matches!(found, LookUpOutcome::Found { in_progress: true, .. }), "{found:?}");
    let again = connection.submit(order(request, ROWS)).await.outcome;
    assert!(matches!(again, SubmitOutcome::Busy { .. }), "{again:?}");
}

#[tokio::test]
async fn every_wording_of_progress_leads_to_ready() {
    let fake = Fake::start().await;
    for (name, wording) in [
        ("lower", json!({"letters": "lower"})),
        ("upper", json!({"letters": "upper"})),
        ("padded", json!({"padded": true})),
        ("null-absent", json!({"null_as": "absent"})),
        ("null-empty", json!({"null_as": "empty"})),
        ("null-text", json!({"null_as": "text"})),
        ("percent-null", json!({"percent": null})),
        ("percent-text", json!({"percent": "12"})),
        ("percent-huge", json!({"percent": 1e9})),
        ("percent-absent", json!({"percent_absent": true})),
    ] {
        fake.script(name, json!({"progress": [{"wording": wording}]})).await;
        let connection = fake.connect();
        let request = classification(name);
        connection.submit(order(request.clone(), ROWS)).await;
        let seen = follow(&fake, &connection, target(&connection, &request, false), true).await;
        assert_eq!(seen.last().and_then(|seen| seen.stage), Some(Stage::Ready), "{name}");
    }
}

/// Polls until nothing is to be asked any more, or 60 times.
async fn follow(fake: &Fake, connection: &SestekConnection, mut target: PollTarget, advance: bool) -> Vec<Observation> {
    let mut seen = Vec::new();
    for _ in 0..60 {
        match connection.poll(&target).await.outcome {
            PollOutcome::Observed(observation) => {
                target.state = observation.state.clone();
                target.stage = observation.stage.unwrap_or(target.stage);
                let ended = observation.next_poll.is_none();
                seen.push(observation);
                if ended {
                    break;
                }
            }
            other => panic!("{other:?}"),
        }
        if advance {
            fake.advance(300.0).await;
        }
    }
    seen
}

#[tokio::test]
async fn odd_progress_answers_are_never_an_end() {
    let fake = Fake::start().await;
    let connection = fake.connect();
    let request = classification("odd");
    connection.submit(order(request.clone(), ROWS)).await;
    let target = target(&connection, &request, false);
    for step in [
        json!({"answer": {"kind": "html"}}),
        json!({"answer": {"kind": "redirect"}}),
        json!({"answer": {"kind": "broken_json"}}),
        json!({"answer": {"kind": "empty", "status": 200}}),
        json!({"answer": {"kind": "abp", "status": 500}}),
        json!({"answer": {"kind": "html", "status": 404}}),
        json!({"answer": {"kind": "endless"}}),
        json!({"cut": "after_upload"}),
        json!({"truncate_after_bytes": 5}),
        json!({"bytes_per_second": 1}),
        json!({"delay_seconds": 20}),
    ] {
        fake.script("odd", json!({"progress": [step]})).await;
        let outcome = connection.poll(&target).await.outcome;
        assert!(matches!(outcome, PollOutcome::Unreachable { .. }), "{step}: {outcome:?}");
    }
    fake.script("odd", json!({"progress": [{"wording": {"training_status": "Cancelled"}}]})).await;
    let PollOutcome::Observed(seen) = connection.poll(&target).await.outcome else { panic!() };
    assert_eq!((seen.stage, seen.vendor_status["trainingStatus"].as_str()), (None, "Cancelled"));
    fake.script("odd", json!({"progress": [{"answer": {"kind": "throttle", "retry_after_seconds": 30}}]})).await;
    let outcome = connection.poll(&target).await.outcome;
    assert!(
        matches!(outcome, PollOutcome::Throttled { retry_after, .. } if retry_after.as_secs() == 30),
        "{outcome:?}"
    );
    fake.script("odd", json!({})).await;
    assert!(matches!(connection.poll(&target).await.outcome, PollOutcome::Observed(_)));
}

#[tokio::test]
async fn a_failed_run_ends_as_failed_and_an_unknown_model_as_absent() {
    let fake = Fake::start().await;
    fake.script("fails", json!({"plan": {"fail_at": "Training"}})).await;
    let connection = fake.connect();
    let request = classification("fails");
    connection.submit(order(request.clone(), ROWS)).await;
    let seen = follow(&fake, &connection, target(&connection, &request, false), true).await;
    assert_eq!(seen.last().and_then(|seen| seen.stage), Some(Stage::Failed));
    let absent = connection.look_up(&unknown_target("nobody")).await.outcome;
    assert!(matches!(absent, LookUpOutcome::Absent { .. }), "{absent:?}");
}

#[tokio::test]
async fn a_model_not_shown_at_once_is_waited_for() {
    let fake = Fake::start().await;
    fake.script("late", json!({"plan": {"not_found_answers": 2}})).await;
    let connection = fake.connect();
    let request = classification("late");
    connection.submit(order(request.clone(), ROWS)).await;
    let mut target = target(&connection, &request, false);
    target.state = connection.begin(&request, false, trainyard::clock::Clock::now(&WallClock));
    let seen = follow(&fake, &connection, target, true).await;
    assert_eq!((seen[0].stage, seen[1].stage), (None, None));
    assert_eq!(seen.last().and_then(|seen| seen.stage), Some(Stage::Ready));
}

#[tokio::test]
async fn a_retrain_is_not_ended_by_the_older_runs_answers() {
    let fake = Fake::start().await;
    fake.script("again", json!({"plan": {"stale_answers": 3}})).await;
    let connection = fake.connect();
    let request = classification("again");
    connection.submit(order(request.clone(), ROWS)).await;
    follow(&fake, &connection, target(&connection, &request, false), true).await;
    connection.submit(order(request.clone(), ROWS)).await;
    let mut again = target(&connection, &request, true);
    again.state = connection.begin(&request, true, trainyard::clock::Clock::now(&WallClock));
    let seen = follow(&fake, &connection, again, true).await;
    let stages: Vec<_> = seen.iter().map(|seen| seen.stage).collect();
    assert_eq!(&stages[..3], [None, None, None], "{stages:?}");
    assert!(stages.contains(&Some(Stage::Training)) || stages.contains(&Some(Stage::Queued)), "{stages:?}");
    assert_eq!(stages.last(), Some(&Some(Stage::Ready)));
}

#[tokio::test]
async fn a_sleeping_model_is_woken_only_when_the_readiness_check_agrees() {
    let fake = Fake::start().await;
    fake.script(
        "sleepy",
        json!({"plan": {"sleep_after_seconds": 2000}, "ready": [{"wording": {"truth_as": "title"}}]}),
    )
    .await;
    let connection = fake.connect();
    let first = clustering("sleepy", true);
    connection.submit(order(first.clone(), ROWS)).await;
    follow(&fake, &connection, target(&connection, &first, false), true).await;
    fake.advance(5_000.0).await;
    let wake = clustering("sleepy", false);
    let sent = connection.submit(order(wake.clone(), ROWS)).await.outcome;
    assert!(matches!(sent, SubmitOutcome::Accepted { .. }), "{sent:?}");
    let mut woken = target(&connection, &wake, true);
    woken.state = connection.begin(&wake, true, trainyard::clock::Clock::now(&WallClock));
    let seen = follow(&fake, &connection, woken, true).await;
    let last = seen.last().unwrap();
    assert_eq!((last.stage, last.vendor_status["ready"].as_str()), (Some(Stage::Ready), "true"));
    assert_eq!(last.serving.as_ref().unwrap().state, ServingState::Running);
}

#[tokio::test]
async fn token_answers_of_the_fake_are_understood_and_a_revoked_token_is_replaced() {
    let fake = Fake::start().await;
    for (answer, refused) in [
        (json!({"kind": "oauth", "code": "invalid_client"}), true),
        (json!({"kind": "oauth", "code": "invalid_client", "status": 400}), true),
        (json!({"kind": "html"}), false),
        (json!({"kind": "abp", "status": 500}), false),
    ] {
        fake.script("*", json!({"token": [{"answer": answer}]})).await;
        let connection = fake.connect();
        let outcome = connection.prepare().await.outcome;
        assert_eq!(matches!(outcome, PrepareOutcome::CredentialsRefused { .. }), refused, "{outcome:?}");
        let tested = connection.test().await;
        assert_eq!((tested.ok, tested.refused), (false, refused), "{}", tested.message);
    }
    let terms = json!({"scope": "SestekAI_Host_External", "access_token": "canary-of-the-vendor-1"});
    fake.script("*", json!({"token": [{"calls": 1, "terms": terms}]})).await;
    let connection = fake.connect();
    let tested = connection.test().await;
    assert!(tested.ok && tested.warnings.len() == 1, "{:?}", tested.warnings);
    assert!(!format!("{:?}", tested.answers).contains("canary-of-the-vendor"));
    fake.tell("revoke-tokens", json!({})).await;
    let asked = connection.look_up(&unknown_target("nobody")).await;
    assert!(matches!(asked.outcome, LookUpOutcome::Absent { .. }), "{:?}", asked.outcome);
    assert_eq!(asked.answers.len(), 3, "a 401, a token, and the answer");
}
