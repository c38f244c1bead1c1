//! The rules of `people` on a fresh SQLite store with a clock that stands still.

use super::{LINK_LIFE, People, PeopleFault, SESSION_IDLE, SESSION_LIFE};
use crate::clock::FakeClock;
use crate::store::Store;
use app::model::session::Role;
use app::model::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

async fn open_people() -> (People, Arc<FakeClock>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FakeClock::new(Timestamp::from_millis(1_795_000_000_000)));
    let url = format!("sqlite://{}", folder.path().join("people.db").display());
    let store = Store::open(&url, clock.clone()).await.unwrap();
    store.migrate().await.unwrap();
    (People::new(store, clock.clone()), clock, folder)
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let (people, _clock, _folder) = open_people().await;
    assert!(!people.has_people().await.unwrap());
    let link = people.add_person("ada", Role::Admin).await.unwrap();
    assert!(people.has_people().await.unwrap());
    let (cookie, caller) = people.use_link(link.expose(), None).await.unwrap();
    assert_eq!((caller.name.as_str(), caller.role), ("ada", Role::Admin));
    assert!(matches!(people.use_link(link.expose(), None).await, Err(PeopleFault::LinkUseless)));
    let (again, _) = people.caller_of_session(cookie.expose()).await.unwrap().unwrap();
    assert_eq!(again, caller);
}

#[tokio::test]
async fn of_two_equal_uses_at_the_same_moment_one_wins() {
    let (people, _clock, _folder) = open_people().await;
    let link = people.add_person("ada", Role::Admin).await.unwrap();
    let uses = (0..8).map(|_| people.use_link(link.expose(), None));
    let won = futures::future::join_all(uses).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn an_old_link_and_a_replaced_link_open_nothing() {
    let (people, clock, _folder) = open_people().await;
    let first = people.add_person("ada", Role::Viewer).await.unwrap();
    let second = people.add_person("ada", Role::Viewer).await.unwrap();
    assert!(matches!(people.use_link(first.expose(), None).await, Err(PeopleFault::LinkUseless)));
    clock.advance(LINK_LIFE);
    assert!(matches!(people.use_link(second.expose(), None).await, Err(PeopleFault::LinkUseless)));
}

#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case_after_a_week() {
    let (people, clock, _folder) = open_people().await;
    let link = people.add_person("ada", Role::Viewer).await.unwrap();
    let (cookie, _) = people.use_link(link.expose(), None).await.unwrap();
    let step = Duration::from_secs(11 * 3_600);
    for _ in 0..(SESSION_LIFE.as_secs() / step.as_secs()) {
        clock.advance(step);
        assert!(people.caller_of_session(cookie.expose()).await.unwrap().is_some());
    }
    clock.advance(step);
    assert!(people.caller_of_session(cookie.expose()).await.unwrap().is_none());

    let link = people.add_person("ada", Role::Viewer).await.unwrap();
    let (cookie, _) = people.use_link(link.expose(), None).await.unwrap();
    clock.advance(SESSION_IDLE);
    assert!(people.caller_of_session(cookie.expose()).await.unwrap().is_none());
    assert!(people.prune_sessions().await.unwrap() >= 1);
}

#[tokio::test]
async fn signing_in_again_ends_the_older_session_of_that_browser() {
    let (people, _clock, _folder) = open_people().await;
    let link = people.add_person("ada", Role::Viewer).await.unwrap();
    let (older, _) = people.use_link(link.expose(), None).await.unwrap();
    let link = people.add_person("ada", Role::Viewer).await.unwrap();
    let (newer, _) = people.use_link(link.expose(), Some(older.expose())).await.unwrap();
    assert!(people.caller_of_session(older.expose()).await.unwrap().is_none());
    assert!(people.caller_of_session(newer.expose()).await.unwrap().is_some());
    people.sign_out(newer.expose()).await.unwrap();
    assert!(people.caller_of_session(newer.expose()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_carries_the_role_of_today_until_it_runs_out_or_its_person_is_disabled() {
    let (people, clock, _folder) = open_people().await;
    assert!(matches!(people.create_token("bob", None).await, Err(PeopleFault::NobodyCalled(_))));
    people.add_person("bob", Role::Viewer).await.unwrap();
    let short = people.create_token("bob", Some(1)).await.unwrap();
    let long = people.create_token("bob", None).await.unwrap();
    people.add_person("bob", Role::Operator).await.unwrap();
    let (caller, credential) = people.caller_of_token(short.expose()).await.unwrap().unwrap();
    assert_eq!(caller.role, Role::Operator);
    clock.advance(Duration::from_secs(24 * 3_600));
    assert!(people.caller_of_token(short.expose()).await.unwrap().is_none());
    assert!(people.recheck_credential(&credential).await.unwrap().is_none());
    assert!(people.caller_of_token(long.expose()).await.unwrap().is_some());
    people.disable_person("bob").await.unwrap();
    assert!(people.caller_of_token(long.expose()).await.unwrap().is_none());
    assert!(people.caller_of_token("ty_nonsense").await.unwrap().is_none());
}

#[tokio::test]
async fn a_changed_role_ends_the_sessions_that_had_the_older_one() {
    let (people, _clock, _folder) = open_people().await;
    let link = people.add_person("eve", Role::Admin).await.unwrap();
    let (cookie, _) = people.use_link(link.expose(), None).await.unwrap();
    people.add_person("eve", Role::Viewer).await.unwrap();
    assert!(people.caller_of_session(cookie.expose()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_name_that_could_forge_a_line_or_a_header_is_refused() {
    let (people, _clock, _folder) = open_people().await;
    let long = "a".repeat(65);
    for name in ["", " ", "a b", "a\r\nb", "-a", "../a", "a/b", "Ömer", long.as_str()] {
        assert!(matches!(people.add_person(name, Role::Viewer).await, Err(PeopleFault::BadName)), "{name:?}");
    }
}
