//! Every type that crosses the wire comes back from JSON as it went.

use super::advice::{TrainAdvice, Verdict};
use super::connection::{Capabilities, Connection, ConnectionTest, Health, HealthState};
use super::dataset::{CheckDataset, Dataset};
use super::error::{AppError, ErrorCode, FieldFault};
use super::event::{Event, EventKind, Seen, Source};
use super::filter::{Sort, TrainingFilter};
use super::finding::{CheckReport, CheckedFile, Finding, Severity};
use super::history::{Answer, MetricPoint, UsualDuration};
use super::ids::{ConnectionId, DatasetId, Kind, TrainingId, UserName, VendorRef};
use super::page::{AnswerPage, EventPage, MetricPage, NowBoard, PageQuery, TrainingPage};
use super::preview::{PreviewPart, RequestPreview};
use super::request::FrozenRequest;
use super::session::{Caller, Role};
use super::stage::Stage;
use super::time::Timestamp;
use super::training::{
    Behind, Decision, Failure, Held, Lane, Progress, RetryTraining, Serving, ServingState, Settlement, Training,
    TrainingChange, TrainingDataset, Waiting, WaitingReason,
};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert_eq, proptest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::fmt::Debug;

/// Writes and reads the value, as text and as a JSON value, and as text again.
fn assert_survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).unwrap();
    assert_eq!(&read, value, "{text}");
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    let tree = serde_json::to_value(value).unwrap();
    assert_eq!(&serde_json::from_value::<T>(tree).unwrap(), value);
}

/// Awkward text: empty, quotes, markup, control characters, Turkish, an emoji, a very long word.
fn texts() -> impl Strategy<Value = String> {
    prop::sample::select(
        ["", "plain", "\"quoted\" \\", "<script>&amp;", "a\nb\tc\u{0}", "İıĞğŞş", "😀", &"x".repeat(5_000)]
            .map(str::to_owned)
            .to_vec(),
    )
}

/// Moments from year 1 to year 9999.
fn moments() -> impl Strategy<Value = Timestamp> {
    (-62_135_596_800_000_i64..253_402_300_800_000).prop_map(Timestamp::from_millis)
}

fn maybe<T: Debug>(values: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(values)
}

fn stages() -> impl Strategy<Value = Stage> {
    prop::sample::select(&Stage::ALL[..])
}

/// Numbers as vendors write them: at most six decimals.
fn numbers() -> impl Strategy<Value = f64> {
    (-1_000_000_000_000_i64..1_000_000_000_000).prop_map(|millionths| millionths as f64 / 1_000_000.0)
}

fn progress() -> impl Strategy<Value = Progress> {
    (maybe(numbers()), maybe(any::<i64>()), maybe(any::<i64>()), maybe(numbers())).prop_map(
        |(percent, step, epoch, loss)| Progress { percent, step, total_steps: step, epoch, total_epochs: epoch, loss },
    )
}

fn trainings() -> impl Strategy<Value = Training> {
    let words = prop::collection::btree_map(texts(), texts(), 0..3);
    let times = (moments(), maybe(moments()), maybe(moments()), maybe(moments()));
    let flags = (any::<bool>(), any::<bool>(), any::<i64>());
    (stages(), texts(), maybe(texts()), words, maybe(progress()), times, flags).prop_map(
        |(stage, text, other, vendor_status, progress, (created_at, submitted_at, ended_at, seen), flags)| Training {
            id: TrainingId::new("0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e"),
            vendor: "sestek".to_owned(),
            kind: Kind::new("sestek.clustering"),
            connection: ConnectionId::new("knovvu"),
            name: text.clone(),
            vendor_ref: other.clone().map(VendorRef::new),
            stage,
            reached: Some(stage),
            vendor_status: vendor_status.clone(),
            progress,
            serving: flags.0.then_some(Serving { state: ServingState::Asleep }),
            lanes: vec![Lane {
                key: "training".to_owned(),
                label: text.clone(),
                stage,
                vendor_status,
                error: other.clone(),
            }],
            failure: other.clone().map(|code| Failure {
                code,
                message: text.clone(),
                said: other.clone(),
                hint: other.clone(),
                retryable: flags.1,
            }),
            waiting: flags.1.then(|| Waiting {
                reason: WaitingReason::Quarantine,
                message: text.clone(),
                until: ended_at,
                held: flags.0.then(|| Held {
                    behind: other.clone().map(|id| Behind {
                        id: TrainingId::new(id),
                        name: text.clone(),
                        needs_attention: true,
                    }),
                    place: 7,
                }),
            }),
            request: FrozenRequest {
                kind: Kind::new("sestek.clustering"),
                fields: json!({ "model_id": text, "data": { "schema": "dialogue" }, "llm": null })
                    .as_object()
                    .cloned()
                    .unwrap_or_default(),
            },
            datasets: vec![TrainingDataset {
                role: "dialogue".to_owned(),
                sha256: DatasetId::new("1".repeat(64)),
                name: text.clone(),
                size_bytes: flags.2,
            }],
            owner: UserName::new("ayşe"),
            tags: vec![text.clone(), "b".to_owned()],
            note: text,
            archived: flags.0,
            created_at,
            submitted_at,
            ended_at,
            last_seen_at: seen,
            unseen_since: submitted_at,
            stalled_since: ended_at,
            retry_of: other.clone().map(TrainingId::new),
            superseded_by: other.map(TrainingId::new),
            last_event: flags.2,
        },
    )
}

fn connection(text: String, at: Option<Timestamp>) -> Connection {
    Connection {
        id: ConnectionId::new("knovvu"),
        vendor: "sestek".to_owned(),
        name: text.clone(),
        sandbox: true,
        kinds: vec![Kind::new("sestek.clustering")],
        health: Health { state: HealthState::Refused, since: at, message: Some(text) },
        capabilities: Capabilities { watching_publishes: true, ..Capabilities::default() },
        notices: vec!["Something to know.".to_owned()],
        last_used_at: at,
        last_refused_at: None,
        default_product_name: None,
        tenant_name: Some("acme".to_owned()),
    }
}

fn answer(text: String, at: Timestamp) -> Answer {
    Answer {
        id: i64::MAX,
        purpose: "progress".to_owned(),
        method: "GET".to_owned(),
        url: text.clone(),
        status: Some(599),
        content_type: None,
        body: text.clone(),
        truncated: true,
        error: Some(text),
        asked_at: at,
        answered_at: at,
        repeated: 3,
    }
}

fn report(text: String) -> CheckReport {
    let finding = Finding {
        check: "label_missing".to_owned(),
        severity: Severity::Warning,
        row: Some(u64::MAX),
        line: None,
        column: Some(text.clone()),
        message: text.clone(),
        fix: None,
        predicts: Some(text.clone()),
    };
    CheckReport { findings: vec![finding], more: 1, records: 2, bytes: u64::MAX, summary: text }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn trainings_events_and_their_pages_survive(training in trainings(), at in moments()) {
        let event = Event {
            id: training.last_event,
            training: training.id.clone(),
            kind: EventKind::StageChanged,
            source: Source::LookUp,
            at_earliest: at,
            at_latest: training.created_at,
            actor: Some(training.owner.clone()),
            message: Some(training.name.clone()),
            after: training.state(),
        };
        assert_survives(&training);
        assert_survives(&event);
        assert_survives(&EventPage { items: vec![event], next: Some(training.name.clone()) });
        let counts = [(training.stage, 7), (Stage::NeedsAttention, 0)].into();
        let next = Some("opaque".to_owned());
        assert_survives(&TrainingPage { items: vec![training.clone()], next, counts, last_event: 9 });
        let connections = vec![connection(training.note.clone(), Some(at))];
        assert_survives(&NowBoard { running: vec![training], connections, is_empty: false, ..NowBoard::default() });
    }

    #[test]
    fn history_datasets_and_findings_survive(text in texts(), at in moments(), value in maybe(numbers()), stage in stages()) {
        let point = MetricPoint { name: text.clone(), value, step: Some(-1), epoch: None, at };
        assert_survives(&MetricPage { items: vec![point], next: None });
        assert_survives(&AnswerPage { items: vec![answer(text.clone(), at)], next: Some(text.clone()) });
        assert_survives(&UsualDuration { stage, low_ms: 0, high_ms: i64::MAX, samples: 1 });
        assert_survives(&Seen { training: TrainingId::new(text.clone()), last_seen_at: at });
        let sha256 = DatasetId::new("ab".repeat(32));
        let used_by = vec![TrainingId::new("x")];
        assert_survives(&Dataset { sha256, name: text.clone(), size_bytes: 5, owner: UserName::new("a"), created_at: at, used_by });
        assert_survives(&CheckDataset { kind: Kind::new("sestek.clustering"), role: Some(text.clone()) });
        assert_survives(&CheckedFile { report: report(text), sha256: None });
    }

    #[test]
    fn connections_errors_changes_and_previews_survive(text in texts(), at in maybe(moments()), flag in maybe(any::<bool>())) {
        assert_survives(&connection(text.clone(), at));
        assert_survives(&ConnectionTest { ok: true, message: text.clone(), warnings: vec![text.clone()], took_ms: 1 });
        let fields = vec![FieldFault::new("request.model_id", text.clone())];
        let error = AppError { fields, request_id: Some(text.clone()), ..AppError::new(ErrorCode::Busy, text.clone()) };
        assert_survives(&AppError { training: Some(TrainingId::new("x")), ..error });
        assert_survives(&TrainingChange { name: Some(text.clone()), tags: Some(vec![]), note: None, archived: flag });
        assert_survives(&PageQuery { after: Some(text.clone()), limit: Some(200) });
        let part = PreviewPart { name: "modelId".to_owned(), value: text.clone(), is_file: false };
        let headers = vec![("Authorization".to_owned(), "Bearer <token>".to_owned())];
        let (method, url) = ("POST".to_owned(), text.clone());
        let (verdict, warning) = (Verdict::Ask, Some(text.clone()));
        let advice = TrainAdvice { verdict, reason: text.clone(), warning, compared_with: Some(TrainingId::new("x")) };
        let curl = text.clone();
        assert_survives(&RequestPreview { method, url, headers, parts: vec![part], curl, advice: Some(advice), warnings: Vec::new() });
        let filter = TrainingFilter { q: Some(text), from: at, sort: Sort::Changed, stage: Stage::ALL.to_vec(), ..TrainingFilter::default() };
        assert_survives(&filter);
    }

    #[test]
    fn a_metric_of_any_size_keeps_its_value_to_the_last_digits(value in any::<f64>()) {
        let written = serde_json::to_string(&Progress { loss: Some(value), ..Progress::default() }).unwrap();
        let read: Progress = serde_json::from_str(&written).unwrap();
        match read.loss {
            Some(loss) => assert!((loss - value).abs() <= value.abs() * 4.0 * f64::EPSILON, "{written}"),
            None => prop_assert_eq!(value.is_finite(), false),
        }
    }
}

#[test]
fn what_is_no_number_becomes_null_and_reads_back_as_absent() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let progress = Progress { percent: Some(value), loss: Some(value), step: Some(3), ..Progress::default() };
        let tree = serde_json::to_value(&progress).unwrap();
        assert_eq!((&tree["percent"], &tree["loss"]), (&json!(null), &json!(null)));
        let read: Progress = serde_json::from_str(&serde_json::to_string(&progress).unwrap()).unwrap();
        assert_eq!(read, Progress { step: Some(3), ..Progress::default() });
        let at = Timestamp::from_millis(0);
        let point = MetricPoint { name: "loss".to_owned(), value: Some(value), step: None, epoch: None, at };
        let read: MetricPoint = serde_json::from_str(&serde_json::to_string(&point).unwrap()).unwrap();
        assert_eq!(read.value, None);
    }
}

#[test]
fn every_word_of_every_enum_survives_and_is_snake_case() {
    for stage in Stage::ALL {
        assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
        assert_eq!(Stage::parse(stage.as_str()), Some(stage));
        assert_survives(&stage);
    }
    for role in [Role::Viewer, Role::Operator, Role::Admin] {
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        assert_survives(&Caller { name: UserName::new("a"), role });
    }
    for sort in [Sort::Newest, Sort::Oldest, Sort::Changed] {
        assert_eq!(serde_json::to_value(sort).unwrap(), sort.as_str());
    }
    for decision in [Decision::Link, Decision::SendAgain, Decision::GiveUp] {
        assert_survives(&Settlement { decision });
    }
    assert_eq!(serde_json::to_value(ErrorCode::UnsupportedMediaType).unwrap(), "unsupported_media_type");
    assert_eq!(serde_json::to_value(EventKind::SeenAgain).unwrap(), "seen_again");
    assert_eq!(serde_json::to_value(WaitingReason::LookingUp).unwrap(), "looking_up");
    let changes = json!({ "llm": null }).as_object().cloned().unwrap_or_default();
    assert_survives(&RetryTraining { id: TrainingId::new("x"), changes, hold_if_busy: true });
}
