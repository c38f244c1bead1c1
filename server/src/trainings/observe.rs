//! Applies what a vendor told us about a training, and every other change of one: the only place where a training changes.
//! Pure: never talks to a vendor or the store. Each function changes the training and returns the lines for its history.

use crate::store::trainings::StoredTraining;
use crate::store::txn::EventDraft;
use crate::vendors::vendor::Observation;
use app::model::event::{EventKind, Source};
use app::model::history::MetricPoint;
use app::model::ids::{TrainingId, UserName};
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::{Failure, Progress, Serving, ServingState, Training, TrainingChange, VendorStatus, Waiting};
use std::time::Duration;

/// When a vendor was asked, when it answered, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    pub source: Source,
    pub asked_at: Timestamp,
    pub answered_at: Timestamp,
}

/// What an observation led to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    pub events: Vec<EventDraft>,
    pub metrics: Vec<MetricPoint>,
}

/// Takes an observation in.
///
/// The result does not depend on the order or the number of times that observations of a run arrive: an end latches (of
/// two ends, the one asked for first), among the others the newest request wins, for the stage the newest one that had a
/// word we know, and percent only grows.
pub fn take_observation(stored: &mut StoredTraining, seen: &Observation, answered: Answered) -> Taken {
    if matches!(stored.training.stage, Stage::Superseded | Stage::Gone | Stage::Rejected) {
        return Taken::default();
    }
    let before = stored.training.clone();
    let known_at = known_up_to(stored);
    let metrics = merge_percent(stored, seen, answered);
    note_station(&mut stored.training, seen.stage);
    let news = news_in(stored, seen, answered);
    if news.is_stage {
        stored.training.stage = seen.stage.unwrap_or(before.stage);
        stored.stage_asked_at = Some(answered.asked_at);
    }
    if news.is_newest {
        take_details(stored, seen, answered);
    }
    let training = &mut stored.training;
    if training.stage.is_end() && news.is_stage {
        training.ended_at = Some(answered.answered_at);
        stored.ended_asked_at = Some(answered.asked_at);
    }
    let events = describe_change(stored, (&before, known_at), answered);
    Taken { events, metrics }
}

/// How far a training came is the furthest station of a run, whoever saw it and when.
fn note_station(training: &mut Training, seen: Option<Stage>) {
    training.reached = training.reached.max(seen.filter(|stage| stage.rung().is_some()));
}

/// Percent is the highest of a run, whoever reported it and when.
fn merge_percent(stored: &mut StoredTraining, seen: &Observation, answered: Answered) -> Vec<MetricPoint> {
    let before = percent_of(stored.training.progress.as_ref());
    let percent = highest(before, percent_of(seen.progress.as_ref()));
    if percent == before {
        return Vec::new();
    }
    stored.training.progress.get_or_insert_with(Progress::default).percent = percent;
    let at = answered.answered_at;
    vec![MetricPoint { name: "percent".to_owned(), value: percent, step: None, epoch: None, at }]
}

/// Which parts of an observation are to be taken in.
struct News {
    is_stage: bool,
    is_newest: bool,
}

fn news_in(stored: &StoredTraining, seen: &Observation, answered: Answered) -> News {
    if seen.stage.is_some_and(Stage::is_end) {
        let is_first_end = stored.ended_asked_at.is_none_or(|ended| answered.asked_at < ended);
        return News { is_stage: is_first_end, is_newest: is_first_end };
    }
    let is_open = !stored.training.stage.is_end();
    let is_after = |last: Option<Timestamp>| last.is_none_or(|last| answered.asked_at > last);
    News {
        is_stage: is_open && seen.stage.is_some() && is_after(stored.stage_asked_at),
        is_newest: is_open && is_after(stored.last_asked_at),
    }
}

fn take_details(stored: &mut StoredTraining, seen: &Observation, answered: Answered) {
    let training = &mut stored.training;
    let percent = percent_of(training.progress.as_ref());
    training.vendor_status = seen.vendor_status.clone();
    training.serving = seen.serving.clone();
    training.lanes = seen.lanes.clone();
    training.failure = seen.failure.clone();
    training.waiting = None;
    let progress = Progress { percent, ..seen.progress.clone().unwrap_or_default() };
    training.progress = (progress != Progress::default()).then_some(progress);
    training.last_seen_at = training.last_seen_at.max(Some(answered.answered_at));
    training.unseen_since = None;
    stored.vendor_state = seen.state.clone();
    stored.last_asked_at = stored.last_asked_at.max(Some(answered.asked_at));
}

/// The latest moment of which the vendor's word was known.
fn known_up_to(stored: &StoredTraining) -> Timestamp {
    let training = &stored.training;
    stored.last_asked_at.or(training.submitted_at).unwrap_or(training.created_at)
}

/// Whether a ready model still serves, as its vendor just said. Only of a training that is ready, and only newer news.
pub fn note_serving(stored: &mut StoredTraining, state: ServingState, answered: Answered) -> Vec<EventDraft> {
    let is_newer = stored.last_asked_at.is_none_or(|last| answered.asked_at > last);
    if stored.training.stage != Stage::Ready || !is_newer {
        return Vec::new();
    }
    let before = stored.training.clone();
    let known_at = known_up_to(stored);
    stored.training.serving = Some(Serving { state });
    stored.training.last_seen_at = before.last_seen_at.max(Some(answered.answered_at));
    stored.training.unseen_since = None;
    stored.last_asked_at = Some(answered.asked_at);
    describe_change(stored, (&before, known_at), answered)
}

/// The lines of history for what is different now. `before` was known up to the moment of the last question: an answer
/// may be as old as its question.
fn describe_change(
    stored: &mut StoredTraining,
    (before, known_at): (&Training, Timestamp),
    answered: Answered,
) -> Vec<EventDraft> {
    let training = &mut stored.training;
    let draft = |kind| EventDraft {
        kind,
        source: answered.source,
        at_earliest: known_at,
        at_latest: answered.answered_at,
        actor: None,
        message: None,
    };
    let mut events = Vec::new();
    if before.unseen_since.is_some() && training.unseen_since.is_none() {
        events.push(draft(EventKind::SeenAgain));
    }
    let whole = |training: &Training| percent_of(training.progress.as_ref()).map(|percent| percent.floor() as i64);
    let is_new_stage = before.stage != training.stage;
    let is_progress = before.vendor_status != training.vendor_status
        || before.serving != training.serving
        || whole(before) != whole(training);
    if is_new_stage || is_progress {
        if training.stalled_since.take().is_some() {
            events.push(draft(EventKind::Moving));
        }
        events.push(draft(if is_new_stage { EventKind::StageChanged } else { EventKind::Progressed }));
        stored.last_change_at = answered.answered_at;
    }
    events
}

fn percent_of(progress: Option<&Progress>) -> Option<f64> {
    progress.and_then(|progress| progress.percent).filter(|percent| percent.is_finite())
}

fn highest(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

/// The vendor has the training: by its answer to the submit, or found by a look-up.
pub fn accept_training(
    stored: &mut StoredTraining,
    vendor_status: VendorStatus,
    vendor_state: serde_json::Value,
    answered: Answered,
    message: Option<String>,
) -> EventDraft {
    let training = &mut stored.training;
    let sent_at = training.submitted_at.unwrap_or(answered.asked_at);
    training.stage = Stage::Queued;
    note_station(training, Some(Stage::Queued));
    training.vendor_status = vendor_status;
    training.submitted_at = Some(answered.answered_at);
    training.last_seen_at = Some(answered.answered_at);
    training.waiting = None;
    training.failure = None;
    training.unseen_since = None;
    stored.vendor_state = vendor_state;
    stored.last_asked_at = stored.last_asked_at.max(Some(answered.asked_at));
    stored.last_change_at = answered.answered_at;
    EventDraft {
        kind: EventKind::Accepted,
        source: answered.source,
        at_earliest: sent_at,
        at_latest: answered.answered_at,
        actor: None,
        message,
    }
}

/// The training is over before it began: refused, busy, or given up.
pub fn end_training(stored: &mut StoredTraining, stage: Stage, failure: Failure, answered: Answered) -> EventDraft {
    let training = &mut stored.training;
    training.stage = stage;
    training.ended_at = Some(answered.answered_at);
    training.waiting = None;
    training.unseen_since = None;
    training.stalled_since = None;
    let message = failure.message.clone();
    training.failure = Some(failure);
    stored.ended_asked_at = Some(answered.asked_at);
    stored.last_change_at = answered.answered_at;
    answer_event(EventKind::StageChanged, answered, message)
}

/// Says what the training waits for. `None` when that is known already.
pub fn set_waiting(
    stored: &mut StoredTraining,
    waiting: Waiting,
    kind: EventKind,
    now: Timestamp,
) -> Option<EventDraft> {
    let training = &mut stored.training;
    let is_same = training.waiting.as_ref().is_some_and(|known| {
        (known.reason, &known.message, &known.held) == (waiting.reason, &waiting.message, &waiting.held)
    });
    let message = waiting.message.clone();
    training.waiting = Some(waiting);
    let answered = Answered { source: Source::Trainyard, asked_at: now, answered_at: now };
    (!is_same).then(|| answer_event(kind, answered, message))
}

/// Only a person can go on.
pub fn ask_person(stored: &mut StoredTraining, failure: Failure, waiting: Waiting, answered: Answered) -> EventDraft {
    let training = &mut stored.training;
    training.stage = Stage::NeedsAttention;
    let message = failure.message.clone();
    training.failure = Some(failure);
    training.waiting = Some(waiting);
    stored.last_change_at = answered.answered_at;
    answer_event(EventKind::StageChanged, answered, message)
}

/// A person decided how to go on: back to submitting.
pub fn resume_training(stored: &mut StoredTraining, actor: &UserName, message: &str, now: Timestamp) -> EventDraft {
    let training = &mut stored.training;
    training.stage = Stage::Submitting;
    training.failure = None;
    training.waiting = None;
    stored.last_change_at = now;
    person_event(EventKind::Settled, actor, Some(message.to_owned()), now)
}

/// What is known of a run that is gone says nothing about the next one; its history keeps it.
pub fn forget_run(stored: &mut StoredTraining) {
    let training = &mut stored.training;
    training.reached = None;
    training.vendor_status = VendorStatus::new();
    training.progress = None;
    training.serving = None;
    training.lanes = Vec::new();
    training.submitted_at = None;
    training.stalled_since = None;
    stored.vendor_state = serde_json::Value::Null;
}

/// The vendor cannot be reached about it; the stage stays what it was. `None` when that is known already.
pub fn mark_unseen(stored: &mut StoredTraining, message: &str, now: Timestamp) -> Option<EventDraft> {
    let training = &mut stored.training;
    if training.unseen_since.is_some() || training.stage.is_end() {
        return None;
    }
    let since = training.last_seen_at.or(training.submitted_at).unwrap_or(training.created_at);
    training.unseen_since = Some(since);
    Some(EventDraft {
        kind: EventKind::Unseen,
        source: Source::Trainyard,
        at_earliest: since,
        at_latest: now,
        actor: None,
        message: Some(message.to_owned()),
    })
}

/// Nothing has changed for longer than the kind usually takes. `None` when that is known already or not so.
pub fn mark_stalled(stored: &mut StoredTraining, limit: Duration, now: Timestamp) -> Option<EventDraft> {
    let training = &mut stored.training;
    let since = stored.last_change_at;
    let is_late = u128::try_from(now.millis_since(since)).is_ok_and(|waited| waited > limit.as_millis());
    if !is_late || training.stalled_since.is_some() || training.stage.is_end() {
        return None;
    }
    training.stalled_since = Some(since);
    Some(EventDraft {
        kind: EventKind::Stalled,
        source: Source::Trainyard,
        at_earliest: since,
        at_latest: now,
        actor: None,
        message: None,
    })
}

/// The same model was trained again. Freezes the older training: `ready` and unfinished ones become `superseded`, other
/// ends keep theirs; nothing else changes, and nothing ever will.
pub fn supersede_training(older: &mut StoredTraining, newer: &TrainingId, now: Timestamp) -> EventDraft {
    let training = &mut older.training;
    training.superseded_by = Some(newer.clone());
    if training.stage == Stage::Ready || !training.stage.is_end() {
        training.stage = Stage::Superseded;
        training.waiting = None;
        training.ended_at = training.ended_at.or(Some(now));
    }
    EventDraft {
        kind: EventKind::Superseded,
        source: Source::Trainyard,
        at_earliest: now,
        at_latest: now,
        actor: None,
        message: None,
    }
}

/// A person changed what is theirs: name, tags, note, archived. `None` when nothing differs.
pub fn edit_training(
    stored: &mut StoredTraining,
    change: TrainingChange,
    actor: &UserName,
    now: Timestamp,
) -> Option<EventDraft> {
    let training = &mut stored.training;
    let before = (training.name.clone(), training.tags.clone(), training.note.clone(), training.archived);
    training.name = change.name.unwrap_or_else(|| before.0.clone());
    training.tags = change.tags.unwrap_or_else(|| before.1.clone());
    training.note = change.note.unwrap_or_else(|| before.2.clone());
    training.archived = change.archived.unwrap_or(before.3);
    let after = (training.name.clone(), training.tags.clone(), training.note.clone(), training.archived);
    (before != after).then(|| person_event(EventKind::Edited, actor, None, now))
}

/// A line about what an answer, or we ourselves, brought about.
fn answer_event(kind: EventKind, answered: Answered, message: String) -> EventDraft {
    let Answered { source, asked_at, answered_at } = answered;
    EventDraft { kind, source, at_earliest: asked_at, at_latest: answered_at, actor: None, message: Some(message) }
}

/// A line about what a person did.
pub fn person_event(kind: EventKind, actor: &UserName, message: Option<String>, now: Timestamp) -> EventDraft {
    EventDraft { kind, source: Source::Person, at_earliest: now, at_latest: now, actor: Some(actor.clone()), message }
}
