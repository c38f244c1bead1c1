//! What a vendor must be able to do for us, and the words in which it answers.
//! Knows no vendor; every vendor's folder implements `Vendor` and `VendorConnection`.

use crate::clock::SharedClock;
use crate::secret::{Secret, SecretReader};
use crate::vendors::http::HttpLimits;
use crate::vendors::llm::LlmDesk;
use app::model::connection::Capabilities;
use app::model::error::FieldFault;
use app::model::ids::{ConnectionId, Kind, VendorRef};
use app::model::preview::RequestPreview;
use app::model::published::InferenceCall;
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::{Failure, Lane, Progress, Serving, TrainingDataset, VendorStatus};
use app::vendors::TrainingRequest;
use async_trait::async_trait;
use futures::stream::BoxStream;
use std::sync::Arc;
use std::time::Duration;

/// A vendor: makes connections from their settings.
pub trait Vendor: Send + Sync {
    /// The name in the configuration (`vendor = "..."`).
    fn name(&self) -> &'static str;

    /// The account at the built-in fake of this vendor, which listens at `address`; `None` where there is no fake.
    fn sandbox_account(&self, address: std::net::SocketAddr) -> Option<SandboxAccount>;

    /// Trainings that show newcomers what the page looks like; each is really submitted, to the fake vendor only.
    fn samples(&self) -> Vec<SampleTraining>;

    /// Builds a connection, without talking to the vendor.
    fn connect(&self, settings: ConnectionSettings) -> Result<Arc<dyn VendorConnection>, SettingsFault>;
}

/// The settings of an account at a fake vendor: what a `[[connections]]` entry would say. Its secret is a fixed, known word.
pub struct SandboxAccount {
    pub name: &'static str,
    pub base_url: String,
    pub own: toml::Table,
}

/// A training for a newcomer's empty board.
pub struct SampleTraining {
    pub name: &'static str,
    pub tags: &'static [&'static str],
    /// The request's body; every dataset is the name of one of `files`, to be replaced by its address.
    pub request: serde_json::Value,
    /// File name and content.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// What the fake vendor does with it (`POST /control/scenario`); `Null`: what it always does.
    pub scenario: serde_json::Value,
}

/// One `[[connections]]` entry: the common keys read, the vendor's own still to be read by its folder's `config`.
pub struct ConnectionSettings {
    pub id: ConnectionId,
    pub name: String,
    pub base_url: url::Url,
    /// One of the built-in fake vendors.
    pub sandbox: bool,
    /// `allow_http`: plain http to other hosts than loopback.
    pub allow_http: bool,
    /// `allow_networks`: private networks this connection may reach; loopback always may.
    pub allow_networks: Vec<ipnet::IpNet>,
    /// The vendor's own keys, unread.
    pub own: toml::Table,
    /// Reads secrets that `own` refers to.
    pub secrets: Arc<dyn SecretReader>,
    pub pace: Pace,
    /// How long calls may take.
    pub limits: HttpLimits,
    pub clock: SharedClock,
}

/// A fault in a connection's settings: the key and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct SettingsFault {
    pub key: String,
    pub message: String,
}

/// `polling.scale`: multiplies every wait that we choose, never a network timeout or a vendor's `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace(pub f64);

impl Pace {
    /// The scaled wait.
    pub fn scale(self, wait: Duration) -> Duration {
        wait.mul_f64(self.0.max(0.0))
    }
}

/// One vendor account, ready to be called. Implementations neither retry nor sleep between tries (except one token
/// refresh after a 401, never for a submit), and never write to our store.
#[async_trait]
pub trait VendorConnection: Send + Sync {
    fn capabilities(&self) -> Capabilities;

    /// The kinds this connection can train.
    fn kinds(&self) -> Vec<Kind>;

    /// Free facts a form may use.
    fn hints(&self) -> ConnectionHints;

    /// What the vendor will call the training; the poller and the look-up go by it.
    fn vendor_ref(&self, request: &TrainingRequest) -> VendorRef;

    /// The call a request becomes, tokens masked. `callback` is shown as it stands: whoever asks has masked it.
    fn preview(
        &self,
        request: &TrainingRequest,
        datasets: &[TrainingDataset],
        callback: Option<&CallbackOffer>,
    ) -> RequestPreview;

    /// How long a submit may take until its answer counts as lost (not scaled).
    fn request_limit(&self) -> Duration;

    /// Gets what a submit needs before the intent is written (a token), so that a refusal costs no attempt.
    async fn prepare(&self) -> Prepared;

    /// Sends the training: one call at most, under the intent that was written for it.
    async fn submit(&self, order: SubmitOrder) -> SubmitAnswer;

    /// The vendor's own state of a freshly accepted run, kept for `poll` and `look_up`; opaque to everybody else.
    fn begin(&self, request: &TrainingRequest, used_before: bool, now: Timestamp) -> serde_json::Value;

    /// Asks how the run is doing.
    async fn poll(&self, target: &PollTarget) -> PollAnswer;

    /// Asks whether the vendor has it, after an answer was lost or not understood.
    async fn look_up(&self, target: &PollTarget) -> LookUpAnswer;

    /// How a model is called, tokens masked; `None` where that is not known.
    fn show_inference(&self, _: &Kind, _: &VendorRef) -> Option<InferenceCall> {
        None
    }

    /// Masks a secret that people keep for this connection in everything the vendor answers, for as long as the process
    /// runs. Nothing to do for a vendor that is told none.
    fn mask_secret(&self, _: &Secret) {}

    /// Asks whether a served model is awake; `None` for a kind that does not sleep.
    async fn ask_awake(&self, _: &PollTarget) -> Option<AwakeAnswer> {
        None
    }

    /// Where its language model is chosen; `None` where the vendor has no such settings.
    fn llm(&self) -> Option<&dyn LlmDesk> {
        None
    }

    /// One harmless call.
    async fn test(&self) -> TestAnswer;
}

/// Free facts a form may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionHints {
    pub default_product_name: Option<String>,
    pub tenant_name: Option<String>,
    /// What an admin should know about how the connection is set up; each a sentence.
    pub notices: Vec<String>,
}

/// A training to be sent.
pub struct SubmitOrder {
    pub request: TrainingRequest,
    pub files: Vec<OrderFile>,
    /// Where the vendor is to call back to; a kind that knows no callbacks has none.
    pub callback: Option<CallbackOffer>,
}

/// What a vendor is told of where to call back to. Never shown to a person, never kept.
#[derive(Clone)]
pub struct CallbackOffer {
    pub address: Secret,
    pub identity_address: Secret,
    pub client_id: String,
    pub client_secret: Secret,
}

/// A data file to be streamed into the body.
pub struct OrderFile {
    pub role: String,
    /// The name it was uploaded with; the vendor's client makes it ASCII-safe.
    pub name: String,
    pub size_bytes: u64,
    pub source: FileSource,
}

/// Opens a data file from its beginning, as often as it must be sent: after a 401 it is sent once more with a fresh token.
pub type FileSource = Arc<dyn Fn() -> BoxStream<'static, std::io::Result<bytes::Bytes>> + Send + Sync>;

/// What `prepare` found.
pub struct Prepared {
    pub outcome: PrepareOutcome,
    pub answers: Vec<RawAnswer>,
}

/// Whether a call may go out now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrepareOutcome {
    Ready,
    CredentialsRefused { message: String },
    Unreachable { message: String },
    Throttled { retry_after: Duration, message: String },
}

/// What came back from a submit, with every vendor answer on the way (redacted).
pub struct SubmitAnswer {
    pub outcome: SubmitOutcome,
    pub answers: Vec<RawAnswer>,
}

/// What a submit's answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// No request byte was written; may be tried again.
    NotSent { message: String },
    /// The vendor has it. `run_id` is the only evidence of which run it is.
    Accepted { run_id: Option<String>, vendor_status: VendorStatus },
    /// The vendor is still training the same model; ours was not taken. `said`: the vendor's own words, where it used any.
    Busy { message: String, said: Option<String> },
    /// Refused for good, with the vendor's reason and the form fields it blames (`request.model_id`).
    Rejected { failure: Failure, fields: Vec<FieldFault>, pauses_connection: bool },
    /// The credentials were refused; nothing was taken.
    CredentialsRefused { message: String },
    /// The token was refused and is forgotten; nothing was taken. `prepare` gets a fresh one, for a send of its own.
    TokenRefused { message: String },
    /// Not now; probably not taken: look up before sending again.
    Throttled { retry_after: Duration, message: String },
    /// An answer came that we do not understand: look up, never send again by ourselves.
    Unclear { message: String },
    /// No answer came after the first byte: quarantine, then look up.
    Lost { message: String },
}

/// Whom to ask about.
#[derive(Clone, Debug, PartialEq)]
pub struct PollTarget {
    pub kind: Kind,
    pub vendor_ref: VendorRef,
    /// What `begin` or the last observation left.
    pub state: serde_json::Value,
    /// The stage it stands in now.
    pub stage: Stage,
}

/// What came back from a poll.
pub struct PollAnswer {
    pub outcome: PollOutcome,
    pub answers: Vec<RawAnswer>,
}

/// What a poll's answer means.
#[expect(clippy::large_enum_variant, reason = "one at a time, taken apart at once")]
#[derive(Clone, Debug, PartialEq)]
pub enum PollOutcome {
    Observed(Observation),
    /// The vendor says it knows no such training.
    Absent {
        message: String,
    },
    CredentialsRefused {
        message: String,
    },
    Throttled {
        retry_after: Duration,
        message: String,
    },
    /// No usable answer; to be tried again.
    Unreachable {
        message: String,
    },
}

/// What one answer said about a run, in our words and the vendor's.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// `None`: the vendor's word says nothing new about the stage (unknown, or it may be about an older run).
    pub stage: Option<Stage>,
    pub vendor_status: VendorStatus,
    pub progress: Option<Progress>,
    pub serving: Option<Serving>,
    pub lanes: Vec<Lane>,
    pub failure: Option<Failure>,
    /// The vendor's own state from now on.
    pub state: serde_json::Value,
    /// When to ask next (already scaled, jitter is added by the task); `None`: never again.
    pub next_poll: Option<Duration>,
    /// How long nothing may change before it counts as stalled (already scaled); `None`: no limit.
    pub stall_after: Option<Duration>,
}

/// What came back from a look-up.
pub struct LookUpAnswer {
    pub outcome: LookUpOutcome,
    pub answers: Vec<RawAnswer>,
}

/// What a look-up's answer means.
#[expect(clippy::large_enum_variant, reason = "one at a time, taken apart at once")]
#[derive(Clone, Debug, PartialEq)]
pub enum LookUpOutcome {
    /// Something is there. `in_progress`: it is surely still going, so that it can only be ours when the id was never used.
    Found {
        in_progress: bool,
        observation: Observation,
    },
    /// Proven absent at this moment.
    Absent {
        message: String,
    },
    /// Cannot be told now; ask again later.
    Unknown {
        message: String,
    },
    CredentialsRefused {
        message: String,
    },
    Throttled {
        retry_after: Duration,
        message: String,
    },
}

/// What came back from asking whether a model is awake.
pub struct AwakeAnswer {
    pub outcome: AwakeOutcome,
    pub answers: Vec<RawAnswer>,
}

/// What that answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AwakeOutcome {
    Said(bool),
    /// An answer came that says neither.
    Unusable {
        message: String,
    },
    CredentialsRefused {
        message: String,
    },
    Throttled {
        retry_after: Duration,
        message: String,
    },
    Unreachable {
        message: String,
    },
}

/// What came back from a test.
pub struct TestAnswer {
    pub ok: bool,
    /// Whether the credentials themselves were refused.
    pub refused: bool,
    pub message: String,
    pub warnings: Vec<String>,
    pub answers: Vec<RawAnswer>,
}

/// One HTTP exchange with a vendor as it is kept: redacted, at most 16 KiB of body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    pub purpose: AnswerPurpose,
    pub method: String,
    /// Without query values.
    pub url: String,
    pub status: Option<u16>,
    pub content_type: Option<String>,
    pub body: String,
    pub truncated: bool,
    pub error: Option<String>,
    pub asked_at: Timestamp,
    pub answered_at: Timestamp,
}

/// Why the vendor was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerPurpose {
    Token,
    Submit,
    Progress,
    LookUp,
    Test,
    Settings,
}

impl AnswerPurpose {
    /// The word in the store and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Submit => "submit",
            Self::Progress => "progress",
            Self::LookUp => "look_up",
            Self::Test => "test",
            Self::Settings => "settings",
        }
    }
}
