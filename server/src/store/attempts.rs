//! The sends of a training to its vendor, each fenced by the epoch of whoever made it.

use super::txn::Txn;
use super::{Store, StoreError, StoreResult, damaged};
use app::model::ids::TrainingId;
use app::model::time::Timestamp;
use sqlx::Row;

/// One send of a training to its vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub training: TrainingId,
    pub number: i64,
    /// Who may still write it: the epoch of the work that made it.
    pub epoch: i64,
    pub state: AttemptState,
    pub intent_at: Timestamp,
    /// How many look-ups in a row proved it absent.
    pub absences: i64,
    pub run_id: Option<String>,
    pub message: Option<String>,
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptState {
    /// The intent is on disk; bytes may be on their way. Found by somebody else, it means: nobody knows.
    Sending,
    /// No byte was written.
    NotSent,
    Accepted,
    Rejected,
    /// The vendor was training the same name for somebody else.
    Busy,
    /// No answer came.
    Lost,
    /// An answer came that we do not understand.
    Unclear,
    /// Proven absent: may be sent again, as a new attempt.
    Absent,
    /// A person must tell.
    Person,
}

impl AttemptState {
    const ALL: [Self; 9] = [
        Self::Sending,
        Self::NotSent,
        Self::Accepted,
        Self::Rejected,
        Self::Busy,
        Self::Lost,
        Self::Unclear,
        Self::Absent,
        Self::Person,
    ];

    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::NotSent => "not_sent",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Busy => "busy",
            Self::Lost => "lost",
            Self::Unclear => "unclear",
            Self::Absent => "absent",
            Self::Person => "person",
        }
    }

    fn parse(word: &str) -> StoreResult<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word).ok_or_else(|| damaged("attempt", &word))
    }
}

impl Store {
    /// Whether any send of this training may have reached the vendor, whatever became of it since.
    pub async fn may_have_reached(&self, training: &TrainingId) -> StoreResult<bool> {
        let row = sqlx::query(
            "SELECT 1 FROM attempt WHERE training = $1 AND state NOT IN ('not_sent', 'rejected', 'busy') LIMIT 1",
        )
        .bind(training.as_str())
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.is_some())
    }

    /// Whether a vendor that is busy with this training's name can only be busy with a send of it that we could not see:
    /// some send may have arrived, and none was ever answered that the name is taken.
    pub async fn may_be_busy_with(&self, training: &TrainingId) -> StoreResult<bool> {
        let row = sqlx::query("SELECT 1 FROM attempt WHERE training = $1 AND state = 'busy' LIMIT 1")
            .bind(training.as_str())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_none() && self.may_have_reached(training).await?)
    }

    /// The newest attempt of a training.
    pub async fn load_last_attempt(&self, training: &TrainingId) -> StoreResult<Option<Attempt>> {
        let row = sqlx::query(
            "SELECT number, epoch, state, intent_at, absences, run_id, message FROM attempt WHERE training = $1 \
             ORDER BY number DESC LIMIT 1",
        )
        .bind(training.as_str())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Attempt {
            training: training.clone(),
            number: row.try_get(0)?,
            epoch: row.try_get(1)?,
            state: AttemptState::parse(&row.try_get::<String, _>(2)?)?,
            intent_at: Timestamp::from_millis(row.try_get(3)?),
            absences: row.try_get(4)?,
            run_id: row.try_get(5)?,
            message: row.try_get(6)?,
        }))
    }
}

impl Txn {
    /// Writes a new attempt (its intent).
    pub async fn insert_attempt(&mut self, attempt: &Attempt) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO attempt (training, number, epoch, state, intent_at, absences) VALUES ($1, $2, $3, $4, $5, 0)",
        )
        .bind(attempt.training.as_str())
        .bind(attempt.number)
        .bind(attempt.epoch)
        .bind(attempt.state.as_str())
        .bind(attempt.intent_at.as_millis())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Writes what became of an attempt. `held` is the epoch it was read with: if somebody took it over, `LostLease`.
    pub async fn save_attempt(&mut self, attempt: &Attempt, held: i64) -> StoreResult<()> {
        let done = sqlx::query(
            "UPDATE attempt SET epoch = $4, state = $5, absences = $6, run_id = $7, message = $8 \
             WHERE training = $1 AND number = $2 AND epoch = $3",
        )
        .bind(attempt.training.as_str())
        .bind(attempt.number)
        .bind(held)
        .bind(attempt.epoch)
        .bind(attempt.state.as_str())
        .bind(attempt.absences)
        .bind(attempt.run_id.clone())
        .bind(attempt.message.clone())
        .execute(&mut *self.inner)
        .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LostLease) }
    }
}
