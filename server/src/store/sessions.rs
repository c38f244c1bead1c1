//! Signed-in browsers.
//! Holds the hash of a session's id only, so that a stolen database signs nobody in.

use super::people::read_caller;
use super::{Store, StoreResult};
use app::model::session::Caller;
use app::model::time::Timestamp;
use sqlx::Row;

/// A session that a used link opens.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// SHA-256 of the cookie's value, hexadecimal.
    pub id_hash: String,
    pub at: Timestamp,
    /// The absolute end, however busy the session is.
    pub expires_at: Timestamp,
    /// The browser's older session, which ends here (a new id at every sign-in).
    pub replaces: Option<String>,
}

/// A session that was found by its hash, with the person's role of today.
#[derive(Clone, Debug)]
pub struct FoundSession {
    pub caller: Caller,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Store {
    /// Uses a sign-in link up and opens a session, both or neither. `None` when the link is unknown, used, too old or
    /// its person disabled.
    pub async fn open_session(&self, link_hash: &str, session: &NewSession) -> StoreResult<Option<Caller>> {
        let mut tx = self.begin().await?;
        // The row count is the guard: of two equal calls at the same moment, one changes the row.
        let used = sqlx::query(
            "UPDATE sign_in_link SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1",
        )
        .bind(session.at.as_millis())
        .bind(link_hash)
        .execute(&mut *tx)
        .await?;
        if used.rows_affected() != 1 {
            return Ok(None);
        }
        let row = sqlx::query(
            "SELECT person.name AS name, person.role AS role FROM sign_in_link \
             JOIN person ON person.name = sign_in_link.person \
             WHERE sign_in_link.token_hash = $1 AND person.disabled = 0",
        )
        .bind(link_hash)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let caller = read_caller(&row)?;
        sqlx::query(
            "INSERT INTO session (id_hash, person, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)",
        )
        .bind(session.id_hash.as_str())
        .bind(caller.name.as_str())
        .bind(session.at.as_millis())
        .bind(session.expires_at.as_millis())
        .execute(&mut *tx)
        .await?;
        if let Some(older) = &session.replaces {
            sqlx::query("DELETE FROM session WHERE id_hash = $1").bind(older.as_str()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(Some(caller))
    }

    /// Looks a session of an enabled person up by its hash.
    pub async fn find_session(&self, id_hash: &str) -> StoreResult<Option<FoundSession>> {
        let row = sqlx::query(
            "SELECT person.name AS name, person.role AS role, session.last_seen_at AS last_seen_at, \
             session.expires_at AS expires_at \
             FROM session JOIN person ON person.name = session.person \
             WHERE session.id_hash = $1 AND person.disabled = 0",
        )
        .bind(id_hash)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(FoundSession {
            caller: read_caller(&row)?,
            last_seen_at: Timestamp::from_millis(row.try_get("last_seen_at")?),
            expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
        }))
    }

    /// Notes that a session was used. Changes a session that is there; never makes one.
    pub async fn touch_session(&self, id_hash: &str, at: Timestamp) -> StoreResult<()> {
        sqlx::query("UPDATE session SET last_seen_at = $1 WHERE id_hash = $2")
            .bind(at.as_millis())
            .bind(id_hash)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Ends a session.
    pub async fn delete_session(&self, id_hash: &str) -> StoreResult<()> {
        sqlx::query("DELETE FROM session WHERE id_hash = $1").bind(id_hash).execute(&self.writer).await?;
        Ok(())
    }

    /// Forgets sessions and links that ran out, at most this side of `now`. Says how many rows went.
    pub async fn prune_sessions(&self, now: Timestamp, idle_before: Timestamp) -> StoreResult<u64> {
        let sessions = sqlx::query("DELETE FROM session WHERE expires_at <= $1 OR last_seen_at <= $2")
            .bind(now.as_millis())
            .bind(idle_before.as_millis())
            .execute(&self.writer)
            .await?;
        let links = sqlx::query("DELETE FROM sign_in_link WHERE expires_at <= $1")
            .bind(now.as_millis())
            .execute(&self.writer)
            .await?;
        Ok(sessions.rows_affected() + links.rows_affected())
    }
}
