//! Sealed secrets as rows. Opens none of them; see `vault`.

use super::{Store, StoreResult};
use app::model::ids::{ConnectionId, UserName};
use app::model::kept_secret::KeptSecret;
use app::model::time::Timestamp;
use sqlx::Row;

/// A secret about to be kept.
#[derive(Clone, Copy)]
pub struct NewKeptSecret<'a> {
    pub connection: &'a ConnectionId,
    pub name: &'a str,
    /// The vault's envelope.
    pub sealed: &'a str,
    pub created_by: &'a UserName,
    pub created_at: Timestamp,
}

/// Writes a secret in place of the one that may be there.
pub(in crate::store) const PUT_SECRET: &str = "INSERT INTO kept_secret (connection, name, sealed, created_by, created_at) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (connection, name) DO UPDATE SET sealed = $3, created_by = $4, created_at = $5, last_used_at = NULL";

impl Store {
    /// Keeps a secret; one of the same name is replaced.
    pub async fn put_kept_secret(&self, new: NewKeptSecret<'_>) -> StoreResult<()> {
        sqlx::query(PUT_SECRET)
            .bind(new.connection.as_str())
            .bind(new.name)
            .bind(new.sealed)
            .bind(new.created_by.as_str())
            .bind(new.created_at.as_millis())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The envelope of a kept secret.
    pub async fn find_sealed(&self, connection: &ConnectionId, name: &str) -> StoreResult<Option<String>> {
        let row = sqlx::query("SELECT sealed FROM kept_secret WHERE connection = $1 AND name = $2")
            .bind(connection.as_str())
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// The envelopes of everything that is kept for a connection, each with its name.
    pub async fn list_envelopes(&self, connection: &ConnectionId) -> StoreResult<Vec<(String, String)>> {
        let rows = sqlx::query("SELECT name, sealed FROM kept_secret WHERE connection = $1 ORDER BY name")
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Notes that a secret was used.
    pub async fn touch_kept_secret(&self, connection: &ConnectionId, name: &str, at: Timestamp) -> StoreResult<()> {
        sqlx::query("UPDATE kept_secret SET last_used_at = $3 WHERE connection = $1 AND name = $2")
            .bind(connection.as_str())
            .bind(name)
            .bind(at.as_millis())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// What is kept for a connection, by name, without what is inside.
    pub async fn list_kept_secrets(&self, connection: &ConnectionId) -> StoreResult<Vec<KeptSecret>> {
        let rows = sqlx::query(
            "SELECT name, created_by, created_at, last_used_at FROM kept_secret WHERE connection = $1 ORDER BY name",
        )
        .bind(connection.as_str())
        .fetch_all(&self.readers)
        .await?;
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            kept.push(KeptSecret {
                name: row.try_get(0)?,
                created_by: UserName::new(row.try_get::<String, _>(1)?),
                created_at: Timestamp::from_millis(row.try_get(2)?),
                last_used_at: row.try_get::<Option<i64>, _>(3)?.map(Timestamp::from_millis),
            });
        }
        Ok(kept)
    }

    /// Forgets a secret, and the language-model setting that it was the key of. Says whether it was there.
    pub async fn forget_kept_secret(&self, connection: &ConnectionId, name: &str) -> StoreResult<bool> {
        let mut txn = self.begin().await?;
        sqlx::query("DELETE FROM llm_setting WHERE connection = $1 AND secret = $2")
            .bind(connection.as_str())
            .bind(name)
            .execute(&mut *txn)
            .await?;
        let gone = sqlx::query("DELETE FROM kept_secret WHERE connection = $1 AND name = $2")
            .bind(connection.as_str())
            .bind(name)
            .execute(&mut *txn)
            .await?;
        txn.commit().await?;
        Ok(gone.rows_affected() > 0)
    }
}
