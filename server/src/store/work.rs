//! Our own background work: claimed by lease, fenced by epoch.
//! An epoch grows with every claim; a write that names an older one changes nothing and says so.

use super::txn::Txn;
use super::{Store, StoreError, StoreResult};
use app::model::ids::{ConnectionId, TrainingId};
use app::model::time::Timestamp;
use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Row};
use std::time::Duration;

type AnyQuery<'q> = Query<'q, Any, AnyArguments>;

/// What sort of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkKind {
    /// Getting a training to its vendor; the key is the training's id.
    Submit,
    /// Asking how a training is doing; the key is connection and vendor's name, so there is one poller for each.
    Poll,
}

impl WorkKind {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Poll => "poll",
        }
    }
}

/// A piece of work somebody holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    pub kind: WorkKind,
    pub key: String,
    pub training: TrainingId,
    /// The connection that is called.
    pub connection: ConnectionId,
    /// The fence.
    pub epoch: i64,
    /// Claims in a row that ended without success.
    pub tries: i64,
    pub due_at: Timestamp,
}

impl Store {
    /// Claims up to `limit` due pieces of work for `lease`, none of the connections `without`.
    pub async fn claim_work(
        &self,
        kind: WorkKind,
        limit: i64,
        lease: Duration,
        without: &[ConnectionId],
    ) -> StoreResult<Vec<Work>> {
        let due = format!(
            "FROM work WHERE kind = $1 AND due_at <= $2 AND (lease_until IS NULL OR lease_until <= $2){}",
            leave_out(without, 3)
        );
        // A look without the write lock first: most looks find nothing.
        let peek = sqlx::query(AssertSqlSafe(format!("SELECT 1 {due} LIMIT 1")))
            .bind(kind.as_str())
            .bind(self.clock.now().as_millis());
        if bind_all(peek, without).fetch_optional(&self.readers).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut txn = self.begin().await?;
        let now = self.clock.now();
        let sql = format!(
            "SELECT key, training, epoch, tries, due_at, connection {due} ORDER BY due_at LIMIT {limit}{}",
            self.dialect.for_claim()
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(kind.as_str()).bind(now.as_millis());
        let rows = bind_all(query, without).fetch_all(&mut *txn).await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in rows {
            let work = Work {
                kind,
                key: row.try_get(0)?,
                training: TrainingId::new(row.try_get::<String, _>(1)?),
                epoch: row.try_get::<i64, _>(2)? + 1,
                tries: row.try_get(3)?,
                due_at: Timestamp::from_millis(row.try_get(4)?),
                connection: ConnectionId::new(row.try_get::<String, _>(5)?),
            };
            sqlx::query("UPDATE work SET epoch = $3, lease_until = $4 WHERE kind = $1 AND key = $2")
                .bind(kind.as_str())
                .bind(work.key.as_str())
                .bind(work.epoch)
                .bind(now.plus(lease).as_millis())
                .execute(&mut *txn)
                .await?;
            claimed.push(work);
        }
        txn.commit().await?;
        Ok(claimed)
    }

    /// Lets go of every lease: at the start of the only process that uses this store, whoever held one is dead.
    pub async fn void_leases(&self) -> StoreResult<u64> {
        let done = sqlx::query("UPDATE work SET lease_until = NULL WHERE lease_until IS NOT NULL")
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected())
    }

    /// Makes work due at `due_at` if it would be later; says whether there is such work. Work that is backing off after a
    /// failure is left alone.
    pub async fn hasten_work(&self, kind: WorkKind, key: &str, due_at: Timestamp) -> StoreResult<bool> {
        let done = sqlx::query(
            "UPDATE work SET due_at = CASE WHEN due_at > $3 THEN $3 ELSE due_at END \
             WHERE kind = $1 AND key = $2 AND tries = 0",
        )
        .bind(kind.as_str())
        .bind(key)
        .bind(due_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Makes the polls of a connection, and the submits that wait to be sent, due now (after its credentials work again).
    /// What is in quarantine, waits to be looked up or is held keeps its time.
    pub async fn hasten_connection(&self, connection: &ConnectionId) -> StoreResult<u64> {
        let now = self.clock.now().as_millis();
        let done = sqlx::query(
            "UPDATE work SET due_at = $2 WHERE due_at > $2 AND connection = $1 AND (kind = 'poll' OR NOT EXISTS \
             (SELECT 1 FROM attempt WHERE attempt.training = work.training \
             AND attempt.state IN ('sending', 'lost', 'unclear'))) \
             AND NOT EXISTS (SELECT 1 FROM training WHERE training.id = work.training AND training.held = 1)",
        )
        .bind(connection.as_str())
        .bind(now)
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected())
    }

    /// When the earliest piece of work of a kind is due and free, leaving out the connections `without`; for sleeping no
    /// longer than needed.
    pub async fn next_due(&self, kind: WorkKind, without: &[ConnectionId]) -> StoreResult<Option<Timestamp>> {
        let left_out = leave_out(without, 2);
        let sql = format!("SELECT MIN(due_at) FROM work WHERE kind = $1 AND lease_until IS NULL{left_out}");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(kind.as_str());
        let row = bind_all(query, without).fetch_one(&self.readers).await?;
        Ok(row.try_get::<Option<i64>, _>(0)?.map(Timestamp::from_millis))
    }
}

impl Txn {
    /// Writes work down, due at `due_at`; work of the same kind and key becomes this training's.
    pub async fn put_work(
        &mut self,
        kind: WorkKind,
        key: &str,
        training: &TrainingId,
        due_at: Timestamp,
    ) -> StoreResult<()> {
        let taken_over = "UPDATE SET training = $3, due_at = $4, connection = excluded.connection, lease_until = NULL, \
                          tries = 0, epoch = work.epoch + 1";
        self.insert_work(taken_over, (kind, key), training, due_at).await
    }

    /// Writes work down, due at `due_at`, unless it stands there already.
    pub async fn ensure_work(
        &mut self,
        kind: WorkKind,
        key: &str,
        training: &TrainingId,
        due_at: Timestamp,
    ) -> StoreResult<()> {
        self.insert_work("NOTHING", (kind, key), training, due_at).await
    }

    /// Writes work down; `on_conflict` says in SQL what becomes of work that has its kind and key.
    async fn insert_work(
        &mut self,
        on_conflict: &str,
        (kind, key): (WorkKind, &str),
        training: &TrainingId,
        due_at: Timestamp,
    ) -> StoreResult<()> {
        let sql = format!(
            "INSERT INTO work (kind, key, training, due_at, connection) \
             VALUES ($1, $2, $3, $4, COALESCE((SELECT connection FROM training WHERE id = $3), '')) \
             ON CONFLICT (kind, key) DO {on_conflict}"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(kind.as_str())
            .bind(key)
            .bind(training.as_str())
            .bind(due_at.as_millis())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Checks that we still hold the work, before a side effect.
    pub async fn hold_work(&mut self, work: &Work) -> StoreResult<()> {
        let done = sqlx::query(
            "UPDATE work SET epoch = epoch WHERE kind = $1 AND key = $2 AND epoch = $3 AND lease_until > $4",
        )
        .bind(work.kind.as_str())
        .bind(work.key.as_str())
        .bind(work.epoch)
        .bind(self.now().as_millis())
        .execute(&mut *self.inner)
        .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LostLease) }
    }

    /// Checks that we still hold the work, and holds it for `lease` from now on.
    pub async fn renew_work(&mut self, work: &Work, lease: Duration) -> StoreResult<()> {
        let done = sqlx::query(
            "UPDATE work SET lease_until = $5 WHERE kind = $1 AND key = $2 AND epoch = $3 AND lease_until > $4",
        )
        .bind(work.kind.as_str())
        .bind(work.key.as_str())
        .bind(work.epoch)
        .bind(self.now().as_millis())
        .bind(self.now().plus(lease).as_millis())
        .execute(&mut *self.inner)
        .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LostLease) }
    }

    /// Gives work back, to be done again at `due_at`.
    pub async fn defer_work(&mut self, work: &Work, due_at: Timestamp, tries: i64) -> StoreResult<()> {
        let done = sqlx::query(
            "UPDATE work SET due_at = $4, lease_until = NULL, tries = $5 WHERE kind = $1 AND key = $2 AND epoch = $3",
        )
        .bind(work.kind.as_str())
        .bind(work.key.as_str())
        .bind(work.epoch)
        .bind(due_at.as_millis())
        .bind(tries)
        .execute(&mut *self.inner)
        .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LostLease) }
    }

    /// Makes work due at `due_at` if it would be later, unless its last claims ended without success.
    pub async fn hasten_answered_work(&mut self, kind: WorkKind, key: &str, due_at: Timestamp) -> StoreResult<()> {
        sqlx::query("UPDATE work SET due_at = $3 WHERE kind = $1 AND key = $2 AND due_at > $3 AND tries = 0")
            .bind(kind.as_str())
            .bind(key)
            .bind(due_at.as_millis())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Takes work that is done off the list.
    pub async fn finish_work(&mut self, work: &Work) -> StoreResult<()> {
        let done = sqlx::query("DELETE FROM work WHERE kind = $1 AND key = $2 AND epoch = $3")
            .bind(work.kind.as_str())
            .bind(work.key.as_str())
            .bind(work.epoch)
            .execute(&mut *self.inner)
            .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LostLease) }
    }

    /// Takes work off the list, whoever holds it.
    pub async fn drop_work(&mut self, kind: WorkKind, key: &str) -> StoreResult<()> {
        sqlx::query("DELETE FROM work WHERE kind = $1 AND key = $2")
            .bind(kind.as_str())
            .bind(key)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}

/// The end of a condition: of none of these connections, whose names are bound from `first` on.
fn leave_out(without: &[ConnectionId], first: usize) -> String {
    let names: Vec<String> = (first..first + without.len()).map(|number| format!("${number}")).collect();
    if names.is_empty() { String::new() } else { format!(" AND connection NOT IN ({})", names.join(", ")) }
}

fn bind_all<'q>(query: AnyQuery<'q>, connections: &[ConnectionId]) -> AnyQuery<'q> {
    connections.iter().fold(query, |query, connection| query.bind(connection.as_str().to_owned()))
}
