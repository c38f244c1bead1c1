//! Events, metric points and raw answers of a training: appended, then only read.

use super::txn::Txn;
use super::{Store, StoreError, StoreResult, damaged};
use app::model::event::Event;
use app::model::history::{Answer, MetricPoint};
use app::model::ids::{Kind, TrainingId};
use app::model::page::{AnswerPage, EventPage, MetricPage, PageQuery};
use app::model::stage::Stage;
use app::model::time::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// An answer about to be written: everything but its number and count.
pub type NewAnswer = Answer;

impl Store {
    /// The number of the newest event; 0 when there is none.
    pub async fn last_event_id(&self) -> StoreResult<i64> {
        let row = sqlx::query("SELECT value FROM counter WHERE name = 'event'").fetch_one(&self.readers).await?;
        Ok(row.try_get(0)?)
    }

    /// The events after `after` of every training, oldest first, at most `limit`.
    pub async fn list_events_after(&self, after: i64, limit: i64) -> StoreResult<Vec<Event>> {
        let rows = sqlx::query("SELECT body FROM event WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_event).collect()
    }

    /// A page of a training's events, oldest first.
    pub async fn list_events(&self, training: &TrainingId, page: &PageQuery) -> StoreResult<EventPage> {
        let limit = limit_of(page);
        let rows = sqlx::query("SELECT body FROM event WHERE training = $1 AND id > $2 ORDER BY id LIMIT $3")
            .bind(training.as_str())
            .bind(cursor_of(page, 0)?)
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
        let mut items = rows.iter().map(read_event).collect::<StoreResult<Vec<_>>>()?;
        let next = cut(&mut items, limit).then(|| items.last().map(|event| event.id.to_string())).flatten();
        Ok(EventPage { items, next })
    }

    /// A page of a training's metric points, oldest first.
    pub async fn list_metrics(&self, training: &TrainingId, page: &PageQuery) -> StoreResult<MetricPage> {
        let limit = limit_of(page);
        let (at, name) = page.after.as_deref().map_or(Ok((i64::MIN, "")), read_metric_cursor)?;
        let rows = sqlx::query(
            "SELECT name, value, step, epoch, at FROM metric WHERE training = $1 AND (at, name) > ($2, $3) \
             ORDER BY at, name LIMIT $4",
        )
        .bind(training.as_str())
        .bind(at)
        .bind(name)
        .bind(limit + 1)
        .fetch_all(&self.readers)
        .await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(MetricPoint {
                name: row.try_get(0)?,
                value: row.try_get(1)?,
                step: row.try_get(2)?,
                epoch: row.try_get(3)?,
                at: Timestamp::from_millis(row.try_get(4)?),
            });
        }
        let last = |items: &[MetricPoint]| items.last().map(|point| format!("{}.{}", point.at.as_millis(), point.name));
        let next = cut(&mut items, limit).then(|| last(&items)).flatten();
        Ok(MetricPage { items, next })
    }

    /// A page of what the vendor answered, newest first.
    pub async fn list_answers(&self, training: &TrainingId, page: &PageQuery) -> StoreResult<AnswerPage> {
        let limit = limit_of(page);
        let rows = sqlx::query(
            "SELECT id, purpose, method, url, status, content_type, body, truncated, error, asked_at, answered_at, \
             repeated FROM answer WHERE training = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(training.as_str())
        .bind(cursor_of(page, i64::MAX)?)
        .bind(limit + 1)
        .fetch_all(&self.readers)
        .await?;
        let mut items = rows.iter().map(read_answer).collect::<StoreResult<Vec<_>>>()?;
        let next = cut(&mut items, limit).then(|| items.last().map(|answer| answer.id.to_string())).flatten();
        Ok(AnswerPage { items, next })
    }

    /// Stage changes of the last finished trainings of a kind, for durations: training, stage, time of the change.
    pub async fn list_stage_changes(
        &self,
        kind: &Kind,
        trainings: i64,
    ) -> StoreResult<Vec<(TrainingId, Stage, Timestamp)>> {
        let rows = sqlx::query(
            "SELECT e.training, e.stage, e.at_latest FROM event e WHERE e.kind IN ('created', 'accepted', 'stage_changed') \
             AND e.training IN (SELECT t.id FROM training t WHERE t.archived = 0 AND t.kind = $1 \
             AND t.stage IN ('ready', 'superseded') ORDER BY t.created_at DESC LIMIT $2) ORDER BY e.training, e.id",
        )
        .bind(kind.as_str())
        .bind(trainings)
        .fetch_all(&self.readers)
        .await?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            let stage: String = row.try_get(1)?;
            if let Some(stage) = Stage::parse(&stage) {
                let training = TrainingId::new(row.try_get::<String, _>(0)?);
                changes.push((training, stage, Timestamp::from_millis(row.try_get(2)?)));
            }
        }
        Ok(changes)
    }
}

impl Txn {
    /// Keeps a metric point; a second one of the same name and moment is the same point.
    pub async fn add_metric(&mut self, training: &TrainingId, point: &MetricPoint) -> StoreResult<()> {
        // A missing number has a statement of its own: the driver types an absent f64 as REAL, which PostgreSQL's
        // prepared statement then holds against the next present one.
        let value = point.value.filter(|value| value.is_finite());
        let sql = match value {
            Some(_) => {
                "INSERT INTO metric (training, name, at, step, epoch, value) VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (training, name, at) DO NOTHING"
            }
            None => {
                "INSERT INTO metric (training, name, at, step, epoch) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (training, name, at) DO NOTHING"
            }
        };
        let query = sqlx::query(sql)
            .bind(training.as_str())
            .bind(point.name.as_str())
            .bind(point.at.as_millis())
            .bind(point.step)
            .bind(point.epoch);
        let query = if let Some(value) = value { query.bind(value) } else { query };
        query.execute(&mut *self.inner).await?;
        Ok(())
    }

    /// Keeps a vendor's answer. One equal to the newest kept only counts up.
    pub async fn add_answer(&mut self, training: &TrainingId, answer: &NewAnswer) -> StoreResult<()> {
        let last = sqlx::query(
            "SELECT id, purpose, method, url, status, content_type, body, truncated, error, asked_at, answered_at, \
             repeated FROM answer WHERE training = $1 ORDER BY id DESC LIMIT 1",
        )
        .bind(training.as_str())
        .fetch_optional(&mut *self.inner)
        .await?;
        if let Some(last) = last {
            let last = read_answer(&last)?;
            if is_repeat(&last, answer) {
                sqlx::query("UPDATE answer SET repeated = repeated + 1, answered_at = $2 WHERE id = $1")
                    .bind(last.id)
                    .bind(answer.answered_at.as_millis())
                    .execute(&mut *self.inner)
                    .await?;
                return Ok(());
            }
        }
        let id = self.next_number("answer").await?;
        sqlx::query(
            "INSERT INTO answer (id, training, purpose, method, url, status, content_type, body, truncated, error, \
             asked_at, answered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(id)
        .bind(training.as_str())
        .bind(answer.purpose.as_str())
        .bind(answer.method.as_str())
        .bind(answer.url.as_str())
        .bind(answer.status.map(i64::from))
        .bind(answer.content_type.clone())
        .bind(answer.body.replace('\0', "\u{fffd}"))
        .bind(i64::from(answer.truncated))
        .bind(answer.error.clone())
        .bind(answer.asked_at.as_millis())
        .bind(answer.answered_at.as_millis())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

fn is_repeat(last: &Answer, answer: &Answer) -> bool {
    (&last.purpose, last.status, &last.body, &last.error, &last.url)
        == (&answer.purpose, answer.status, &answer.body, &answer.error, &answer.url)
}

pub(super) fn read_event(row: &AnyRow) -> StoreResult<Event> {
    let body: String = row.try_get(0)?;
    serde_json::from_str(&body).map_err(|error| damaged("event", &error))
}

fn read_answer(row: &AnyRow) -> StoreResult<Answer> {
    Ok(Answer {
        id: row.try_get(0)?,
        purpose: row.try_get(1)?,
        method: row.try_get(2)?,
        url: row.try_get(3)?,
        status: row.try_get::<Option<i64>, _>(4)?.and_then(|status| u16::try_from(status).ok()),
        content_type: row.try_get(5)?,
        body: row.try_get(6)?,
        truncated: row.try_get::<i64, _>(7)? != 0,
        error: row.try_get(8)?,
        asked_at: Timestamp::from_millis(row.try_get(9)?),
        answered_at: Timestamp::from_millis(row.try_get(10)?),
        repeated: row.try_get(11)?,
    })
}

pub(in crate::store) fn limit_of(page: &PageQuery) -> i64 {
    i64::from(page.limit.unwrap_or(50).clamp(1, 200))
}

pub(in crate::store) fn cursor_of(page: &PageQuery, start: i64) -> StoreResult<i64> {
    match &page.after {
        None => Ok(start),
        Some(after) => after.parse().map_err(|_| bad_cursor(after)),
    }
}

/// Several metrics may have a point at the same moment: `at.name`.
fn read_metric_cursor(after: &str) -> StoreResult<(i64, &str)> {
    let (at, name) = after.split_once('.').ok_or_else(|| bad_cursor(after))?;
    if name.contains('\0') {
        return Err(bad_cursor(after));
    }
    Ok((at.parse().map_err(|_| bad_cursor(after))?, name))
}

fn bad_cursor(after: &str) -> StoreError {
    StoreError::BadCursor(after.chars().take(80).collect())
}

/// Cuts a list that was read one too long; says whether there is more.
pub(in crate::store) fn cut<T>(items: &mut Vec<T>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    more
}
