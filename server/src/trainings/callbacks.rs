//! Callbacks: the address we promise a vendor, what we keep of what comes there, and the poll it makes us ask sooner.
//! A callback is a hint, never a fact: nothing here changes a training. Only the poll that follows does, in `observe`.

use super::{TrainingFault, Trainings, poll_key};
use crate::secret::Secret;
use crate::store::callbacks::{NewCallback, Promise};
use crate::store::trainings::StoredTraining;
use crate::store::txn::Txn;
use crate::store::work::WorkKind;
use crate::vault::SecretMaker;
use crate::vendors::vendor::CallbackOffer;
use app::model::callback::{Callback, CallbackProof, CallbackTiming};
use app::model::ids::{ConnectionId, TrainingId};
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::paths;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// A training is not asked about more often than this because of callbacks (scaled); its submit counts as a question.
pub(super) const CALLBACK_GAP: Duration = Duration::from_secs(10);
/// An address lives on for this long after its training has ended.
const AFTER_END: Duration = Duration::from_secs(7 * 24 * 3_600);
/// How long a token of the token address is good.
const TOKEN_LIFE: Duration = Duration::from_secs(3_600);
/// Calls to one address in `RATE_WINDOW`; all addresses that are none share one such count.
const RATE: u32 = 60;
const RATE_WINDOW: Duration = Duration::from_secs(60);
/// How many different callbacks are kept of one training, and of nobody's.
const KEPT_OF_TRAINING: i64 = 50;
const KEPT_OF_NOBODY: i64 = 100;
/// So much is kept of a body that belongs to nobody: anybody on the network can send one.
const NOBODYS_BYTES: usize = 4_096;

/// What callbacks stand on.
pub struct CallbackSettings {
    /// Addresses, clients and tokens are made from the vault's key: none of them is in the store.
    pub maker: SecretMaker,
    /// The address the vendors reach us at, without a slash at its end.
    pub public_url: String,
}

/// Whose an address is: a training's, or that of a connection's rehearsals.
struct Door {
    connection: ConnectionId,
    training: Option<TrainingId>,
}

impl Door {
    /// What its calls are counted under.
    fn key(&self) -> &str {
        self.training.as_ref().map_or(self.connection.as_str(), TrainingId::as_str)
    }
}

/// What came to an address.
pub struct IncomingCallback {
    pub content_type: Option<String>,
    /// Capped by whoever read it.
    pub body: bytes::Bytes,
    pub bearer: Option<Secret>,
}

/// What became of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// On disk, and matched to its training.
    Kept,
    /// The address is none of ours, or no longer; kept as unmatched if there was room.
    Unknown,
    /// More than an address takes.
    TooMany,
}

/// What became of a question for a token.
pub enum TokenAnswer {
    Issued { token: Secret, life: Duration },
    WrongClient,
    Unknown,
    TooMany,
}

/// Counts calls by address.
#[derive(Default)]
pub(super) struct CallRates(Mutex<HashMap<String, (Timestamp, u32)>>);

impl CallRates {
    fn admit(&self, key: &str, now: Timestamp) -> bool {
        let is_current = |since: Timestamp| now.millis_since(since).unsigned_abs() < RATE_WINDOW.as_millis() as u64;
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|_, (since, _)| is_current(*since));
        let (_, count) = counts.entry(key.to_owned()).or_insert((now, 0));
        *count += 1;
        *count <= RATE
    }
}

impl Trainings {
    /// Gives out a training's callback address. Asked again, it is the same one.
    pub async fn promise_callback(&self, id: &TrainingId) -> Result<CallbackOffer, TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        let stored = txn.load_training(id).await?.ok_or(TrainingFault::NotFound)?;
        let path = self.path_of(id);
        txn.put_promise(id, &hash_of(path.expose())).await?;
        self.commit(txn).await?;
        self.offer_address(&path, &stored.training.connection).await
    }

    /// An address for rehearsals: it belongs to a connection and to no training.
    pub(super) async fn offer_rehearsal(&self, connection: &ConnectionId) -> Result<CallbackOffer, TrainingFault> {
        self.offer_address(&self.path_of_rehearsal(connection), connection).await
    }

    async fn offer_address(&self, path: &Secret, connection: &ConnectionId) -> Result<CallbackOffer, TrainingFault> {
        let generation = self.inner.store.callback_generation(connection).await?;
        let settings = &self.inner.callbacks;
        let address = format!("{}{}/{}", settings.public_url, paths::CALLBACKS, path.expose());
        Ok(CallbackOffer {
            identity_address: Secret::new(format!("{address}/identity")),
            address: Secret::new(address),
            client_id: client_id_of(connection),
            client_secret: self.client_secret_of(connection, generation),
        })
    }

    /// Ends the client of a connection's token address and every token it got. Trainings under way that were told the
    /// older one lose their vendor's hint, never their result.
    pub async fn rotate_callback_client(&self, connection: &ConnectionId) -> Result<(), TrainingFault> {
        let mut txn = self.inner.store.open_txn().await?;
        txn.rotate_callback_client(connection).await?;
        Ok(self.commit(txn).await?)
    }

    /// Keeps a callback, then makes the next poll of its training due as soon as the gap allows.
    pub async fn receive_callback(&self, path: &str, came: IncomingCallback) -> Result<Received, TrainingFault> {
        let path_hash = hash_of(path);
        let door = self.find_door(path, &path_hash).await?;
        let key = door.as_ref().map_or("", Door::key);
        if !self.call_rates.admit(key, self.inner.clock.now()) {
            return Ok(if door.is_some() { Received::TooMany } else { Received::Unknown });
        }
        let Some(door) = door else {
            let mut txn = self.inner.store.open_txn().await?;
            let body = came.body.slice(..came.body.len().min(NOBODYS_BYTES));
            let new = describe_callback(&path_hash, &IncomingCallback { body, ..came }, &[path]);
            txn.keep_callback(&new, KEPT_OF_NOBODY).await?;
            self.commit(txn).await?;
            return Ok(Received::Unknown);
        };
        let generation = self.inner.store.callback_generation(&door.connection).await?;
        let secret = self.client_secret_of(&door.connection, generation);
        let bearer = came.bearer.as_ref().map_or("", Secret::expose);
        let described = describe_callback(&path_hash, &came, &[path, secret.expose(), bearer]);
        let proof = match bearer {
            "" => CallbackProof::Address,
            token if self.is_token(token, &path_hash, generation) => CallbackProof::Token,
            _ => CallbackProof::WrongToken,
        };
        let mut txn = self.inner.store.open_txn().await?;
        match door.training {
            None => {
                let new = NewCallback { timing: CallbackTiming::Rehearsal, proof, ..described };
                txn.keep_callback(&new, KEPT_OF_NOBODY).await?;
            }
            Some(training) => {
                let stored = txn.load_training(&training).await?.ok_or(TrainingFault::NotFound)?;
                let timing = timing_of(stored.training.stage);
                let new = NewCallback { training: Some(training), timing, proof, ..described };
                txn.keep_callback(&new, KEPT_OF_TRAINING).await?;
                self.nudge_training(&mut txn, &stored).await?;
            }
        }
        self.commit(txn).await?;
        self.inner.new_work.notify_waiters();
        Ok(Received::Kept)
    }

    /// A token for whoever knows the address and its connection's client.
    pub async fn issue_callback_token(
        &self,
        path: &str,
        client_id: &str,
        client_secret: &str,
    ) -> Result<TokenAnswer, TrainingFault> {
        let path_hash = hash_of(path);
        let Some(door) = self.find_door(path, &path_hash).await? else { return Ok(TokenAnswer::Unknown) };
        let now = self.inner.clock.now();
        if !self.call_rates.admit(&format!("token/{}", door.key()), now) {
            return Ok(TokenAnswer::TooMany);
        }
        let generation = self.inner.store.callback_generation(&door.connection).await?;
        let secret = self.client_secret_of(&door.connection, generation);
        let is_client = is_same(client_id, &client_id_of(&door.connection)) & is_same(client_secret, secret.expose());
        if !is_client {
            return Ok(TokenAnswer::WrongClient);
        }
        let until = now.plus(TOKEN_LIFE).as_millis().to_string();
        let seal = self.seal_of(&path_hash, generation, &until);
        Ok(TokenAnswer::Issued { token: Secret::new(format!("{until}.{}", seal.expose())), life: TOKEN_LIFE })
    }

    /// What came for a training (`None`: for nobody), newest first.
    pub async fn list_callbacks_of(&self, id: Option<&TrainingId>) -> Result<Vec<Callback>, TrainingFault> {
        Ok(self.inner.store.list_callbacks_of(id, KEPT_OF_NOBODY).await?)
    }

    /// Makes the next poll due at once, but within the gap. While polls get no answer, they keep to their back-off.
    pub(super) async fn nudge_training(&self, txn: &mut Txn, stored: &StoredTraining) -> Result<(), TrainingFault> {
        if stored.training.stage.is_end() {
            return Ok(());
        }
        txn.note_nudge(&stored.training.id).await?;
        let connection = &stored.training.connection;
        let gap = self.inner.connections.pace_of(connection).scale(CALLBACK_GAP);
        let now = txn.now();
        let due_at = stored.last_asked_at.map_or(now, |last| last.plus(gap)).max(now);
        txn.hasten_answered_work(WorkKind::Poll, &poll_key(connection, &stored.vendor_ref), due_at).await?;
        Ok(())
    }

    async fn find_door(&self, path: &str, path_hash: &str) -> Result<Option<Door>, TrainingFault> {
        let Some(promise) = self.inner.store.find_promise(path_hash).await? else {
            let connections = self.inner.connections.list_connections().into_iter().map(|connection| connection.id);
            let mut rehearsed = connections.filter(|id| is_same(path, self.path_of_rehearsal(id).expose()));
            return Ok(rehearsed.next().map(|connection| Door { connection, training: None }));
        };
        let stored = self.inner.store.load_training(&promise.training).await?;
        let ended_at = stored.and_then(|stored| stored.training.ended_at);
        let is_over = ended_at.is_some_and(|ended| ended.plus(AFTER_END) < self.inner.clock.now());
        let Promise { training, connection } = promise;
        Ok((!is_over).then_some(Door { connection, training: Some(training) }))
    }

    fn path_of_rehearsal(&self, connection: &ConnectionId) -> Secret {
        self.inner.callbacks.maker.make_secret("callback rehearsal", &[connection.as_str()])
    }

    fn path_of(&self, id: &TrainingId) -> Secret {
        self.inner.callbacks.maker.make_secret("callback path", &[id.as_str()])
    }

    fn client_secret_of(&self, connection: &ConnectionId, generation: i64) -> Secret {
        self.inner.callbacks.maker.make_secret("callback client", &[connection.as_str(), &generation.to_string()])
    }

    fn seal_of(&self, path_hash: &str, generation: i64, until: &str) -> Secret {
        self.inner.callbacks.maker.make_secret("callback token", &[path_hash, &generation.to_string(), until])
    }

    fn is_token(&self, token: &str, path_hash: &str, generation: i64) -> bool {
        let Some((until, seal)) = token.split_once('.') else { return false };
        let is_alive = until.parse().is_ok_and(|until| self.inner.clock.now() < Timestamp::from_millis(until));
        is_same(seal, self.seal_of(path_hash, generation, until).expose()) & is_alive
    }
}

/// Who a vendor is at the token address of a connection's trainings.
pub(super) fn client_id_of(connection: &ConnectionId) -> String {
    format!("trainyard-{connection}")
}

fn timing_of(stage: Stage) -> CallbackTiming {
    match stage {
        Stage::Submitting => CallbackTiming::Early,
        stage if stage.is_end() => CallbackTiming::Late,
        _ => CallbackTiming::InTime,
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// SHA-256, hexadecimal.
fn hash_of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A callback as it is kept while it belongs to nobody; `secrets` are taken out of a body that is text.
fn describe_callback(path_hash: &str, came: &IncomingCallback, secrets: &[&str]) -> NewCallback {
    let content_type = came.content_type.clone();
    let mut digest = Sha256::new();
    for part in [path_hash.as_bytes(), content_type.as_deref().unwrap_or_default().as_bytes(), &came.body[..]] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    // PostgreSQL keeps no U+0000 in a text.
    let text = std::str::from_utf8(&came.body).ok().filter(|text| !text.contains('\0'));
    let body = match text {
        Some(text) => secrets
            .iter()
            .filter(|secret| secret.len() >= 16)
            .fold(text.to_owned(), |text, secret| text.replace(secret, "[redacted]")),
        None => STANDARD.encode(&came.body),
    };
    NewCallback {
        digest: hex(&digest.finalize()),
        training: None,
        timing: CallbackTiming::Unmatched,
        proof: if came.bearer.is_some() { CallbackProof::WrongToken } else { CallbackProof::Address },
        content_type,
        body,
        is_base64: text.is_none(),
    }
}
