//! The places where SQLite and PostgreSQL differ, one function each.

use super::StoreError;

/// The engine behind the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Tells the engine from the store's URL.
    pub fn of_url(url: &str) -> Result<Self, StoreError> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            other => Err(StoreError::UnknownEngine(other.unwrap_or_default().to_owned())),
        }
    }

    /// How a writing transaction begins. SQLite takes the write lock at once, so that time read inside it is fresh.
    pub const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// Ends a SELECT of rows to claim: PostgreSQL skips rows that another instance is claiming.
    pub const fn for_claim(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Asks whether a commit waits for the disk: 1 or 0.
    pub const fn ask_flush(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT CAST(synchronous >= 2 AS BIGINT) FROM pragma_synchronous",
            Self::Postgres => {
                "SELECT CASE WHEN current_setting('synchronous_commit') = 'on' AND current_setting('fsync') = 'on' \
                 THEN 1::BIGINT ELSE 0::BIGINT END"
            }
        }
    }

    /// What a writing transaction runs first so that writers follow one another; SQLite's `BEGIN IMMEDIATE` does it already.
    pub const fn lock_writers(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT value FROM counter WHERE name = 'event' FOR UPDATE"),
        }
    }
}
