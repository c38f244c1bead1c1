//! Uploaded files as rows: who brought what, and where it was used.
//! Never holds content; see `blobs`.

use super::{Store, StoreResult};
use app::model::dataset::Dataset;
use app::model::ids::{DatasetId, TrainingId, UserName};
use app::model::time::Timestamp;
use sqlx::{AssertSqlSafe, Row};

/// How many of the trainings made from a dataset are named.
const USES_SHOWN: i64 = 20;

impl Store {
    /// Writes a dataset down. The same content again changes nothing: its first name and owner stay.
    pub async fn add_dataset(&self, dataset: &Dataset) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO dataset (sha256, name, size_bytes, owner, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (sha256) DO NOTHING",
        )
        .bind(dataset.sha256.as_str())
        .bind(&dataset.name)
        .bind(dataset.size_bytes)
        .bind(dataset.owner.as_str())
        .bind(dataset.created_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// One dataset with the newest trainings made from it.
    pub async fn find_dataset(&self, id: &DatasetId) -> StoreResult<Option<Dataset>> {
        let Some(mut dataset) = self.find_datasets(std::slice::from_ref(id)).await?.pop() else {
            return Ok(None);
        };
        let rows = sqlx::query(
            "SELECT training.id FROM training
             WHERE training.id IN (SELECT training FROM training_dataset WHERE sha256 = $1)
             ORDER BY training.created_at DESC, training.id DESC LIMIT $2",
        )
        .bind(id.as_str())
        .bind(USES_SHOWN)
        .fetch_all(&self.readers)
        .await?;
        for row in rows {
            dataset.used_by.push(TrainingId::new(row.try_get::<String, _>(0)?));
        }
        Ok(Some(dataset))
    }

    /// Those of `ids` that are known, without their uses; in no order.
    pub async fn find_datasets(&self, ids: &[DatasetId]) -> StoreResult<Vec<Dataset>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (1..=ids.len()).map(|number| format!("${number}")).collect();
        let text = format!(
            "SELECT sha256, name, size_bytes, owner, created_at FROM dataset WHERE sha256 IN ({})",
            places.join(", ")
        );
        // Only the placeholders are built; every value is bound.
        let mut query = sqlx::query(AssertSqlSafe(text));
        for id in ids {
            query = query.bind(id.as_str());
        }
        query.fetch_all(&self.readers).await?.iter().map(read_dataset).collect()
    }
}

fn read_dataset(row: &sqlx::any::AnyRow) -> StoreResult<Dataset> {
    Ok(Dataset {
        sha256: DatasetId::new(row.try_get::<String, _>("sha256")?),
        name: row.try_get("name")?,
        size_bytes: row.try_get("size_bytes")?,
        owner: UserName::new(row.try_get::<String, _>("owner")?),
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        used_by: Vec::new(),
    })
}
