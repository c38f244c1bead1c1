//! What several pages show: an error with its way out, a call with its toast, a pause before reading again.

use crate::live::Live;
use crate::model::error::{AppError, ErrorCode};
use crate::texts;
use crate::ui::{Button, Erase, Problem, Skeleton, Toasts, redraw};
use crate::{paths, ui};
use leptos::prelude::{
    AnyView, Callback, Children, ClassAttribute, Effect, ElementChild, Get, IntoAny, StoredValue, Suspend, Transition,
    view,
};
use std::pin::Pin;

/// How long changes are gathered before a list is read again.
#[cfg(feature = "hydrate")]
const GATHER: std::time::Duration = std::time::Duration::from_secs(1);

/// What is being read, and drawn once it is there.
type Reading = Pin<Box<dyn Future<Output = Result<AnyView, AppError>> + Send>>;

/// A part of a page that is read first: `lines` grey lines until it is there, an error with its way out when it cannot
/// be had. It stays in view while it is read again.
pub fn load_part<F>(lines: usize, retry: Callback<()>, read: impl FnMut() -> F + Send + 'static) -> AnyView
where
    F: Future<Output = Result<AnyView, AppError>> + Send + 'static,
{
    wait_for(lines, Box::new(move || show_read(retry, read)))
}

/// `lines` grey lines in the place of `parts`, as long as they wait for something for the first time.
pub fn wait_for(lines: usize, parts: Children) -> AnyView {
    view! { <Transition fallback=move || view! { <Skeleton label=texts::LOADING lines/> }>{parts()}</Transition> }
        .erase()
}

/// What `read` comes to, or why it cannot be had; read again whenever a signal changes that it read.
pub fn show_read<F>(retry: Callback<()>, mut read: impl FnMut() -> F + Send + 'static) -> AnyView
where
    F: Future<Output = Result<AnyView, AppError>> + Send + 'static,
{
    show_reading(retry, Box::new(move || Box::pin(read())))
}

fn show_reading(retry: Callback<()>, mut read: Box<dyn FnMut() -> Reading + Send>) -> AnyView {
    redraw(move || {
        let reading = read();
        Suspend::new(async move { reading.await.unwrap_or_else(|error| show_problem(error, retry)) }).into_any()
    })
}

/// An error in the place of a page: what happened, what to quote, and what to do.
pub fn show_problem(error: AppError, retry: Callback<()>) -> AnyView {
    if error.code == ErrorCode::NotFound {
        return view! {
            <ui::Empty icon="stage-gone" title=texts::NOT_FOUND_TITLE text=error.message>
                <ui::LinkButton href=paths::TRAININGS.to_owned()>{texts::GO_TO_TRAININGS}</ui::LinkButton>
            </ui::Empty>
        }
        .erase();
    }
    view! {
        <Problem title=texts::COULD_NOT_LOAD text=error.message quote=error.request_id>
            <Button on_click=retry>{texts::TRY_AGAIN}</Button>
            <noscript>
                <a class="button" href="">
                    {texts::RELOAD}
                </a>
            </noscript>
        </Problem>
    }
    .erase()
}

/// Tells how a change went.
pub fn tell_outcome<T>(toasts: Toasts, outcome: Result<T, AppError>, done: &str) -> Option<T> {
    match outcome {
        Ok(value) => {
            toasts.show(done);
            Some(value)
        }
        Err(error) => {
            toasts.show(error.message);
            None
        }
    }
}

/// Reads again, a moment later, whenever the live stream brought something.
pub fn read_on_news(live: Live, others: Gather) {
    Effect::new(move |before: Option<u32>| {
        let generation = live.generation.get();
        let has_news = !live.next_batch().events.is_empty();
        if before.is_some_and(|before| has_news || before != generation) {
            others.ask();
        }
        generation
    });
}

/// Runs something a second after it was asked for, once for all that ask meanwhile.
#[derive(Clone, Copy)]
pub struct Gather {
    waiting: StoredValue<bool>,
    run: Callback<()>,
}

impl Gather {
    /// Gathers calls of `run`.
    pub fn new(run: Callback<()>) -> Self {
        Self { waiting: StoredValue::new(false), run }
    }

    /// Asks for a run.
    pub fn ask(self) {
        #[cfg(feature = "hydrate")]
        {
            use leptos::prelude::{Callable, GetValue, SetValue};
            if self.waiting.try_get_value() != Some(false) {
                return;
            }
            self.waiting.set_value(true);
            leptos::prelude::set_timeout(
                move || {
                    // Neither is there any more when the page was left meanwhile.
                    if self.waiting.try_set_value(false).is_none() {
                        let _ = self.run.try_run(());
                    }
                },
                GATHER,
            );
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (self.waiting, self.run);
    }
}
