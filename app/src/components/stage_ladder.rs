//! The ladder: one station per stage, what it took, and what usually comes next.

use super::moment::moment_of;
use super::stage_badge::{stage_class, vendor_words};
use super::timeline::{Edge, Station, StationState, Timeline, ladder_stations};
use crate::model::history::UsualDuration;
use crate::model::stage::Stage;
use crate::model::training::Training;
use crate::texts::{self, format_duration};
use crate::ui::{Clock, Erase, Icon, When, WhenStyle, erase_all, redraw};
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, GlobalAttributes, Memo, Signal, With, component, view,
};

/// The ladder of `training`, an ordered list called "Timeline". `usual` may be empty.
#[component]
pub fn StageLadder(
    #[prop(into)] training: Signal<Training>,
    #[prop(into)] timeline: Signal<Timeline>,
    #[prop(into)] usual: Signal<Vec<UsualDuration>>,
) -> AnyView {
    let stations = Memo::new(move |_| {
        let about = |station: &Station, training: &Training| About {
            usual: usual
                .with(|usual| usual.iter().find(|usual| usual.stage == station.stage && usual.can_be_told()).cloned()),
            words: vendor_words(&training.vendor_status),
            is_over: training.stage.is_end(),
            percent: training.progress.as_ref().and_then(|p| p.percent).filter(|_| station.stage == Stage::Training),
        };
        training.with(|training| {
            let stations = timeline.with(|timeline| ladder_stations(training, &timeline.visits));
            stations.into_iter().map(|station| (station, about(&station, training))).collect::<Vec<_>>()
        })
    });
    let items = redraw(move || {
        let item = |(station, about)| view! { <StationItem station=station about=about/> };
        erase_all(stations.get().into_iter().map(item))
    });
    view! {
        <ol class="ladder" aria-label=texts::TIMELINE>
            {items}
        </ol>
    }
    .erase()
}

/// What a station says beside its own visit.
#[derive(Clone, Debug, PartialEq)]
struct About {
    usual: Option<UsualDuration>,
    /// The vendor's words now; shown at the current station.
    words: String,
    /// Nothing more is expected of the training.
    is_over: bool,
    percent: Option<f64>,
}

#[component]
fn StationItem(station: Station, about: About) -> AnyView {
    let class = match station.state {
        StationState::Done => "station station-done",
        StationState::Unseen => "station station-unseen",
        StationState::Current => "station station-current",
        StationState::Todo => "station station-todo",
    };
    let current = (station.state == StationState::Current).then_some("step");
    let is_current = current.is_some();
    let words = about.words.clone();
    view! {
        <li class=format!("{class} {}", stage_class(station.stage)) aria-current=current>
            <span class="station-mark">
                <Icon name=station_icon(station)/>
            </span>
            <b class="station-word">{station.stage.label()}</b>
            {(is_current && !words.is_empty())
                .then(|| view! { <code class="standing-raw" lang="en" translate="no">{words}</code> }).erase()}
            <StationTimes station=station about=about/>
        </li>
    }
    .erase()
}

fn station_icon(station: Station) -> String {
    match station.state {
        StationState::Done => "station-done".to_owned(),
        StationState::Unseen => "station-unseen".to_owned(),
        StationState::Todo => "station-todo".to_owned(),
        StationState::Current => super::stage_badge::stage_icon(station.stage),
    }
}

#[component]
fn StationTimes(station: Station, about: About) -> AnyView {
    let clock = Clock::of_page();
    match station.state {
        StationState::Unseen => view! { <small>{texts::PASSED_BETWEEN_LOOKS}</small> }.erase(),
        StationState::Todo => {
            let usual = about.usual.filter(|_| !about.is_over);
            usual.map(|usual| view! { <small>{texts::usually(&usual)}</small> }).erase()
        }
        StationState::Done => view! {
            <small>{format_duration(station.spent_ms)}</small>
            {station.visit.map(|visit| view! { <EdgeTime edge=visit.from/> }).erase()}
        }
        .erase(),
        StationState::Current => {
            let lasts = !about.is_over;
            let spent = move || {
                let (visit, now) = (station.visit?, clock.now()?);
                lasts.then(|| texts::so_far(&format_duration(visit.millis(now))))
            };
            view! {
                {about.percent.map(|percent| view! { <small>{texts::percent(percent)}</small> }).erase()}
                {move || spent().map(|text| view! { <small>{text}</small> }).erase()}
                {station.visit.map(|visit| view! { <EdgeTime edge=visit.from/> }).erase()}
                {about.usual.filter(|_| lasts).map(|usual| view! { <small>{texts::usually(&usual)}</small> }).erase()}
            }
            .erase()
        }
    }
}

/// A moment, or the two looks between which it lies.
#[component]
pub fn EdgeTime(edge: Edge) -> AnyView {
    let latest = Signal::stored(moment_of(edge.latest));
    if edge.is_soft() {
        let earliest = Signal::stored(moment_of(edge.earliest));
        view! {
            <small class="edge">
                <span>{texts::BETWEEN}</span>
                " "
                <When at=earliest style=WhenStyle::Clock/>
                " "
                <span>{texts::AND}</span>
                " "
                <When at=latest style=WhenStyle::Clock/>
            </small>
        }
        .erase()
    } else {
        view! {
            <small class="edge">
                <When at=latest style=WhenStyle::Clock/>
            </small>
        }
        .erase()
    }
}

#[cfg(test)]
mod tests {
    use super::StageLadder;
    use crate::components::sample;
    use crate::components::timeline::Timeline;
    use crate::model::history::UsualDuration;
    use crate::model::stage::Stage;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    #[test]
    fn the_ladder_is_a_list_called_timeline_with_one_current_step() {
        let training = sample::training(Stage::Training);
        let events = [sample::event(&training, 1, Stage::Queued), sample::event(&training, 2, Stage::Training)];
        let timeline = Timeline::build(&training, &events);
        let usual = vec![UsualDuration { stage: Stage::Saving, low_ms: 60_000, high_ms: 120_000, samples: 9 }];
        let html = Owner::new().with(|| {
            view! {
                <StageLadder
                    training=Signal::stored(training)
                    timeline=Signal::stored(timeline)
                    usual=Signal::stored(usual)
                />
            }
            .to_html()
        });
        assert!(html.contains("aria-label=\"Timeline\""), "{html}");
        assert_eq!(html.matches("aria-current=\"step\"").count(), 1, "{html}");
        assert!(html.contains("datetime=\"2026-11-20T14:02:00.000Z\""), "{html}");
        assert!(html.contains("usually 1 to 2 min"), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }
}
