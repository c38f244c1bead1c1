//! The newest part of a training's history, for its page. Reads only; `history` has the whole, page by page.

use super::history::read_event;
use super::{Store, StoreResult};
use app::model::event::Event;
use app::model::history::MetricPoint;
use app::model::ids::TrainingId;
use app::model::page::Newest;
use app::model::time::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

impl Store {
    /// The newest `most` events of a training, oldest first.
    pub async fn list_newest_events(&self, training: &TrainingId, most: usize) -> StoreResult<Newest<Event>> {
        let rows = sqlx::query("SELECT body FROM event WHERE training = $1 ORDER BY id DESC LIMIT $2")
            .bind(training.as_str())
            .bind(one_more(most))
            .fetch_all(&self.readers)
            .await?;
        Ok(turn_around(rows.iter().map(read_event).collect::<StoreResult<Vec<_>>>()?, most))
    }

    /// The newest `most` metric points of a training, oldest first.
    pub async fn list_newest_metrics(&self, training: &TrainingId, most: usize) -> StoreResult<Newest<MetricPoint>> {
        let rows = sqlx::query(
            "SELECT name, value, step, epoch, at FROM metric WHERE training = $1 ORDER BY at DESC, name DESC LIMIT $2",
        )
        .bind(training.as_str())
        .bind(one_more(most))
        .fetch_all(&self.readers)
        .await?;
        Ok(turn_around(rows.iter().map(read_point).collect::<StoreResult<Vec<_>>>()?, most))
    }
}

/// One more than asked for tells whether there is more.
fn one_more(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1)
}

fn turn_around<T>(mut items: Vec<T>, most: usize) -> Newest<T> {
    let is_cut = items.len() > most;
    items.truncate(most);
    items.reverse();
    Newest { items, is_cut }
}

fn read_point(row: &AnyRow) -> StoreResult<MetricPoint> {
    Ok(MetricPoint {
        name: row.try_get(0)?,
        value: row.try_get(1)?,
        step: row.try_get(2)?,
        epoch: row.try_get(3)?,
        at: Timestamp::from_millis(row.try_get(4)?),
    })
}
