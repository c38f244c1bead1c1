//! Secrets that people give us for a connection: sealed before they are stored, opened only for the call that needs them.
//! What is inside is never shown again; there is no function here that a page could call for it.

use super::{ConnectionFault, Connections};
use crate::secret::Secret;
use crate::store::kept_secrets::NewKeptSecret;
use crate::vault::SealFault;
use app::model::error::FieldFault;
use app::model::ids::{ConnectionId, UserName};
use app::model::kept_secret::KeptSecret;

/// The longest name, in characters.
const MAX_NAME_LENGTH: usize = 40;
/// Shorter secrets are typing errors, and could not be masked without masking ordinary words.
const MIN_SECRET_BYTES: usize = 8;
/// The longest secret, in bytes.
const MAX_SECRET_BYTES: usize = 4_096;
/// Names that begin so belong to the language-model settings.
pub(super) const LLM_PREFIX: &str = "llm-";

impl Connections {
    /// Keeps a secret under a name; one of the same name is replaced. Admins only, which the caller has made sure of.
    pub async fn keep_secret(
        &self,
        connection: &ConnectionId,
        name: &str,
        secret: Secret,
        actor: &UserName,
    ) -> Result<KeptSecret, ConnectionFault> {
        let entry = self.find_connection(connection).ok_or(ConnectionFault::NotFound)?;
        let mut faults = Vec::new();
        faults.extend(check_name(name).err().map(|message| FieldFault::new("name", message)));
        let checked = check_secret(&secret).and_then(|()| check_length(&secret));
        faults.extend(checked.err().map(|message| FieldFault::new("secret", message)));
        if !faults.is_empty() {
            return Err(ConnectionFault::Invalid(faults));
        }
        let sealed = self.seal_secret(connection, name, &secret)?;
        entry.link.mask_secret(&secret);
        let created_at = self.clock.now();
        let new = NewKeptSecret { connection, name, sealed: &sealed, created_by: actor, created_at };
        self.store.put_kept_secret(new).await?;
        tracing::info!(connection.id = %connection, secret.name = name, "Kept a secret");
        Ok(KeptSecret { name: name.to_owned(), created_by: actor.clone(), created_at, last_used_at: None })
    }

    /// The names and times of what is kept for a connection.
    pub async fn list_kept_secrets(&self, connection: &ConnectionId) -> Result<Vec<KeptSecret>, ConnectionFault> {
        let kept = self.store.list_kept_secrets(connection).await?;
        // Those of a connection that left the settings can still be seen and forgotten.
        if kept.is_empty() && self.find_connection(connection).is_none() {
            return Err(ConnectionFault::NotFound);
        }
        Ok(kept)
    }

    /// Forgets a kept secret. Who was told it keeps what it was told.
    pub async fn forget_secret(&self, connection: &ConnectionId, name: &str) -> Result<(), ConnectionFault> {
        if !self.store.forget_kept_secret(connection, name).await? {
            return Err(ConnectionFault::NoSecret);
        }
        tracing::info!(connection.id = %connection, secret.name = name, "Forgot a secret");
        Ok(())
    }

    /// Opens a kept secret for the call that sends it, and notes that it was used. `None`: there is none of this name.
    pub async fn reveal_kept_secret(
        &self,
        connection: &ConnectionId,
        name: &str,
    ) -> Result<Option<Secret>, ConnectionFault> {
        let Some(sealed) = self.store.find_sealed(connection, name).await? else { return Ok(None) };
        let secret = self
            .sealer
            .unseal(&place_of(connection, name), &sealed)
            .map_err(|fault| ConnectionFault::Sealed { name: name.to_owned(), fault })?;
        self.store.touch_kept_secret(connection, name, self.clock.now()).await?;
        Ok(Some(secret))
    }

    /// The envelope for one row.
    pub(super) fn seal_secret(
        &self,
        connection: &ConnectionId,
        name: &str,
        secret: &Secret,
    ) -> Result<String, ConnectionFault> {
        let fault = |fault: SealFault| ConnectionFault::Sealed { name: name.to_owned(), fault };
        self.sealer.seal(&place_of(connection, name), secret).map_err(fault)
    }
}

/// Where a secret is kept: what its envelope is bound to.
pub(super) fn place_of<'a>(connection: &'a ConnectionId, name: &'a str) -> [&'a str; 3] {
    ["kept_secret", connection.as_str(), name]
}

/// A name that people choose.
fn check_name(name: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > MAX_NAME_LENGTH || !name.bytes().all(allowed) {
        return Err(format!("Use 1 to {MAX_NAME_LENGTH} lower-case letters (a to z), digits and hyphens."));
    }
    if name.starts_with(LLM_PREFIX) {
        return Err(format!("Names that begin with \"{LLM_PREFIX}\" belong to the language-model settings."));
    }
    Ok(())
}

/// A secret that can be told from ordinary words.
pub(super) fn check_length(secret: &Secret) -> Result<(), String> {
    if secret.expose().len() < MIN_SECRET_BYTES {
        return Err(format!("This is too short for a secret: {MIN_SECRET_BYTES} characters at least."));
    }
    Ok(())
}

/// A value that every form, header and JSON body can carry.
pub(super) fn check_secret(secret: &Secret) -> Result<(), String> {
    let value = secret.expose();
    if value.is_empty() {
        return Err("Write the secret; it is empty.".to_owned());
    }
    if value.len() > MAX_SECRET_BYTES {
        return Err(format!("A secret has at most {MAX_SECRET_BYTES} bytes."));
    }
    if value.chars().any(char::is_control) {
        return Err("Take the line breaks and other control characters out.".to_owned());
    }
    if value.trim() != value {
        return Err("Take the spaces at its beginning or end away.".to_owned());
    }
    Ok(())
}
