//! The store, the same tests on SQLite and PostgreSQL.

use crate::support::database::{BEGIN, Engine, TestStore};
use crate::support::draft::{draft_id as id, draft_training as training};
use app::model::callback::{CallbackProof, CallbackTiming};
use app::model::event::{EventKind, Source};
use app::model::filter::{Sort, TrainingFilter};
use app::model::history::MetricPoint;
use app::model::ids::{ConnectionId, UserName, VendorRef};
use app::model::page::PageQuery;
use app::model::stage::Stage;
use std::time::Duration;
use trainyard::store::StoreError;
use trainyard::store::attempts::{Attempt, AttemptState};
use trainyard::store::callbacks::{NewCallback, Nudge};
use trainyard::store::trainings::StoredTraining;
use trainyard::store::txn::EventDraft;
use trainyard::store::work::WorkKind;

/// Makes two tests of one: on SQLite and on PostgreSQL.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { super::$name(super::TestStore::open(super::Engine::Sqlite).await).await; })+
        }
        mod postgres {
            $(#[tokio::test] async fn $name() { super::$name(super::TestStore::open(super::Engine::Postgres).await).await; })+
        }
    };
}

on_both_engines!(
    a_training_reads_back_as_it_was_written,
    one_unfinished_training_owns_a_name,
    events_are_numbered_without_gaps_in_commit_order,
    pages_follow_one_another_without_gaps_or_repeats,
    a_quiet_poll_is_no_change,
    filters_narrow_and_counts_ignore_the_stage_filter,
    counts_stay_right_through_changes_and_archiving,
    work_is_claimed_once_and_fenced,
    an_attempt_is_written_only_by_its_holder,
    equal_answers_are_counted_not_repeated,
    an_infinite_metric_is_kept_as_nothing,
    metrics_of_one_moment_are_all_paged_through,
    a_search_for_percent_finds_only_percent,
    a_callback_is_kept_once_and_a_nudge_is_followed_once,
);

async fn insert(test: &TestStore, stored: &StoredTraining) -> Result<(), StoreError> {
    let mut txn = test.store.open_txn().await?;
    txn.insert_training(stored).await?;
    txn.commit().await?;
    Ok(())
}

fn draft(kind: EventKind) -> EventDraft {
    EventDraft { kind, source: Source::Poll, at_earliest: BEGIN, at_latest: BEGIN, actor: None, message: None }
}

async fn a_callback_is_kept_once_and_a_nudge_is_followed_once(test: TestStore) {
    insert(&test, &training(1, "called")).await.expect("written");
    let new = NewCallback {
        digest: "digest".to_owned(),
        training: Some(id(1)),
        timing: CallbackTiming::InTime,
        proof: CallbackProof::Address,
        content_type: None,
        body: "Şu \"not\"".to_owned(),
        is_base64: false,
    };
    let mut txn = test.store.open_txn().await.expect("txn");
    txn.put_promise(&id(1), "hash").await.expect("promised");
    txn.put_promise(&id(1), "hash").await.expect("promised again");
    let first = txn.keep_callback(&new, 2).await.expect("kept");
    assert_eq!(txn.keep_callback(&new, 2).await.expect("counted"), first);
    for digest in ["other", "third"] {
        let new = NewCallback { digest: digest.to_owned(), content_type: Some("text/plain".to_owned()), ..new.clone() };
        txn.keep_callback(&new, 2).await.expect("kept");
    }
    let nobody = NewCallback { digest: "nobody".to_owned(), training: None, ..new };
    txn.keep_callback(&nobody, 2).await.expect("kept");
    assert_eq!(txn.take_nudge(&id(1), BEGIN).await.expect("asked"), Nudge::Nothing);
    txn.note_nudge(&id(1)).await.expect("noted");
    txn.note_nudge(&id(1)).await.expect("noted again");
    assert!(txn.is_nudged(&id(1)).await.expect("asked"));
    assert_eq!(txn.take_nudge(&id(1), BEGIN.plus_millis(-1)).await.expect("asked"), Nudge::Newer);
    assert_eq!(txn.take_nudge(&id(1), BEGIN).await.expect("asked"), Nudge::Followed);
    assert_eq!(txn.take_nudge(&id(1), BEGIN).await.expect("asked"), Nudge::Nothing);
    txn.commit().await.expect("committed");

    let kept = test.store.list_callbacks_of(Some(&id(1)), 10).await.expect("the inbox");
    assert_eq!(kept.iter().map(|callback| callback.repeated).collect::<Vec<_>>(), [1, 1], "the newest two stay");
    assert_eq!(test.store.list_callbacks_of(None, 10).await.expect("the inbox").len(), 1);
    let promise = test.store.find_promise("hash").await.expect("asked").expect("promised");
    assert_eq!((promise.training, promise.connection), (id(1), ConnectionId::new("one")));
    assert_eq!(test.store.find_promise("nothing").await.expect("asked"), None);
    assert_eq!(test.store.callback_generation(&ConnectionId::new("one")).await.expect("asked"), 0);
    let mut txn = test.store.open_txn().await.expect("txn");
    assert_eq!(txn.rotate_callback_client(&ConnectionId::new("one")).await.expect("rotated"), 1);
    assert_eq!(txn.rotate_callback_client(&ConnectionId::new("one")).await.expect("rotated"), 2);
    txn.commit().await.expect("committed");
    assert_eq!(test.store.callback_generation(&ConnectionId::new("one")).await.expect("asked"), 2);
}

async fn a_training_reads_back_as_it_was_written(test: TestStore) {
    let stored = training(1, "Müşteri niyetleri");
    insert(&test, &stored).await.expect("written");
    let read = test.store.load_training(&id(1)).await.expect("read").expect("there");
    let expected = StoredTraining { last_change_at: read.last_change_at, ..stored };
    assert_eq!(read, expected);
    assert_eq!(test.store.load_training(&id(2)).await.expect("read"), None);
}

async fn one_unfinished_training_owns_a_name(test: TestStore) {
    insert(&test, &training(1, "first")).await.expect("written");
    let mut rival = training(2, "rival");
    rival.vendor_ref = VendorRef::new("ref-1");
    let refused = insert(&test, &rival).await;
    assert!(matches!(refused, Err(StoreError::Duplicate(_))), "{refused:?}");

    let mut txn = test.store.open_txn().await.expect("txn");
    let mut first = txn.load_training(&id(1)).await.expect("read").expect("there");
    first.training.stage = Stage::Ready;
    txn.save_training(&first).await.expect("saved");
    txn.commit().await.expect("committed");
    insert(&test, &rival).await.expect("the name is free once its owner ended");
}

async fn events_are_numbered_without_gaps_in_commit_order(test: TestStore) {
    insert(&test, &training(1, "one")).await.expect("written");
    let dropped = {
        let mut txn = test.store.open_txn().await.expect("txn");
        txn.add_event(&id(1), draft(EventKind::Created), training(1, "one").training.state()).await.expect("event")
    };
    assert_eq!(dropped, 1);
    let writers = (0..20).map(|_| async {
        let mut txn = test.store.open_txn().await.expect("txn");
        txn.add_event(&id(1), draft(EventKind::Progressed), training(1, "one").training.state()).await.expect("event");
        txn.commit().await.expect("committed")
    });
    futures::future::join_all(writers).await;
    let events = test.store.list_events_after(0, 100).await.expect("events");
    let numbers: Vec<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>(), "an undone transaction leaves no gap");
    assert_eq!(test.store.last_event_id().await.expect("last"), 20);
}

async fn pages_follow_one_another_without_gaps_or_repeats(test: TestStore) {
    for number in 0..23 {
        insert(&test, &training(number, "x")).await.expect("written");
    }
    for sort in [Sort::Newest, Sort::Oldest, Sort::Changed] {
        let mut filter = TrainingFilter { sort, limit: Some(5), ..TrainingFilter::default() };
        let mut seen = Vec::new();
        loop {
            let page = test.store.list_trainings(&filter).await.expect("page");
            seen.extend(page.items.into_iter().map(|training| training.id));
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen.len(), 23, "{sort:?}");
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), 23, "{sort:?}");
    }
    let bad = TrainingFilter { after: Some("nonsense".to_owned()), ..TrainingFilter::default() };
    assert!(matches!(test.store.list_trainings(&bad).await, Err(StoreError::BadCursor(_))));
}

async fn a_quiet_poll_is_no_change(test: TestStore) {
    insert(&test, &training(1, "one")).await.expect("written");
    insert(&test, &training(2, "two")).await.expect("written");
    let changed = async || {
        let filter = TrainingFilter { sort: Sort::Changed, ..TrainingFilter::default() };
        let page = test.store.list_trainings(&filter).await.expect("page");
        page.items.into_iter().map(|training| training.id).collect::<Vec<_>>()
    };
    for writes_event in [false, true] {
        test.clock.advance(Duration::from_secs(60));
        let mut txn = test.store.open_txn().await.expect("txn");
        let mut one = txn.load_training(&id(1)).await.expect("read").expect("there");
        one.training.last_seen_at = Some(txn.now());
        txn.save_training(&one).await.expect("saved");
        if writes_event {
            txn.add_event(&id(1), draft(EventKind::Progressed), one.training.state()).await.expect("event");
        }
        txn.commit().await.expect("committed");
        let expected = if writes_event { [id(1), id(2)] } else { [id(2), id(1)] };
        assert_eq!(changed().await, expected, "with an event: {writes_event}");
    }
}

async fn filters_narrow_and_counts_ignore_the_stage_filter(test: TestStore) {
    for number in 0..6 {
        let mut stored = training(number, &format!("Ürün yorumları {number}"));
        if number < 2 {
            stored.training.stage = Stage::Queued;
            stored.training.tags = vec!["urgent".to_owned()];
        }
        insert(&test, &stored).await.expect("written");
    }
    let list = async |filter: TrainingFilter| test.store.list_trainings(&filter).await.expect("page");
    let queued = list(TrainingFilter { stage: vec![Stage::Queued], ..Default::default() }).await;
    assert_eq!(queued.items.len(), 2);
    assert_eq!(queued.counts, [(Stage::Submitting, 4), (Stage::Queued, 2)].into());
    let tagged = list(TrainingFilter { tag: Some("urgent".to_owned()), ..Default::default() }).await;
    assert_eq!((tagged.items.len(), tagged.counts), (2, [(Stage::Queued, 2)].into()));
    let found = list(TrainingFilter { q: Some("yorumları REF-3".to_owned()), ..Default::default() }).await;
    assert_eq!(found.items.len(), 1);
    let nobody = list(TrainingFilter { owner: Some(UserName::new("bob")), ..Default::default() }).await;
    assert!(nobody.items.is_empty() && nobody.counts.is_empty());
    let early = list(TrainingFilter { to: Some(BEGIN.plus_millis(3)), ..Default::default() }).await;
    assert_eq!(early.items.len(), 3);
}

async fn counts_stay_right_through_changes_and_archiving(test: TestStore) {
    insert(&test, &training(1, "one")).await.expect("written");
    insert(&test, &training(2, "two")).await.expect("written");
    let mut txn = test.store.open_txn().await.expect("txn");
    let mut one = txn.load_training(&id(1)).await.expect("read").expect("there");
    one.training.stage = Stage::Failed;
    one.training.archived = true;
    txn.save_training(&one).await.expect("saved");
    txn.commit().await.expect("committed");
    let live = test.store.list_trainings(&TrainingFilter::default()).await.expect("page");
    assert_eq!(live.counts, [(Stage::Submitting, 1)].into());
    let archive =
        test.store.list_trainings(&TrainingFilter { archived: true, ..Default::default() }).await.expect("page");
    assert_eq!(archive.counts, [(Stage::Failed, 1)].into());
}

async fn work_is_claimed_once_and_fenced(test: TestStore) {
    insert(&test, &training(1, "one")).await.expect("written");
    let mut txn = test.store.open_txn().await.expect("txn");
    txn.put_work(WorkKind::Poll, "one/ref-1", &id(1), BEGIN).await.expect("work");
    txn.commit().await.expect("committed");
    let lease = Duration::from_secs(60);
    let claims = futures::future::join_all((0..8).map(|_| test.store.claim_work(WorkKind::Poll, 10, lease, &[]))).await;
    let held: Vec<_> = claims.into_iter().flat_map(|claim| claim.expect("claim")).collect();
    assert_eq!(held.len(), 1, "eight claimers, one winner");
    let old = held[0].clone();

    test.clock.advance(lease);
    let new = test.store.claim_work(WorkKind::Poll, 10, lease, &[]).await.expect("claim").remove(0);
    assert!(new.epoch > old.epoch);
    let mut txn = test.store.open_txn().await.expect("txn");
    assert!(matches!(txn.hold_work(&old).await, Err(StoreError::LostLease)));
    assert!(matches!(txn.defer_work(&old, BEGIN, 0).await, Err(StoreError::LostLease)));
    assert!(matches!(txn.finish_work(&old).await, Err(StoreError::LostLease)));
    txn.hold_work(&new).await.expect("still held");
    txn.finish_work(&new).await.expect("finished");
    txn.commit().await.expect("committed");
    assert!(test.store.claim_work(WorkKind::Poll, 10, lease, &[]).await.expect("claim").is_empty());
}

async fn an_attempt_is_written_only_by_its_holder(test: TestStore) {
    insert(&test, &training(1, "one")).await.expect("written");
    let attempt = Attempt {
        training: id(1),
        number: 1,
        epoch: 3,
        state: AttemptState::Sending,
        intent_at: BEGIN,
        absences: 0,
        run_id: None,
        message: None,
    };
    let mut txn = test.store.open_txn().await.expect("txn");
    txn.insert_attempt(&attempt).await.expect("written");
    let late = Attempt { state: AttemptState::Accepted, ..attempt.clone() };
    assert!(matches!(txn.save_attempt(&late, 2).await, Err(StoreError::LostLease)));
    txn.save_attempt(&late, 3).await.expect("saved");
    txn.commit().await.expect("committed");
    assert_eq!(test.store.load_last_attempt(&id(1)).await.expect("read"), Some(late));
    let used =
        test.store.was_ref_used(&ConnectionId::new("one"), &VendorRef::new("ref-1"), &id(2)).await.expect("asked");
    assert!(used);
}

async fn equal_answers_are_counted_not_repeated(test: TestStore) {
    insert(&test, &training(1, "one")).await.expect("written");
    for body in ["{}", "{}", "{\"a\":\"\u{0}\"}", "{}"] {
        let mut txn = test.store.open_txn().await.expect("txn");
        let answer = app::model::history::Answer {
            id: 0,
            purpose: "progress".to_owned(),
            method: "GET".to_owned(),
            url: "http://vendor/progress".to_owned(),
            status: Some(200),
            content_type: None,
            body: body.to_owned(),
            truncated: false,
            error: None,
            asked_at: BEGIN,
            answered_at: BEGIN,
            repeated: 1,
        };
        txn.add_answer(&id(1), &answer).await.expect("kept");
        txn.commit().await.expect("committed");
    }
    let page = test.store.list_answers(&id(1), &PageQuery::default()).await.expect("page");
    let repeated: Vec<_> = page.items.iter().map(|answer| answer.repeated).collect();
    assert_eq!(repeated, [1, 1, 2]);
}

async fn an_infinite_metric_is_kept_as_nothing(test: TestStore) {
    insert(&test, &training(1, "one")).await.expect("written");
    let mut txn = test.store.open_txn().await.expect("txn");
    for (offset, value) in [f64::NAN, f64::INFINITY, 45.5].into_iter().enumerate() {
        let at = BEGIN.plus_millis(i64::try_from(offset).expect("small"));
        let point = MetricPoint { name: "loss".to_owned(), value: Some(value), step: Some(1), epoch: None, at };
        txn.add_metric(&id(1), &point).await.expect("kept");
        txn.add_metric(&id(1), &point).await.expect("the same point again");
    }
    txn.commit().await.expect("committed");
    let page = test.store.list_metrics(&id(1), &PageQuery::default()).await.expect("page");
    let values: Vec<_> = page.items.iter().map(|point| point.value).collect();
    assert_eq!(values, [None, None, Some(45.5)]);
}

async fn metrics_of_one_moment_are_all_paged_through(test: TestStore) {
    insert(&test, &training(1, "one")).await.expect("written");
    let mut txn = test.store.open_txn().await.expect("txn");
    for (name, offset) in [("loss", 0), ("a.b", 0), ("percent", 0), ("loss", 1)] {
        let at = BEGIN.plus_millis(offset);
        let point = MetricPoint { name: name.to_owned(), value: Some(1.0), step: None, epoch: None, at };
        txn.add_metric(&id(1), &point).await.expect("kept");
    }
    txn.commit().await.expect("committed");
    let mut names = Vec::new();
    let mut query = PageQuery { after: None, limit: Some(1) };
    loop {
        let page = test.store.list_metrics(&id(1), &query).await.expect("page");
        names.extend(page.items.into_iter().map(|point| point.name));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    assert_eq!(names, ["a.b", "loss", "percent", "loss"]);
    for cursor in ["nonsense", "5", "x.loss", "5.a\0b"] {
        let bad = PageQuery { after: Some(cursor.to_owned()), limit: None };
        assert!(matches!(test.store.list_metrics(&id(1), &bad).await, Err(StoreError::BadCursor(_))), "{cursor:?}");
    }
}

async fn a_search_for_percent_finds_only_percent(test: TestStore) {
    insert(&test, &training(1, "100% wool")).await.expect("written");
    insert(&test, &training(2, "100 sheep")).await.expect("written");
    let filter = TrainingFilter { q: Some("100%".to_owned()), ..Default::default() };
    let page = test.store.list_trainings(&filter).await.expect("page");
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].name, "100% wool");
}
