//! Training rows: written and read whole, with their tags and datasets.
//! Decides nothing; see `trainings` for the rules.

use super::txn::Txn;
use super::{Store, StoreResult, damaged};
use app::model::event::TrainingState;
use app::model::ids::{ConnectionId, DatasetId, Kind, TrainingId, UserName, VendorRef};
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::{Training, TrainingDataset};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// A training with what only the rules see.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTraining {
    pub training: Training,
    /// What the vendor knows it by; set from the first moment.
    pub vendor_ref: VendorRef,
    /// The SHA-256 of the submit's body, defaults filled in: the same id with another digest is another submit.
    pub submit_digest: String,
    /// It waits for its vendor's name to be free: not sent, and owner of nothing. Stays true when it ends that way.
    pub held: bool,
    /// Whether it is held, and not refused, where the name is taken.
    pub hold_if_busy: bool,
    /// The vendor folder's own state; opaque here.
    pub vendor_state: serde_json::Value,
    /// When the vendor last said something new (or it was written down).
    pub last_change_at: Timestamp,
    /// When the newest answer taken in was asked for.
    pub last_asked_at: Option<Timestamp>,
    /// When the answer that gave the stage was asked for.
    pub stage_asked_at: Option<Timestamp>,
    /// When the answer that ended it was asked for.
    pub ended_asked_at: Option<Timestamp>,
}

/// The columns of a training row, in the order `read_row` expects.
pub(in crate::store) const COLUMNS: &str = "t.id, t.vendor, t.kind, t.connection, t.vendor_ref, t.state, t.request, \
     t.submit_digest, t.vendor_state, t.owner, t.created_at, t.last_change_at, t.last_asked_at, t.ended_asked_at, \
     t.last_event, t.retry_of, t.stage_asked_at, t.held, t.hold_if_busy, t.turn_at";

impl Store {
    /// One training, or `None`.
    pub async fn load_training(&self, id: &TrainingId) -> StoreResult<Option<StoredTraining>> {
        let mut connection = self.readers.acquire().await?;
        load_one(&mut connection, id).await
    }
}

impl Txn {
    /// One training, or `None`, as it is inside this transaction.
    pub async fn load_training(&mut self, id: &TrainingId) -> StoreResult<Option<StoredTraining>> {
        load_one(&mut self.inner, id).await
    }

    /// The unfinished training that owns a vendor's name on a connection.
    pub async fn find_owner_of_ref(
        &mut self,
        connection: &ConnectionId,
        vendor_ref: &VendorRef,
    ) -> StoreResult<Option<TrainingId>> {
        let row =
            sqlx::query("SELECT id FROM training WHERE connection = $1 AND vendor_ref = $2 AND ended = 0 AND held = 0")
                .bind(connection.as_str())
                .bind(vendor_ref.as_str())
                .fetch_optional(&mut *self.inner)
                .await?;
        Ok(row.map(|row| row.try_get::<String, _>(0)).transpose()?.map(TrainingId::new))
    }

    /// The trainings that are held until a vendor's name is free, in their order.
    pub async fn list_held_of_ref(
        &mut self,
        connection: &ConnectionId,
        vendor_ref: &VendorRef,
    ) -> StoreResult<Vec<StoredTraining>> {
        let ids = sqlx::query(
            "SELECT id FROM training WHERE connection = $1 AND vendor_ref = $2 AND ended = 0 AND held = 1 \
             ORDER BY created_at, id",
        )
        .bind(connection.as_str())
        .bind(vendor_ref.as_str())
        .fetch_all(&mut *self.inner)
        .await?;
        let mut held = Vec::with_capacity(ids.len());
        for row in ids {
            held.extend(load_one(&mut self.inner, &TrainingId::new(row.try_get::<String, _>(0)?)).await?);
        }
        Ok(held)
    }

    /// The other trainings of a vendor's name on a connection that had their turn and that nothing superseded yet, oldest
    /// first.
    pub async fn list_older_of_ref(&mut self, newer: &StoredTraining) -> StoreResult<Vec<StoredTraining>> {
        let ids = sqlx::query(
            "SELECT id FROM training WHERE connection = $1 AND vendor_ref = $2 AND id <> $3 AND held = 0 \
             AND turn_at <= (SELECT turn_at FROM training WHERE id = $3) ORDER BY turn_at, id",
        )
        .bind(newer.training.connection.as_str())
        .bind(newer.vendor_ref.as_str())
        .bind(newer.training.id.as_str())
        .fetch_all(&mut *self.inner)
        .await?;
        let mut older = Vec::new();
        for row in ids {
            let id = TrainingId::new(row.try_get::<String, _>(0)?);
            if let Some(stored) = load_one(&mut self.inner, &id).await?
                && stored.training.superseded_by.is_none()
            {
                older.push(stored);
            }
        }
        Ok(older)
    }

    /// Writes a new training with its datasets and tags.
    pub async fn insert_training(&mut self, stored: &StoredTraining) -> StoreResult<()> {
        let training = &stored.training;
        let request = serde_json::to_string(&training.request).map_err(|error| damaged("request", &error))?;
        sqlx::query(
            "INSERT INTO training (id, vendor, kind, connection, name, vendor_ref, stage, ended, state, request, \
             submit_digest, vendor_state, owner, search, archived, created_at, changed_at, last_change_at, last_event, \
             retry_of, held, hold_if_busy, turn_at) \
             VALUES ($1, $2, $3, $4, '', $5, $6, 0, '', $7, $8, '', $9, '', 0, $10, $10, $10, 0, $11, $12, $13, $10)",
        )
        .bind(training.id.as_str())
        .bind(training.vendor.as_str())
        .bind(training.kind.as_str())
        .bind(training.connection.as_str())
        .bind(stored.vendor_ref.as_str())
        .bind(training.stage.as_str())
        .bind(request)
        .bind(stored.submit_digest.as_str())
        .bind(training.owner.as_str())
        .bind(training.created_at.as_millis())
        .bind(training.retry_of.as_ref().map(|id| id.as_str().to_owned()))
        .bind(i64::from(stored.held))
        .bind(i64::from(stored.hold_if_busy))
        .execute(&mut *self.inner)
        .await?;
        for (position, dataset) in training.datasets.iter().enumerate() {
            sqlx::query(
                "INSERT INTO training_dataset (training, position, role, sha256, name, size_bytes) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(training.id.as_str())
            .bind(i64::try_from(position).unwrap_or(i64::MAX))
            .bind(dataset.role.as_str())
            .bind(dataset.sha256.as_str())
            .bind(dataset.name.as_str())
            .bind(dataset.size_bytes)
            .execute(&mut *self.inner)
            .await?;
        }
        self.count_stage(false, training.stage, 1).await?;
        self.save_training(stored).await?;
        Ok(())
    }

    /// Writes the changing half of a training, and keeps tags, search text and stage counts in step with it. When it
    /// changed last is moved by `add_event` alone: a quiet poll is no change. Its turn begins when it is held no more. Says
    /// whether this ended a training that owned its vendor's name.
    pub async fn save_training(&mut self, stored: &StoredTraining) -> StoreResult<bool> {
        let training = &stored.training;
        let before = sqlx::query("SELECT stage, archived, ended, held FROM training WHERE id = $1")
            .bind(training.id.as_str())
            .fetch_one(&mut *self.inner)
            .await?;
        let (stage, archived): (String, i64) = (before.try_get(0)?, before.try_get(1)?);
        if stage != training.stage.as_str() || (archived != 0) != training.archived {
            if let Some(stage) = Stage::parse(&stage) {
                self.count_stage(archived != 0, stage, -1).await?;
            }
            self.count_stage(training.archived, training.stage, 1).await?;
        }
        let (was_ended, was_held) = (before.try_get::<i64, _>(2)? != 0, before.try_get::<i64, _>(3)? != 0);
        let state = serde_json::to_string(&training.state()).map_err(|error| damaged("training", &error))?;
        sqlx::query(
            "UPDATE training SET name = $2, stage = $3, ended = $4, state = $5, vendor_state = $6, search = $7, \
             archived = $8, last_change_at = $9, last_asked_at = $10, ended_asked_at = $11, stage_asked_at = $12, \
             turn_at = CASE WHEN held = 1 AND $13 = 0 THEN $14 ELSE turn_at END, held = $13 WHERE id = $1",
        )
        .bind(training.id.as_str())
        .bind(training.name.as_str())
        .bind(training.stage.as_str())
        .bind(i64::from(training.stage.is_end()))
        .bind(state)
        .bind(stored.vendor_state.to_string())
        .bind(search_text(stored))
        .bind(i64::from(training.archived))
        .bind(stored.last_change_at.as_millis())
        .bind(stored.last_asked_at.map(Timestamp::as_millis))
        .bind(stored.ended_asked_at.map(Timestamp::as_millis))
        .bind(stored.stage_asked_at.map(Timestamp::as_millis))
        .bind(i64::from(stored.held))
        .bind(self.now().as_millis())
        .execute(&mut *self.inner)
        .await?;
        self.save_tags(training).await?;
        Ok(training.stage.is_end() && !was_ended && !was_held)
    }

    async fn save_tags(&mut self, training: &Training) -> StoreResult<()> {
        let rows = sqlx::query("SELECT tag FROM training_tag WHERE training = $1 ORDER BY tag")
            .bind(training.id.as_str())
            .fetch_all(&mut *self.inner)
            .await?;
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            kept.push(row.try_get::<String, _>(0)?);
        }
        let mut wanted = training.tags.clone();
        wanted.sort_unstable();
        if kept == wanted {
            return Ok(());
        }
        sqlx::query("DELETE FROM training_tag WHERE training = $1")
            .bind(training.id.as_str())
            .execute(&mut *self.inner)
            .await?;
        for tag in wanted {
            sqlx::query("INSERT INTO training_tag (training, tag) VALUES ($1, $2)")
                .bind(training.id.as_str())
                .bind(tag)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(())
    }

    async fn count_stage(&mut self, archived: bool, stage: Stage, by: i64) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO stage_count (archived, stage, trainings) VALUES ($1, $2, $3) \
             ON CONFLICT (archived, stage) DO UPDATE SET trainings = stage_count.trainings + $3",
        )
        .bind(i64::from(archived))
        .bind(stage.as_str())
        .bind(by)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

/// What the list's search looks in, lower-cased.
fn search_text(stored: &StoredTraining) -> String {
    let training = &stored.training;
    let mut text = format!("{}\n{}\n{}", training.name, stored.vendor_ref, training.owner);
    for tag in &training.tags {
        text.push('\n');
        text.push_str(tag);
    }
    text.to_lowercase()
}

async fn load_one(connection: &mut AnyConnection, id: &TrainingId) -> StoreResult<Option<StoredTraining>> {
    let sql = format!("SELECT {COLUMNS} FROM training t WHERE t.id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.as_str()).fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(None) };
    let mut stored = read_row(&row)?;
    stored.training.datasets = load_datasets(connection, id).await?;
    Ok(Some(stored))
}

/// The datasets of one training, in the order of its form.
async fn load_datasets(connection: &mut AnyConnection, id: &TrainingId) -> StoreResult<Vec<TrainingDataset>> {
    let rows = sqlx::query(
        "SELECT role, sha256, name, size_bytes FROM training_dataset WHERE training = $1 ORDER BY position",
    )
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_dataset).collect()
}

/// Reads role, address, name and size.
pub(in crate::store) fn read_dataset(row: &AnyRow) -> StoreResult<TrainingDataset> {
    Ok(TrainingDataset {
        role: row.try_get(0)?,
        sha256: DatasetId::new(row.try_get::<String, _>(1)?),
        name: row.try_get(2)?,
        size_bytes: row.try_get(3)?,
    })
}

/// Reads the columns of `COLUMNS`; datasets are read apart.
pub(in crate::store) fn read_row(row: &AnyRow) -> StoreResult<StoredTraining> {
    let state: String = row.try_get(5)?;
    let state: TrainingState = serde_json::from_str(&state).map_err(|error| damaged("training", &error))?;
    let request: String = row.try_get(6)?;
    let vendor_state: String = row.try_get(8)?;
    let moment = |at: Option<i64>| at.map(Timestamp::from_millis);
    let mut training = Training {
        id: TrainingId::new(row.try_get::<String, _>(0)?),
        vendor: row.try_get(1)?,
        kind: Kind::new(row.try_get::<String, _>(2)?),
        connection: ConnectionId::new(row.try_get::<String, _>(3)?),
        name: String::new(),
        vendor_ref: None,
        stage: state.stage,
        reached: None,
        vendor_status: Default::default(),
        progress: None,
        serving: None,
        lanes: Vec::new(),
        failure: None,
        waiting: None,
        request: serde_json::from_str(&request).map_err(|error| damaged("request", &error))?,
        datasets: Vec::new(),
        owner: UserName::new(row.try_get::<String, _>(9)?),
        tags: Vec::new(),
        note: String::new(),
        archived: false,
        created_at: Timestamp::from_millis(row.try_get(10)?),
        submitted_at: None,
        ended_at: None,
        last_seen_at: None,
        unseen_since: None,
        stalled_since: None,
        retry_of: row.try_get::<Option<String>, _>(15)?.map(TrainingId::new),
        superseded_by: None,
        last_event: row.try_get(14)?,
    };
    training.set_state(state);
    Ok(StoredTraining {
        training,
        vendor_ref: VendorRef::new(row.try_get::<String, _>(4)?),
        submit_digest: row.try_get(7)?,
        vendor_state: serde_json::from_str(&vendor_state).map_err(|error| damaged("vendor state", &error))?,
        last_change_at: Timestamp::from_millis(row.try_get(11)?),
        last_asked_at: moment(row.try_get(12)?),
        ended_asked_at: moment(row.try_get(13)?),
        stage_asked_at: moment(row.try_get(16)?),
        held: row.try_get::<i64, _>(17)? != 0,
        hold_if_busy: row.try_get::<i64, _>(18)? != 0,
    })
}
