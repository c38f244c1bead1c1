//! People, the one-time links that sign them in, and their API tokens.
//! Holds hashes of secrets only; which secret is good for what is decided in `people`.

use super::{Store, StoreError, StoreResult};
use app::model::ids::UserName;
use app::model::session::{Caller, Role};
use app::model::time::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A sign-in link or an API token about to be kept.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// SHA-256 of the secret, hexadecimal.
    pub hash: String,
    pub person: UserName,
    pub created_at: Timestamp,
    /// `None`: it does not run out.
    pub expires_at: Option<Timestamp>,
}

/// An API token that was found by its hash, with the person's role of today.
#[derive(Clone, Debug)]
pub struct FoundToken {
    pub caller: Caller,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

impl Store {
    /// How many people there are, disabled ones included.
    pub async fn count_people(&self) -> StoreResult<i64> {
        let row = sqlx::query("SELECT COUNT(*) AS people FROM person").fetch_one(&self.readers).await?;
        Ok(row.try_get("people")?)
    }

    /// Looks an enabled person up.
    pub async fn find_person(&self, name: &UserName) -> StoreResult<Option<Caller>> {
        let row = sqlx::query("SELECT name, role FROM person WHERE name = $1 AND disabled = 0")
            .bind(name.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read_caller).transpose()
    }

    /// Adds somebody, or gives somebody who exists this role; in the same transaction their unused links are replaced
    /// by `link`. A changed role ends their sessions, so that nobody goes on with a right they lost.
    pub async fn save_person(&self, name: &UserName, role: Role, link: &NewGrant) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let older =
            sqlx::query("SELECT role FROM person WHERE name = $1").bind(name.as_str()).fetch_optional(&mut *tx).await?;
        match older {
            None => {
                sqlx::query("INSERT INTO person (name, role, created_at) VALUES ($1, $2, $3)")
                    .bind(name.as_str())
                    .bind(role.as_str())
                    .bind(link.created_at.as_millis())
                    .execute(&mut *tx)
                    .await?;
            }
            Some(row) if row.try_get::<String, _>("role")? != role.as_str() => {
                sqlx::query("UPDATE person SET role = $1 WHERE name = $2")
                    .bind(role.as_str())
                    .bind(name.as_str())
                    .execute(&mut *tx)
                    .await?;
                sqlx::query("DELETE FROM session WHERE person = $1").bind(name.as_str()).execute(&mut *tx).await?;
            }
            Some(_) => {}
        }
        sqlx::query("DELETE FROM sign_in_link WHERE person = $1 AND used_at IS NULL")
            .bind(name.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO sign_in_link (token_hash, person, created_at, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(link.hash.as_str())
            .bind(link.person.as_str())
            .bind(link.created_at.as_millis())
            .bind(link.expires_at.unwrap_or(link.created_at).as_millis())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps an API token's hash.
    pub async fn insert_token(&self, token: &NewGrant) -> StoreResult<()> {
        sqlx::query("INSERT INTO api_token (token_hash, person, created_at, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(token.hash.as_str())
            .bind(token.person.as_str())
            .bind(token.created_at.as_millis())
            .bind(token.expires_at.map(Timestamp::as_millis))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Looks an API token of an enabled person up by its hash.
    pub async fn find_token(&self, hash: &str) -> StoreResult<Option<FoundToken>> {
        let row = sqlx::query(
            "SELECT person.name AS name, person.role AS role, api_token.expires_at AS expires_at, \
             api_token.last_used_at AS last_used_at \
             FROM api_token JOIN person ON person.name = api_token.person \
             WHERE api_token.token_hash = $1 AND person.disabled = 0",
        )
        .bind(hash)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(FoundToken {
            caller: read_caller(&row)?,
            expires_at: row.try_get::<Option<i64>, _>("expires_at")?.map(Timestamp::from_millis),
            last_used_at: row.try_get::<Option<i64>, _>("last_used_at")?.map(Timestamp::from_millis),
        }))
    }

    /// Notes that an API token was used.
    pub async fn touch_token(&self, hash: &str, at: Timestamp) -> StoreResult<()> {
        sqlx::query("UPDATE api_token SET last_used_at = $1 WHERE token_hash = $2")
            .bind(at.as_millis())
            .bind(hash)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Disables somebody: their sessions end, their links and tokens open nothing any more.
    pub async fn disable_person(&self, name: &UserName) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE person SET disabled = 1 WHERE name = $1").bind(name.as_str()).execute(&mut *tx).await?;
        sqlx::query("DELETE FROM session WHERE person = $1").bind(name.as_str()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Reads `name` and `role` of a row.
pub(in crate::store) fn read_caller(row: &AnyRow) -> StoreResult<Caller> {
    let role: String = row.try_get("role")?;
    let role = Role::parse(&role).ok_or(StoreError::Damaged { what: "role", reason: role })?;
    Ok(Caller { name: UserName::new(row.try_get::<String, _>("name")?), role })
}
