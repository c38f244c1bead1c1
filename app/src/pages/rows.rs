//! Trainings in view, each in its own signal, patched in place by the live stream.

use super::parts::Gather;
use crate::components::announcer::Announcer;
use crate::live::Live;
use crate::model::event::EventKind;
use crate::model::ids::TrainingId;
use crate::model::training::Training;
use crate::texts;
use crate::ui::{Part, each};
use leptos::prelude::{AnyView, ArcRwSignal, Effect, Get, GetUntracked, RwSignal, Set, Signal, Update, WithUntracked};

/// One training in view.
#[derive(Clone)]
pub struct Row {
    pub id: TrainingId,
    pub training: ArcRwSignal<Training>,
}

impl Row {
    fn new(training: Training) -> Self {
        Self { id: training.id.clone(), training: ArcRwSignal::new(training) }
    }

    /// The training as a component takes it.
    pub fn signal(&self) -> Signal<Training> {
        self.training.clone().into()
    }
}

/// Draws each row once and follows their order.
pub fn draw_rows(
    rows: impl Fn() -> Vec<Row> + Send + Sync + 'static,
    draw: fn(Signal<Training>) -> AnyView,
) -> AnyView {
    each(move || {
        let part = |row: Row| Part::new(row.id.as_str().to_owned(), move || draw(row.signal()));
        rows().into_iter().map(part).collect()
    })
}

/// The rows of a page, in order.
#[derive(Clone, Copy)]
pub struct Rows(RwSignal<Vec<Row>>);

impl Rows {
    /// Rows of freshly read trainings.
    pub fn new(trainings: Vec<Training>) -> Self {
        Self(RwSignal::new(trainings.into_iter().map(Row::new).collect()))
    }

    /// The rows, tracked by their order only.
    pub fn get(self) -> Vec<Row> {
        self.0.get()
    }

    /// The rows whose training is `wanted`, tracked by each training too.
    pub fn filter(self, wanted: impl Fn(&Training) -> bool) -> Vec<Row> {
        let mut rows = self.0.get();
        rows.retain(|row| wanted(&row.training.get()));
        rows
    }

    /// How many of `trainings` are not in view; none once the page was left.
    pub fn count_missing(self, trainings: &[Training]) -> usize {
        let count =
            |rows: &Vec<Row>| trainings.iter().filter(|training| !rows.iter().any(|row| row.id == training.id)).count();
        self.0.try_with_untracked(count).unwrap_or_default()
    }

    /// Patches rows in view with freshly read trainings, newer ones only; others are left out. Answers may come when the
    /// page was left already.
    pub fn patch(self, trainings: &[Training]) {
        let _ = self.0.try_with_untracked(|rows| {
            for training in trainings {
                if let Some(row) = rows.iter().find(|row| row.id == training.id)
                    && row.training.with_untracked(|held| training.is_newer_than(held))
                {
                    row.training.set(training.clone());
                }
            }
        });
    }

    /// Shows exactly `trainings`; those in view keep their row.
    pub fn replace(self, trainings: Vec<Training>) {
        self.patch(&trainings);
        let _ = self.0.try_update(|rows| {
            let old = std::mem::take(rows);
            *rows = trainings
                .into_iter()
                .map(|training| {
                    let kept = old.iter().find(|row| row.id == training.id).cloned();
                    kept.unwrap_or_else(|| Row::new(training))
                })
                .collect();
        });
    }

    /// Follows the live stream: patches rows, announces their stages, and asks `others` to read again when something
    /// happened that the rows alone cannot show.
    pub fn follow(self, live: Live, announcer: Announcer, others: Gather) {
        Effect::new(move |before: Option<u32>| {
            let generation = live.generation.get();
            if before.is_some_and(|before| before != generation) {
                others.ask();
            }
            generation
        });
        Effect::new(move |first: Option<()>| {
            let batch = live.next_batch();
            let unknown = self.0.with_untracked(|rows| {
                for row in rows.iter().filter(|row| batch.trainings().any(|id| *id == row.id)) {
                    let mut training = row.training.get_untracked();
                    let stage = training.stage;
                    if batch.apply_to(&mut training) {
                        if training.stage != stage && first.is_some() {
                            announcer.say(texts::announce_stage(&training.name, training.stage));
                        }
                        row.training.set(training);
                    }
                }
                batch.events.iter().any(|event| {
                    let moved = matches!(
                        event.kind,
                        EventKind::StageChanged | EventKind::Accepted | EventKind::Edited | EventKind::Superseded
                    );
                    moved || !rows.iter().any(|row| row.id == event.training)
                })
            });
            if unknown && first.is_some() {
                others.ask();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;
    use crate::components::sample;
    use crate::model::ids::TrainingId;
    use crate::model::stage::Stage;
    use leptos::prelude::{GetUntracked, Owner};

    #[test]
    fn rows_in_view_are_patched_forward_and_new_ones_wait() {
        Owner::new().with(|| {
            let mut held = sample::training(Stage::Training);
            held.last_event = 5;
            let rows = Rows::new(vec![held.clone()]);
            let mut older = held.clone();
            (older.stage, older.last_event) = (Stage::Queued, 4);
            rows.patch(&[older]);
            assert_eq!(rows.get()[0].training.get_untracked().stage, Stage::Training);
            let mut newer = held.clone();
            (newer.stage, newer.last_event) = (Stage::Saving, 6);
            let mut other = held;
            other.id = TrainingId::new("0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4f");
            let read = vec![other, newer];
            rows.patch(&read);
            assert_eq!((rows.get().len(), rows.count_missing(&read)), (1, 1));
            assert_eq!(rows.get()[0].training.get_untracked().stage, Stage::Saving);
            rows.replace(read);
            assert_eq!(rows.get().len(), 2);
        });
    }
}
