//! Progress answers: stage, lanes, when to ask next, and whether the answer is about this run at all.
//! Contract sections 11, 12, 15 and 15.1.

use super::RunState;
use crate::vendors::sestek::wire::ProgressWire;
use crate::vendors::vendor::{Observation, Pace};
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::{Failure, Lane, Progress, Serving, ServingState, VendorStatus};
use std::time::Duration;

/// Intervals and limits before scaling (contract section 15; the vendor states none).
const MINUTE: Duration = Duration::from_secs(60);
const ASK_USUAL: Duration = Duration::from_secs(15);
const ASK_SOON: Duration = Duration::from_secs(10);
const ASK_SELDOM: Duration = Duration::from_secs(300);
/// How long a first `Completed` or `Failed` may still be about the older run.
const OLD_RUN: Duration = Duration::from_secs(120);
/// "No such training" is believed when it was said so often, over so long a time: an ingress that has lost
/// its backend says so too, and so does a vendor that has just taken the training.
const MISSING_READS: u32 = 3;
const MISSING: Duration = Duration::from_secs(600);
const STALL: Duration = Duration::from_secs(60 * 60);
const STALL_PENDING: Duration = Duration::from_secs(15 * 60);
const STALL_PUBLISHING: Duration = Duration::from_secs(30 * 60);

/// What a progress answer is read against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PollContext {
    pub now: Timestamp,
    pub pace: Pace,
    /// The stage the training stands in.
    pub stage: Stage,
}

/// What the training word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// Still going, at this stage.
    Going(Stage),
    Completed,
    Failed,
    /// A word we do not know, or none: never an end.
    Unknown,
}

/// The table of contract section 11.1: whole words, any case. Prefixes would take `TrainingStarted` for `Training`.
fn read_word(wire: &ProgressWire) -> Word {
    let word = wire.training_status.as_deref().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "initialized" | "pendingtraining" => Word::Going(Stage::Queued),
        "datasetuploading" | "dataprocessing" => Word::Going(Stage::Preparing),
        "trainingstarted" | "training" => Word::Going(Stage::Training),
        "trained" | "modeluploading" => Word::Going(Stage::Saving),
        "completed" => Word::Completed,
        "failed" => Word::Failed,
        _ => Word::Unknown,
    }
}

/// The table of contract section 11.2; null, missing, empty and `"null"` are one.
fn read_serving(wire: &ProgressWire) -> ServingState {
    let word = wire.inference_status.as_deref().unwrap_or("null");
    match word.to_ascii_lowercase().as_str() {
        "running" => ServingState::Running,
        "null" | "pending" => ServingState::Pending,
        _ => ServingState::Unknown,
    }
}

/// Whether the answer is surely about a run that has not ended.
pub fn is_going(wire: &ProgressWire) -> bool {
    matches!(read_word(wire), Word::Going(_))
}

/// Whether the readiness check must be asked before this answer may count as ready: a model that is being woken may
/// report the `Running` of its earlier life (contract section 15.1).
pub fn needs_ready_check(wire: &ProgressWire, run: &RunState) -> bool {
    run.wakes() && read_word(wire) == Word::Completed && read_serving(wire) == ServingState::Running
}

/// What a progress answer means. `ready` is the readiness check's answer; `None` where it was not asked or not understood.
pub fn map_progress(wire: &ProgressWire, ready: Option<bool>, run: &RunState, context: PollContext) -> Observation {
    let word = read_word(wire);
    let mut run = note_word(run, wire, word);
    run.words.extend(ready.map(|ready| ("ready".to_owned(), ready.to_string())));
    let believed = is_believed(&run, word, context);
    let stage = if believed { decide_stage(&run, wire, word, ready) } else { None };
    note_progress(&mut run, wire, word, believed, context.now);
    let serving = (believed && word == Word::Completed).then(|| Serving {
        state: match read_serving(wire) {
            // The woken model's readiness check has not agreed yet.
            ServingState::Running if stage != Some(Stage::Ready) => ServingState::Pending,
            state => state,
        },
    });
    let next_poll = plan_poll(&run, stage, word, context);
    Observation {
        stage,
        vendor_status: run.words.clone(),
        progress: run.percent.map(|percent| Progress { percent: Some(percent), ..Progress::default() }),
        lanes: draw_lanes(&run, stage.unwrap_or(context.stage), serving.is_some()),
        serving,
        failure: (stage == Some(Stage::Failed)).then(explain_failure),
        next_poll,
        stall_after: next_poll.map(|_| context.pace.scale(limit_stall(stage, wire))),
        state: run.write(),
    }
}

/// What "no such training" means: an observation while it may pass, `None` once it is to be believed.
pub fn map_not_found(run: &RunState, context: PollContext) -> Option<Observation> {
    let since = run.missing_since.unwrap_or(context.now.as_millis());
    let missing_reads = run.missing_reads.saturating_add(1);
    let is_long = context.now >= Timestamp::from_millis(since).plus(context.pace.scale(MISSING));
    if is_long && missing_reads >= MISSING_READS {
        return None;
    }
    let run = &RunState { missing_since: Some(since), missing_reads, ..run.clone() };
    let is_trained = context.stage == Stage::Publishing;
    Some(Observation {
        stage: None,
        vendor_status: run.words.clone(),
        progress: None,
        serving: is_trained.then_some(Serving { state: ServingState::Pending }),
        lanes: draw_lanes(run, context.stage, is_trained),
        failure: None,
        state: run.write(),
        next_poll: Some(context.pace.scale(ASK_SOON)),
        stall_after: Some(context.pace.scale(STALL)),
    })
}

/// Remembers the words and how often the training word was read in a row.
fn note_word(run: &RunState, wire: &ProgressWire, word: Word) -> RunState {
    let folded = wire.training_status.as_deref().map(str::to_ascii_lowercase);
    let again = folded.is_some() && folded == run.last_word;
    RunState {
        same_reads: if again { run.same_reads.saturating_add(1) } else { 1 },
        last_word: folded,
        seen_going: run.seen_going || matches!(word, Word::Going(_)),
        words: wire.words(),
        missing_since: None,
        missing_reads: 0,
        ..run.clone()
    }
}

/// Whether a word is about this run (contract section 15.1). One that is still going always is: the vendor trains a model
/// once at a time.
fn is_believed(run: &RunState, word: Word, context: PollContext) -> bool {
    let posted = Timestamp::from_millis(run.posted_at);
    let long_ago = context.now >= posted.plus(context.pace.scale(OLD_RUN));
    match word {
        Word::Going(_) => true,
        Word::Unknown => false,
        Word::Completed if !run.force_train => true,
        Word::Completed | Word::Failed => !run.reused || run.seen_going || (long_ago && run.same_reads >= 2),
    }
}

/// Ready needs both words (contract section 12), and for a woken model the readiness check.
fn decide_stage(run: &RunState, wire: &ProgressWire, word: Word, ready: Option<bool>) -> Option<Stage> {
    match word {
        Word::Going(stage) => Some(stage),
        Word::Failed => Some(Stage::Failed),
        Word::Unknown => None,
        Word::Completed => {
            let running = read_serving(wire) == ServingState::Running;
            let awake = !run.wakes() || ready == Some(true);
            Some(if running && awake { Stage::Ready } else { Stage::Publishing })
        }
    }
}

/// Remembers the percent and the moments that intervals count from. The percent beside a word that is not believed counts
/// only when it is surely this run's.
fn note_progress(run: &mut RunState, wire: &ProgressWire, word: Word, believed: bool, now: Timestamp) {
    let ours = believed || !run.reused || run.seen_going;
    if let Some(percent) = wire.percent.filter(|_| ours) {
        let percent = percent.clamp(0.0, 100.0);
        run.percent = Some(run.percent.map_or(percent, |highest| highest.max(percent)));
    }
    match word {
        Word::Going(stage) => {
            run.completed_at = None;
            if stage == Stage::Training {
                run.training_since.get_or_insert(now.as_millis());
            }
        }
        Word::Completed if believed => {
            run.completed_at.get_or_insert(now.as_millis());
        }
        _ => {}
    }
}

/// When to ask again; the steps of a growing interval are waits of ours too, so they are compared scaled.
fn plan_poll(run: &RunState, stage: Option<Stage>, word: Word, context: PollContext) -> Option<Duration> {
    let past = |start: Option<i64>, minutes: u32| {
        let start = Timestamp::from_millis(start.unwrap_or(context.now.as_millis()));
        context.now >= start.plus(context.pace.scale(MINUTE * minutes).max(Duration::from_millis(1)))
    };
    let wait = match stage {
        Some(Stage::Ready | Stage::Failed) => return None,
        Some(Stage::Training) if run.slow && past(run.training_since, 120) => MINUTE * 2,
        Some(Stage::Training) if past(run.training_since, 30) => MINUTE,
        Some(Stage::Training) if past(run.training_since, 10) => MINUTE / 2,
        Some(Stage::Saving) => ASK_SOON,
        Some(Stage::Publishing) if past(run.completed_at, 30) => ASK_SELDOM,
        Some(Stage::Publishing) if past(run.completed_at, 10) => MINUTE,
        Some(Stage::Publishing) => ASK_SOON,
        None if word == Word::Unknown => MINUTE,
        _ => ASK_USUAL,
    };
    Some(context.pace.scale(wait))
}

fn limit_stall(stage: Option<Stage>, wire: &ProgressWire) -> Duration {
    let pending = wire.training_status.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("pendingtraining"));
    match stage {
        Some(Stage::Publishing) => STALL_PUBLISHING,
        _ if pending => STALL_PENDING,
        _ => STALL,
    }
}

/// The two bars: trained is not serving. A failed training has nothing to serve.
fn draw_lanes(run: &RunState, stage: Stage, trained: bool) -> Vec<Lane> {
    let lane = |key: &str, label: &str, stage: Stage, names: &[&str]| {
        let words = run.words.iter().filter(|(name, _)| names.contains(&name.as_str()));
        let vendor_status: VendorStatus = words.map(|(name, word)| (name.clone(), word.clone())).collect();
        Lane { key: key.to_owned(), label: label.to_owned(), stage, vendor_status, error: None }
    };
    // The training bar ends where publishing begins.
    let training = if stage == Stage::Publishing { Stage::Ready } else { stage };
    let mut lanes = vec![lane("training", "Training", training, &["trainingStatus"])];
    if stage != Stage::Failed {
        let serving = if trained { stage } else { Stage::Queued };
        lanes.push(lane("serving", "Serving", serving, &["inferenceStatus", "ready"]));
    }
    lanes
}

/// Progress has no reason in it, and nothing else returns one.
fn explain_failure() -> Failure {
    let hint = "Check the data file, then retry. If it fails again, give SESTEK's support the model id, the run id and the \
                times from this page.";
    Failure {
        code: "vendor_error".to_owned(),
        message: "SESTEK reports that the training failed. It gives no reason.".to_owned(),
        said: None,
        hint: Some(hint.to_owned()),
        retryable: true,
    }
}
