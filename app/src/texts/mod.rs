//! Every word and sentence of the pages, in English: the one place a translator needs.
//! A sentence is written whole, with its values in it; nothing is glued together elsewhere.

pub mod connections;
mod sentences;

pub use sentences::{
    advice, drop_filter, event_accepted, event_callback_missing, event_seen_again, event_sending, event_stage,
    event_unseen, failed_after, failure_title, folded, from_day, gone_at, held_place, in_stage, lane_summary, lanes_in,
    metric_label, now_at, number, on_its_way, percent, percent_after, plot_summary, ready_after, rejected_by, repeated,
    said, silent_vendor, size, so_far, step_of, to_day, took_ms, unseen, usually, usually_sentence, waiting_not_sent,
    waiting_refused, waiting_unclear,
};

use crate::model::connection::HealthState;
use crate::model::stage::Stage;

// The document and the bar.
pub const PRODUCT: &str = "Trainyard";
pub const PAGE_STOPPED: &str = "This page could not start, or it stopped. Nothing was lost; what you see may be old.";
pub const RELOAD: &str = "Reload";
pub const SKIP: &str = "Skip to the content";
pub const MAIN_NAVIGATION: &str = "Main";
pub const NOW: &str = "Now";
pub const TRAININGS: &str = "Trainings";
pub const MODELS: &str = "Models";
pub const NEW_TRAINING: &str = "New training";
pub const SIGN_OUT: &str = "Sign out";
pub const MENU: &str = "Menu";
pub const THEME: &str = "Theme";
/// What the page keeps in the browser, and the word for it.
pub const THEMES: [(&str, &str); 3] = [("light", "Light"), ("dark", "Dark"), ("system", "System")];
pub const CLOSE: &str = "Close";
pub const DISMISS: &str = "Dismiss";
pub const NO_SCRIPT: &str = "Everything here can be read without JavaScript. Live updates and changes need it.";
pub const BUTTONS_NEED_SCRIPT: &str = "These buttons need JavaScript.";
pub const SANDBOX: &str = "Sandbox";
pub const SANDBOX_SENTENCE: &str = "Connections marked as sandbox speak to the built-in fake vendors: nothing is really trained and nothing is billed.";
pub const KEYS_BUTTON: &str = "Keys";
pub const KEYS_TITLE: &str = "Keys";
/// Each key with what it does.
pub const KEYS: &[(&str, &str)] = &[
    ("?", "Show these keys"),
    ("/", "Search trainings"),
    ("Esc", "Close this, or leave the search box"),
    ("Tab", "Go to the next control; times show UTC and local time when reached"),
];

// Live.
pub const LIVE: &str = "Live";
pub const CONNECTING: &str = "Connecting";
pub const RECONNECTING: &str = "Reconnecting";
pub const NOT_LIVE_SINCE: &str = "Not live since";
pub const PAUSED_SINCE: &str = "Paused since";
pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Resume";
pub const SIGNED_OUT: &str = "Signed out: sign in again";

// Sign-in.
pub const SIGN_IN_TITLE: &str = "Sign in";
pub const SIGN_IN: &str = "Sign in";
pub const SIGN_IN_READY: &str = "This link signs you in on this browser. It works once.";
pub const SIGN_IN_WITHOUT_LINK: &str = "You sign in with a one-time link; there is no password.";
pub const SIGN_IN_WHERE: &str = "The first start of the server prints a link for the first admin. For everybody else, and for a new link, an admin runs this on the server:";
pub const SIGN_IN_COMMAND: &str = "trainyard user add NAME --role viewer|operator|admin";
pub const SIGN_IN_REFUSED: &str =
    "This link cannot be used: it was used before, is too old, or is not complete. Ask an admin for a new one.";

// Errors and empty pages.
pub const NOT_FOUND_TITLE: &str = "Not found";
pub const NOT_FOUND: &str = "There is no page at this address. It may have been typed wrong, or the training is gone.";
pub const GO_TO_TRAININGS: &str = "Go to trainings";
pub const COULD_NOT_LOAD: &str = "This could not be loaded";
pub const TRY_AGAIN: &str = "Try again";
pub const LOADING: &str = "Loading";
pub const NOTHING_YET: &str = "No trainings yet";
pub const NOTHING_YET_TEXT: &str =
    "Start your first training here. To look around without a vendor account, start the server with --sandbox.";
pub const NO_MATCH: &str = "No training matches";
pub const NO_MATCH_TEXT: &str = "No training fits these filters and this search.";
pub const NO_ARCHIVED: &str = "Nothing is archived";
pub const NO_ARCHIVED_TEXT: &str = "Archived trainings keep their history and are shown here.";
pub const CLEAR_FILTERS: &str = "Clear filters";

// Now.
pub const NEEDS_ATTENTION: &str = "Needs attention";
pub const NOTHING_NEEDS_YOU: &str = "Nothing needs you.";
pub const RUNNING_MINE: &str = "Running, mine";
pub const RUNNING_TEAM: &str = "Running, team";
pub const NOTHING_RUNS: &str = "Nothing runs at the moment.";
pub const JUST_ENDED: &str = "Just ended";
pub const NOTHING_ENDED: &str = "Nothing ended lately.";
pub const VENDORS: &str = "Vendors";
pub const NO_VENDORS: &str = "No vendor account is configured. Add a [[connections]] entry to the configuration file.";
pub const SINCE: &str = "since";
pub const LAST_KNOWN_KEPT: &str = "Its trainings are shown as last seen.";

// The list.
pub const SEARCH: &str = "Search trainings";
pub const SEARCH_HINT: &str = "Search name, model id, tag, owner ( / )";
pub const SEARCH_BUTTON: &str = "Search";
pub const BY_STAGE: &str = "By stage";
pub const ALL: &str = "All";
pub const SORT: &str = "Sort";
pub const SORT_NEWEST: &str = "Newest first";
pub const SORT_OLDEST: &str = "Oldest first";
pub const SORT_CHANGED: &str = "Latest change first";
pub const SHOW_ARCHIVED: &str = "Archived";
pub const SHOW_CURRENT: &str = "Back to current";
pub const FILTERED_BY: &str = "Filtered by";
pub const PAGES: &str = "Pages";
pub const FIRST_PAGE: &str = "Back to the first page";
pub const NEXT_PAGE: &str = "Next page";
pub const COLUMN_STATUS: &str = "Status";
pub const COLUMN_NAME: &str = "Name";
pub const COLUMN_VENDOR: &str = "Vendor";
pub const COLUMN_STAGE: &str = "Stage";
pub const COLUMN_SO_FAR: &str = "So far";
pub const COLUMN_OWNER: &str = "Owner";
pub const COLUMN_STARTED: &str = "Started";

// The choice of a kind.
pub const CHOOSE_KIND: &str = "What do you want to train?";

// A training.
pub const TIMELINE: &str = "Timeline";
pub const LANES: &str = "Lanes";
pub const TRAINING_LANE: &str = "Training";
pub const WHAT_HAPPENED: &str = "What happened";
pub const ALL_ACTIVITY: &str = "All activity";
pub const REQUEST_AS_SENT: &str = "Request, as sent";
pub const PARTS: &str = "Parts";
pub const TAB_REQUEST: &str = "Request";
pub const TAB_DATA: &str = "Data";
pub const TAB_METRICS: &str = "Metrics";
pub const TAB_ANSWERS: &str = "Answers";
pub const TAB_ACTIVITY: &str = "Activity";
pub const PASSED_BETWEEN_LOOKS: &str = "passed between two looks";
pub const BETWEEN: &str = "between";
pub const AND: &str = "and";
pub const NOT_BEFORE: &str = "not before";
pub const SILENT: &str = "The vendor did not answer";
pub const LAST_SEEN: &str = "Seen";
pub const STALLED: &str = "Nothing has changed for longer than usual, since";
pub const NEEDS_A_PERSON: &str = "Trainyard cannot tell what happened; please decide.";
pub const SUPERSEDED_SENTENCE: &str = "The same model was trained again; this run is kept as it was.";
pub const FAILURE: &str = "What went wrong";
pub const FIX_AND_RETRY: &str = "Fix and retry";
pub const OPEN_NEWER: &str = "Open the newer training";
pub const OPEN_OLDER: &str = "Open the earlier training";
pub const RETRY_OF: &str = "This is a retry.";
pub const WAITING: &str = "What this waits for";
pub const WAITING_PERSON: &str = "An answer was lost, and nobody but you can tell what became of it";
pub const LOOKING_AGAIN: &str = "Looking again at";
pub const SETTLE_LINK: &str = "It is there: watch it";
pub const SETTLE_SEND: &str = "It is not there: send it again";
pub const SETTLE_STOP: &str = "Stop here";
pub const HOLD: &str = "Hold and send when free";
pub const HOLD_HINT: &str = "If the model id is in use, this training waits here, in order, instead of being refused.";
pub const WAITING_HELD: &str = "Held until the model id is free";
pub const HELD_SENTENCE: &str = "Held here until the model id is free.";
pub const HELD_BY_VENDOR: &str = "Held here: the vendor trains this model id already and did not take it.";
pub const HELD_BEHIND: &str = "Held behind";
pub const HELD_GOES_ON: &str = "It is sent by itself when its turn comes, also after a restart.";
pub const HELD_TRIES_ON: &str = "The vendor did not take it. It is tried again by itself, also after a restart.";
pub const HELD_NEEDS_PERSON: &str = "That training keeps the id until somebody has decided about it.";
pub const HELD_NOT_ARCHIVED: &str = "It is held here and would still be sent; cancel it first.";
pub const CANCEL: &str = "Cancel";
pub const CANCELLED: &str = "Cancelled; nothing more is sent.";
pub const TRAINED_ELSEWHERE: &str = "It was trained elsewhere: what it was trained with is not known here.";
pub const WATCH_RUNNING: &str = "Watch the running training";
pub const RETRY: &str = "Retry";
pub const DUPLICATE: &str = "Duplicate";
pub const REFRESH: &str = "Refresh";
pub const ARCHIVE: &str = "Archive";
pub const UNARCHIVE: &str = "Unarchive";
pub const STOP_WATCHING: &str = "Stop watching";
pub const STOP_WATCHING_SURE: &str = "Stop watching for good? The vendor is not told";
pub const VIEWERS_ONLY_SEE: &str = "Viewers see; ask an admin for the operator role to change something.";
pub const NOT_OVER: &str = "It is still running; it can be retried when it has ended.";
pub const NOTHING_TO_ASK: &str = "It has ended; there is nothing to ask the vendor.";
pub const REFRESH_ASKED: &str = "The vendor will be asked soon; the page shows it by itself.";
pub const ARCHIVED_NOW: &str = "Archived. It is kept under Trainings, Archived.";
pub const UNARCHIVED_NOW: &str = "Back in the list.";
pub const SAVED: &str = "Saved.";
pub const SAVE: &str = "Save";
pub const EDIT_NOTES: &str = "Edit name, tags and note";
pub const NAME: &str = "Name";
pub const TAGS: &str = "Tags";
pub const TAGS_HINT: &str = "Separated by commas.";
pub const NOTE: &str = "Note";
pub const NONE: &str = "none";
pub const FACT_KIND: &str = "Kind";
pub const FACT_CONNECTION: &str = "Connection";
pub const FACT_OWNER: &str = "Owner";
pub const COLUMN_FILE: &str = "File";
pub const COLUMN_ROLE: &str = "Used as";
pub const COLUMN_SIZE: &str = "Size";
pub const COLUMN_DIGEST: &str = "SHA-256";
pub const DATA_CAPTION: &str = "Files this training was made from";
pub const PERCENT: &str = "Percent";
pub const LOSS: &str = "Loss";
pub const COLUMN_WHEN: &str = "When";
pub const COLUMN_VALUE: &str = "Value";
pub const AS_TABLE: &str = "As a table";
pub const NO_METRICS: &str = "No numbers yet";
pub const NO_METRICS_TEXT: &str = "Points appear here when the vendor tells how far it is.";
pub const NO_ANSWERS: &str = "No answers yet";
pub const NO_ANSWERS_TEXT: &str =
    "Everything the vendor answers about this training is kept here, with secrets blotted out.";
pub const NO_ANSWER: &str = "no answer";
pub const CUT: &str = "Cut here; only the beginning is kept.";
pub const EVENTS_CUT: &str = "Only the first 200 and the newest 1,800 events stand here.";
pub const METRICS_CUT: &str = "Only the newest 2,000 points stand here.";
pub const ALL_IN_API: &str = "All of them (JSON)";
pub const OLDER_ANSWERS: &str = "Only the newest answers are shown; the API has them all.";
pub const SOURCE_PERSON: &str = "person";
pub const SOURCE_ANSWER: &str = "answer";
pub const SOURCE_POLL: &str = "poll";
pub const SOURCE_POLL_AFTER_CALLBACK: &str = "callback and poll";
pub const SOURCE_LOOK_UP: &str = "look-up";
pub const SOURCE_TRAINYARD: &str = "Trainyard";
pub const EVENT_CREATED: &str = "Written down";
pub const EVENT_ADOPTED: &str = "Adopted: trained elsewhere, watched from here on";
pub const EVENT_UNCLEAR: &str = "The answer is not clear; finding out";
pub const EVENT_PROGRESSED: &str = "Progress";
pub const EVENT_STALLED: &str = "Nothing has changed for longer than usual";
pub const EVENT_MOVING: &str = "It moves again";
pub const EVENT_SUPERSEDED: &str = "The same model was trained again";
pub const EVENT_EDITED: &str = "Name, tags, note or archive changed";
pub const EVENT_SETTLED: &str = "Settled by a person";

// What a vendor's support needs.
pub const SUPPORT: &str = "For the vendor's support";
pub const SUPPORT_TEXT: &str = "What the vendor's support needs to find this training";
pub const COPY_SUPPORT: &str = "Copy for the vendor's support";

// Models.
pub const NO_MODELS: &str = "No model yet";
pub const NO_MODELS_TEXT: &str = "A model stands here as soon as its vendor has taken a training of it.";
pub const COLUMN_MODEL: &str = "Model";
pub const COLUMN_ANSWERS: &str = "Answers";
pub const COLUMN_MADE_BY: &str = "Made by";
pub const COLUMN_SEEN: &str = "Last seen";
pub const MODEL_ANSWERS: &str = "Serving";
pub const READY_ASLEEP: &str =
    "Trained and published, but asleep: the vendor stopped the model because nobody called it.";
pub const MODEL_ASLEEP: &str = "Asleep";
pub const MODEL_NOT_SERVED: &str = "Trained, not serving";
pub const MODEL_NOT_TRAINED: &str = "Not trained yet";
pub const READINESS: &str = "Readiness";
pub const IS_TRAINED: &str = "Trained: the vendor says that the training is complete";
pub const NOT_TRAINED: &str = "Not trained: the vendor does not say that the training is complete";
pub const IS_RUNNING: &str = "Serving: the vendor says that inference runs";
pub const NOT_RUNNING: &str = "Not serving: the vendor does not say that inference runs";
pub const IS_AWAKE: &str = "Awake when it was last seen; it falls asleep when nobody calls it";
pub const IS_ASLEEP: &str = "Asleep: nobody called it for a while. Redeploying wakes it, without training";
pub const INFERENCE: &str = "How to call it";
pub const NO_INFERENCE: &str =
    "Its address is not known here: it holds the tenant's name. An admin can set tenant_name for the connection.";
pub const COPY_CURL: &str = "Copy as curl";
pub const INFERENCE_CURL: &str = "The inference call as curl, token masked";
pub const MODEL_TRAININGS: &str = "Trainings of this model";
pub const REDEPLOY: &str = "Redeploy";
pub const REDEPLOY_ANYWAY: &str = "Redeploy although it is awake";
pub const REDEPLOYED: &str = "On its way: the model is put back into service, nothing is trained.";
pub const RETRAIN: &str = "Retrain";
pub const CHECK_AWAKE: &str = "Ask whether it is awake";
pub const CHECKED_AWAKE: &str = "The vendor was asked; its answer stands below.";
pub const DOES_NOT_SLEEP: &str = "Models of this kind are not known to fall asleep.";
pub const NOT_READY_TO_ASK: &str = "It is not ready, so there is nothing to ask yet.";
pub const ADOPT: &str = "Watch a model trained elsewhere";
pub const ADOPT_TEXT: &str = "Trainyard then asks its vendor about it until it serves, and shows it among the trainings. It cannot be retried from here: what it was trained with is not known.";
pub const ADOPT_CONNECTION: &str = "Connection";
pub const ADOPT_KIND: &str = "Kind";
pub const ADOPT_KIND_CHOOSE: &str = "Choose a kind";
pub const ADOPT_MODEL: &str = "Model id";
pub const ADOPT_MODEL_HINT: &str = "Exactly as the vendor knows it; capitals, dots and underscores stay.";
pub const ADOPT_PUBLISHES: &str = "Watching publishes: when its training is complete, this vendor puts the model into service because we ask about it.";
pub const ADOPT_AGREE: &str = "I want this model to be published";
pub const ADOPT_BUTTON: &str = "Watch it";
pub const ADOPT_NO_CONNECTION: &str = "Choose a connection.";
pub const ADOPT_NO_KIND: &str = "Choose what sort of training it is.";
pub const ADOPT_NO_MODEL: &str = "Give the model id.";
pub const ADOPT_NOT_AGREED: &str = "Say that you want it to be published.";
pub const ADOPT_BUSY: &str = "It is on its way.";
pub const ADOPT_OPEN: &str = "Open the training that watches it";
pub const NO_RANDOM: &str =
    "This browser gives no random numbers, so this cannot be made safe to repeat. Use another one.";

// Callbacks.
pub const CALLBACKS: &str = "Callbacks";
pub const CALLBACKS_ARE_HINTS: &str =
    "A callback only makes us ask the vendor sooner; the vendor's answer is what counts.";
pub const NO_CALLBACKS: &str = "No callbacks yet";
pub const NO_CALLBACKS_TEXT: &str = "What a vendor sends to a training's callback address is kept and shown here.";
pub const OLDER_CALLBACKS: &str = "Only the newest callbacks are shown; the API has them all.";
pub const CALLBACKS_MISSING: &str = "Promised and never came";
pub const CALLBACKS_MISSING_TEXT: &str =
    "These trainings ended by polling. The vendor probably does not reach this server's public address.";
pub const CALLBACKS_FORBIDDEN: &str = "For operators and admins";
pub const CALLBACKS_FORBIDDEN_TEXT: &str =
    "Callbacks are shown as they came, so viewers do not see them. Ask an admin for the operator role.";
pub const CALLBACK_NOBODY: &str = "No training";
pub const CALLBACK_EARLY: &str = "early";
pub const CALLBACK_IN_TIME: &str = "in time";
pub const CALLBACK_LATE: &str = "late";
pub const CALLBACK_UNMATCHED: &str = "unmatched";
pub const CALLBACK_REHEARSAL: &str = "rehearsal";
pub const CALLBACKS_REHEARSE: &str = "Rehearse";
pub const CALLBACKS_REHEARSE_TEXT: &str = "Sends a sample as a vendor would, through this server's public address.";
pub const CALLBACK_TOKEN: &str = "with our token";
pub const CALLBACK_WRONG_TOKEN: &str = "with a token that is none of ours";
pub const CALLBACK_ADDRESS: &str = "by its address alone";
pub const CALLBACK_BASE64: &str = "This is no text; it is shown in base64.";
pub const CALLBACK_REPLAY: &str = "Replay";
pub const CALLBACK_ATTACH: &str = "Attach";
pub const CALLBACK_TRAINING: &str = "Training";
pub const CALLBACK_TRAINING_HINT: &str = "The training's id, as in its address.";

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A duration for people, at most two units: `12 s`, `1 min 10 s`, `2 h 5 min`, `3 d 4 h`. Negative counts as zero.
pub fn format_duration(millis: i64) -> String {
    let millis = millis.max(0);
    let two = |big: i64, big_unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{big} {big_unit}") } else { format!("{big} {big_unit} {small} {small_unit}") }
    };
    match millis {
        0..MINUTE => format!("{} s", millis / SECOND),
        MINUTE..HOUR if millis < 10 * MINUTE => two(millis / MINUTE, "min", millis / SECOND % 60, "s"),
        MINUTE..HOUR => format!("{} min", millis / MINUTE),
        HOUR..DAY => two(millis / HOUR, "h", millis / MINUTE % 60, "min"),
        _ => two(millis / DAY, "d", millis / HOUR % 24, "h"),
    }
}

/// The document's title.
pub fn document_title(page: &str) -> String {
    format!("{page} - {PRODUCT}")
}

/// The button that rehearses for a connection.
pub fn rehearse_for(connection: &str) -> String {
    format!("Rehearse for {connection}")
}

/// How often the same callback came.
pub fn callback_times(times: i64) -> String {
    format!("came {times} times")
}

/// What the announcer says when a training reached a stage.
pub fn announce_stage(name: &str, stage: Stage) -> String {
    format!("{name}: {}", stage.label())
}

/// What the announcer says instead of a long row of sentences.
pub fn many_changes(count: usize) -> String {
    format!("{count} trainings changed.")
}

/// The button above the list.
pub fn new_rows(count: usize) -> String {
    if count == 1 { "1 new training".to_owned() } else { format!("{count} new trainings") }
}

/// A connection's state.
pub const fn health(state: HealthState) -> &'static str {
    match state {
        HealthState::Unknown => "Not used yet",
        HealthState::Ok => "Answers",
        HealthState::Unreachable => "Does not answer",
        HealthState::Refused => "Refuses our credentials",
    }
}

/// The vendor and the kind beside each other.
pub fn vendor_and_kind(vendor: &str, kind: &str) -> String {
    format!("{vendor}, {kind}")
}
