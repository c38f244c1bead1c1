//! What every vendor's connection must do, whichever vendor it is: the contract behind `VendorConnection`.
//! Run by tests against a fake vendor; chosen by the capabilities a connection declares, so that it can claim none it lacks.

use super::vendor::{
    LookUpOutcome, PollOutcome, PollTarget, PrepareOutcome, SubmitOrder, SubmitOutcome, VendorConnection,
};
use crate::clock::SharedClock;
use app::model::ids::VendorRef;
use app::model::stage::Stage;
use app::vendors::TrainingRequest;
use async_trait::async_trait;

/// Moves the vendor's own time on while the suite watches a training.
#[async_trait]
pub trait Conductor: Send + Sync {
    /// Lets so many vendor seconds pass.
    async fn advance(&self, seconds: f64);
}

/// One training that the vendor will take and finish.
pub struct Specimen<'a> {
    pub request: TrainingRequest,
    /// The submit of `request`, as often as it is asked for.
    pub make_order: &'a (dyn Fn() -> SubmitOrder + Sync),
    /// A name the vendor has never heard.
    pub absent: VendorRef,
}

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {found}")]
pub struct Breach {
    pub rule: &'static str,
    pub found: String,
}

fn require(holds: bool, rule: &'static str, found: impl std::fmt::Debug) -> Result<(), Breach> {
    if holds { Ok(()) } else { Err(Breach { rule, found: format!("{found:?}") }) }
}

/// Polls until the end, at most; a fake's training has a dozen steps.
const MOST_POLLS: usize = 400;

/// Submits the specimen and follows it to its end. The first rule that does not hold is returned.
pub async fn run_conformance(
    connection: &dyn VendorConnection,
    conductor: &dyn Conductor,
    specimen: &Specimen<'_>,
    clock: &SharedClock,
) -> Result<(), Breach> {
    check_quiet_calls(connection, specimen).await?;
    let mut target = PollTarget {
        kind: specimen.request.kind(),
        vendor_ref: connection.vendor_ref(&specimen.request),
        state: connection.begin(&specimen.request, false, clock.now()),
        stage: Stage::Submitting,
    };
    check_submit(connection, specimen, &target).await?;
    target.stage = Stage::Queued;
    let stages = follow_run(connection, conductor, target).await?;
    let publishes = connection.capabilities().watching_publishes;
    require(
        !publishes || stages.contains(&Stage::Publishing),
        "a vendor that publishes by being watched is watched past its training",
        &stages,
    )
}

/// What must hold before anything is sent.
async fn check_quiet_calls(connection: &dyn VendorConnection, specimen: &Specimen<'_>) -> Result<(), Breach> {
    require(connection.kinds().contains(&specimen.request.kind()), "the kind is declared", connection.kinds())?;
    let preview = connection.preview(&specimen.request, &[], None);
    let masked =
        |(name, value): &(String, String)| !name.eq_ignore_ascii_case("authorization") || value.contains("<token>");
    require(preview.headers.iter().all(masked), "a preview masks the token", &preview.headers)?;
    let tested = connection.test().await;
    require(tested.ok && !tested.refused, "the test accepts good credentials", &tested.message)?;
    let prepared = connection.prepare().await;
    require(prepared.outcome == PrepareOutcome::Ready, "a submit can be prepared", &prepared.outcome)?;
    let absent = PollTarget {
        kind: specimen.request.kind(),
        vendor_ref: specimen.absent.clone(),
        state: serde_json::Value::Null,
        stage: Stage::Submitting,
    };
    let found = connection.look_up(&absent).await.outcome;
    require(matches!(found, LookUpOutcome::Absent { .. }), "what is not there is proven absent", &found)
}

/// The submit, and that a lost answer could be settled by looking.
async fn check_submit(
    connection: &dyn VendorConnection,
    specimen: &Specimen<'_>,
    target: &PollTarget,
) -> Result<(), Breach> {
    let before = connection.look_up(target).await.outcome;
    require(matches!(before, LookUpOutcome::Absent { .. }), "the specimen is new", &before)?;
    let sent = connection.submit((specimen.make_order)()).await;
    require(matches!(sent.outcome, SubmitOutcome::Accepted { .. }), "a good submit is accepted", &sent.outcome)?;
    require(!sent.answers.is_empty(), "the answer to a submit is kept", &sent.outcome)?;
    let after = connection.look_up(target).await.outcome;
    let found = matches!(after, LookUpOutcome::Found { in_progress: true, .. });
    require(found, "what was accepted is found, in progress", &after)
}

/// Polls to the end and returns the stages in their order.
async fn follow_run(
    connection: &dyn VendorConnection,
    conductor: &dyn Conductor,
    mut target: PollTarget,
) -> Result<Vec<Stage>, Breach> {
    let mut stages = Vec::new();
    let mut highest = 0.0_f64;
    for _ in 0..MOST_POLLS {
        let outcome = connection.poll(&target).await.outcome;
        let PollOutcome::Observed(seen) = outcome else {
            return Err(Breach { rule: "a healthy vendor's answer is understood", found: format!("{outcome:?}") });
        };
        require(!seen.vendor_status.is_empty(), "the vendor's own words stand beside the stage", &seen)?;
        let percent = seen.progress.as_ref().and_then(|progress| progress.percent).unwrap_or(highest);
        require((highest..=100.0).contains(&percent), "a percent never falls", percent)?;
        highest = percent;
        let loss = seen.progress.as_ref().and_then(|progress| progress.loss);
        require(loss.is_none() || connection.capabilities().loss, "loss comes only where it is declared", loss)?;
        let ended = seen.stage.is_some_and(Stage::is_end);
        require(ended == seen.next_poll.is_none(), "asking stops at the end and only there", &seen)?;
        if let Some(stage) = seen.stage.filter(|stage| stages.last() != Some(stage)) {
            stages.push(stage);
        }
        if ended {
            require(seen.stage == Some(Stage::Ready), "the specimen becomes ready", &seen)?;
            return Ok(stages);
        }
        target.state = seen.state;
        target.stage = seen.stage.unwrap_or(target.stage);
        let wait = seen.next_poll.map_or(1.0, |wait| wait.as_secs_f64());
        conductor.advance(wait).await;
    }
    Err(Breach { rule: "the specimen comes to an end", found: format!("{stages:?}") })
}
