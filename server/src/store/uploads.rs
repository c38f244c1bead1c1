//! Uploads under way as rows: how far each has come, and until when it may go on.
//! Never touches a file; the promise `offset_bytes` is only written after its bytes were flushed.

use super::{Store, StoreResult};
use app::model::ids::{DatasetId, UserName};
use app::model::time::Timestamp;
use sqlx::{AssertSqlSafe, Row};

/// One upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    /// A UUID that we made.
    pub id: String,
    pub owner: UserName,
    /// The file's name as text; never a path.
    pub name: String,
    /// `Upload-Metadata` exactly as it came.
    pub metadata: String,
    pub size_bytes: i64,
    /// Bytes that are on disk for certain.
    pub offset_bytes: i64,
    /// Set when all bytes are there and hashed.
    pub sha256: Option<DatasetId>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Whether the dataset row exists: then the upload is finished.
    pub published: bool,
}

const SELECT: &str = "SELECT upload.id, upload.owner, upload.name, upload.metadata, upload.size_bytes,
    upload.offset_bytes, upload.sha256, upload.created_at, upload.expires_at, dataset.sha256 AS published
    FROM upload LEFT JOIN dataset ON dataset.sha256 = upload.sha256";

impl Store {
    /// Writes a new upload down.
    pub async fn add_upload(&self, upload: &UploadRow) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO upload (id, owner, name, metadata, size_bytes, offset_bytes, sha256, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8)",
        )
        .bind(&upload.id)
        .bind(upload.owner.as_str())
        .bind(&upload.name)
        .bind(&upload.metadata)
        .bind(upload.size_bytes)
        .bind(upload.offset_bytes)
        .bind(upload.created_at.as_millis())
        .bind(upload.expires_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// One upload.
    pub async fn find_upload(&self, id: &str) -> StoreResult<Option<UploadRow>> {
        let text = format!("{SELECT} WHERE upload.id = $1");
        let row = sqlx::query(AssertSqlSafe(text)).bind(id).fetch_optional(&self.readers).await?;
        row.as_ref().map(read_upload).transpose()
    }

    /// Uploads that ended or were left before `now`, the oldest first.
    pub async fn list_expired_uploads(&self, now: Timestamp, limit: i64) -> StoreResult<Vec<UploadRow>> {
        let text = format!("{SELECT} WHERE upload.expires_at <= $1 ORDER BY upload.expires_at, upload.id LIMIT $2");
        let query = sqlx::query(AssertSqlSafe(text)).bind(now.as_millis()).bind(limit);
        query.fetch_all(&self.readers).await?.iter().map(read_upload).collect()
    }

    /// Writes down how far an upload has come, after its bytes were flushed.
    pub async fn move_upload(&self, id: &str, offset_bytes: i64, expires_at: Timestamp) -> StoreResult<()> {
        sqlx::query("UPDATE upload SET offset_bytes = $2, expires_at = $3 WHERE id = $1")
            .bind(id)
            .bind(offset_bytes)
            .bind(expires_at.as_millis())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Writes down the hash of an upload that has all its bytes.
    pub async fn seal_upload(&self, id: &str, sha256: &DatasetId) -> StoreResult<()> {
        sqlx::query("UPDATE upload SET sha256 = $2 WHERE id = $1")
            .bind(id)
            .bind(sha256.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Forgets an upload. Its dataset, if it became one, stays.
    pub async fn remove_upload(&self, id: &str) -> StoreResult<()> {
        sqlx::query("DELETE FROM upload WHERE id = $1").bind(id).execute(&self.writer).await?;
        Ok(())
    }
}

fn read_upload(row: &sqlx::any::AnyRow) -> StoreResult<UploadRow> {
    Ok(UploadRow {
        id: row.try_get("id")?,
        owner: UserName::new(row.try_get::<String, _>("owner")?),
        name: row.try_get("name")?,
        metadata: row.try_get("metadata")?,
        size_bytes: row.try_get("size_bytes")?,
        offset_bytes: row.try_get("offset_bytes")?,
        sha256: row.try_get::<Option<String>, _>("sha256")?.map(DatasetId::new),
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
        published: row.try_get::<Option<String>, _>("published")?.is_some(),
    })
}
