//! Finding trainings: filters, order, cursors, counts. Reads only.

use super::trainings::{COLUMNS, read_dataset, read_row};
use super::{Store, StoreError, StoreResult};
use app::model::filter::{Sort, TrainingFilter};
use app::model::ids::{ConnectionId, TrainingId, VendorRef};
use app::model::page::{PageQuery, TrainingPage};
use app::model::stage::Stage;
use app::model::training::Training;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::BTreeMap;

/// How many trainings a page holds when nobody says.
const DEFAULT_LIMIT: u32 = 50;

/// Conditions being gathered, with their values in order.
struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

enum Value {
    Text(String),
    Number(i64),
}

impl Conditions {
    fn push(&mut self, build: impl FnOnce(&str) -> String, value: Value) {
        self.values.push(value);
        let name = format!("${}", self.values.len());
        self.sql.push(build(&name));
    }

    fn text(&mut self, column: &str, value: &str) {
        self.push(|name| format!("{column} = {name}"), Value::Text(value.to_owned()));
    }

    fn joined(&self) -> String {
        if self.sql.is_empty() { "1 = 1".to_owned() } else { self.sql.join(" AND ") }
    }
}

/// A query with the conditions' values bound in order.
macro_rules! bound {
    ($sql:expr, $conditions:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in &$conditions.values {
            query = match value {
                Value::Text(text) => query.bind(text.as_str()),
                Value::Number(number) => query.bind(*number),
            };
        }
        query
    }};
}

impl Store {
    /// A page of trainings with the counts by stage. A cursor that is none of ours is `BadCursor`.
    pub async fn list_trainings(&self, filter: &TrainingFilter) -> StoreResult<TrainingPage> {
        let last_event = self.last_event_id().await?;
        let counts = self.count_by_stage(filter).await?;
        let (items, next) = self.read_page(filter).await?;
        Ok(TrainingPage { items, next, counts, last_event })
    }

    /// The trainings of a page, and the cursor behind them.
    async fn read_page(&self, filter: &TrainingFilter) -> StoreResult<(Vec<Training>, Option<String>)> {
        let mut conditions = conditions_of(filter);
        add_stages(&mut conditions, &filter.stage);
        let (column, order, beyond) = match filter.sort {
            Sort::Newest => ("t.created_at", "DESC", "<"),
            Sort::Oldest => ("t.created_at", "ASC", ">"),
            Sort::Changed => ("t.changed_at", "DESC", "<"),
        };
        if let Some(after) = &filter.after {
            let (at, id) = read_cursor(after)?;
            conditions.values.push(Value::Number(at));
            let at = conditions.values.len();
            conditions.values.push(Value::Text(id));
            let id = conditions.values.len();
            conditions.sql.push(format!("({column}, t.id) {beyond} (${at}, ${id})"));
        }
        let limit = filter.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, 200);
        let sql = format!(
            "SELECT {COLUMNS}, t.changed_at FROM training t WHERE {} ORDER BY {column} {order}, t.id {order} LIMIT {}",
            conditions.joined(),
            limit + 1
        );
        let mut connection = self.readers.acquire().await?;
        let rows = bound!(sql, conditions).fetch_all(&mut *connection).await?;
        let mut items = Vec::with_capacity(rows.len());
        let mut next = None;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        for (position, row) in rows.iter().take(limit).enumerate() {
            let stored = read_row(row)?;
            if position + 1 == limit && rows.len() > limit {
                let at = match filter.sort {
                    Sort::Changed => row.try_get(20)?,
                    Sort::Newest | Sort::Oldest => stored.training.created_at.as_millis(),
                };
                next = Some(format!("{at}.{}", stored.training.id));
            }
            items.push(stored.training);
        }
        fill_datasets(&mut connection, &mut items).await?;
        Ok((items, next))
    }

    async fn count_by_stage(&self, filter: &TrainingFilter) -> StoreResult<BTreeMap<Stage, i64>> {
        let conditions = conditions_of(filter);
        let sql = if conditions.sql.len() == 1 {
            "SELECT stage, trainings FROM stage_count t WHERE t.archived = $1".to_owned()
        } else {
            format!("SELECT t.stage, COUNT(*) FROM training t WHERE {} GROUP BY t.stage", conditions.joined())
        };
        let rows = bound!(sql, conditions).fetch_all(&self.readers).await?;
        let mut counts = BTreeMap::new();
        for row in rows {
            let (stage, count): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            if let (Some(stage), true) = (Stage::parse(&stage), count > 0) {
                counts.insert(stage, count);
            }
        }
        Ok(counts)
    }

    /// The trainings in any of `stages`, latest changed first, not the archived ones.
    pub async fn list_in_stages(&self, stages: &[Stage], limit: u32) -> StoreResult<Vec<Training>> {
        let filter = TrainingFilter {
            stage: stages.to_vec(),
            sort: Sort::Changed,
            limit: Some(limit),
            ..TrainingFilter::default()
        };
        Ok(self.read_page(&filter).await?.0)
    }

    /// For each vendor's name on a connection the newest training that the vendor may have, newest first, with the next
    /// page's cursor. A held one counts from its turn. One that failed and was archived is no model to be shown.
    pub async fn list_currents(&self, page: &PageQuery) -> StoreResult<(Vec<Training>, Option<String>)> {
        // The vendor has said something about it; one that was given up before that leaves the model as it was.
        let is_there = |table: &str| {
            format!(
                "{table}.stage NOT IN ('submitting', 'rejected') AND {table}.held = 0 AND {table}.last_asked_at IS NOT NULL"
            )
        };
        let limit = page.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, 200);
        let cursor = page.after.as_deref().map(read_cursor).transpose()?;
        let beyond = if cursor.is_some() { "AND (t.turn_at, t.id) < ($1, $2)" } else { "" };
        let sql = format!(
            "SELECT {COLUMNS} FROM training t WHERE {} {beyond} \
             AND NOT (t.archived = 1 AND t.stage = 'failed') AND NOT EXISTS ( \
             SELECT 1 FROM training n WHERE n.connection = t.connection AND n.vendor_ref = t.vendor_ref \
             AND {} AND (n.turn_at, n.id) > (t.turn_at, t.id)) ORDER BY t.turn_at DESC, t.id DESC LIMIT {}",
            is_there("t"),
            is_there("n"),
            limit + 1
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        if let Some((at, id)) = cursor {
            query = query.bind(at).bind(id);
        }
        let mut reader = self.readers.acquire().await?;
        let rows = query.fetch_all(&mut *reader).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut items = Vec::with_capacity(rows.len());
        let mut last_turn = 0_i64;
        for row in rows.iter().take(limit) {
            items.push(read_row(row)?.training);
            last_turn = row.try_get(19)?;
        }
        let last = items.last().filter(|_| rows.len() > limit);
        let next = last.map(|last| format!("{last_turn}.{}", last.id));
        fill_datasets(&mut reader, &mut items).await?;
        Ok((items, next))
    }

    /// The newest trainings of a vendor's name on a connection that had their turn, newest first, archived ones too.
    pub async fn list_of_ref(
        &self,
        connection: &ConnectionId,
        vendor_ref: &VendorRef,
        limit: u32,
    ) -> StoreResult<Vec<Training>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM training t WHERE t.connection = $1 AND t.vendor_ref = $2 AND t.held = 0 \
             ORDER BY t.turn_at DESC, t.id DESC LIMIT {limit}"
        );
        let mut reader = self.readers.acquire().await?;
        let query = sqlx::query(AssertSqlSafe(sql)).bind(connection.as_str()).bind(vendor_ref.as_str());
        let rows = query.fetch_all(&mut *reader).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            items.push(read_row(row)?.training);
        }
        fill_datasets(&mut reader, &mut items).await?;
        Ok(items)
    }

    /// Whether a vendor's name may have been used before `newer`: some other attempt on this connection may have reached
    /// the vendor, or the vendor said that it trains the name for somebody else.
    pub async fn was_ref_used(
        &self,
        connection: &ConnectionId,
        vendor_ref: &VendorRef,
        newer: &TrainingId,
    ) -> StoreResult<bool> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM training t JOIN attempt a ON a.training = t.id \
             WHERE t.connection = $1 AND t.vendor_ref = $2 AND (t.id <> $3 OR a.state = 'busy') \
             AND a.state NOT IN ('not_sent', 'rejected')",
        )
        .bind(connection.as_str())
        .bind(vendor_ref.as_str())
        .bind(newer.as_str())
        .fetch_one(&self.readers)
        .await?;
        Ok(row.try_get::<i64, _>(0)? > 0)
    }
}

/// The datasets of a page's trainings, in one query.
async fn fill_datasets(connection: &mut AnyConnection, items: &mut [Training]) -> StoreResult<()> {
    if items.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = (1..=items.len()).map(|number| format!("${number}")).collect();
    let sql = format!(
        "SELECT role, sha256, name, size_bytes, training FROM training_dataset WHERE training IN ({}) \
         ORDER BY training, position",
        names.join(", ")
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for item in items.iter() {
        query = query.bind(item.id.as_str());
    }
    for row in query.fetch_all(connection).await? {
        let training: String = row.try_get(4)?;
        if let Some(item) = items.iter_mut().find(|item| item.id.as_str() == training) {
            item.datasets.push(read_dataset(&row)?);
        }
    }
    Ok(())
}

fn conditions_of(filter: &TrainingFilter) -> Conditions {
    let mut conditions = Conditions { sql: Vec::new(), values: Vec::new() };
    conditions.push(|name| format!("t.archived = {name}"), Value::Number(i64::from(filter.archived)));
    if let Some(vendor) = &filter.vendor {
        conditions.text("t.vendor", vendor);
    }
    if let Some(kind) = &filter.kind {
        conditions.text("t.kind", kind.as_str());
    }
    if let Some(owner) = &filter.owner {
        conditions.text("t.owner", owner.as_str());
    }
    if let Some(tag) = &filter.tag {
        conditions.push(
            |name| format!("t.id IN (SELECT training FROM training_tag WHERE tag = {name})"),
            Value::Text(tag.clone()),
        );
    }
    for word in filter.q.iter().flat_map(|q| q.split_whitespace()).take(8) {
        let pattern = format!("%{}%", escape_like(&word.to_lowercase()));
        conditions.push(|name| format!("t.search LIKE {name} ESCAPE '\\'"), Value::Text(pattern));
    }
    if let Some(from) = filter.from {
        conditions.push(|name| format!("t.created_at >= {name}"), Value::Number(from.as_millis()));
    }
    if let Some(to) = filter.to {
        conditions.push(|name| format!("t.created_at < {name}"), Value::Number(to.as_millis()));
    }
    conditions
}

fn add_stages(conditions: &mut Conditions, stages: &[Stage]) {
    if stages.is_empty() {
        return;
    }
    let words: Vec<_> = stages.iter().map(|stage| format!("'{}'", stage.as_str())).collect();
    conditions.sql.push(format!("t.stage IN ({})", words.join(", ")));
}

fn escape_like(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn read_cursor(cursor: &str) -> StoreResult<(i64, String)> {
    let bad = || StoreError::BadCursor(cursor.chars().take(80).collect());
    let (at, id) = cursor.split_once('.').ok_or_else(bad)?;
    let id = TrainingId::parse(id).ok_or_else(bad)?;
    Ok((at.parse().map_err(|_| bad())?, id.as_str().to_owned()))
}
