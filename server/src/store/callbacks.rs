//! Promised callback addresses, the clients of the token address, and the inbox of what came.
//! Decides nothing; keeps hashes of addresses only.

use super::history::{cursor_of, cut, limit_of};
use super::txn::Txn;
use super::{Store, StoreResult, damaged};
use app::model::callback::{Callback, CallbackProof, CallbackTiming, MissingCallback};
use app::model::ids::{ConnectionId, TrainingId};
use app::model::page::PageQuery;
use app::model::time::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// An address we gave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    pub training: TrainingId,
    pub connection: ConnectionId,
}

/// A callback about to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCallback {
    /// Of address, type and body: the same one again is counted.
    pub digest: String,
    pub training: Option<TrainingId>,
    pub timing: CallbackTiming,
    pub proof: CallbackProof,
    pub content_type: Option<String>,
    pub body: String,
    pub is_base64: bool,
}

/// Whether a callback came that a poll has to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nudge {
    Nothing,
    /// This poll was asked after it.
    Followed,
    /// It came while this poll was under way.
    Newer,
}

/// A callback with its training's name, in the order that `read_callback` reads.
const SELECT: &str = "SELECT c.id, c.training, c.timing, c.proof, c.content_type, c.body, c.is_base64, c.first_at, \
                      c.last_at, c.repeated, t.name FROM callback c LEFT JOIN training t ON t.id = c.training";

impl Store {
    /// Whose address this is, by its hash.
    pub async fn find_promise(&self, path_hash: &str) -> StoreResult<Option<Promise>> {
        let row = sqlx::query(
            "SELECT p.training, t.connection FROM callback_promise p JOIN training t ON t.id = p.training \
             WHERE p.path_hash = $1",
        )
        .bind(path_hash)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Promise {
            training: TrainingId::new(row.try_get::<String, _>(0)?),
            connection: ConnectionId::new(row.try_get::<String, _>(1)?),
        }))
    }

    /// How often a connection's client was rotated.
    pub async fn callback_generation(&self, connection: &ConnectionId) -> StoreResult<i64> {
        let row = sqlx::query("SELECT generation FROM callback_client WHERE connection = $1")
            .bind(connection.as_str())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
    }

    /// A page of everything that came, newest first.
    pub async fn list_callbacks(&self, page: &PageQuery) -> StoreResult<(Vec<Callback>, Option<String>)> {
        let limit = limit_of(page);
        let sql = format!("{SELECT} WHERE c.id < $1 ORDER BY c.id DESC LIMIT $2");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(cursor_of(page, i64::MAX)?)
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
        let mut items = rows.iter().map(read_callback).collect::<StoreResult<Vec<_>>>()?;
        let next = cut(&mut items, limit).then(|| items.last().map(|callback| callback.id.to_string())).flatten();
        Ok((items, next))
    }

    /// Trainings that their vendor had, whose vendor said its last before `before` and whose promised callback never came. `unnoted`: only those
    /// whose history does not say so yet.
    pub async fn list_missing_callbacks(&self, before: Timestamp, unnoted: bool) -> StoreResult<Vec<MissingCallback>> {
        let rows = sqlx::query(
            "SELECT t.id, t.name, t.connection, p.promised_at FROM callback_promise p \
             JOIN training t ON t.id = p.training WHERE t.archived = 0 AND t.stage IN ('ready', 'failed') \
             AND t.last_change_at < $1 AND t.last_asked_at IS NOT NULL AND NOT EXISTS (SELECT c.id FROM callback c WHERE c.training = p.training) \
             AND ($2 = 0 OR NOT EXISTS (SELECT e.id FROM event e WHERE e.training = p.training \
             AND e.kind = 'callback_missing')) ORDER BY p.promised_at DESC LIMIT 50",
        )
        .bind(before.as_millis())
        .bind(i64::from(unnoted))
        .fetch_all(&self.readers)
        .await?;
        let mut missing = Vec::with_capacity(rows.len());
        for row in rows {
            missing.push(MissingCallback {
                training: TrainingId::new(row.try_get::<String, _>(0)?),
                name: row.try_get(1)?,
                connection: ConnectionId::new(row.try_get::<String, _>(2)?),
                promised_at: Timestamp::from_millis(row.try_get(3)?),
            });
        }
        Ok(missing)
    }

    /// What came for a training (`None`: for nobody), newest first.
    pub async fn list_callbacks_of(&self, training: Option<&TrainingId>, limit: i64) -> StoreResult<Vec<Callback>> {
        let whose = if training.is_some() { "c.training = $2" } else { "c.training IS NULL AND $2 = ''" };
        let sql = format!("{SELECT} WHERE {whose} ORDER BY c.id DESC LIMIT $1");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(limit)
            .bind(training.map_or("", TrainingId::as_str))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_callback).collect()
    }
}

impl Txn {
    /// Notes that a training's address was given out. A second time changes nothing but after a change of the vault's key,
    /// which changes the address.
    pub async fn put_promise(&mut self, training: &TrainingId, path_hash: &str) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO callback_promise (training, path_hash, promised_at) VALUES ($1, $2, $3) \
             ON CONFLICT (training) DO UPDATE SET path_hash = excluded.path_hash",
        )
        .bind(training.as_str())
        .bind(path_hash)
        .bind(self.now().as_millis())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Ends a connection's client; the next one has this number.
    pub async fn rotate_callback_client(&mut self, connection: &ConnectionId) -> StoreResult<i64> {
        let row = sqlx::query(
            "INSERT INTO callback_client (connection, generation, rotated_at) VALUES ($1, 1, $2) \
             ON CONFLICT (connection) DO UPDATE SET generation = callback_client.generation + 1, rotated_at = $2 \
             RETURNING generation",
        )
        .bind(connection.as_str())
        .bind(self.now().as_millis())
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// Keeps a callback, or counts it when it is there; says its number. Of one training, and of nobody's, the newest
    /// `most` stay.
    pub async fn keep_callback(&mut self, new: &NewCallback, most: i64) -> StoreResult<i64> {
        let now = self.now().as_millis();
        let known = sqlx::query(
            "UPDATE callback SET repeated = repeated + 1, last_at = $2, proof = $3 WHERE digest = $1 RETURNING id",
        )
        .bind(new.digest.as_str())
        .bind(now)
        .bind(new.proof.as_str())
        .fetch_optional(&mut *self.inner)
        .await?;
        if let Some(row) = known {
            return Ok(row.try_get(0)?);
        }
        let id = self.next_number("callback").await?;
        sqlx::query(
            "INSERT INTO callback (id, digest, training, timing, proof, content_type, body, is_base64, first_at, last_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(id)
        .bind(new.digest.as_str())
        .bind(new.training.as_ref().map(|id| id.as_str().to_owned()))
        .bind(new.timing.as_str())
        .bind(new.proof.as_str())
        .bind(new.content_type.clone())
        .bind(new.body.as_str())
        .bind(i64::from(new.is_base64))
        .bind(now)
        .execute(&mut *self.inner)
        .await?;
        self.drop_old_callbacks(new.training.as_ref(), most).await?;
        Ok(id)
    }

    /// One callback, or `None`.
    pub async fn load_callback(&mut self, id: i64) -> StoreResult<Option<Callback>> {
        let sql = format!("{SELECT} WHERE c.id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *self.inner).await?;
        row.as_ref().map(read_callback).transpose()
    }

    /// Gives a callback to a training.
    pub async fn attach_callback(&mut self, id: i64, training: &TrainingId) -> StoreResult<()> {
        sqlx::query("UPDATE callback SET training = $2 WHERE id = $1")
            .bind(id)
            .bind(training.as_str())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    async fn drop_old_callbacks(&mut self, training: Option<&TrainingId>, most: i64) -> StoreResult<()> {
        let whose = if training.is_some() { "training = $1" } else { "training IS NULL AND $1 = ''" };
        let sql = format!(
            "DELETE FROM callback WHERE {whose} AND id NOT IN \
             (SELECT id FROM callback WHERE {whose} ORDER BY id DESC LIMIT $2)"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(training.map_or("", TrainingId::as_str))
            .bind(most)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Remembers that a callback came which the next poll of the training has to follow.
    pub async fn note_nudge(&mut self, training: &TrainingId) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO callback_nudge (training, nudged_at) VALUES ($1, $2) \
             ON CONFLICT (training) DO UPDATE SET nudged_at = $2",
        )
        .bind(training.as_str())
        .bind(self.now().as_millis())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Whether a callback waits for a poll.
    pub async fn is_nudged(&mut self, training: &TrainingId) -> StoreResult<bool> {
        let row = sqlx::query("SELECT training FROM callback_nudge WHERE training = $1")
            .bind(training.as_str())
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(row.is_some())
    }

    /// Settles what callbacks a poll that was asked at `asked_at` has followed.
    pub async fn take_nudge(&mut self, training: &TrainingId, asked_at: Timestamp) -> StoreResult<Nudge> {
        if !self.is_nudged(training).await? {
            return Ok(Nudge::Nothing);
        }
        let done = sqlx::query("DELETE FROM callback_nudge WHERE training = $1 AND nudged_at <= $2")
            .bind(training.as_str())
            .bind(asked_at.as_millis())
            .execute(&mut *self.inner)
            .await?;
        Ok(if done.rows_affected() == 1 { Nudge::Followed } else { Nudge::Newer })
    }
}

fn read_callback(row: &AnyRow) -> StoreResult<Callback> {
    let (timing, proof): (String, String) = (row.try_get(2)?, row.try_get(3)?);
    Ok(Callback {
        id: row.try_get(0)?,
        training: row.try_get::<Option<String>, _>(1)?.map(TrainingId::new),
        timing: CallbackTiming::parse(&timing).ok_or_else(|| damaged("callback", &timing))?,
        proof: CallbackProof::parse(&proof).ok_or_else(|| damaged("callback", &proof))?,
        content_type: row.try_get(4)?,
        body: row.try_get(5)?,
        is_base64: row.try_get::<i64, _>(6)? != 0,
        first_at: Timestamp::from_millis(row.try_get(7)?),
        last_at: Timestamp::from_millis(row.try_get(8)?),
        repeated: row.try_get(9)?,
        name: row.try_get(10)?,
    })
}
