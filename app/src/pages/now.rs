//! The Now page: what needs somebody, what runs, what just ended, how the vendors are.

use super::parts::{Gather, load_part};
use super::rows::{Row, Rows, draw_rows};
use super::session::{Session, SessionInfo};
use crate::api::history::load_now;
use crate::components::announcer::Announcer;
use crate::components::page_head::PageHead;
use crate::components::training_card::TrainingCard;
use crate::components::vendor_strip::VendorStrip;
use crate::live::Live;
use crate::model::ids::UserName;
use crate::model::page::NowBoard;
use crate::model::stage::Stage;
use crate::model::training::Training;
use crate::ui::{ButtonKind, Empty, Erase, LinkButton, redraw};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, AriaAttributes, Callback, ClassAttribute, ElementChild, Get, Memo, Resource, RwSignal, Set, Signal,
    component, view,
};

/// The Now page.
#[component]
pub fn NowPage() -> AnyView {
    let session = Session::of_page();
    let board = Resource::new(|| (), |()| load_now());
    let retry = Callback::new(move |()| board.refetch());
    let body = load_part(4, retry, move || async move {
        let info = session.load().await;
        let board = board.await?;
        Ok(view! { <Board board=board info=info/> }.erase())
    });
    view! {
        <PageHead title=Signal::stored(texts::NOW.to_owned())/>
        {body}
    }
    .erase()
}

/// All trainings of the board, without doubles.
fn all_trainings(board: &NowBoard) -> Vec<Training> {
    let lists = board.needs_attention.iter().chain(&board.running).chain(&board.just_ended);
    let mut all: Vec<Training> = Vec::new();
    for training in lists {
        if !all.iter().any(|other| other.id == training.id) {
            all.push(training.clone());
        }
    }
    all
}

#[component]
fn Board(board: NowBoard, info: SessionInfo) -> AnyView {
    let live = Live::of_page();
    live.note_position(board.last_event);
    let rows = Rows::new(all_trainings(&board));
    let connections = RwSignal::new(board.connections);
    let is_empty = RwSignal::new(board.is_empty);
    let read_again = Callback::new(move |()| {
        leptos::task::spawn_local(async move {
            if let Ok(board) = load_now().await {
                rows.replace(all_trainings(&board));
                let _ = connections.try_set(board.connections);
                let _ = is_empty.try_set(board.is_empty);
            }
        });
    });
    rows.follow(live, Announcer::of_page(), Gather::new(read_again));
    let me = info.caller.map(|caller| caller.name);
    let is_mine = move |training: &Training, me: &Option<UserName>| me.as_ref() == Some(&training.owner);
    let needs = Signal::derive(move || rows.filter(|training| training.stage == Stage::NeedsAttention));
    let ended = Signal::derive(move || rows.filter(|training| training.stage.is_end()));
    let runs = |training: &Training| !training.stage.is_end() && training.stage != Stage::NeedsAttention;
    let owner = me.clone();
    let mine = Signal::derive(move || rows.filter(|training| runs(training) && is_mine(training, &owner)));
    let team = Signal::derive(move || rows.filter(|training| runs(training) && !is_mine(training, &me)));
    let board_or_nothing = redraw(move || {
        if is_empty.get() {
            view! {
                <Empty icon="stage-queued" title=texts::NOTHING_YET text=texts::NOTHING_YET_TEXT>
                    <LinkButton href=paths::NEW_TRAINING.to_owned() kind=ButtonKind::Primary>
                        {texts::NEW_TRAINING}
                    </LinkButton>
                </Empty>
            }
            .erase()
        } else {
            view! {
                <CardSection title=texts::NEEDS_ATTENTION empty=texts::NOTHING_NEEDS_YOU rows=needs/>
                <CardSection title=texts::RUNNING_MINE empty=texts::NOTHING_RUNS rows=mine/>
                <CardSection title=texts::RUNNING_TEAM empty=texts::NOTHING_RUNS rows=team/>
                <CardSection title=texts::JUST_ENDED empty=texts::NOTHING_ENDED rows=ended/>
            }
            .erase()
        }
    });
    view! {
        <section class="now-section" aria-label=texts::VENDORS>
            {move || {
                let connections = connections.get();
                if connections.is_empty() {
                    view! { <p class="muted">{texts::NO_VENDORS}</p> }.erase()
                } else {
                    view! { <VendorStrip connections=connections/> }.erase()
                }
            }}
        </section>
        {board_or_nothing}
    }
    .erase()
}

/// A heading with its cards; says so when there are none.
#[component]
fn CardSection(title: &'static str, empty: &'static str, rows: Signal<Vec<Row>>) -> AnyView {
    let count = Memo::new(move |_| rows.get().len());
    view! {
        <section class="now-section" aria-label=title>
            <h2>
                {title}
                <span class="tally">{move || count.get().to_string()}</span>
            </h2>
            {move || (count.get() == 0).then(|| view! { <p class="muted">{empty}</p> }).erase()}
            <ul class="cards">
                {draw_rows(move || rows.get(), |training| view! { <TrainingCard training=training/> }.erase())}
            </ul>
        </section>
    }
    .erase()
}
