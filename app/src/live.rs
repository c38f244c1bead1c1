//! The live stream in the browser: one EventSource per tab, its frames in signals.
//! Never changes a training itself; pages take the batches in with `Training::apply`.

use crate::model::event::{Event, Seen};
use crate::model::ids::TrainingId;
use crate::model::training::Training;
use leptos::prelude::{
    Get, GetUntracked, RwSignal, Set, StoredValue, UpdateValue, WithValue, provide_context, use_context,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many events are kept for pages that load while they arrive.
#[cfg(any(feature = "hydrate", test))]
const RECENT: usize = 400;

/// How live the page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LiveState {
    /// Not started: the server's markup, a page without JavaScript, a stranger.
    #[default]
    Off,
    Connecting,
    Live,
    /// Lost; trying again. `since` is in milliseconds since 1970 UTC.
    Lost {
        since: i64,
    },
    /// A person pressed pause, or the tab was hidden for long.
    Paused {
        since: i64,
    },
    SignedOut,
}

/// What arrived within one animation frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    pub events: Vec<Arc<Event>>,
    pub seen: Vec<Seen>,
}

/// The tab's live stream; in the context of every page.
#[derive(Clone, Copy)]
pub struct Live {
    pub state: RwSignal<LiveState>,
    /// The newest batch.
    pub batch: RwSignal<Arc<Batch>>,
    /// Grows when pages must read again because frames may have been missed.
    pub generation: RwSignal<u32>,
    /// Whether a person paused it.
    pub paused: RwSignal<bool>,
    position: StoredValue<Option<i64>>,
    recent: StoredValue<VecDeque<Arc<Event>>>,
}

impl Live {
    /// Puts a silent stream into the context.
    pub fn provide() -> Self {
        let live = Self {
            state: RwSignal::new(LiveState::Off),
            batch: RwSignal::new(Arc::new(Batch::default())),
            generation: RwSignal::new(0),
            paused: RwSignal::new(false),
            position: StoredValue::new(None),
            recent: StoredValue::new(VecDeque::new()),
        };
        provide_context(live);
        live
    }

    /// The stream of the page; a silent one where there is none.
    pub fn of_page() -> Self {
        use_context::<Self>().unwrap_or_else(Self::provide)
    }

    /// Tells the stream what a freshly read page already holds, so that it starts right after.
    pub fn note_position(self, last_event: i64) {
        self.position.update_value(|position| {
            if position.is_none() {
                *position = Some(last_event);
            }
        });
    }

    /// Takes in what arrived while `training` was being read.
    pub fn catch_up(self, training: &mut Training) {
        self.recent.with_value(|recent| {
            for event in recent {
                training.apply(event);
            }
        });
    }

    /// The newest batch, tracked.
    pub fn next_batch(self) -> Arc<Batch> {
        self.batch.get()
    }

    /// Pauses or goes on.
    pub fn toggle_pause(self) {
        self.paused.set(!self.paused.get_untracked());
    }

    #[cfg(any(feature = "hydrate", test))]
    fn publish(self, batch: Batch) {
        self.recent.update_value(|recent| {
            recent.extend(batch.events.iter().cloned());
            let surplus = recent.len().saturating_sub(RECENT);
            recent.drain(..surplus);
        });
        let _ = self.batch.try_set(Arc::new(batch));
    }

    #[cfg(feature = "hydrate")]
    fn read_again(self) {
        self.recent.update_value(VecDeque::clear);
        let _ = leptos::prelude::Update::try_update(&self.generation, |generation| {
            *generation = generation.wrapping_add(1)
        });
    }
}

impl Batch {
    /// Applies this batch to `training`. Says whether anything changed.
    pub fn apply_to(&self, training: &mut Training) -> bool {
        let mut changed = false;
        for event in &self.events {
            changed |= training.apply(event);
        }
        for seen in self.seen.iter().filter(|seen| seen.training == training.id) {
            if training.last_seen_at < Some(seen.last_seen_at) {
                training.last_seen_at = Some(seen.last_seen_at);
                changed = true;
            }
        }
        changed
    }

    /// The trainings this batch speaks of.
    pub fn trainings(&self) -> impl Iterator<Item = &TrainingId> {
        self.events.iter().map(|event| &event.training).chain(self.seen.iter().map(|seen| &seen.training))
    }
}

#[cfg(feature = "hydrate")]
pub use browser::start_live;

/// The EventSource and its listeners.
#[cfg(feature = "hydrate")]
mod browser {
    use super::{Batch, Live, LiveState};
    use crate::paths;
    use leptos::prelude::{
        Effect, Get, GetUntracked, GetValue, LocalStorage, Set, SetValue, StoredValue, UpdateValue, document,
        on_cleanup, request_animation_frame, set_timeout, window_event_listener, window_event_listener_untyped,
    };
    use std::sync::Arc;
    use std::time::Duration;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{EventSource, MessageEvent};

    /// A hidden tab keeps its stream this long.
    const HIDDEN_LIMIT: Duration = Duration::from_secs(300);
    const LONGEST_WAIT_MS: f64 = 30_000.0;
    /// More than this in one frame (a tab that slept) and the page reads again instead.
    const LARGEST_BATCH: usize = 2_000;

    type Listener = Closure<dyn FnMut(MessageEvent)>;

    struct Connection {
        source: EventSource,
        _listeners: Vec<Listener>,
    }

    impl Drop for Connection {
        fn drop(&mut self) {
            self.source.close();
        }
    }

    #[derive(Clone, Copy)]
    struct Wire {
        live: Live,
        connection: StoredValue<Option<Connection>, LocalStorage>,
        pending: StoredValue<Batch>,
        /// Hard failures in a row.
        failures: StoredValue<u32>,
        /// Grows with every wish to connect or to close; an older timer does nothing.
        turn: StoredValue<u32>,
        /// A break after which frames may be missing.
        gap: StoredValue<bool>,
    }

    /// Starts the tab's stream, once; in the browser, in an Effect of the whole page.
    pub fn start_live(live: Live) {
        let wire = Wire {
            live,
            connection: StoredValue::new_local(None),
            pending: StoredValue::new(Batch::default()),
            failures: StoredValue::new(0),
            turn: StoredValue::new(0),
            gap: StoredValue::new(false),
        };
        // Pages note what they hold in their own effects; the next frame comes after those.
        request_animation_frame(move || wire.connect());
        Effect::new(move |before: Option<bool>| {
            let paused = live.paused.get();
            match before {
                Some(before) if before != paused && paused => wire.pause(),
                Some(before) if before != paused => wire.connect(),
                _ => {}
            }
            paused
        });
        let hidden = window_event_listener_untyped("visibilitychange", move |_| wire.follow_visibility());
        let leaving = window_event_listener(leptos::ev::beforeunload, move |_| wire.close());
        on_cleanup(move || {
            hidden.remove();
            leaving.remove();
            wire.close();
        });
    }

    impl Wire {
        fn connect(self) {
            if self.live.paused.get_untracked() {
                return;
            }
            self.close();
            let position = self.live.position.get_value();
            self.gap.set_value(position.is_none());
            let Ok(source) = EventSource::new(&paths::api_events(position)) else {
                return self.retry_later();
            };
            if !matches!(self.live.state.get_untracked(), LiveState::Lost { .. }) {
                self.set_state(LiveState::Connecting);
            }
            let listeners = vec![
                listen(&source, "open", move |_| self.opened()),
                listen(&source, "error", move |_| self.failed()),
                listen(&source, "training", move |message| self.take_event(&message)),
                listen(&source, "seen", move |message| self.take_seen(&message)),
                listen(&source, "reset", move |_| self.reset()),
            ];
            self.connection.set_value(Some(Connection { source, _listeners: listeners }));
        }

        fn close(self) {
            let _ = self.turn.try_update_value(|turn| *turn = turn.wrapping_add(1));
            let _ = self.connection.try_update_value(|connection| *connection = None);
        }

        fn pause(self) {
            self.close();
            self.set_state(LiveState::Paused { since: browser_now() });
        }

        fn opened(self) {
            self.failures.set_value(0);
            self.set_state(LiveState::Live);
            if self.gap.get_value() {
                self.gap.set_value(false);
                self.live.read_again();
            }
        }

        fn failed(self) {
            if !matches!(self.live.state.get_untracked(), LiveState::Lost { .. } | LiveState::SignedOut) {
                self.set_state(LiveState::Lost { since: browser_now() });
            }
            let closed = self.connection.try_update_value(|connection| {
                connection.as_ref().is_some_and(|open| open.source.ready_state() == EventSource::CLOSED)
            });
            // While it is not closed the browser tries again by itself, from the last id.
            if closed == Some(true) {
                self.retry_later();
            }
        }

        /// After a hard error: asks whether we are still signed in, then waits 1 to 30 s, each tab its own time.
        fn retry_later(self) {
            self.close();
            let failures = self.failures.get_value();
            self.failures.set_value(failures.saturating_add(1));
            let longest = (1_000.0 * 2_f64.powi(i32::try_from(failures.min(5)).unwrap_or(5))).min(LONGEST_WAIT_MS);
            let wait = longest * (0.5 + js_sys::Math::random() / 2.0);
            let turn = self.turn.get_value();
            leptos::task::spawn_local(async move {
                let probe = gloo_net::http::Request::get(paths::API_CONNECTIONS).send().await;
                if probe.is_ok_and(|answer| answer.status() == 401) {
                    return self.set_state(LiveState::SignedOut);
                }
                set_timeout(
                    move || {
                        if self.turn.try_get_value() == Some(turn) {
                            self.connect();
                        }
                    },
                    Duration::from_millis(wait as u64),
                );
            });
        }

        fn follow_visibility(self) {
            if document().hidden() {
                let turn = self.turn.get_value();
                set_timeout(
                    move || {
                        let still = self.turn.try_get_value() == Some(turn) && document().hidden();
                        if still && self.live.state.get_untracked() == LiveState::Live {
                            self.pause();
                        }
                    },
                    HIDDEN_LIMIT,
                );
            } else if matches!(self.live.state.get_untracked(), LiveState::Paused { .. }) {
                self.connect();
            }
        }

        fn take_event(self, message: &MessageEvent) {
            let Some(event) = read_json::<crate::model::event::Event>(message) else { return };
            self.live.position.set_value(Some(event.id));
            self.pend(move |batch| batch.events.push(Arc::new(event)));
        }

        fn take_seen(self, message: &MessageEvent) {
            if let Some(seen) = read_json(message) {
                self.pend(move |batch| batch.seen.push(seen));
            }
        }

        /// The server no longer has what follows our last event: everything is read again.
        fn reset(self) {
            self.pending.set_value(Batch::default());
            self.live.read_again();
        }

        fn pend(self, add: impl FnOnce(&mut Batch)) {
            let first = self.pending.try_update_value(|pending| {
                let first = pending.events.is_empty() && pending.seen.is_empty();
                add(pending);
                first
            });
            if first == Some(true) {
                request_animation_frame(move || self.flush());
            }
        }

        fn flush(self) {
            let Some(batch) = self.pending.try_update_value(std::mem::take) else { return };
            if batch.events.len() > LARGEST_BATCH {
                self.live.read_again();
            } else {
                self.live.publish(batch);
            }
        }

        fn set_state(self, state: LiveState) {
            let _ = self.live.state.try_set(state);
        }
    }

    /// The browser's time in milliseconds since 1970 UTC.
    fn browser_now() -> i64 {
        js_sys::Date::now() as i64
    }

    fn listen(source: &EventSource, name: &str, run: impl FnMut(MessageEvent) + 'static) -> Listener {
        let listener = Closure::new(run);
        // It fails only for a dead target, and this one was just made.
        let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        listener
    }

    fn read_json<T: serde::de::DeserializeOwned>(message: &MessageEvent) -> Option<T> {
        serde_json::from_str(&message.data().as_string()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, Live};
    use crate::components::sample;
    use crate::model::event::Seen;
    use crate::model::stage::Stage;
    use crate::model::time::Timestamp;
    use leptos::prelude::Owner;
    use std::sync::Arc;

    #[test]
    fn a_batch_changes_only_the_training_it_speaks_of_and_only_forward() {
        let mut training = sample::training(Stage::Queued);
        let newer = Arc::new(sample::event(&training, 7, Stage::Training));
        let older = Arc::new(sample::event(&training, 6, Stage::Preparing));
        let batch = Batch { events: vec![newer, older], seen: Vec::new() };
        assert!(batch.apply_to(&mut training));
        assert_eq!((training.stage, training.last_event), (Stage::Training, 7));
        assert!(!batch.apply_to(&mut training));
    }

    #[test]
    fn seen_moves_the_last_look_forward_only() {
        let mut training = sample::training(Stage::Training);
        let seen = |at| Seen { training: training.id.clone(), last_seen_at: Timestamp::from_millis(at) };
        let batch = Batch { events: Vec::new(), seen: vec![seen(9_000_000_000_000), seen(1)] };
        assert!(batch.apply_to(&mut training));
        assert_eq!(training.last_seen_at, Some(Timestamp::from_millis(9_000_000_000_000)));
    }

    #[test]
    fn a_page_read_while_events_arrive_catches_up_with_them() {
        Owner::new().with(|| {
            let live = Live::provide();
            let mut training = sample::training(Stage::Queued);
            let event = Arc::new(sample::event(&training, 9, Stage::Saving));
            live.publish(Batch { events: vec![event], seen: Vec::new() });
            live.catch_up(&mut training);
            assert_eq!(training.stage, Stage::Saving);
        });
    }
}
