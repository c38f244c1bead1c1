//! A training's history as visits to stages, with edges as soft as our knowledge of them. Pure.

use crate::model::event::{Event, EventKind};
use crate::model::stage::Stage;
use crate::model::training::Training;

/// A change that happened between two looks; milliseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub earliest: i64,
    pub latest: i64,
}

impl Edge {
    fn of(event: &Event) -> Self {
        let (earliest, latest) = (event.at_earliest.as_millis(), event.at_latest.as_millis());
        Self { earliest: earliest.min(latest), latest }
    }

    /// Whether we cannot tell the second in which it happened.
    pub const fn is_soft(self) -> bool {
        self.latest - self.earliest >= 1_000
    }
}

/// A stay at a stage; without `to` it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub stage: Stage,
    pub from: Edge,
    pub to: Option<Edge>,
}

impl Visit {
    /// How long it took, or has taken until `now`; from first sight to first sight.
    pub fn millis(&self, now: i64) -> i64 {
        self.to.map_or(now, |to| to.latest).saturating_sub(self.from.latest).max(0)
    }
}

/// One lane of a training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub key: String,
    pub label: String,
    pub visits: Vec<Visit>,
}

/// A time in which the vendor did not answer; without `to` it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    pub from: i64,
    pub to: Option<i64>,
}

/// Everything a timeline draws.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The training itself, oldest first.
    pub visits: Vec<Visit>,
    pub lines: Vec<Line>,
    pub silences: Vec<Silence>,
}

impl Timeline {
    /// Reads the history (`events` in any order, doubles allowed) of `training`.
    pub fn build(training: &Training, events: &[Event]) -> Self {
        let mut events: Vec<&Event> = events.iter().collect();
        events.sort_by_key(|event| event.id);
        events.dedup_by_key(|event| event.id);
        let created = training.created_at.as_millis();
        let born = Edge { earliest: created, latest: created };
        let mut visits = visits_of(&events, |event| Some(event.after.stage));
        if visits.is_empty() {
            visits.push(Visit { stage: training.stage, from: born, to: None });
        }
        let lines = training
            .lanes
            .iter()
            .map(|lane| {
                let stage_at =
                    |event: &Event| event.after.lanes.iter().find(|other| other.key == lane.key).map(|lane| lane.stage);
                Line { key: lane.key.clone(), label: lane.label.clone(), visits: visits_of(&events, stage_at) }
            })
            .collect();
        Self { visits, lines, silences: silences_of(&events) }
    }

    /// The newest moment the history knows of.
    pub fn newest(&self) -> i64 {
        let edges = self.visits.iter().chain(self.lines.iter().flat_map(|line| &line.visits));
        edges.map(|visit| visit.to.unwrap_or(visit.from).latest).max().unwrap_or_default()
    }

    /// The oldest moment the history knows of.
    pub fn oldest(&self) -> i64 {
        let edges = self.visits.iter().chain(self.lines.iter().flat_map(|line| &line.visits));
        edges.map(|visit| visit.from.earliest).min().unwrap_or_default()
    }
}

fn visits_of(events: &[&Event], stage_at: impl Fn(&Event) -> Option<Stage>) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    for event in events {
        let Some(stage) = stage_at(event) else { continue };
        let edge = Edge::of(event);
        match visits.last_mut() {
            Some(last) if last.stage == stage => continue,
            Some(last) => last.to = Some(edge),
            None => {}
        }
        visits.push(Visit { stage, from: edge, to: None });
    }
    visits
}

fn silences_of(events: &[&Event]) -> Vec<Silence> {
    let mut silences: Vec<Silence> = Vec::new();
    for event in events {
        let open = silences.last_mut().filter(|silence| silence.to.is_none());
        match (event.kind, open) {
            (EventKind::Unseen, None) => {
                let from = event.after.unseen_since.map_or(event.at_earliest, |since| since).as_millis();
                silences.push(Silence { from, to: None });
            }
            (EventKind::SeenAgain, Some(silence)) => silence.to = Some(event.at_latest.as_millis()),
            _ => {}
        }
    }
    silences
}

/// How a station of the ladder looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationState {
    /// Seen, and left.
    Done,
    /// Behind us, but no look fell into it.
    Unseen,
    Current,
    /// Still to come.
    Todo,
}

/// One station of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Station {
    pub stage: Stage,
    pub state: StationState,
    /// The newest stay, where there was one.
    pub visit: Option<Visit>,
    /// All stays together without the lasting one, in milliseconds.
    pub spent_ms: i64,
}

/// The ladder's stations. An end that is no station of its own, and `needs_attention`, stand right after the last
/// station that was reached; `submitting` is shown only while it is the newest news.
pub fn ladder_stations(training: &Training, visits: &[Visit]) -> Vec<Station> {
    let newest = |stage: Stage| visits.iter().rev().find(|visit| visit.stage == stage).copied();
    let reached = visits.iter().filter_map(|visit| visit.stage.rung()).max();
    let reached = if training.stage.rung().is_some() { training.stage.rung() } else { reached };
    let mut stations = Vec::new();
    for (rung, stage) in Stage::LADDER.into_iter().enumerate() {
        let visit = newest(stage);
        let state = match reached {
            _ if training.stage == stage => StationState::Current,
            Some(reached) if rung <= reached && visit.is_some() => StationState::Done,
            Some(reached) if rung < reached => StationState::Unseen,
            _ => StationState::Todo,
        };
        let stays = visits.iter().filter(|visit| visit.stage == stage && visit.to.is_some());
        let spent_ms = stays.map(|visit| visit.millis(0)).sum();
        if stage != Stage::Submitting || reached.unwrap_or_default() == 0 {
            stations.push(Station { stage, state, visit, spent_ms });
        }
        if training.stage.rung().is_none() && rung == reached.unwrap_or_default() {
            let visit = newest(training.stage);
            stations.push(Station { stage: training.stage, state: StationState::Current, visit, spent_ms: 0 });
        }
    }
    stations
}

#[cfg(test)]
mod tests {
    use super::{StationState, Timeline, ladder_stations};
    use crate::components::sample;
    use crate::model::event::EventKind;
    use crate::model::stage::Stage;
    use crate::model::time::Timestamp;

    #[test]
    fn a_change_between_two_looks_keeps_both_looks() {
        let training = sample::training(Stage::Training);
        let events = [
            sample::event(&training, 3, Stage::Training),
            sample::event(&training, 1, Stage::Queued),
            sample::event(&training, 2, Stage::Preparing),
            sample::event(&training, 2, Stage::Preparing),
        ];
        let timeline = Timeline::build(&training, &events);
        assert_eq!(
            timeline.visits.iter().map(|visit| visit.stage).collect::<Vec<_>>(),
            [Stage::Queued, Stage::Preparing, Stage::Training]
        );
        let edge = timeline.visits[1].from;
        assert_eq!((edge.earliest, edge.latest), (sample::START + 90_000, sample::START + 120_000));
        assert!(edge.is_soft());
        assert_eq!(timeline.visits[1].millis(0), 60_000);
        assert_eq!(timeline.lines[0].visits.len(), 3);
    }

    #[test]
    fn silence_lasts_until_the_vendor_answers_again() {
        let training = sample::training(Stage::Training);
        let mut silent = sample::event(&training, 2, Stage::Training);
        silent.kind = EventKind::Unseen;
        silent.after.unseen_since = Some(Timestamp::from_millis(sample::START + 100_000));
        let mut back = sample::event(&training, 4, Stage::Training);
        back.kind = EventKind::SeenAgain;
        let lasting = Timeline::build(&training, std::slice::from_ref(&silent));
        assert_eq!(lasting.silences[0].to, None);
        let over = Timeline::build(&training, &[silent, back]);
        assert_eq!(
            (over.silences[0].from, over.silences[0].to),
            (sample::START + 100_000, Some(sample::START + 240_000))
        );
    }

    #[test]
    fn a_station_no_look_fell_into_is_passed_but_not_claimed() {
        let training = sample::training(Stage::Saving);
        let events = [sample::event(&training, 1, Stage::Queued), sample::event(&training, 2, Stage::Saving)];
        let stations = ladder_stations(&training, &Timeline::build(&training, &events).visits);
        let states: Vec<_> = stations.iter().map(|station| (station.stage, station.state)).collect();
        assert_eq!(
            states,
            [
                (Stage::Queued, StationState::Done),
                (Stage::Preparing, StationState::Unseen),
                (Stage::Training, StationState::Unseen),
                (Stage::Saving, StationState::Current),
                (Stage::Publishing, StationState::Todo),
                (Stage::Ready, StationState::Todo),
            ]
        );
    }

    #[test]
    fn a_failure_stands_right_after_the_last_station_reached() {
        let mut training = sample::training(Stage::Training);
        training.stage = Stage::Failed;
        let events = [
            sample::event(&training, 1, Stage::Queued),
            sample::event(&training, 2, Stage::Training),
            sample::event(&training, 3, Stage::Failed),
        ];
        let stations = ladder_stations(&training, &Timeline::build(&training, &events).visits);
        let stages: Vec<_> = stations.iter().map(|station| station.stage).collect();
        assert_eq!(stages[2..4], [Stage::Training, Stage::Failed]);
        assert_eq!(stations[3].state, StationState::Current);
        assert_eq!(stations.last().map(|station| station.state), Some(StationState::Todo));
    }

    #[test]
    fn a_training_without_history_still_has_its_one_station() {
        let training = sample::training(Stage::Submitting);
        let timeline = Timeline::build(&training, &[]);
        let stations = ladder_stations(&training, &timeline.visits);
        assert_eq!((stations[0].stage, stations[0].state), (Stage::Submitting, StationState::Current));
    }
}
