//! The lanes: one bar per lane over time. Waiting is hatched, an uncertain boundary soft, a silent vendor hatched over.
//! Every size is an attribute and every colour a class: the content policy allows no inline style.

use super::lane_axis::{Axis, NARROW, Sheet, WIDE};
use super::timeline::{Timeline, Visit};
use crate::model::stage::Stage;
use crate::model::training::Training;
use crate::texts::{self, format_duration};
use crate::ui::{Clock, Erase, LocalTime, erase_all, redraw};
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, IntoAny, Memo, Signal, With, component, view,
};
use leptos::tachys::html::attribute::custom::CustomAttribute;

/// Where the first lane begins, and from one to the next. A narrow sheet has the lane's name above its bar.
const FIRST_LANE: f64 = 34.0;
const LANE_STEP: f64 = 50.0;
const NAME_ABOVE: f64 = 22.0;
const BAR: f64 = 26.0;
/// The drawing follows the clock in steps of this, so that it is not redrawn every second.
const REDRAW_MS: i64 = 5_000;

/// A stage in which nobody works: the vendor lets it wait, or we do.
const fn is_waiting(stage: Stage) -> bool {
    matches!(stage, Stage::Submitting | Stage::Queued | Stage::NeedsAttention)
}

/// The lanes of `training`. While the page's clock stands still the drawing ends at the newest thing known.
#[component]
pub fn Lanes(#[prop(into)] training: Signal<Training>, #[prop(into)] timeline: Signal<Timeline>) -> AnyView {
    let clock = Clock::of_page();
    let now = Memo::new(move |_| clock.now().map(|now| now.div_euclid(REDRAW_MS) * REDRAW_MS));
    let drawing = redraw(move || {
        let (now, timeline) = (now.get(), timeline.get());
        training
            .with(|training| {
                vec![draw_lanes(WIDE, training, &timeline, now), draw_lanes(NARROW, training, &timeline, now)]
            })
            .into_any()
    });
    view! {
        <section class="lanes" aria-label=texts::LANES>
            <h2>{move || clock_title(now.get())}</h2>
            {drawing}
        </section>
    }
    .erase()
}

/// Where lane `at` begins.
fn top_of(sheet: Sheet, at: usize) -> f64 {
    let above = if is_narrow(sheet) { NAME_ABOVE } else { 0.0 };
    FIRST_LANE + above + (LANE_STEP + above / 2.0) * (at as f64)
}

fn is_narrow(sheet: Sheet) -> bool {
    sheet.width < WIDE.width
}

/// What tells the patterns of one sheet from those of the other.
fn mark_of(sheet: Sheet) -> &'static str {
    if is_narrow(sheet) { "narrow-" } else { "" }
}

fn clock_title(now: Option<i64>) -> String {
    now.map_or_else(|| texts::lanes_in("UTC"), |now| texts::lanes_in(&LocalTime::of(now).zone()))
}

fn draw_lanes(sheet: Sheet, training: &Training, timeline: &Timeline, now: Option<i64>) -> AnyView {
    let seen = training.last_seen_at.map_or(0, |seen| seen.as_millis());
    let lasting = !training.stage.is_end();
    let newest = timeline.newest().max(if lasting { seen } else { 0 });
    let end = if lasting { now.unwrap_or(newest).max(newest) } else { newest };
    let mut lines: Vec<(String, Vec<Visit>)> = timeline
        .lines
        .iter()
        .filter(|line| !line.visits.is_empty())
        .map(|line| (line.label.clone(), line.visits.clone()))
        .collect();
    if lines.is_empty() {
        lines.push((texts::TRAINING_LANE.to_owned(), timeline.visits.clone()));
    }
    let edges = lines.iter().flat_map(|(_, visits)| visits).map(|visit| visit.from.latest);
    let moments = edges.chain([timeline.oldest(), end]).filter(|moment| *moment > 0);
    let axis = Axis::over(sheet, moments);
    let bottom = top_of(sheet, lines.len() - 1) + BAR + 10.0;
    let below = if axis.folds().next().is_some() { 20.0 } else { 2.0 };
    let silences = draw_silences(&axis, timeline, &lines, end);
    let stays = |visits: &[Visit]| visits.iter().map(|visit| (visit.stage, visit.millis(end))).collect::<Vec<_>>();
    let summary = lines.iter().map(|(label, visits)| texts::lane_summary(label, &stays(visits)));
    let summary = summary.collect::<Vec<_>>().join(" ");
    view! {
        <svg
            class=sheet.class
            viewBox=format!("0 0 {} {}", sheet.width, bottom + below)
            width=sheet.width.to_string()
            role="img"
            aria-label=summary
        >
            <defs>{hatches(sheet)} {gradients(sheet, &lines)}</defs>
            {draw_axis(&axis, bottom, end, Pen { lasting, alive: now.is_some() })}
            {lines
                .iter()
                .enumerate()
                .map(|(at, (label, visits))| draw_lane(&axis, at, label, visits, end))
                .collect::<Vec<_>>()}
            {silences}
            {draw_folds(&axis, bottom)}
        </svg>
    }
    .erase()
}

/// One hatch per stage in which nobody works, and one for silence.
fn hatches(sheet: Sheet) -> AnyView {
    erase_all(["submitting", "queued", "needs_attention", "silence"].into_iter().map(|name| {
        view! {
            <pattern
                id=format!("hatch-{}{name}", mark_of(sheet))
                width="6"
                height="6"
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)"
            >
                <rect class=format!("stage-{name}") fill="currentColor" width="1.6" height="6"></rect>
            </pattern>
        }
    }))
}

/// One gradient per boundary between two visits of a lane.
fn gradients(sheet: Sheet, lines: &[(String, Vec<Visit>)]) -> AnyView {
    let boundaries = lines.iter().enumerate().flat_map(|(lane, (_, visits))| {
        visits
            .windows(2)
            .enumerate()
            .filter_map(move |(at, pair)| Some((lane, at, pair.first()?.stage, pair.get(1)?.stage)))
    });
    erase_all(boundaries.map(|(lane, at, from, to)| {
        view! {
            <linearGradient id=format!("soft-{}{lane}-{at}", mark_of(sheet))>
                <stop class=format!("stage-{from}") stop-color="currentColor"></stop>
                <stop class=format!("stage-{to}") offset="1" stop-color="currentColor"></stop>
            </linearGradient>
        }
    }))
}

/// What the axis needs to know of the training and of the page.
#[derive(Clone, Copy)]
struct Pen {
    /// The training lasts, so the axis ends now.
    lasting: bool,
    /// The page is alive, so times are the browser's.
    alive: bool,
}

fn draw_axis(axis: &Axis, bottom: f64, end: i64, pen: Pen) -> AnyView {
    let end_at = axis.place(end);
    // "now 14:02:04" takes about 88 units.
    let room = if pen.lasting { end_at - 88.0 } else { axis.sheet.width };
    let ticks = axis.ticks().into_iter().filter(|tick| axis.sheet.has_room_at(axis.place(*tick), room));
    let ticks = erase_all(ticks.map(|tick| {
        let x = axis.place(tick);
        view! {
            <text class="axis-text" x=unit(x) y="14" text-anchor="middle">{axis_clock(axis, tick, pen.alive)}</text>
            <path class="axis-line" d=format!("M{x:.1} 22V{bottom:.1}")></path>
        }
    }));
    let now = pen.lasting.then(|| {
        let now = texts::now_at(&axis_clock(axis, end, pen.alive));
        view! {
            <text class="axis-now" x=unit(end_at) y="14" text-anchor="end">{now}</text>
            <path class="axis-now-line" d=format!("M{end_at:.1} 22V{bottom:.1}")></path>
        }
    });
    view! { <g>{ticks} {now.erase()}</g> }.erase()
}

/// A time on the axis, with seconds where the axis is short; UTC until the page is `alive`.
pub fn axis_clock(axis: &Axis, moment: i64, alive: bool) -> String {
    let time = LocalTime::shown(moment, alive);
    if axis.needs_seconds() { time.clock_seconds() } else { time.clock() }
}

fn draw_lane(axis: &Axis, at: usize, label: &str, visits: &[Visit], end: i64) -> AnyView {
    let top = top_of(axis.sheet, at);
    let bars = visits.iter().map(|visit| draw_bar(axis, *visit, top, end)).collect::<Vec<_>>();
    let soft = visits.iter().enumerate().skip(1).filter(|(_, visit)| visit.from.is_soft());
    let soft = erase_all(soft.map(|(boundary, visit)| {
        let left = axis.place(visit.from.earliest);
        let wide = (axis.place(visit.from.latest) - left).max(1.0);
        let fill = format!("url(#soft-{}{at}-{})", mark_of(axis.sheet), boundary - 1);
        view! { <rect x=unit(left) y=unit(top) width=unit(wide) height=unit(BAR) fill=fill></rect> }
    }));
    let name_at = if is_narrow(axis.sheet) { top - 7.0 } else { top + 18.0 };
    let label = label.to_owned();
    view! {
        <g>
            <text class="lane-label" x="0" y=unit(name_at)>{label}</text>
            {bars}
            {soft}
        </g>
    }
    .erase()
}

fn draw_bar(axis: &Axis, visit: Visit, top: f64, end: i64) -> AnyView {
    let left = axis.place(visit.from.latest);
    let right = axis.place(visit.to.map_or(end, |to| to.latest));
    // An end is a mark at its moment, whatever comes later.
    let wide = (right - left).max(4.0);
    let stage = visit.stage.as_str();
    let (class, fill) = if is_waiting(visit.stage) {
        (format!("bar bar-waiting stage-{stage}"), format!("url(#hatch-{}{stage})", mark_of(axis.sheet)))
    } else {
        (format!("bar stage-{stage}"), "currentColor".to_owned())
    };
    let word = visit.stage.label();
    // About 7.5 units a letter at this size.
    let fits = wide > 7.5 * (word.len() as f64) + 12.0;
    let on_bar = if is_waiting(visit.stage) { "bar-word bar-word-waiting" } else { "bar-word" };
    view! {
        <rect class=class x=unit(left) y=unit(top) width=unit(wide) height=unit(BAR) rx="4" fill=fill>
            <title>{word}</title>
        </rect>
        {fits.then(|| {
            view! {
                <text class=on_bar x=unit(left + wide / 2.0) y=unit(top + 17.5) text-anchor="middle">{word}</text>
            }
        }).erase()}
    }
    .erase()
}

fn draw_silences(axis: &Axis, timeline: &Timeline, lines: &[(String, Vec<Visit>)], end: i64) -> AnyView {
    let first = top_of(axis.sheet, 0);
    let tall = top_of(axis.sheet, lines.len().saturating_sub(1)) + BAR - first;
    erase_all(timeline.silences.iter().map(|silence| {
        let left = axis.place(silence.from);
        let wide = (axis.place(silence.to.unwrap_or(end)) - left).max(2.0);
        let fill = format!("url(#hatch-{}silence)", mark_of(axis.sheet));
        view! {
            <g>
                <rect class="silence-veil" x=unit(left) y=unit(first) width=unit(wide) height=unit(tall)></rect>
                <rect x=unit(left) y=unit(first) width=unit(wide) height=unit(tall) fill=fill>
                    <title>{texts::SILENT}</title>
                </rect>
            </g>
        }
    }))
}

fn draw_folds(axis: &Axis, bottom: f64) -> AnyView {
    // Half of "12 h 40 min folded" from either edge.
    let (least, most) = (64.0, axis.sheet.width - 64.0);
    erase_all(axis.folds().map(|(left, right, millis)| {
        let middle = f64::midpoint(left, right);
        let zigzag = format!("M{0:.1} 24l4 5-8 6 8 6-8 6 4 5V{bottom:.1}", middle);
        view! {
            <path class="fold" d=zigzag></path>
            <text class="axis-text" x=unit(middle.clamp(least, most)) y=unit(bottom + 14.0) text-anchor="middle">
                {texts::folded(&format_duration(millis))}
            </text>
        }
    }))
}

fn unit(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::Lanes;
    use crate::components::sample;
    use crate::components::timeline::Timeline;
    use crate::model::stage::Stage;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    #[test]
    fn lanes_draw_waiting_hatched_boundaries_soft_and_nothing_inline() {
        let training = sample::training(Stage::Training);
        let events = [
            sample::event(&training, 1, Stage::Queued),
            sample::event(&training, 3, Stage::Preparing),
            sample::event(&training, 9, Stage::Training),
        ];
        let timeline = Timeline::build(&training, &events);
        let html = Owner::new()
            .with(|| view! { <Lanes training=Signal::stored(training) timeline=Signal::stored(timeline)/> }.to_html());
        assert!(html.contains("url(#hatch-queued)"), "{html}");
        assert!(html.contains("url(#soft-0-1)"), "{html}");
        assert!(!html.contains("style=") && !html.contains("NaN"), "{html}");
    }
}
