//! Everything we keep, behind one URL: SQLite (embedded) or PostgreSQL. All SQL is in this folder, and nothing else is.
//! One SQL text serves both engines (`$1` parameters; TEXT, BIGINT, DOUBLE PRECISION columns); `dialect` says where they differ.

pub mod attempts;
pub mod callbacks;
pub mod connection_health;
mod datasets;
pub mod dialect;
pub mod history;
pub mod kept_secrets;
mod newest;
pub mod people;
pub mod sessions;
pub mod training_list;
pub mod trainings;
pub mod txn;
pub mod uploads;
pub mod work;

use crate::clock::SharedClock;
use dialect::Dialect;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyPool, Executor, Row, Transaction};
use std::str::FromStr;
use std::time::Duration;

/// The migrations, compiled in.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// A handle on the store; cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// Reads. On SQLite several connections that may not write; on PostgreSQL the only pool.
    pub(in crate::store) readers: AnyPool,
    /// Writes. On SQLite exactly one connection.
    pub(in crate::store) writer: AnyPool,
    pub(in crate::store) dialect: Dialect,
    pub(in crate::store) clock: SharedClock,
}

/// What can go wrong with the store. The text is for the log, never for people.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("store.url must begin with sqlite:// or postgres://, not {0}")]
    UnknownEngine(String),
    /// A row that must be unique is there already.
    #[error("already there: {0}")]
    Duplicate(String),
    /// A cursor that is none of ours.
    #[error("no such page: {0}")]
    BadCursor(String),
    /// The fence did not hold: somebody else owns this work now.
    #[error("the lease on this work was lost")]
    LostLease,
    #[error("a stored {what} cannot be read: {reason}")]
    Damaged { what: &'static str, reason: String },
    #[error("database: {0}")]
    Database(sqlx::Error),
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => {
                Self::Duplicate(database.message().to_owned())
            }
            _ => Self::Database(error),
        }
    }
}

/// A stored thing that cannot be read back.
pub(in crate::store) fn damaged(what: &'static str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged { what, reason: reason.to_string() }
}

/// The result of a store call.
pub type StoreResult<T> = Result<T, StoreError>;

impl Store {
    /// Opens the store. Creates an SQLite file that is missing; migrates nothing.
    pub async fn open(url: &str, clock: SharedClock) -> StoreResult<Self> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of_url(url)?;
        let (readers, writer) = match dialect {
            Dialect::Sqlite => open_sqlite(url).await?,
            Dialect::Postgres => {
                let pool = open_postgres(url).await?;
                (pool.clone(), pool)
            }
        };
        let store = Self { readers, writer, dialect, clock };
        if !store.flushes_commits().await? {
            tracing::warn!(
                "This database does not flush its commits: a power cut may lose what was promised to be on disk"
            );
        }
        Ok(store)
    }

    /// Brings the schema up to date; safe to repeat.
    pub async fn migrate(&self) -> StoreResult<()> {
        Ok(MIGRATIONS.run(&self.writer).await?)
    }

    /// Whether every migration of this build is applied, and none that it does not know.
    pub async fn is_migrated(&self) -> StoreResult<bool> {
        let rows = sqlx::query("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
            .fetch_all(&self.readers)
            .await?;
        let mut applied = Vec::with_capacity(rows.len());
        for row in rows {
            applied.push(row.try_get::<i64, _>(0)?);
        }
        Ok(applied.into_iter().eq(MIGRATIONS.iter().map(|migration| migration.version)))
    }

    /// Whether several processes may share this store; if not, `serve` holds it alone.
    pub fn is_shared(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// Whether a commit on one of the writing connections waits until it is on disk.
    pub async fn flushes_commits(&self) -> StoreResult<bool> {
        let row = sqlx::query(self.dialect.ask_flush()).fetch_one(&self.writer).await?;
        Ok(row.try_get::<i64, _>(0)? == 1)
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> StoreResult<()> {
        self.readers.execute("SELECT 1").await?;
        Ok(())
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A writing transaction: on SQLite it holds the write lock from its first moment.
    pub(in crate::store) async fn begin(&self) -> StoreResult<Transaction<'static, Any>> {
        Ok(self.writer.begin_with(self.dialect.begin()).await?)
    }
}

/// One pool; every commit waits until it is on disk, whatever the server's default is.
async fn open_postgres(url: &str) -> StoreResult<AnyPool> {
    let pool = AnyPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("SET synchronous_commit TO on").await?;
                Ok(())
            })
        })
        .connect(url)
        .await?;
    Ok(pool)
}

/// One writer and several readers on one file, with every commit flushed to disk (`synchronous = FULL`).
async fn open_sqlite(url: &str) -> StoreResult<(AnyPool, AnyPool)> {
    let url = if url.contains('?') { url.to_owned() } else { format!("{url}?mode=rwc") };
    let options = AnyConnectOptions::from_str(&url)?;
    let pool = |connections: u32, pragmas: &'static str| {
        AnyPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(30)).after_connect(
            move |connection, _| {
                Box::pin(async move {
                    connection.execute(pragmas).await?;
                    Ok(())
                })
            },
        )
    };
    let writer = pool(
        1,
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
    )
    .connect_with(options.clone())
    .await?;
    let readers = pool(8, "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA query_only = ON;")
        .connect_with(options)
        .await?;
    Ok((readers, writer))
}
