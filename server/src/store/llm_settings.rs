//! What a vendor was told about the language model of each product. Keys' values are sealed secrets of their own.

use super::kept_secrets::{NewKeptSecret, PUT_SECRET};
use super::{Store, StoreResult, damaged};
use app::model::ids::{ConnectionId, UserName};
use app::model::llm::LlmSetting;
use app::model::time::Timestamp;
use sqlx::Row;

/// A product's setting about to be kept.
pub struct NewLlmSetting<'a> {
    pub connection: &'a ConnectionId,
    pub setting: &'a LlmSetting,
    /// The name that the keys' values have, or had, among the kept secrets.
    pub secret_name: &'a str,
    /// Their envelope; `None` where the provider needs no key: an older one is forgotten.
    pub sealed: Option<&'a str>,
}

impl Store {
    /// Keeps a product's setting with its sealed keys, in place of an earlier one.
    pub async fn put_llm_setting(&self, new: NewLlmSetting<'_>) -> StoreResult<()> {
        let NewLlmSetting { connection, setting, secret_name, sealed } = new;
        let key_names = serde_json::to_string(&setting.keys_set).map_err(|error| damaged("key list", &error))?;
        let mut txn = self.begin().await?;
        if let Some(sealed) = sealed {
            let (created_by, created_at) = (&setting.set_by, setting.set_at);
            let kept = NewKeptSecret { connection, name: secret_name, sealed, created_by, created_at };
            sqlx::query(PUT_SECRET)
                .bind(kept.connection.as_str())
                .bind(kept.name)
                .bind(kept.sealed)
                .bind(kept.created_by.as_str())
                .bind(kept.created_at.as_millis())
                .execute(&mut *txn)
                .await?;
        } else {
            sqlx::query("DELETE FROM kept_secret WHERE connection = $1 AND name = $2")
                .bind(connection.as_str())
                .bind(secret_name)
                .execute(&mut *txn)
                .await?;
        }
        sqlx::query(
            "INSERT INTO llm_setting (connection, product_name, provider, model, key_names, secret, set_by, set_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (connection, product_name) DO UPDATE SET \
             provider = $3, model = $4, key_names = $5, secret = $6, set_by = $7, set_at = $8",
        )
        .bind(connection.as_str())
        .bind(setting.product_name.as_str())
        .bind(setting.provider.as_str())
        .bind(setting.model.as_str())
        .bind(key_names)
        .bind(sealed.map(|_| secret_name.to_owned()))
        .bind(setting.set_by.as_str())
        .bind(setting.set_at.as_millis())
        .execute(&mut *txn)
        .await?;
        Ok(txn.commit().await?)
    }

    /// The settings of a connection, by product.
    pub async fn list_llm_settings(&self, connection: &ConnectionId) -> StoreResult<Vec<LlmSetting>> {
        let rows = sqlx::query(
            "SELECT product_name, provider, model, key_names, set_by, set_at FROM llm_setting \
             WHERE connection = $1 ORDER BY product_name",
        )
        .bind(connection.as_str())
        .fetch_all(&self.readers)
        .await?;
        let mut settings = Vec::with_capacity(rows.len());
        for row in rows {
            let key_names: String = row.try_get(3)?;
            settings.push(LlmSetting {
                product_name: row.try_get(0)?,
                provider: row.try_get(1)?,
                model: row.try_get(2)?,
                keys_set: serde_json::from_str(&key_names).map_err(|error| damaged("key list", &error))?,
                set_by: UserName::new(row.try_get::<String, _>(4)?),
                set_at: Timestamp::from_millis(row.try_get(5)?),
            });
        }
        Ok(settings)
    }
}
