//! One training: its status sentence, failure or waiting, actions, and the part that the address names.
//! Reads only the frozen request, never a live form.

use super::not_found::NotFoundPage;
use super::parts::{Gather, load_part, show_problem, tell_outcome};
use super::session::{Session, SessionInfo};
use super::training_tabs::TabBody;
use crate::api::client::{Method, call_api};
use crate::api::history::{list_events, list_newest_events, load_usual_durations};
use crate::api::trainings::get_training;
use crate::components::announcer::Announcer;
use crate::components::failure_card::FailureCard;
use crate::components::moment::{kind_label, vendor_label};
use crate::components::page_head::PageHead;
use crate::components::status_sentence::StatusSentence;
use crate::components::support_text::SupportText;
use crate::components::tags_note::TagsNote;
use crate::components::timeline::Timeline;
use crate::components::training_actions::TrainingActions;
use crate::components::waiting_card::WaitingCard;
use crate::live::Live;
use crate::model::error::AppError;
use crate::model::event::Event;
use crate::model::history::UsualDuration;
use crate::model::ids::{Kind, TrainingId};
use crate::model::page::PageQuery;
use crate::model::training::{CancelTraining, Decision, Settlement, Training, TrainingChange};
use crate::paths::TrainingTab;
use crate::ui::{Erase, Tab, Tabs, Toasts, redraw};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, Callback, ClassAttribute, Effect, ElementChild, Get, GetUntracked, Memo, Resource, RwSignal, Set, Signal,
    Update, With, WithUntracked, component, view,
};
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};
use serde::{Deserialize, Serialize};

/// Events that are read from the beginning of a history whose newest part is not all of it.
const FIRST_EVENTS: u32 = 200;

/// Everything the page shows, as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Loaded {
    training: Training,
    events: Vec<Event>,
    /// Whether events are missing between the first and the newest.
    is_cut: bool,
    usual: Vec<UsualDuration>,
}

async fn load_training(id: TrainingId) -> Result<Loaded, AppError> {
    let training = get_training(id.clone()).await?;
    let (events, is_cut) = load_events(id).await?;
    let usual = load_usual_durations(training.kind.clone()).await?;
    Ok(Loaded { training, events, is_cut, usual })
}

/// The history, oldest first, and whether it is cut. A long one is nearly all progress in one stage: with its beginning
/// and its newest part the timeline still stands.
async fn load_events(id: TrainingId) -> Result<(Vec<Event>, bool), AppError> {
    let newest = list_newest_events(id.clone()).await?;
    if !newest.is_cut {
        return Ok((newest.items, false));
    }
    let oldest = newest.items.first().map_or(0, |event| event.id);
    let mut events = list_events(id, PageQuery { after: None, limit: Some(FIRST_EVENTS) }).await?.items;
    let is_cut = events.iter().all(|event| event.id < oldest);
    events.retain(|event| event.id < oldest);
    events.extend(newest.items);
    Ok((events, is_cut))
}

/// The part that an address names; `None` for an address that names none.
fn find_tab(segment: Option<&str>) -> Option<TrainingTab> {
    match segment {
        None | Some("") => Some(TrainingTab::Timeline),
        Some(segment) => TrainingTab::ALL.into_iter().skip(1).find(|tab| tab.segment() == segment),
    }
}

/// The part's name on its tab.
const fn tab_label(tab: TrainingTab) -> &'static str {
    match tab {
        TrainingTab::Timeline => texts::TIMELINE,
        TrainingTab::Request => texts::TAB_REQUEST,
        TrainingTab::Data => texts::TAB_DATA,
        TrainingTab::Metrics => texts::TAB_METRICS,
        TrainingTab::Answers => texts::TAB_ANSWERS,
        TrainingTab::Activity => texts::TAB_ACTIVITY,
    }
}

/// The page of one training, which the browser fetches when somebody goes there.
pub struct TrainingRoute;

#[lazy_route]
impl LazyRoute for TrainingRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let TrainingRoute = this;
        view! { <TrainingPage/> }.erase()
    }
}

/// A training's page.
#[component]
fn TrainingPage() -> AnyView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.get().get("id").as_deref().and_then(TrainingId::parse));
    let tab = move || find_tab(params.get().get("tab").as_deref());
    let session = Session::of_page();
    let loaded = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => load_training(id).await,
                None => Err(AppError::not_found("training")),
            }
        },
    );
    let retry = Callback::new(move |()| loaded.refetch());
    // Whether there is such a page changes far less often than the part it shows: going from part to part must leave
    // the page standing, with everything that listens to `tab`.
    let is_page = Memo::new(move |_| id.get().is_some() && tab().is_some());
    let tab = Signal::derive(move || tab().unwrap_or(TrainingTab::Timeline));
    redraw(move || {
        if !is_page.get() {
            return view! { <NotFoundPage/> }.erase();
        }
        load_part(8, retry, move || async move {
            let info = session.load().await;
            Ok(match loaded.await {
                Ok(loaded) => view! { <TrainingView loaded=loaded info=info tab=tab/> }.erase(),
                Err(error) => view! {
                    <PageHead title=Signal::stored(texts::TRAININGS.to_owned())/>
                    {show_problem(error, retry)}
                }
                .erase(),
            })
        })
    })
}

/// The page's signals, kept in step with the live stream.
#[derive(Clone, Copy)]
pub struct Watched {
    pub training: RwSignal<Training>,
    pub events: RwSignal<Vec<Event>>,
    pub is_cut: RwSignal<bool>,
    pub usual: RwSignal<Vec<UsualDuration>>,
}

impl Watched {
    fn follow(self, live: Live, announcer: Announcer) {
        let read_again = Callback::new(move |()| {
            let Some(id) = self.training.try_get_untracked().map(|training| training.id) else { return };
            leptos::task::spawn_local(async move {
                if let Ok(loaded) = load_training(id).await {
                    self.take_loaded(loaded);
                }
            });
        });
        let again = Gather::new(read_again);
        Effect::new(move |before: Option<u32>| {
            let generation = live.generation.get();
            if before.is_some_and(|before| before != generation) {
                again.ask();
            }
            generation
        });
        Effect::new(move |first: Option<()>| {
            let batch = live.next_batch();
            let mut training = self.training.get_untracked();
            let stage = training.stage;
            if !batch.apply_to(&mut training) {
                return;
            }
            let news: Vec<Event> = batch
                .events
                .iter()
                .filter(|event| event.training == training.id)
                .map(|event| (**event).clone())
                .collect();
            self.events.update(|events| {
                let newest = events.last().map_or(0, |event| event.id);
                events.extend(news.into_iter().filter(|event| event.id > newest));
            });
            if training.stage != stage && first.is_some() {
                announcer.say(texts::announce_stage(&training.name, training.stage));
            }
            self.training.set(training);
        });
    }

    /// Takes in what was answered, unless a live event was faster and brought something newer.
    fn take(self, training: Training) {
        let is_newer = self.training.try_with_untracked(|held| training.is_newer_than(held));
        if is_newer == Some(true) {
            let _ = self.training.try_set(training);
        }
    }

    /// Takes in what was read again. Events that arrived while it was being read stay.
    fn take_loaded(self, loaded: Loaded) {
        self.take(loaded.training);
        let mut events = loaded.events;
        let _ = self.events.try_update(|held| {
            let newest = events.last().map_or(0, |event| event.id);
            events.extend(std::mem::take(held).into_iter().filter(|event| event.id > newest));
            *held = events;
        });
        let _ = self.is_cut.try_set(loaded.is_cut);
        let _ = self.usual.try_set(loaded.usual);
    }

    /// Sends a change and takes the answer in.
    fn change(self, toasts: Toasts, change: TrainingChange, done: &'static str) {
        let id = self.training.get_untracked().id;
        leptos::task::spawn_local(async move {
            let answer = call_api::<_, Training>(Method::Patch, &paths::api_training(&id), Some(&change)).await;
            if let Some(training) = tell_outcome(toasts, answer, done) {
                self.take(training);
            }
        });
    }

    fn settle(self, toasts: Toasts, decision: Decision) {
        let id = self.training.get_untracked().id;
        leptos::task::spawn_local(async move {
            let settlement = Settlement { decision };
            let answer = call_api::<_, Training>(Method::Post, &paths::api_settle(&id), Some(&settlement)).await;
            if let Some(training) = tell_outcome(toasts, answer, texts::SAVED) {
                self.take(training);
            }
        });
    }

    fn cancel(self, toasts: Toasts) {
        let id = self.training.get_untracked().id;
        leptos::task::spawn_local(async move {
            let sure = CancelTraining { confirm: true };
            let answer = call_api::<_, Training>(Method::Post, &paths::api_cancel(&id), Some(&sure)).await;
            if let Some(training) = tell_outcome(toasts, answer, texts::CANCELLED) {
                self.take(training);
            }
        });
    }

    fn refresh(self, toasts: Toasts) {
        let id = self.training.get_untracked().id;
        leptos::task::spawn_local(async move {
            let path = paths::api_refresh(&id);
            let answer = call_api::<(), Option<serde_json::Value>>(Method::Post, &path, None).await;
            let _ = tell_outcome(toasts, answer, texts::REFRESH_ASKED);
        });
    }
}

#[component]
fn TrainingView(loaded: Loaded, info: SessionInfo, tab: Signal<TrainingTab>) -> AnyView {
    let live = Live::of_page();
    let toasts = leptos::prelude::use_context::<Toasts>().unwrap_or_else(Toasts::provide);
    let may_change = info.may_change();
    let blocked = Signal::stored((!may_change).then(|| texts::VIEWERS_ONLY_SEE.to_owned()));
    let mut training = loaded.training;
    live.catch_up(&mut training);
    let (kind, id) = (training.kind.clone(), training.id.clone());
    let watched = Watched {
        training: RwSignal::new(training),
        events: RwSignal::new(loaded.events),
        is_cut: RwSignal::new(loaded.is_cut),
        usual: RwSignal::new(loaded.usual),
    };
    watched.follow(live, Announcer::of_page());
    let training = watched.training;
    let timeline =
        Memo::new(move |_| training.with(|training| watched.events.with(|past| Timeline::build(training, past))));
    let name = Memo::new(move |_| training.with(|training| training.name.clone()));
    let archive = Callback::new(move |()| {
        let archived = !training.get_untracked().archived;
        let done = if archived { texts::ARCHIVED_NOW } else { texts::UNARCHIVED_NOW };
        watched.change(toasts, TrainingChange { archived: Some(archived), ..TrainingChange::default() }, done);
    });
    let refresh = Callback::new(move |()| watched.refresh(toasts));
    let settle = Callback::new(move |decision| watched.settle(toasts, decision));
    let stop = Callback::new(move |()| watched.settle(toasts, Decision::GiveUp));
    let cancel = Callback::new(move |()| watched.cancel(toasts));
    let edit = Callback::new(move |change| watched.change(toasts, change, texts::SAVED));
    let tabs = TrainingTab::ALL
        .into_iter()
        .map(|part| Tab {
            href: paths::training_tab(&id, part),
            label: tab_label(part),
            current: Signal::derive(move || tab.get() == part),
        })
        .collect();
    let crumbs = Box::new(move || draw_crumbs(&kind));
    view! {
        <PageHead title=name crumbs=crumbs>
            <TrainingActions
                training=training
                may_change=Signal::stored(may_change)
                on_refresh=refresh
                on_archive=archive
                on_stop=stop
            />
        </PageHead>
        <StatusSentence training=training timeline=timeline usual=watched.usual/>
        <Relatives training=training/>
        <FailureCard training=training may_change=Signal::stored(may_change)/>
        <SupportText training=training events=watched.events/>
        <WaitingCard training=training blocked=blocked on_settle=settle on_cancel=cancel/>
        <TagsNote training=training blocked=blocked on_change=edit/>
        <Tabs label=texts::PARTS tabs=tabs/>
        <TabBody tab=tab watched=watched timeline=timeline/>
    }
    .erase()
}

/// The way back to the list, and what sort of training it is.
fn draw_crumbs(kind: &Kind) -> AnyView {
    view! {
        <a href=paths::TRAININGS>{texts::TRAININGS}</a>
        " / "
        <span>{vendor_label(kind)}</span>
        " / "
        <span>{kind_label(kind)}</span>
    }
    .erase()
}

/// Links to the training this one retries and to the one that took its place.
#[component]
fn Relatives(#[prop(into)] training: Signal<Training>) -> AnyView {
    let older = Memo::new(move |_| training.with(|training| training.retry_of.clone()));
    let newer = Memo::new(move |_| training.with(|training| training.superseded_by.clone()));
    view! {
        {move || older.get().map(|id| view! {
            <p class="muted">
                {texts::RETRY_OF} " " <a href=paths::training(&id)>{texts::OPEN_OLDER}</a>
            </p>
        }).erase()}
        {move || newer.get().map(|id| view! {
            <p class="muted">
                {texts::EVENT_SUPERSEDED} ". " <a href=paths::training(&id)>{texts::OPEN_NEWER}</a>
            </p>
        }).erase()}
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{Loaded, Watched, find_tab};
    use crate::components::sample;
    use crate::model::stage::Stage;
    use crate::paths::TrainingTab;
    use leptos::prelude::{GetUntracked, Owner, RwSignal};

    #[test]
    fn every_part_is_found_by_its_address_and_nothing_else_is() {
        for tab in TrainingTab::ALL {
            assert_eq!(find_tab(Some(tab.segment())), Some(tab));
        }
        assert_eq!(find_tab(None), Some(TrainingTab::Timeline));
        assert_eq!(find_tab(Some("edit")), None);
    }

    #[test]
    fn an_answer_older_than_a_live_event_does_not_take_the_page_back() {
        Owner::new().with(|| {
            let base = sample::training(Stage::Training);
            let event = |id, stage| sample::event(&base, id, stage);
            let at = |last_event, stage| {
                let mut training = base.clone();
                (training.last_event, training.stage) = (last_event, stage);
                training
            };
            let watched = Watched {
                training: RwSignal::new(at(7, Stage::Saving)),
                events: RwSignal::new(vec![event(5, Stage::Training), event(7, Stage::Saving)]),
                is_cut: RwSignal::new(false),
                usual: RwSignal::new(Vec::new()),
            };
            let shown = move || {
                let ids: Vec<_> = watched.events.get_untracked().iter().map(|event| event.id).collect();
                (watched.training.get_untracked().stage, ids)
            };
            watched.take(at(6, Stage::Training));
            assert_eq!(shown().0, Stage::Saving);
            let events = vec![event(5, Stage::Training), event(6, Stage::Training)];
            let loaded = Loaded { training: at(6, Stage::Training), events, is_cut: false, usual: Vec::new() };
            watched.take_loaded(loaded);
            assert_eq!(shown(), (Stage::Saving, vec![5, 6, 7]));
            watched.take(at(8, Stage::Ready));
            assert_eq!(shown().0, Stage::Ready);
        });
    }
}
