//! The one polite region that tells readers what changed: silent on load, stage changes and page changes only.

use crate::texts;
use crate::ui::Erase;
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, GlobalAttributes, RwSignal, Set, StoredValue,
    UpdateValue, component, provide_context, use_context, view,
};
use std::collections::VecDeque;

/// The shortest time between two sentences.
#[cfg(feature = "hydrate")]
const PACE: std::time::Duration = std::time::Duration::from_millis(250);
/// More waiting sentences than these are told as one.
const LONGEST_QUEUE: usize = 3;

/// Says sentences, one at a time; in the context of every page.
#[derive(Clone, Copy)]
pub struct Announcer {
    said: RwSignal<String>,
    queue: StoredValue<VecDeque<String>>,
}

impl Announcer {
    /// Puts a silent announcer into the context.
    pub fn provide() -> Self {
        let announcer = Self { said: RwSignal::new(String::new()), queue: StoredValue::new(VecDeque::new()) };
        provide_context(announcer);
        announcer
    }

    /// The announcer of the page; a deaf one where there is none.
    pub fn of_page() -> Self {
        use_context::<Self>().unwrap_or_else(Self::provide)
    }

    /// Says `sentence`, at once or after those that wait.
    pub fn say(self, sentence: String) {
        let first = self.queue.try_update_value(|queue| {
            queue.push_back(sentence);
            if queue.len() > LONGEST_QUEUE {
                let many = queue.len();
                queue.clear();
                queue.push_back(texts::many_changes(many));
                return false;
            }
            queue.len() == 1
        });
        if first == Some(true) {
            self.say_next();
        }
    }

    fn say_next(self) {
        let next = self.queue.try_update_value(|queue| queue.front().cloned()).flatten();
        let Some(sentence) = next else { return };
        let _ = self.said.try_set(sentence);
        #[cfg(feature = "hydrate")]
        leptos::prelude::set_timeout(
            move || {
                let _ = self.queue.try_update_value(VecDeque::pop_front);
                self.say_next();
            },
            PACE,
        );
    }
}

/// Where the sentences stand.
#[component]
pub fn AnnouncerRegion(announcer: Announcer) -> AnyView {
    view! {
        <div class="visually-hidden" role="status" aria-live="polite" aria-atomic="true">
            {move || announcer.said.get()}
        </div>
    }
    .erase()
}
