//! How each connection is doing, kept across restarts.

use super::{Store, StoreResult};
use app::model::connection::HealthState;
use app::model::ids::ConnectionId;
use app::model::time::Timestamp;
use sqlx::Row;
use std::collections::HashMap;

/// A connection's health as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptHealth {
    pub state: HealthState,
    pub since: Timestamp,
    pub message: Option<String>,
    pub last_used_at: Option<Timestamp>,
    pub last_refused_at: Option<Timestamp>,
    /// The vendor asked us to be silent until then (`Retry-After`).
    pub silent_until: Option<Timestamp>,
}

impl Store {
    /// The health of every connection that was used.
    pub async fn load_health(&self) -> StoreResult<HashMap<ConnectionId, KeptHealth>> {
        let rows = sqlx::query(
            "SELECT connection, state, since, message, last_used_at, last_refused_at, silent_until FROM connection_health",
        )
        .fetch_all(&self.readers)
        .await?;
        let moment = |at: Option<i64>| at.map(Timestamp::from_millis);
        let mut all = HashMap::with_capacity(rows.len());
        for row in rows {
            let kept = KeptHealth {
                state: parse_state(&row.try_get::<String, _>(1)?),
                since: Timestamp::from_millis(row.try_get(2)?),
                message: row.try_get(3)?,
                last_used_at: moment(row.try_get(4)?),
                last_refused_at: moment(row.try_get(5)?),
                silent_until: moment(row.try_get(6)?),
            };
            all.insert(ConnectionId::new(row.try_get::<String, _>(0)?), kept);
        }
        Ok(all)
    }

    /// Keeps a connection's health.
    pub async fn save_health(&self, connection: &ConnectionId, kept: &KeptHealth) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO connection_health (connection, state, since, message, last_used_at, last_refused_at, silent_until) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (connection) DO UPDATE SET state = $2, since = $3, \
             message = $4, last_used_at = $5, last_refused_at = $6, silent_until = $7",
        )
        .bind(connection.as_str())
        .bind(state_word(kept.state))
        .bind(kept.since.as_millis())
        .bind(kept.message.clone())
        .bind(kept.last_used_at.map(Timestamp::as_millis))
        .bind(kept.last_refused_at.map(Timestamp::as_millis))
        .bind(kept.silent_until.map(Timestamp::as_millis))
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

const fn state_word(state: HealthState) -> &'static str {
    match state {
        HealthState::Unknown => "unknown",
        HealthState::Ok => "ok",
        HealthState::Unreachable => "unreachable",
        HealthState::Refused => "refused",
    }
}

fn parse_state(word: &str) -> HealthState {
    match word {
        "ok" => HealthState::Ok,
        "unreachable" => HealthState::Unreachable,
        "refused" => HealthState::Refused,
        _ => HealthState::Unknown,
    }
}
