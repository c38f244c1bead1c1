//! The parts of a training's page. Metrics and answers are read when their part is opened.

use super::parts::{Gather, load_part};
use super::training::Watched;
use crate::api::history::{list_answers, list_newest_metrics};
use crate::components::answer_view::AnswerView;
use crate::components::event_list::EventList;
use crate::components::lanes::Lanes;
use crate::components::metric_plot::MetricPlot;
use crate::components::request_view::RequestView;
use crate::components::stage_ladder::StageLadder;
use crate::components::timeline::Timeline;
use crate::model::history::{Answer, MetricPoint};
use crate::model::page::{Newest, PageQuery};
use crate::paths::TrainingTab;
use crate::ui::{Column, Empty, Erase, Table, erase_all, redraw};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, Callback, ClassAttribute, Effect, ElementChild, Get, GetUntracked, GlobalAttributes, Memo, Resource,
    RwSignal, Set, Signal, With, component, view,
};
use leptos::tachys::html::attribute::custom::CustomAttribute;

/// Events beside the lanes; the activity part has all.
const NEWEST_EVENTS: usize = 12;

/// The part that `tab` names.
#[component]
pub fn TabBody(tab: Signal<TrainingTab>, watched: Watched, timeline: Memo<Timeline>) -> AnyView {
    let chosen = Memo::new(move |_| tab.get());
    redraw(move || match chosen.get() {
        TrainingTab::Timeline => show_timeline(watched, timeline),
        TrainingTab::Request => show_request(watched),
        TrainingTab::Data => show_data(watched),
        TrainingTab::Metrics => view! { <MetricsPart watched=watched/> }.erase(),
        TrainingTab::Answers => view! { <AnswersPart watched=watched/> }.erase(),
        TrainingTab::Activity => show_activity(watched),
    })
}

fn show_timeline(watched: Watched, timeline: Memo<Timeline>) -> AnyView {
    let training = watched.training;
    let (kind, id) = training.with(|training| (training.kind.clone(), training.id.clone()));
    // The request is frozen; only its view's facts are read, once.
    let frozen = training.get_untracked();
    view! {
        <section class="card ladder-card">
            <StageLadder training=training timeline=timeline usual=watched.usual/>
        </section>
        <div class="split">
            <section class="card">
                <Lanes training=training timeline=timeline/>
                <div class="events-part">
                    <h2>{texts::WHAT_HAPPENED}</h2>
                    <EventList events=watched.events kind=kind limit=NEWEST_EVENTS folded=true/>
                    {tell_cut(watched.is_cut, texts::EVENTS_CUT, paths::api_training_events(&id))}
                    <p>
                        <a href=paths::training_tab(&id, TrainingTab::Activity)>{texts::ALL_ACTIVITY}</a>
                    </p>
                </div>
            </section>
            <aside class="card padded">
                <h2>{texts::REQUEST_AS_SENT}</h2>
                <RequestView training=frozen/>
            </aside>
        </div>
    }
    .erase()
}

fn show_request(watched: Watched) -> AnyView {
    let training = watched.training.get_untracked();
    let json = serde_json::to_string_pretty(&training.request).unwrap_or_default();
    view! {
        <section class="card padded">
            <h2>{texts::REQUEST_AS_SENT}</h2>
            <RequestView training=training/>
            <pre tabindex="0" lang="en" translate="no">{json}</pre>
        </section>
    }
    .erase()
}

fn show_data(watched: Watched) -> AnyView {
    let files = watched.training.with(|training| training.datasets.clone());
    let rows = erase_all(files.into_iter().map(|file| {
        view! {
            <tr>
                <td data-label=texts::COLUMN_FILE>{file.name}</td>
                <td data-label=texts::COLUMN_ROLE>
                    <code lang="en" translate="no">{file.role}</code>
                </td>
                <td data-label=texts::COLUMN_SIZE>{texts::size(file.size_bytes)}</td>
                <td data-label=texts::COLUMN_DIGEST>
                    <code class="digest">{file.sha256.to_string()}</code>
                </td>
            </tr>
        }
    }));
    let columns = [texts::COLUMN_FILE, texts::COLUMN_ROLE, texts::COLUMN_SIZE, texts::COLUMN_DIGEST];
    view! {
        <section class="card">
            <Table caption=texts::DATA_CAPTION columns=columns.map(Column).to_vec()>
                {rows}
            </Table>
        </section>
    }
    .erase()
}

fn show_activity(watched: Watched) -> AnyView {
    let (kind, id) = watched.training.with(|training| (training.kind.clone(), training.id.clone()));
    view! {
        <section class="card padded">
            <h2>{texts::WHAT_HAPPENED}</h2>
            {tell_cut(watched.is_cut, texts::EVENTS_CUT, paths::api_training_events(&id))}
            <EventList events=watched.events kind=kind/>
        </section>
    }
    .erase()
}

/// Says that a part shows less than there is, and where all of it is.
fn tell_cut(is_cut: RwSignal<bool>, text: &'static str, href: String) -> AnyView {
    redraw(move || {
        let href = is_cut.get().then(|| href.clone());
        let line = href.map(|href| {
            view! {
                <p class="muted">
                    {text} " " <a href=href rel="external">{texts::ALL_IN_API}</a>
                </p>
            }
        });
        line.erase()
    })
}

#[component]
fn MetricsPart(watched: Watched) -> AnyView {
    let id = watched.training.with(|training| training.id.clone());
    let loaded = Resource::new(move || id.clone(), list_newest_metrics);
    let retry = Callback::new(move |()| loaded.refetch());
    load_part(4, retry, move || async move {
        let newest = loaded.await?;
        Ok(view! { <Plots newest=newest watched=watched/> }.erase())
    })
}

/// One plot per metric that has points; they follow the live events.
#[component]
fn Plots(newest: Newest<MetricPoint>, watched: Watched) -> AnyView {
    let (points, is_cut) = (RwSignal::new(newest.items), RwSignal::new(newest.is_cut));
    let again = Gather::new(Callback::new(move |()| {
        let Some(id) = watched.training.try_get_untracked().map(|training| training.id) else { return };
        leptos::task::spawn_local(async move {
            if let Ok(newest) = list_newest_metrics(id).await {
                let _ = points.try_set(newest.items);
                let _ = is_cut.try_set(newest.is_cut);
            }
        });
    }));
    Effect::new(move |before: Option<i64>| {
        let newest = watched.training.with(|training| training.last_event);
        if before.is_some_and(|before| before != newest) {
            again.ask();
        }
        newest
    });
    let names = Memo::new(move |_| {
        let mut names: Vec<String> = Vec::new();
        points.with(|points| {
            for point in points.iter().filter(|point| point.value.is_some()) {
                if !names.contains(&point.name) {
                    names.push(point.name.clone());
                }
            }
        });
        names
    });
    let href = watched.training.with(|training| paths::api_training_metrics(&training.id));
    let plots = redraw(move || {
        let names = names.get();
        if names.is_empty() {
            return view! {
                <section class="card">
                    <Empty icon="stage-queued" title=texts::NO_METRICS text=texts::NO_METRICS_TEXT/>
                </section>
            }
            .erase();
        }
        erase_all(names.into_iter().map(|name| {
            let label = texts::metric_label(&name);
            view! {
                <section class="card padded">
                    <MetricPlot points=points name=name label=label/>
                </section>
            }
        }))
    });
    view! { {tell_cut(is_cut, texts::METRICS_CUT, href)} {plots} }.erase()
}

#[component]
fn AnswersPart(watched: Watched) -> AnyView {
    let id = watched.training.with(|training| training.id.clone());
    let loaded = Resource::new(move || id.clone(), |id| list_answers(id, PageQuery { after: None, limit: Some(100) }));
    let retry = Callback::new(move |()| loaded.refetch());
    load_part(4, retry, move || async move {
        let page = loaded.await?;
        Ok(show_answers(page.items, page.next.is_some()))
    })
}

fn show_answers(answers: Vec<Answer>, more: bool) -> AnyView {
    if answers.is_empty() {
        return view! {
            <section class="card">
                <Empty icon="stage-queued" title=texts::NO_ANSWERS text=texts::NO_ANSWERS_TEXT/>
            </section>
        }
        .erase();
    }
    let answers = erase_all(answers.into_iter().map(|answer| view! { <AnswerView answer=answer/> }));
    view! {
        <section class="card padded">
            {answers} {more.then(|| view! { <p class="muted">{texts::OLDER_ANSWERS}</p> }).erase()}
        </section>
    }
    .erase()
}
