//! What a test or a demonstration may tell the fake vendors to do: the words of `POST /control/scenario`.
//! Only data; each vendor's file acts on it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One scenario: for one vendor, for the models that match, this script.
///
/// A later scenario with the same vendor and match replaces the earlier one; an empty script removes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The vendor's id, for example the name of its folder.
    pub vendor: String,
    /// A model id, a prefix ending in `*`, or `*` for everything. The exact match wins, then the longest prefix.
    #[serde(rename = "match", default = "match_everything")]
    pub matches: String,
    #[serde(default)]
    pub script: Script,
}

fn match_everything() -> String {
    "*".to_owned()
}

/// The endpoint families that a script can disturb. `Outage` stands before all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    Outage,
    Token,
    Train,
    Progress,
    Ready,
    Llm,
}

/// What happens, section by section. Each section is a list of steps; a step is used up after its `calls`, then the next
/// one acts, and after the last one the vendor behaves normally.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outage: Vec<Step>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token: Vec<Step>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub train: Vec<Step>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub progress: Vec<Step>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ready: Vec<Step>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub llm: Vec<Step>,
    /// Whether the retired addresses answer too; only in a scenario for `*`. Without it they are 404.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub retired_addresses: bool,
    /// How runs that start from now on proceed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What a train call for a model that is still training gets; without it, 202 with an empty body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<Answer>,
    /// How runs that start from now on are called back about, where the train call asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<CallbackPlan>,
}

impl Script {
    /// The steps of one section, in order.
    pub fn steps(&self, section: Section) -> &[Step] {
        match section {
            Section::Outage => &self.outage,
            Section::Token => &self.token,
            Section::Train => &self.train,
            Section::Progress => &self.progress,
            Section::Ready => &self.ready,
            Section::Llm => &self.llm,
        }
    }
}

/// One disturbance.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// For how many calls; absent means for all that follow. `{"calls": 2}` alone lets two calls pass normally.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
    /// Answer this instead of the normal answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Reset the connection. Before the body is read the model is unknown: `before_reading` and `mid_upload` of a train
    /// call act only in a scenario that matches `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// With `mid_upload`: after so many bytes of the parts' contents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_after_bytes: Option<u64>,
    /// Train: whether the run is created although the answer says otherwise, or not created although it says so.
    /// Without it: yes for no answer, `experiment`, `broken_json`, `empty` and for `after_upload`; else no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creates_run: Option<bool>,
    /// Train: real seconds between the end of the upload and the creation of the run, which happens even when the
    /// client has gone: the vendor's slow tail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_delay_seconds: Option<f64>,
    /// Real seconds before the answer (after the run was created).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<f64>,
    /// The answer's body trickles at this speed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u64>,
    /// The connection breaks after so many bytes of the answer's body, whose full length was announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate_after_bytes: Option<u64>,
    /// Progress and ready: other words for the same facts, or other facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wording: Option<Wording>,
    /// Token: what the token says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<TokenTerms>,
}

/// When the connection is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// After the head, before a byte of the body is read.
    BeforeReading,
    /// In the middle of the body; needs `cut_after_bytes`.
    MidUpload,
    /// After the whole request, instead of an answer.
    AfterUpload,
}

/// A ready-made answer.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub kind: AnswerKind,
    /// Instead of the kind's usual status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `abp`, `in_progress`, `oauth`: the message; `html`, `raw`: the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `abp`: the error code; `oauth`: the `error` word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `abp`: the details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// `abp`: the part names that the vendor objects to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// `in_progress`: how the text is wrapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Envelope>,
    /// `raw`: the content type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `throttle`: the Retry-After seconds; any other kind: sent when set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    /// `redirect`: where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// More headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// `filler`: how many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
}

/// The shapes of ready-made answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// The normal body, under `status`.
    Experiment,
    /// No body; 202 without `status`.
    Empty,
    /// `The training is still in progress for the same model ID: ...`; 403 without `status`.
    InProgress,
    /// An ABP error object; 400 without `status`.
    Abp,
    /// An OAuth error object with a string `error`; its usual status.
    Oauth,
    /// A sign-in page; 200 without `status`.
    Html,
    /// A redirect to a sign-in page; 302 without `status`.
    Redirect,
    /// JSON that ends in the middle, or for progress the documented sample without its commas; 200 without `status`.
    BrokenJson,
    /// 429 without `status`, with Retry-After.
    Throttle,
    /// `text` as it is; 200 without `status`.
    Raw,
    /// A JSON string of `size_bytes` letters; 200 without `status`.
    Filler,
    /// A JSON body that never ends.
    Endless,
}

/// How the in-progress text arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Envelope {
    #[default]
    Abp,
    Plain,
    JsonString,
}

/// Other words, or other facts, in a progress or readiness answer.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wording {
    /// Say this training status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_status: Option<String>,
    /// Say this inference status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inference_status: Option<String>,
    /// Say this percent: any JSON, also null, text, 250, -5 or 1e9.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "keep_null")]
    pub percent: Option<Value>,
    /// Leave the percent out.
    pub percent_absent: bool,
    /// The letters of both statuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letters: Option<Letters>,
    /// Blanks around both statuses.
    pub padded: bool,
    /// How a missing inference status is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub null_as: Option<NullAs>,
    /// Ready: how the truth value is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth_as: Option<TruthAs>,
}

/// A present `null` is a wish to say null, not an absent wish.
fn keep_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Lower or upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Letters {
    Lower,
    Upper,
}

/// The ways to say that there is no inference status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NullAs {
    #[default]
    Null,
    Absent,
    Empty,
    Text,
}

/// The ways to write a truth value: `true`, `True`, `"true"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthAs {
    #[default]
    Json,
    Title,
    Quoted,
}

/// What an issued token says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenTerms {
    /// This token instead of a random one (a canary).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// Its life; the token is refused after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_seconds: Option<u64>,
    /// Do not say how long it lives.
    pub expires_in_absent: bool,
    /// The scope that the answer names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// How a run proceeds. All times are vendor seconds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// Seconds in a status, by its name; `Publishing` is the time from the publishing progress call to `Running`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub durations: BTreeMap<String, f64>,
    /// The run enters this status and fails half-way through it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_at: Option<String>,
    /// The run enters this status (or `Publishing`) and stays there for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck_at: Option<String>,
    /// The served model falls asleep so long after it began to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sleep_after_seconds: Option<f64>,
    /// So many first progress calls of a retrained model still tell of the run before.
    pub stale_answers: u64,
    /// So many first progress calls after the train call answer 404.
    pub not_found_answers: u64,
}

/// How a vendor calls back. As it stands by default: once, when the run failed or serves, with a token.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallbackPlan {
    /// Not at all.
    pub never: bool,
    /// Before the train call is answered, and not again.
    pub early: bool,
    /// So often, one after another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// So many vendor seconds after the end.
    pub late_seconds: f64,
    pub token: CallbackToken,
    /// The token is asked for at `<address>/connect/token`, not at the address itself.
    pub token_below: bool,
    /// Instead of `application/json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Instead of `{"modelId": ..., "status": "train success"}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body is filled up with blanks, or cut, to so many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
}

/// What a callback proves itself with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackToken {
    /// A token of the token address.
    #[default]
    Right,
    /// A token that nobody gave it.
    Wrong,
    Absent,
}
