//! The ladder in miniature: one small box per station.

use crate::model::stage::Stage;
use crate::model::training::Training;
use crate::ui::{Erase, erase_all, redraw};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Signal, With, component, view};
use leptos::tachys::html::attribute::custom::CustomAttribute;

const STATIONS: [Stage; 6] =
    [Stage::Queued, Stage::Preparing, Stage::Training, Stage::Saving, Stage::Publishing, Stage::Ready];
/// Width of a box and the step from one to the next, in units of the drawing.
const WIDTH: f64 = 23.0;
const STEP: f64 = 26.0;

/// How one box is filled, from 0 to 1, and with which stage's colour.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Box {
    filled: f64,
    colour: Stage,
}

/// What the boxes show. A training that ended badly marks the first box it did not finish.
fn fill_boxes(training: &Training) -> [Box; 6] {
    let percent = training.progress.as_ref().and_then(|progress| progress.percent).unwrap_or(50.0);
    let reached = STATIONS.iter().position(|station| *station == training.stage);
    let last_known = training.reached.and_then(|reached| STATIONS.iter().position(|station| *station == reached));
    std::array::from_fn(|at| {
        let colour = STATIONS[at];
        match (training.stage, reached) {
            (Stage::Ready, _) => Box { filled: 1.0, colour },
            (_, Some(reached)) if at < reached => Box { filled: 1.0, colour },
            (Stage::Training, Some(reached)) if at == reached => {
                Box { filled: (percent / 100.0).clamp(0.1, 1.0), colour }
            }
            (_, Some(reached)) if at == reached => Box { filled: 0.5, colour },
            (_, Some(_)) | (Stage::Submitting, None) => Box { filled: 0.0, colour },
            (ended, None) => match last_known {
                Some(last) if at < last => Box { filled: 1.0, colour },
                Some(last) if at == last => Box { filled: 1.0, colour: ended },
                None if at == 0 => Box { filled: 1.0, colour: ended },
                _ => Box { filled: 0.0, colour },
            },
        }
    })
}

/// The miniature ladder; decoration beside the stage's word, so hidden from readers.
#[component]
pub fn StageTrack(#[prop(into)] training: Signal<Training>) -> AnyView {
    let boxes = redraw(move || {
        erase_all(training.with(fill_boxes).into_iter().enumerate().map(|(at, fill)| {
            let x = STEP * f64::from(u32::try_from(at).unwrap_or_default());
            let class = format!("track-fill stage-{}", fill.colour.as_str());
            let filling = (fill.filled > 0.0).then(|| {
                let width = format!("{:.2}", WIDTH * fill.filled);
                view! { <rect class=class x=format!("{x:.2}") y="5" width=width height="8" rx="2"></rect> }
            });
            view! {
                <rect class="track-box" x=format!("{:.2}", x + 0.75) y="5.75" width="21.5" height="6.5" rx="2"></rect>
                {filling.erase()}
            }
        }))
    });
    view! {
        <svg class="track" viewBox="0 0 154 18" width="152" height="18" aria-hidden="true">
            {boxes}
        </svg>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::fill_boxes;
    use crate::components::sample;
    use crate::model::stage::Stage;

    #[test]
    fn stations_behind_are_full_and_those_ahead_empty() {
        let filled = fill_boxes(&sample::training(Stage::Saving)).map(|fill| fill.filled);
        assert_eq!(filled, [1.0, 1.0, 1.0, 0.5, 0.0, 0.0]);
        assert_eq!(fill_boxes(&sample::training(Stage::Ready)).map(|fill| fill.filled), [1.0; 6]);
        assert_eq!(fill_boxes(&sample::training(Stage::Submitting)).map(|fill| fill.filled), [0.0; 6]);
    }

    #[test]
    fn a_bad_end_marks_where_it_came_to_a_stop() {
        let mut training = sample::training(Stage::Failed);
        training.reached = Some(Stage::Training);
        let boxes = fill_boxes(&training);
        assert_eq!(boxes[1].colour, Stage::Preparing);
        assert_eq!(boxes[2].colour, Stage::Failed);
        assert_eq!(boxes[3].filled, 0.0);
    }
}
