//! One SESTEK account: the calls. Retries nothing but one question after a 401, never sleeps; `map` says what answers mean.

mod llm;

use super::config::{SestekConfig, read_config};
use super::inference::describe_inference;
use super::map::{
    PollContext, ProgressReading, RunState, is_going, map_not_found, map_progress, map_train_answer, means_busy,
    needs_ready_check, read_progress_answer,
};
use super::parts::{PartPlan, SentFile, model_id, model_path, name_files, plan_parts, train_path};
use super::preview::preview_request;
use super::retired::{self, explain_gone, explain_submit, spell_path};
use super::token::{TokenFault, TokenKeeper};
use super::wire::{ProgressWire, read_ready};
use crate::clock::SharedClock;
use crate::secret::Secret;
use crate::vendors::http::address::AddressRule;
use crate::vendors::http::answer::Answer;
use crate::vendors::http::{BodyPart, Call, CallBody, CallFault, VendorHttp};
use crate::vendors::llm::LlmDesk;
use crate::vendors::vendor::{
    AnswerPurpose, AwakeAnswer, AwakeOutcome, CallbackOffer, ConnectionHints, ConnectionSettings, LookUpAnswer,
    LookUpOutcome, Pace, PollAnswer, PollOutcome, PollTarget, PrepareOutcome, Prepared, RawAnswer, SettingsFault,
    SubmitAnswer, SubmitOrder, SubmitOutcome, TestAnswer, VendorConnection,
};
use app::model::connection::Capabilities;
use app::model::ids::{Kind, VendorRef};
use app::model::preview::RequestPreview;
use app::model::published::InferenceCall;
use app::model::time::Timestamp;
use app::model::training::{Failure, TrainingDataset};
use app::vendors::{TrainingRequest, sestek};
use async_trait::async_trait;
use http::Method;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The train call's method.
pub const TRAIN_METHOD: Method = Method::POST;

/// Sent with every API call (contract section 2): JSON errors, in English so that they can be recognised.
pub const HEADERS: &[(&str, &str)] =
    &[("Accept", "application/json"), ("Accept-Language", "en"), ("X-Requested-With", "XMLHttpRequest")];

/// The same for a question, whose answer no cache may give.
const ASK_HEADERS: &[(&str, &str)] = &[
    ("Accept", "application/json"),
    ("Accept-Language", "en"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("Cache-Control", "no-cache"),
];

/// An address below a base address.
pub fn join_url(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

/// A SESTEK account, ready to be called.
pub struct SestekConnection {
    config: SestekConfig,
    http: VendorHttp,
    tokens: TokenKeeper,
    pace: Pace,
    clock: SharedClock,
}

/// Why there is no answer.
enum CallProblem {
    Token(TokenFault),
    Http(CallFault),
}

impl SestekConnection {
    /// Reads the settings and sets the client up, without calling anybody.
    pub fn open(settings: ConnectionSettings) -> Result<Self, SettingsFault> {
        let rule = AddressRule {
            allow_http: settings.allow_http,
            allow_loopback: true,
            networks: settings.allow_networks.clone(),
        };
        let config = read_config(&settings, &rule)?;
        let (pace, limits, clock) = (settings.pace, settings.limits, settings.clock);
        let http =
            VendorHttp::open(&rule, &[&config.base_url, &config.identity_base_url], limits, pace, Arc::clone(&clock))
                .map_err(|fault| SettingsFault { key: "base_url".to_owned(), message: fault.to_string() })?;
        let secret = settings
            .secrets
            .read(&config.client_secret)
            .map_err(|fault| SettingsFault { key: "client_secret".to_owned(), message: fault.to_string() })?;
        http.add_secret(&secret);
        let token_url = join_url(&config.identity_base_url, "/connect/token");
        let tokens = TokenKeeper::new(token_url, config.clone(), settings.secrets, pace, Arc::clone(&clock));
        Ok(Self { config, http, tokens, pace, clock })
    }

    /// Makes a call with a token, once; says which token it was.
    async fn call_once(
        &self,
        make_call: impl Fn(Secret) -> Call,
        answers: &mut Vec<RawAnswer>,
    ) -> Result<(Answer, u64), CallProblem> {
        let token = self.tokens.get_token(&self.http, answers).await.map_err(CallProblem::Token)?;
        let exchange = self.http.send_call(make_call(token.value)).await;
        answers.push(exchange.raw);
        Ok((exchange.result.map_err(CallProblem::Http)?, token.number))
    }

    /// Asks with a token; a 401 gets one fresh token and one more try.
    async fn ask_with_token(
        &self,
        make_call: impl Fn(Secret) -> Call,
        answers: &mut Vec<RawAnswer>,
    ) -> Result<Answer, CallProblem> {
        let (answer, number) = self.call_once(&make_call, answers).await?;
        if answer.status != 401 || means_busy(&answer) {
            return Ok(answer);
        }
        let renewed = self.tokens.renew_token(number, &self.http, answers).await.map_err(CallProblem::Token)?;
        let exchange = self.http.send_call(make_call(renewed.value)).await;
        answers.push(exchange.raw);
        exchange.result.map_err(CallProblem::Http)
    }

    async fn ask_model(
        &self,
        target: &PollTarget,
        resource: &str,
        purpose: AnswerPurpose,
        answers: &mut Vec<RawAnswer>,
    ) -> Result<Answer, CallProblem> {
        let url = self.url_of(model_path(&target.kind, &target.vendor_ref, resource));
        let make_call = |token| Call {
            purpose,
            method: Method::GET,
            url: url.clone(),
            headers: ASK_HEADERS,
            bearer: Some(token),
            body: CallBody::Nothing,
        };
        self.ask_with_token(make_call, answers).await
    }

    /// An address of this account, retired where the settings say so.
    fn url_of(&self, path: String) -> Url {
        join_url(&self.config.base_url, &spell_path(path, self.config.use_deprecated_paths))
    }

    /// What came back from a progress call. An address that is gone says nothing about its model.
    fn read_progress(&self, target: &PollTarget, asked: Result<Answer, CallProblem>) -> ProgressReading {
        let answer = match asked {
            Ok(answer) => answer,
            Err(problem) => return read_problem(problem),
        };
        let url = self.url_of(model_path(&target.kind, &target.vendor_ref, "progress"));
        let reading = read_progress_answer(&answer, self.pace);
        let is_about_model = matches!(reading, ProgressReading::NotFound { is_proof: true, .. });
        match (explain_gone(url.path(), &answer, is_about_model), reading) {
            (Some(gone), ProgressReading::NotFound { message, .. } | ProgressReading::Unusable { message }) => {
                ProgressReading::Unusable { message: format!("{message} {gone}") }
            }
            (_, reading) => reading,
        }
    }

    /// Asks the readiness check; `None` when its answer is of no use.
    async fn ask_ready(&self, target: &PollTarget, answers: &mut Vec<RawAnswer>) -> Option<bool> {
        let answer = self.ask_model(target, "ready", AnswerPurpose::Progress, answers).await.ok()?;
        if answer.status == 200 { read_ready(&answer.text) } else { None }
    }

    async fn observe(&self, wire: &ProgressWire, target: &PollTarget, answers: &mut Vec<RawAnswer>) -> PollOutcome {
        let run = RunState::read(&target.state);
        let ready = if needs_ready_check(wire, &run) { self.ask_ready(target, answers).await } else { None };
        PollOutcome::Observed(map_progress(wire, ready, &run, self.context(target)))
    }

    fn context(&self, target: &PollTarget) -> PollContext {
        PollContext { now: self.clock.now(), pace: self.pace, stage: target.stage }
    }

    /// The parts of the train call; an error names the file that is missing.
    fn fill_parts(&self, order: &SubmitOrder) -> Result<Vec<PartSource>, &'static str> {
        let fill = |plan| match plan {
            PartPlan::Text { name, value } => Ok(PartSource::Text(name, value)),
            PartPlan::File { name, role, nth } => {
                let of_role = || order.files.iter().filter(|file| file.role == role);
                let file = of_role().nth(nth).ok_or(role)?;
                let sent = name_files(name, of_role().map(|file| file.name.as_str())).into_iter().nth(nth);
                let source = Arc::clone(&file.source);
                Ok(PartSource::File(name, sent.ok_or(role)?, file.size_bytes, source))
            }
        };
        plan_parts(&order.request, order.callback.as_ref()).into_iter().map(fill).collect()
    }
}

/// A part that can be made into a body part as often as the call is made.
enum PartSource {
    Text(&'static str, String),
    File(&'static str, SentFile, u64, crate::vendors::vendor::FileSource),
}

impl PartSource {
    fn to_part(&self) -> BodyPart {
        match self {
            Self::Text(name, value) => BodyPart::Text { name, value: value.clone() },
            Self::File(name, sent, size_bytes, source) => BodyPart::File {
                name,
                file_name: sent.name.clone(),
                content_type: sent.content_type,
                size_bytes: *size_bytes,
                source: Arc::clone(source),
            },
        }
    }
}

#[async_trait]
impl VendorConnection for SestekConnection {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            cancel: false,
            delete_at_vendor: false,
            list: false,
            watching_publishes: true,
            loss: false,
            llm_settings: true,
        }
    }

    fn kinds(&self) -> Vec<Kind> {
        [sestek::CLUSTERING, sestek::CLASSIFICATION, sestek::GQA].map(|info| Kind::new(info.kind)).to_vec()
    }

    fn hints(&self) -> ConnectionHints {
        ConnectionHints {
            default_product_name: self.config.default_product_name.clone(),
            tenant_name: self.config.tenant_name.clone(),
            notices: self.config.use_deprecated_paths.then(|| retired::NOTICE.to_owned()).into_iter().collect(),
        }
    }

    fn vendor_ref(&self, request: &TrainingRequest) -> VendorRef {
        VendorRef::new(model_id(request))
    }

    fn preview(
        &self,
        request: &TrainingRequest,
        datasets: &[TrainingDataset],
        callback: Option<&CallbackOffer>,
    ) -> RequestPreview {
        preview_request(&self.url_of(train_path(request)), request, datasets, callback)
    }

    fn request_limit(&self) -> Duration {
        self.http.submit_limit()
    }

    async fn prepare(&self) -> Prepared {
        let mut answers = Vec::new();
        let outcome = match self.tokens.get_token(&self.http, &mut answers).await {
            Ok(_) => PrepareOutcome::Ready,
            Err(TokenFault::Refused { message }) => PrepareOutcome::CredentialsRefused { message },
            Err(TokenFault::Unreachable { message }) => PrepareOutcome::Unreachable { message },
            Err(TokenFault::Throttled { retry_after, message }) => PrepareOutcome::Throttled { retry_after, message },
        };
        Prepared { outcome, answers }
    }

    async fn submit(&self, order: SubmitOrder) -> SubmitAnswer {
        let mut answers = Vec::new();
        let parts = match self.fill_parts(&order) {
            Ok(parts) => parts,
            Err(role) => return SubmitAnswer { outcome: refuse_without_file(role), answers },
        };
        if let Some(callback) = &order.callback {
            self.http.pin_secret(&callback.client_secret);
        }
        let url = self.url_of(train_path(&order.request));
        let make_call = |token| Call {
            purpose: AnswerPurpose::Submit,
            method: TRAIN_METHOD,
            url: url.clone(),
            headers: HEADERS,
            bearer: Some(token),
            body: CallBody::Parts(parts.iter().map(PartSource::to_part).collect()),
        };
        let outcome = match self.call_once(make_call, &mut answers).await {
            Ok((answer, number)) => {
                let outcome = map_train_answer(&answer, &order.request, self.pace);
                let outcome = explain_submit(outcome, url.path(), &answer);
                if matches!(outcome, SubmitOutcome::TokenRefused { .. }) {
                    self.tokens.forget_token(number);
                }
                outcome
            }
            Err(CallProblem::Http(CallFault::Lost(reason))) => {
                SubmitOutcome::Lost { message: format!("SESTEK's answer to the submit was lost: {reason}.") }
            }
            Err(CallProblem::Http(CallFault::NotSent(reason))) => {
                SubmitOutcome::NotSent { message: format!("Nothing was sent to SESTEK: {reason}.") }
            }
            Err(CallProblem::Token(TokenFault::Refused { message })) => SubmitOutcome::CredentialsRefused { message },
            // Without a token nothing was sent.
            Err(CallProblem::Token(TokenFault::Unreachable { message } | TokenFault::Throttled { message, .. })) => {
                SubmitOutcome::NotSent { message }
            }
        };
        SubmitAnswer { outcome, answers }
    }

    fn begin(&self, request: &TrainingRequest, used_before: bool, now: Timestamp) -> serde_json::Value {
        RunState::begin(request, used_before, now).write()
    }

    async fn poll(&self, target: &PollTarget) -> PollAnswer {
        let mut answers = Vec::new();
        let asked = self.ask_model(target, "progress", AnswerPurpose::Progress, &mut answers).await;
        let outcome = match self.read_progress(target, asked) {
            ProgressReading::Said(wire) => self.observe(&wire, target, &mut answers).await,
            ProgressReading::NotFound { message, .. } => {
                match map_not_found(&RunState::read(&target.state), self.context(target)) {
                    Some(observation) => PollOutcome::Observed(observation),
                    None => PollOutcome::Absent { message },
                }
            }
            ProgressReading::Refused { message } => PollOutcome::CredentialsRefused { message },
            ProgressReading::Throttled { retry_after, message } => PollOutcome::Throttled { retry_after, message },
            ProgressReading::Unusable { message } => PollOutcome::Unreachable { message },
        };
        PollAnswer { outcome, answers }
    }

    async fn look_up(&self, target: &PollTarget) -> LookUpAnswer {
        let mut answers = Vec::new();
        let asked = self.ask_model(target, "progress", AnswerPurpose::LookUp, &mut answers).await;
        let outcome = match self.read_progress(target, asked) {
            ProgressReading::Said(wire) if wire.training_status.is_none() => LookUpOutcome::Unknown {
                message: "SESTEK answers for this model but does not say how its training stands.".to_owned(),
            },
            ProgressReading::Said(wire) => LookUpOutcome::Found {
                in_progress: is_going(&wire),
                observation: map_progress(&wire, None, &RunState::read(&target.state), self.context(target)),
            },
            ProgressReading::NotFound { message, is_proof: true } => LookUpOutcome::Absent { message },
            ProgressReading::NotFound { message, is_proof: false } => LookUpOutcome::Unknown { message },
            ProgressReading::Refused { message } => LookUpOutcome::CredentialsRefused { message },
            ProgressReading::Throttled { retry_after, message } => LookUpOutcome::Throttled { retry_after, message },
            ProgressReading::Unusable { message } => LookUpOutcome::Unknown { message },
        };
        LookUpAnswer { outcome, answers }
    }

    fn show_inference(&self, kind: &Kind, vendor_ref: &VendorRef) -> Option<InferenceCall> {
        describe_inference(&self.config.base_url, self.config.tenant_name.as_deref(), kind, vendor_ref)
    }

    /// Text clustering only: the page of this call speaks of no other kind (contract 12).
    async fn ask_awake(&self, target: &PollTarget) -> Option<AwakeAnswer> {
        if target.kind.as_str() != sestek::CLUSTERING.kind {
            return None;
        }
        let mut answers = Vec::new();
        let outcome = match self.ask_model(target, "ready", AnswerPurpose::Progress, &mut answers).await {
            Ok(answer) => read_awake(&answer, self.pace),
            Err(problem) => map_awake(read_problem(problem)),
        };
        Some(AwakeAnswer { outcome, answers })
    }

    fn mask_secret(&self, secret: &Secret) {
        self.http.pin_secret(secret);
    }

    fn llm(&self) -> Option<&dyn LlmDesk> {
        Some(self)
    }

    /// Asks for a token and nothing else: a progress call could publish a model.
    async fn test(&self) -> TestAnswer {
        let mut answers = Vec::new();
        let result = self.tokens.test_token(&self.http, &mut answers).await;
        let refused = matches!(result, Err(TokenFault::Refused { .. }));
        let (ok, message, warnings): (_, _, Vec<String>) = match result {
            Ok(_) => {
                let warnings = self.tokens.scope_warning().into_iter().collect();
                (true, "SESTEK accepted the credentials.".to_owned(), warnings)
            }
            Err(
                TokenFault::Refused { message }
                | TokenFault::Unreachable { message }
                | TokenFault::Throttled { message, .. },
            ) => (false, message, Vec::new()),
        };
        let warnings = warnings.into_iter().chain(self.hints().notices).collect();
        TestAnswer { ok, refused, message, warnings, answers }
    }
}

fn read_awake(answer: &Answer, pace: Pace) -> AwakeOutcome {
    match read_ready(&answer.text).filter(|_| answer.status == 200) {
        Some(is_awake) => AwakeOutcome::Said(is_awake),
        None => map_awake(read_progress_answer(answer, pace)),
    }
}

/// An answer that is no boolean: only what it says about the connection counts.
fn map_awake(reading: ProgressReading) -> AwakeOutcome {
    match reading {
        ProgressReading::Said(_) => {
            AwakeOutcome::Unusable { message: "SESTEK did not say whether the model is awake.".to_owned() }
        }
        ProgressReading::NotFound { message, .. } => AwakeOutcome::Unusable { message },
        ProgressReading::Refused { message } => AwakeOutcome::CredentialsRefused { message },
        ProgressReading::Throttled { retry_after, message } => AwakeOutcome::Throttled { retry_after, message },
        ProgressReading::Unusable { message } => AwakeOutcome::Unreachable { message },
    }
}

fn read_problem(problem: CallProblem) -> ProgressReading {
    match problem {
        CallProblem::Token(TokenFault::Refused { message }) => ProgressReading::Refused { message },
        CallProblem::Token(TokenFault::Unreachable { message }) => ProgressReading::Unusable { message },
        CallProblem::Token(TokenFault::Throttled { retry_after, message }) => {
            ProgressReading::Throttled { retry_after, message }
        }
        CallProblem::Http(fault) => {
            ProgressReading::Unusable { message: format!("SESTEK cannot be reached: {fault}.") }
        }
    }
}

fn refuse_without_file(role: &str) -> SubmitOutcome {
    let failure = Failure {
        code: "invalid".to_owned(),
        message: format!("The {role} file is not there any more, so nothing was sent."),
        said: None,
        hint: Some("Upload the file again and submit a new training.".to_owned()),
        retryable: false,
    };
    SubmitOutcome::Rejected { failure, fields: Vec::new(), pauses_connection: false }
}
