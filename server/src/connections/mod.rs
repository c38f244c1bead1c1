//! The vendor accounts: which there are, how each is doing, and whether a call may go out now.

mod breaker;
mod fault;
mod kept_secrets;
mod llm;

pub use fault::ConnectionFault;

use crate::clock::SharedClock;
use crate::store::connection_health::KeptHealth;
use crate::store::{Store, StoreError, StoreResult};
use crate::vault::Sealer;
use crate::vendors::vendor::{Pace, VendorConnection};
use app::model::connection::{Connection, ConnectionTest, Health, HealthState};
use app::model::ids::ConnectionId;
use app::model::time::Timestamp;
use breaker::Breaker;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long after a use the time of it is written down again.
const LAST_USED_EVERY: Duration = Duration::from_secs(10);

/// The longest that a vendor's `Retry-After` keeps us silent.
const LONGEST_SILENCE: Duration = Duration::from_secs(3_600);

/// One vendor account.
pub struct ConnectionEntry {
    pub id: ConnectionId,
    pub vendor: &'static str,
    pub name: String,
    pub sandbox: bool,
    /// Multiplies every wait that we choose for this account.
    pub pace: Pace,
    pub link: Arc<dyn VendorConnection>,
}

/// All vendor accounts.
pub struct Connections {
    entries: BTreeMap<ConnectionId, ConnectionEntry>,
    gates: Mutex<HashMap<ConnectionId, Gate>>,
    store: Store,
    sealer: Sealer,
    clock: SharedClock,
}

/// What is known of one connection's health.
struct Gate {
    kept: KeptHealth,
    breaker: Breaker,
}

/// Whether a call may go out now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    Go,
    /// Not before then: the vendor asked for silence, or it cannot be reached.
    Wait {
        until: Timestamp,
        reason: String,
    },
    /// The credentials were refused; a person must act.
    Refused {
        message: String,
    },
}

/// How a call went, as far as the connection is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallReport {
    /// The vendor answered, whatever it said about the training.
    Answered,
    Unreachable {
        message: String,
    },
    Refused {
        message: String,
    },
    Throttled {
        retry_after: Duration,
        message: String,
    },
}

impl Connections {
    /// The accounts with the health kept from before. A refusal is forgotten: a restart is one of the ways to lift it.
    /// `sealer` seals what people give us to keep for them.
    pub async fn open(
        entries: Vec<ConnectionEntry>,
        store: Store,
        sealer: Sealer,
        clock: SharedClock,
    ) -> StoreResult<Self> {
        let mut gates = HashMap::new();
        for (id, mut kept) in store.load_health().await? {
            if kept.state != HealthState::Ok {
                kept.state = HealthState::Unknown;
                kept.message = None;
            }
            gates.insert(id, Gate { kept, breaker: Breaker::default() });
        }
        let entries: BTreeMap<_, _> = entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
        let connections = Self { entries, gates: Mutex::new(gates), store, sealer, clock };
        connections.mask_kept_secrets().await?;
        Ok(connections)
    }

    /// An account by its id.
    pub fn find_connection(&self, id: &ConnectionId) -> Option<&ConnectionEntry> {
        self.entries.get(id)
    }

    /// How fast an account's waits run; the vendors' own pace for one that is no longer there.
    pub fn pace_of(&self, id: &ConnectionId) -> Pace {
        self.entries.get(id).map_or(Pace(1.0), |entry| entry.pace)
    }

    /// Whether a call to the vendor may go out now. An open breaker lets one probe through per interval.
    pub fn admit_call(&self, id: &ConnectionId) -> Admission {
        let now = self.clock.now();
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(gate) = gates.get_mut(id) else { return Admission::Go };
        if gate.kept.state == HealthState::Refused {
            return Admission::Refused { message: gate.kept.message.clone().unwrap_or_default() };
        }
        let reason = gate.kept.message.clone().unwrap_or_default();
        if let Some(until) = gate.kept.silent_until.filter(|until| *until > now) {
            return Admission::Wait { until, reason };
        }
        match gate.breaker.admit(now, self.pace_of(id)) {
            None => Admission::Go,
            Some(until) => Admission::Wait { until, reason },
        }
    }

    /// Whether the breaker holds calls back, but for a probe now and then.
    pub fn is_spared(&self, id: &ConnectionId) -> bool {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.get(id).is_some_and(|gate| gate.breaker.is_open())
    }

    /// Takes in how a call went.
    pub async fn report_call(&self, id: &ConnectionId, report: CallReport) -> StoreResult<()> {
        let now = self.clock.now();
        let (kept, must_save, came_back) = {
            let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
            let gate =
                gates.entry(id.clone()).or_insert_with(|| Gate { kept: unknown(now), breaker: Breaker::default() });
            let before = gate.kept.clone();
            take_report(gate, report, now, self.pace_of(id));
            let used_long_ago = |at: Timestamp| now.millis_since(at) >= LAST_USED_EVERY.as_millis() as i64;
            let must_save = before.state != gate.kept.state
                || before.message != gate.kept.message
                || before.silent_until != gate.kept.silent_until
                || before.last_used_at.is_none_or(used_long_ago);
            if must_save {
                gate.kept.last_used_at = Some(now);
            }
            let was_down = matches!(before.state, HealthState::Unreachable | HealthState::Refused);
            (gate.kept.clone(), must_save, was_down && gate.kept.state == HealthState::Ok)
        };
        if must_save {
            self.store.save_health(id, &kept).await?;
        }
        if came_back {
            self.store.hasten_connection(id).await?;
        }
        Ok(())
    }

    /// Every account, for people.
    pub fn list_connections(&self) -> Vec<Connection> {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        self.entries.values().map(|entry| show(entry, gates.get(&entry.id).map(|gate| &gate.kept))).collect()
    }

    /// One harmless call, unless the vendor asked for silence. Success lifts a refusal. `None`: there is no such account.
    pub async fn test_connection(&self, id: &ConnectionId) -> Result<Option<ConnectionTest>, StoreError> {
        let Some(entry) = self.entries.get(id) else { return Ok(None) };
        let began = self.clock.now();
        if let Some(until) = self.silent_until(id, began) {
            return Ok(Some(refuse_test(entry, until)));
        }
        let answer = entry.link.test().await;
        let report = match (answer.ok, answer.refused) {
            (true, _) => CallReport::Answered,
            (false, true) => CallReport::Refused { message: answer.message.clone() },
            (false, false) => CallReport::Unreachable { message: answer.message.clone() },
        };
        if answer.ok {
            self.lift_refusal(id);
        }
        self.report_call(id, report).await?;
        let took_ms = self.clock.now().millis_since(began);
        Ok(Some(ConnectionTest { ok: answer.ok, message: answer.message, warnings: answer.warnings, took_ms }))
    }

    fn silent_until(&self, id: &ConnectionId, now: Timestamp) -> Option<Timestamp> {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.get(id).and_then(|gate| gate.kept.silent_until).filter(|until| *until > now)
    }

    /// A refusal and nothing else: the silence a vendor asked for, and the breaker, are not a person's to lift.
    fn lift_refusal(&self, id: &ConnectionId) {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get_mut(id).filter(|gate| gate.kept.state == HealthState::Refused) {
            // Answered calls do not lift a refusal by themselves; a test does.
            gate.kept.state = HealthState::Unreachable;
        }
    }
}

/// The answer to a test that may not be made now.
fn refuse_test(entry: &ConnectionEntry, until: Timestamp) -> ConnectionTest {
    let text = until.to_string();
    let clock = text.get(11..19).unwrap_or(&text);
    let message =
        format!("{} asked us to wait until {clock} UTC, so nothing was asked. Test it after that.", entry.name);
    ConnectionTest { ok: false, message, warnings: Vec::new(), took_ms: 0 }
}

fn take_report(gate: &mut Gate, report: CallReport, now: Timestamp, pace: Pace) {
    let kept = &mut gate.kept;
    let state = match report {
        CallReport::Answered if kept.state == HealthState::Refused => return,
        CallReport::Answered => {
            gate.breaker.succeed();
            kept.message = None;
            HealthState::Ok
        }
        CallReport::Unreachable { message } => {
            gate.breaker.fail(now, pace);
            if !gate.breaker.is_open() || kept.state == HealthState::Refused {
                return;
            }
            kept.message = Some(message);
            HealthState::Unreachable
        }
        CallReport::Refused { message } => {
            kept.message = Some(message);
            kept.last_refused_at = Some(now);
            HealthState::Refused
        }
        CallReport::Throttled { retry_after, message } => {
            kept.silent_until = Some(now.plus(retry_after.min(LONGEST_SILENCE)));
            kept.message = Some(message);
            kept.state
        }
    };
    if state != kept.state {
        kept.state = state;
        kept.since = now;
    }
}

fn unknown(now: Timestamp) -> KeptHealth {
    KeptHealth {
        state: HealthState::Unknown,
        since: now,
        message: None,
        last_used_at: None,
        last_refused_at: None,
        silent_until: None,
    }
}

fn show(entry: &ConnectionEntry, kept: Option<&KeptHealth>) -> Connection {
    let hints = entry.link.hints();
    Connection {
        id: entry.id.clone(),
        vendor: entry.vendor.to_owned(),
        name: entry.name.clone(),
        sandbox: entry.sandbox,
        kinds: entry.link.kinds(),
        health: Health {
            state: kept.map_or(HealthState::Unknown, |kept| kept.state),
            since: kept.map(|kept| kept.since),
            message: kept.and_then(|kept| kept.message.clone()),
        },
        capabilities: entry.link.capabilities(),
        last_used_at: kept.and_then(|kept| kept.last_used_at),
        last_refused_at: kept.and_then(|kept| kept.last_refused_at),
        default_product_name: hints.default_product_name,
        tenant_name: hints.tenant_name,
        notices: hints.notices,
    }
}
