//! Lists with cursors.

use super::event::Event;
use super::history::{Answer, MetricPoint};
use super::stage::Stage;
use super::training::Training;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A page of trainings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct TrainingPage {
    pub items: Vec<Training>,
    /// Opaque; `null` at the end.
    pub next: Option<String>,
    /// How many by stage, ignoring the stage filter.
    pub counts: BTreeMap<Stage, i64>,
    /// The newest event this page has seen; live frames at or below it are in.
    pub last_event: i64,
}

/// Where to go on reading and how much.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageQuery {
    pub after: Option<String>,
    /// 1 to 200; 50 when absent.
    pub limit: Option<u32>,
}

/// A page of events, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct EventPage {
    pub items: Vec<Event>,
    pub next: Option<String>,
}

/// A page of metric points, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct MetricPage {
    pub items: Vec<MetricPoint>,
    pub next: Option<String>,
}

/// The newest part of a list, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Newest<T> {
    pub items: Vec<T>,
    /// Whether older ones are left out.
    pub is_cut: bool,
}

/// A page of raw answers, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct AnswerPage {
    pub items: Vec<Answer>,
    pub next: Option<String>,
}

/// The Now page: what needs somebody, what runs, what just ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NowBoard {
    pub needs_attention: Vec<Training>,
    pub running: Vec<Training>,
    pub just_ended: Vec<Training>,
    pub connections: Vec<super::connection::Connection>,
    /// Whether there is any training at all.
    pub is_empty: bool,
    pub last_event: i64,
}
