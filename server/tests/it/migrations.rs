//! Migrations: on an empty database, again, on one with rows, and when the database is newer than the program.

use crate::support::database::{Engine, TestStore};
use crate::support::draft::draft_training as training;

async fn migrate_twice(engine: Engine) {
    let test = TestStore::open(engine).await;
    assert!(test.store.is_migrated().await.expect("asked"));
    test.store.migrate().await.expect("a second time");
    assert!(test.store.is_migrated().await.expect("asked"));
}

#[tokio::test]
async fn migrating_twice_changes_nothing_on_sqlite() {
    migrate_twice(Engine::Sqlite).await;
}

#[tokio::test]
async fn migrating_twice_changes_nothing_on_postgres() {
    migrate_twice(Engine::Postgres).await;
}

async fn keep_rows(engine: Engine) {
    let test = TestStore::open(engine).await;
    let mut txn = test.store.open_txn().await.expect("txn");
    for number in 0..50 {
        txn.insert_training(&training(number, "kept")).await.expect("written");
    }
    txn.commit().await.expect("committed");
    test.store.migrate().await.expect("migrated with rows");
    let page = test.store.list_trainings(&Default::default()).await.expect("page");
    assert_eq!(page.counts.values().sum::<i64>(), 50);
    assert_eq!(page.items.len(), 50);
}

#[tokio::test]
async fn rows_survive_a_migration_on_sqlite() {
    keep_rows(Engine::Sqlite).await;
}

#[tokio::test]
async fn rows_survive_a_migration_on_postgres() {
    keep_rows(Engine::Postgres).await;
}

#[tokio::test]
async fn a_database_without_a_schema_is_not_ready() {
    let test = TestStore::open_bare(Engine::Sqlite).await;
    assert!(test.store.is_migrated().await.is_err());
}

#[tokio::test]
async fn an_older_program_refuses_a_newer_database() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let test = TestStore::open(engine).await;
        sqlx_mark_newer(&test.url).await;
        let refused = test.store.migrate().await.expect_err("refused");
        assert!(refused.to_string().contains("999"), "{refused}");
        assert!(!test.store.is_migrated().await.expect("asked"));
    }
}

/// Marks a migration as applied that this program does not know, as a newer one would have.
async fn sqlx_mark_newer(url: &str) {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(url).await.expect("a connection");
    let (success, blob) = if url.starts_with("sqlite") { ("1", "x'00'") } else { ("true", "'\\x00'::bytea") };
    let sql = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'from the future', {success}, {blob}, 0)"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await.expect("marked");
    pool.close().await;
}
