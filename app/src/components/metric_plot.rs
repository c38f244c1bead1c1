//! A number over time: a line in a drawing, and the same points in a table.

use super::lane_axis::{Axis, NARROW, Sheet, WIDE};
use super::lanes::axis_clock;
use super::moment::moment_of;
use crate::model::history::MetricPoint;
use crate::texts;
use crate::ui::{Clock, Column, Erase, Table, When, WhenStyle, erase_all, redraw};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, IntoAny, Memo, Signal, component, view};
use leptos::tachys::html::attribute::custom::CustomAttribute;

const TOP: f64 = 12.0;
const BOTTOM: f64 = 190.0;
/// A plot has numbers beside its axis where a narrow lane has nothing.
const SHEETS: [Sheet; 2] = [Sheet { left: 44.0, ..WIDE }, Sheet { left: 40.0, right: 312.0, ..NARROW }];
/// More points than these cannot be told apart at this width; every n-th is drawn.
const MOST_POINTS: usize = 500;

/// The points of `name` (with a value), oldest first.
fn points_of(points: &[MetricPoint], name: &str) -> Vec<(i64, f64)> {
    let finite = points.iter().filter(|point| point.name == name);
    let finite =
        finite.filter_map(|point| Some((point.at.as_millis(), point.value.filter(|value| value.is_finite())?)));
    let mut points: Vec<_> = finite.collect();
    points.sort_by_key(|(at, _)| *at);
    points
}

/// The line through `points`: flat until the next look, as we know nothing of the time between.
fn draw_path(points: &[(i64, f64)], axis: &Axis, top_value: f64) -> String {
    let every = points.len().div_ceil(MOST_POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let kept = points.iter().enumerate().filter(|(at, _)| at % every == 0 || *at == last);
    let mut path = String::new();
    for (at, (moment, value)) in kept {
        let x = axis.place(*moment);
        let y = BOTTOM - (BOTTOM - TOP) * (value / top_value).clamp(0.0, 1.0);
        path.push_str(&if at == 0 { format!("M{x:.1} {y:.1}") } else { format!("H{x:.1}V{y:.1}") });
    }
    path
}

/// The plot of the metric `name` (percent runs from 0 to 100, others from 0 to their highest) and its table.
#[component]
pub fn MetricPlot(#[prop(into)] points: Signal<Vec<MetricPoint>>, name: String, label: String) -> AnyView {
    let label_of_table = label.clone();
    let clock = Clock::of_page();
    let alive = Memo::new(move |_| clock.now().is_some());
    let rows = {
        let name = name.clone();
        move || points_of(&points.get(), &name)
    };
    let table_rows = {
        let rows = rows.clone();
        redraw(move || {
            erase_all(rows().into_iter().map(|(at, value)| {
                view! {
                    <tr>
                        <td data-label=texts::COLUMN_WHEN>
                            <When at=Signal::stored(moment_of(at)) style=WhenStyle::Clock/>
                        </td>
                        <td data-label=texts::COLUMN_VALUE>{texts::number(value)}</td>
                    </tr>
                }
            }))
        })
    };
    let caption = label.clone();
    let drawing = redraw(move || {
        let (rows, alive) = (rows(), alive.get());
        SHEETS.iter().map(|sheet| draw_plot(*sheet, &rows, (&name, &label), alive)).collect::<Vec<_>>().into_any()
    });
    view! {
        <figure class="plot">
            <figcaption>{caption}</figcaption>
            {drawing}
            <details>
                <summary>{texts::AS_TABLE}</summary>
                <Table caption=label_of_table columns=vec![Column(texts::COLUMN_WHEN), Column(texts::COLUMN_VALUE)]>
                    {table_rows}
                </Table>
            </details>
        </figure>
    }
    .erase()
}

/// `named`: the metric's name and its label. Times are the browser's once the page is `alive`.
fn draw_plot(sheet: Sheet, points: &[(i64, f64)], named: (&str, &str), alive: bool) -> AnyView {
    let (name, label) = named;
    let (left, right) = (sheet.left, sheet.right);
    let axis = Axis::over(sheet, points.iter().map(|(at, _)| *at));
    let highest = points.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let top_value = if name == "percent" { 100.0 } else { highest };
    let lines = erase_all([0.0, 0.25, 0.5, 0.75, 1.0].into_iter().map(|share| {
        let y = BOTTOM - (BOTTOM - TOP) * share;
        view! {
            <path class="axis-line" d=format!("M{left} {y:.1}H{right}")></path>
            <text class="axis-text" x=format!("{:.1}", left - 10.0) y=format!("{:.1}", y + 4.0) text-anchor="end">
                {texts::number(top_value * share)}
            </text>
        }
    }));
    let ticks = axis.ticks().into_iter().filter(|tick| sheet.has_room_at(axis.place(*tick), sheet.width));
    let ticks = erase_all(ticks.map(|tick| {
        view! {
            <text class="axis-text" x=format!("{:.1}", axis.place(tick)) y="208" text-anchor="middle">
                {axis_clock(&axis, tick, alive)}
            </text>
        }
    }));
    let summary = points.last().map_or_else(String::new, |(_, value)| texts::plot_summary(label, points.len(), *value));
    view! {
        <svg
            class=sheet.class
            viewBox=format!("0 0 {} 216", sheet.width)
            width=sheet.width.to_string()
            role="img"
            aria-label=summary
        >
            {lines}
            {ticks}
            <path class="plot-line stage-training" d=draw_path(points, &axis, top_value)></path>
            {points.last().map(|(at, value)| {
                let y = BOTTOM - (BOTTOM - TOP) * (value / top_value).clamp(0.0, 1.0);
                view! {
                    <circle
                        class="stage-training"
                        fill="currentColor"
                        cx=format!("{:.1}", axis.place(*at))
                        cy=format!("{y:.1}")
                        r="4"
                    ></circle>
                }
            }).erase()}
        </svg>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{MetricPlot, points_of};
    use crate::components::sample;
    use crate::model::history::MetricPoint;
    use crate::model::time::Timestamp;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    fn point(at: i64, value: Option<f64>) -> MetricPoint {
        let at = Timestamp::from_millis(sample::START + at);
        MetricPoint { name: "percent".to_owned(), value, step: None, epoch: None, at }
    }

    #[test]
    fn numbers_that_are_none_are_left_out_and_absurd_ones_stay_inside() {
        let points =
            vec![point(2_000, Some(1e9)), point(0, Some(-5.0)), point(1_000, None), point(1_500, Some(f64::NAN))];
        assert_eq!(points_of(&points, "percent").len(), 2);
        let html = Owner::new().with(|| {
            let label = "Percent".to_owned();
            view! { <MetricPlot points=Signal::stored(points) name="percent".to_owned() label=label/> }.to_html()
        });
        assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
        assert!(html.contains("<table"), "{html}");
    }

    #[test]
    fn no_points_draw_an_empty_plot() {
        let html = Owner::new().with(|| {
            let label = "Percent".to_owned();
            view! { <MetricPlot points=Signal::stored(Vec::new()) name="percent".to_owned() label=label/> }.to_html()
        });
        assert!(!html.contains("NaN"), "{html}");
    }
}
