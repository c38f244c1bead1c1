//! Models, drawn from the trainings of a vendor's name: what serves, whether it is awake, and waking it.
//! Reading asks our store only. Asking the vendor happens in `check_model`, for an operator, and nowhere else.

use super::observe::{self, Answered};
use super::{TrainingFault, Trainings, keep_answers, record};
use crate::connections::{Admission, CallReport, ConnectionEntry};
use crate::vendors::vendor::{AwakeAnswer, AwakeOutcome, PollTarget};
use app::api::trainings::Submitted;
use app::model::event::Source;
use app::model::ids::{UserName, VendorRef};
use app::model::page::PageQuery;
use app::model::published::{
    MadeBy, MissingCondition, Model, ModelHistory, ModelName, ModelPage, ModelReadiness, RedeployModel,
};
use app::model::stage::Stage;
use app::model::training::{ServingState, Training};
use app::vendors::submission::NewTraining;
use app::vendors::{TrainingRequest, knows_request};
use std::time::Duration;

/// How many trainings of a model are shown.
const CHAIN: u32 = 50;
/// A vendor is asked about the same model no sooner than this after its last answer (scaled).
const EARLY_CHECK: Duration = Duration::from_secs(5);

impl Trainings {
    /// Every model, the newest first.
    pub async fn list_models(&self, page: &PageQuery) -> Result<ModelPage, TrainingFault> {
        let last_event = self.inner.store.last_event_id().await?;
        let (currents, next) = self.inner.store.list_currents(page).await?;
        let mut items = Vec::with_capacity(currents.len());
        for current in currents {
            let Some(vendor_ref) = current.vendor_ref.clone() else { continue };
            let chain = self.inner.store.list_of_ref(&current.connection, &vendor_ref, CHAIN).await?;
            items.push(self.describe_model(current, &chain));
        }
        Ok(ModelPage { items, next, last_event })
    }

    /// One model with its trainings.
    pub async fn get_model(&self, name: &ModelName) -> Result<ModelHistory, TrainingFault> {
        let last_event = self.inner.store.last_event_id().await?;
        let trainings = self.inner.store.list_of_ref(&name.connection, &name.vendor_ref, CHAIN).await?;
        let current = trainings.iter().find(|training| is_model(training)).or(trainings.first());
        let current = current.cloned().ok_or(TrainingFault::NoModel)?;
        Ok(ModelHistory { model: self.describe_model(current, &trainings), trainings, last_event })
    }

    /// Asks the vendor whether a model is awake, and writes the answer down. Where that is no question (another kind, not
    /// ready, asked a moment ago) nobody is asked.
    pub async fn check_model(&self, name: &ModelName) -> Result<Model, TrainingFault> {
        let known = self.get_model(name).await?.model;
        let Some(entry) = self.inner.connections.find_connection(&name.connection) else { return Ok(known) };
        let Some(stored) = self.inner.store.load_training(&known.current.id).await? else { return Ok(known) };
        let now = self.inner.clock.now();
        let is_early = stored.last_asked_at.is_some_and(|asked| asked.plus(entry.pace.scale(EARLY_CHECK)) > now);
        if stored.training.stage != Stage::Ready || is_early {
            return Ok(known);
        }
        match self.inner.connections.admit_call(&entry.id) {
            Admission::Go => {}
            Admission::Wait { reason: message, .. } | Admission::Refused { message } => {
                return Err(TrainingFault::VendorSilent { message });
            }
        }
        let target = PollTarget {
            kind: stored.training.kind.clone(),
            vendor_ref: stored.vendor_ref.clone(),
            state: stored.vendor_state.clone(),
            stage: stored.training.stage,
        };
        let Some(AwakeAnswer { outcome, answers }) = entry.link.ask_awake(&target).await else { return Ok(known) };
        let answered = Answered { source: Source::Poll, asked_at: now, answered_at: self.inner.clock.now() };
        self.inner.connections.report_call(&entry.id, report_of(&outcome)).await?;
        let mut txn = self.inner.store.open_txn().await?;
        let Some(mut stored) = txn.load_training(&stored.training.id).await? else { return Ok(known) };
        keep_answers(&mut txn, &stored, &answers).await?;
        if let AwakeOutcome::Said(is_awake) = outcome {
            let state = if is_awake { ServingState::Running } else { ServingState::Asleep };
            let draft = observe::note_serving(&mut stored, state, answered);
            record(&mut txn, &mut stored, draft).await?;
        }
        self.commit(txn).await?;
        match outcome {
            AwakeOutcome::Said(_) => Ok(self.get_model(name).await?.model),
            AwakeOutcome::Unusable { message }
            | AwakeOutcome::Unreachable { message }
            | AwakeOutcome::CredentialsRefused { message }
            | AwakeOutcome::Throttled { message, .. } => Err(TrainingFault::VendorSilent { message }),
        }
    }

    /// A new training that only puts the model back into service, with the data it was made from.
    pub async fn redeploy_model(&self, actor: &UserName, redeploy: RedeployModel) -> Result<Submitted, TrainingFault> {
        let RedeployModel { id, connection, vendor_ref } = redeploy;
        let chain = self.inner.store.list_of_ref(&connection, &vendor_ref, CHAIN).await?;
        if chain.is_empty() {
            return Err(TrainingFault::NoModel);
        }
        let made_by = find_maker(&chain);
        let request = plan_redeployment(made_by).map_err(TrainingFault::Unsupported)?;
        let name = made_by.map(|training| training.name.clone());
        let retry_of = made_by.map(|training| training.id.clone());
        let new = NewTraining { id, connection, name, request, hold_if_busy: false };
        self.write_new(actor, new, retry_of).await
    }

    fn describe_model(&self, current: Training, chain: &[Training]) -> Model {
        let made_by = find_maker(chain);
        let entry = self.inner.connections.find_connection(&current.connection);
        let vendor_ref = current.vendor_ref.clone().unwrap_or_else(|| VendorRef::new(""));
        let inference = entry.and_then(|entry: &ConnectionEntry| entry.link.show_inference(&current.kind, &vendor_ref));
        let unfinished = chain.iter().find(|training| !training.stage.is_end());
        let redeploy_blocked = match unfinished {
            Some(training) => Some(format!("\"{}\" is not over; wait until it ends.", training.name)),
            None if entry.is_none() => Some("Its connection is no longer configured.".to_owned()),
            None => plan_redeployment(made_by).err(),
        };
        Model {
            connection: current.connection.clone(),
            vendor: current.vendor.clone(),
            kind: current.kind.clone(),
            vendor_ref,
            readiness: judge_readiness(&current),
            made_by: made_by.map(|training| MadeBy { id: training.id.clone(), name: training.name.clone() }),
            current,
            inference,
            redeploy_blocked,
        }
    }
}

/// Whether the vendor has something under this training's name because of it: it was asked about it and answered.
fn is_model(training: &Training) -> bool {
    !matches!(training.stage, Stage::Submitting | Stage::Rejected) && training.last_seen_at.is_some()
}

/// The newest training that made the model; a redeployment leaves it as it was.
fn find_maker(chain: &[Training]) -> Option<&Training> {
    let is_made = |training: &&Training| training.has_completed() && !is_redeployment(training);
    chain.iter().find(is_made)
}

fn is_redeployment(training: &Training) -> bool {
    let request = TrainingRequest::thaw(&training.request);
    request.is_ok_and(|request| request.redeployment().as_ref() == Some(&request))
}

/// The request that wakes the model, or why there is none.
fn plan_redeployment(made_by: Option<&Training>) -> Result<TrainingRequest, String> {
    let Some(training) = made_by else {
        return Err("No training that made this model is known here.".to_owned());
    };
    let request = TrainingRequest::thaw(&training.request).map_err(|_| explain_no_request(training).to_owned())?;
    request.redeployment().ok_or_else(|| "Models of this kind cannot be redeployed without training.".to_owned())
}

fn explain_no_request(training: &Training) -> &'static str {
    if knows_request(&training.request) {
        "The request that made this model no longer passes this version's checks."
    } else {
        "This model was trained elsewhere: what it was trained with is not known here."
    }
}

/// The two conditions of the vendor's page, and for a kind that sleeps the third.
fn judge_readiness(current: &Training) -> ModelReadiness {
    let is_trained = matches!(current.stage, Stage::Publishing | Stage::Ready);
    let is_running = current.stage == Stage::Ready;
    let serving = current.serving.as_ref().map(|serving| serving.state);
    let can_sleep = app::vendors::can_redeploy(&current.kind);
    let is_awake = match serving {
        Some(ServingState::Asleep) => Some(false),
        Some(ServingState::Running) if can_sleep && is_running => Some(true),
        _ => None,
    };
    let missing = match (is_trained, is_running, is_awake) {
        (false, _, _) => Some(MissingCondition::Trained),
        (true, false, _) => Some(MissingCondition::Running),
        (true, true, Some(false)) => Some(MissingCondition::Awake),
        _ => None,
    };
    ModelReadiness { is_trained, is_running, is_awake, missing }
}

fn report_of(outcome: &AwakeOutcome) -> CallReport {
    match outcome {
        AwakeOutcome::Said(_) | AwakeOutcome::Unusable { .. } => CallReport::Answered,
        AwakeOutcome::CredentialsRefused { message } => CallReport::Refused { message: message.clone() },
        AwakeOutcome::Throttled { retry_after, message } => {
            CallReport::Throttled { retry_after: *retry_after, message: message.clone() }
        }
        AwakeOutcome::Unreachable { message } => CallReport::Unreachable { message: message.clone() },
    }
}
