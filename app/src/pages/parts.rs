//! What several pages show: an error with its way out, a call with its toast, a pause before reading again.

use crate::model::error::{AppError, ErrorCode};
use crate::texts;
use crate::ui::{Button, Problem, Toasts};
use crate::{paths, ui};
use leptos::prelude::{AnyView, Callback, ClassAttribute, ElementChild, IntoAny, StoredValue, view};

/// How long changes are gathered before a list is read again.
#[cfg(feature = "hydrate")]
const GATHER: std::time::Duration = std::time::Duration::from_secs(1);

/// An error in the place of a page: what happened, what to quote, and what to do.
pub fn show_problem(error: AppError, retry: Callback<()>) -> AnyView {
    if error.code == ErrorCode::NotFound {
        return view! {
            <ui::Empty icon="stage-gone" title=texts::NOT_FOUND_TITLE text=error.message>
                <ui::LinkButton href=paths::TRAININGS.to_owned()>{texts::GO_TO_TRAININGS}</ui::LinkButton>
            </ui::Empty>
        }
        .into_any();
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
    .into_any()
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
