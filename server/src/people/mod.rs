//! Who may come in: one-time links, sessions, API tokens, roles.
//! Knows no cookie and no header; see `web`.

mod secrets;

use crate::clock::SharedClock;
use crate::secret::Secret;
use crate::store::people::NewGrant;
use crate::store::sessions::NewSession;
use crate::store::{Store, StoreError};
use app::model::ids::UserName;
use app::model::session::{Caller, Role};
use app::model::time::Timestamp;
use std::time::Duration;

/// How long a sign-in link can be used.
pub const LINK_LIFE: Duration = Duration::from_secs(24 * 3_600);
/// A session ends after this long without a request.
pub const SESSION_IDLE: Duration = Duration::from_secs(12 * 3_600);
/// A session ends after this long in any case.
pub const SESSION_LIFE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// The longest life of an API token that can be asked for, in days.
pub const MAX_TOKEN_DAYS: u32 = 3_650;
/// "Last seen" is written down at most this often, so that reading pages does not mean writing rows.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// The people of this installation; cheap to clone.
#[derive(Clone)]
pub struct People {
    store: Store,
    clock: SharedClock,
}

/// What a caller proved who they are with. Holds hashes only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A browser's session.
    Session { hash: String },
    /// An API token.
    Token { hash: String },
}

/// Why somebody could not be let in or added.
#[derive(Debug, thiserror::Error)]
pub enum PeopleFault {
    #[error("A name has 1 to 64 letters, digits, dots, hyphens, underscores or @, and begins with a letter or digit.")]
    BadName,
    #[error("There is nobody called {0}. Add them first with `trainyard user add`.")]
    NobodyCalled(String),
    #[error("A token lives 1 to {MAX_TOKEN_DAYS} days.")]
    BadLife,
    #[error("This link was used already, is too old, or was replaced by a newer one. Ask an admin for a new one.")]
    LinkUseless,
    #[error("The operating system gives no random numbers.")]
    NoRandomness,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<secrets::NoRandomness> for PeopleFault {
    fn from(_: secrets::NoRandomness) -> Self {
        Self::NoRandomness
    }
}

/// The result of a call to [`People`].
pub type PeopleResult<T> = Result<T, PeopleFault>;

impl People {
    /// The people kept in `store`.
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    /// Whether anybody was ever added; if not, the first start hands out the first admin's link.
    pub async fn has_people(&self) -> PeopleResult<bool> {
        Ok(self.store.count_people().await? > 0)
    }

    /// Adds somebody, or gives somebody who exists this role and a fresh link. Returns the secret of a one-time
    /// sign-in link (see `paths::sign_in_link`), good for [`LINK_LIFE`]; older unused links end.
    pub async fn add_person(&self, name: &str, role: Role) -> PeopleResult<Secret> {
        let name = parse_name(name)?;
        let link = secrets::draw_secret()?;
        let now = self.clock.now();
        let grant = NewGrant {
            hash: secrets::hash_secret(link.expose()),
            person: name.clone(),
            created_at: now,
            expires_at: Some(now.plus(LINK_LIFE)),
        };
        self.store.save_person(&name, role, &grant).await?;
        Ok(link)
    }

    /// Makes an API token for somebody who exists. `days`: its life; `None` for one that does not run out.
    pub async fn create_token(&self, name: &str, days: Option<u32>) -> PeopleResult<Secret> {
        if days.is_some_and(|days| !(1..=MAX_TOKEN_DAYS).contains(&days)) {
            return Err(PeopleFault::BadLife);
        }
        let name = parse_name(name)?;
        if self.store.find_person(&name).await?.is_none() {
            return Err(PeopleFault::NobodyCalled(name.to_string()));
        }
        let token = secrets::draw_token()?;
        let now = self.clock.now();
        let life = days.map(|days| Duration::from_secs(u64::from(days) * 24 * 3_600));
        self.store
            .insert_token(&NewGrant {
                hash: secrets::hash_secret(token.expose()),
                person: name,
                created_at: now,
                expires_at: life.map(|life| now.plus(life)),
            })
            .await?;
        Ok(token)
    }

    /// Uses a sign-in link up. Returns the new session's cookie value and who signed in. `older` is the cookie the
    /// browser came with: that session ends, so that an id from before the sign-in is worth nothing.
    pub async fn use_link(&self, link: &str, older: Option<&str>) -> PeopleResult<(Secret, Caller)> {
        let id = secrets::draw_secret()?;
        let now = self.clock.now();
        let session = NewSession {
            id_hash: secrets::hash_secret(id.expose()),
            at: now,
            expires_at: now.plus(SESSION_LIFE),
            replaces: older.map(secrets::hash_secret),
        };
        let caller = self.store.open_session(&secrets::hash_secret(link), &session).await?;
        caller.map(|caller| (id, caller)).ok_or(PeopleFault::LinkUseless)
    }

    /// The person behind a session cookie; counts as being seen.
    pub async fn caller_of_session(&self, cookie: &str) -> PeopleResult<Option<(Caller, Credential)>> {
        let hash = secrets::hash_secret(cookie);
        let Some((caller, last_seen_at)) = self.read_session(&hash).await? else { return Ok(None) };
        let now = self.clock.now();
        if is_due(now, Some(last_seen_at)) {
            self.store.touch_session(&hash, now).await?;
        }
        Ok(Some((caller, Credential::Session { hash })))
    }

    /// The person behind `Authorization: Bearer`.
    pub async fn caller_of_token(&self, bearer: &str) -> PeopleResult<Option<(Caller, Credential)>> {
        if !secrets::is_token_shaped(bearer) {
            return Ok(None);
        }
        let hash = secrets::hash_secret(bearer);
        let Some((caller, last_used_at)) = self.read_token(&hash).await? else { return Ok(None) };
        let now = self.clock.now();
        if is_due(now, last_used_at) {
            self.store.touch_token(&hash, now).await?;
        }
        Ok(Some((caller, Credential::Token { hash })))
    }

    /// Whether a credential that was good still is: the person behind it as of now, else `None`. Does not count as
    /// being seen, so that an open page alone does not keep a session alive for ever.
    pub async fn recheck_credential(&self, credential: &Credential) -> PeopleResult<Option<Caller>> {
        Ok(match credential {
            Credential::Session { hash } => self.read_session(hash).await?.map(|(caller, _)| caller),
            Credential::Token { hash } => self.read_token(hash).await?.map(|(caller, _)| caller),
        })
    }

    /// Ends the session of a cookie.
    pub async fn sign_out(&self, cookie: &str) -> PeopleResult<()> {
        Ok(self.store.delete_session(&secrets::hash_secret(cookie)).await?)
    }

    /// Disables somebody; whatever they hold stops working at once.
    pub async fn disable_person(&self, name: &str) -> PeopleResult<()> {
        Ok(self.store.disable_person(&parse_name(name)?).await?)
    }

    /// Forgets sessions and links that ran out. Says how many.
    pub async fn prune_sessions(&self) -> PeopleResult<u64> {
        let now = self.clock.now();
        Ok(self.store.prune_sessions(now, back_by(now, SESSION_IDLE)).await?)
    }

    async fn read_session(&self, hash: &str) -> PeopleResult<Option<(Caller, Timestamp)>> {
        let now = self.clock.now();
        let found = self.store.find_session(hash).await?;
        let alive = found.filter(|found| found.expires_at > now && found.last_seen_at > back_by(now, SESSION_IDLE));
        Ok(alive.map(|found| (found.caller, found.last_seen_at)))
    }

    async fn read_token(&self, hash: &str) -> PeopleResult<Option<(Caller, Option<Timestamp>)>> {
        let now = self.clock.now();
        let found = self.store.find_token(hash).await?;
        let alive = found.filter(|found| found.expires_at.is_none_or(|end| end > now));
        Ok(alive.map(|found| (found.caller, found.last_used_at)))
    }
}

/// A name is an id: a small alphabet, so that it can stand in a log line, a header or an address.
fn parse_name(name: &str) -> PeopleResult<UserName> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@');
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins && name.len() <= 64 && name.bytes().all(legal) {
        Ok(UserName::new(name))
    } else {
        Err(PeopleFault::BadName)
    }
}

fn is_due(now: Timestamp, last: Option<Timestamp>) -> bool {
    last.is_none_or(|last| last <= back_by(now, TOUCH_EVERY))
}

fn back_by(now: Timestamp, by: Duration) -> Timestamp {
    now.plus_millis(-i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
