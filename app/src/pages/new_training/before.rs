//! What this Trainyard knows of a model id: whether it was trained before, and what sending it again means.

use super::state::FormState;
use crate::api::trainings::list_trainings;
use crate::model::filter::TrainingFilter;
use crate::model::stage::Stage;
use crate::model::training::Training;
use crate::paths;
use crate::ui::{Erase, Moment, When, redraw};
use leptos::prelude::{
    AnyView, ClassAttribute, Effect, ElementChild, Get, GetUntracked, IntoAny, Memo, RwSignal, Set, TimeoutHandle,
    With, WithValue, component, set_timeout_with_handle, view,
};
use std::time::Duration;

/// How long typing must rest before the server is asked.
const REST: Duration = Duration::from_millis(400);
/// How many of the newest trainings are looked through; a search also finds ids that only contain this one.
const LOOKED_THROUGH: u32 = 100;

/// What is known of a model id on a connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Before {
    /// Not asked, or the answer is not there.
    #[default]
    Unknown,
    Never,
    /// Its newest training is not over: another submit would be refused.
    Unfinished(Box<Training>),
    /// Its newest training is over.
    Trained(Box<Training>),
}

/// Finds the newest training of this very id on this connection; `trainings` are newest first.
pub fn find_before(trainings: &[Training], connection: &str, model_id: &str) -> Before {
    let is_it = |training: &&Training| {
        let id = training.request.fields.get("model_id").and_then(serde_json::Value::as_str);
        training.connection.as_str() == connection && id == Some(model_id)
    };
    let open = || trainings.iter().filter(is_it).filter(|training| !training.stage.is_end());
    // Who is held waits for the one that is in the way.
    let unfinished = open().find(|training| training.held().is_none()).or_else(|| open().next());
    // One the vendor refused, or that was given up while it was held, trained nothing.
    let is_busy = |training: &Training| training.failure.as_ref().is_some_and(|failure| failure.code == "busy");
    let is_run = |training: &&Training| training.stage != Stage::Rejected && !is_busy(training);
    let trained = || trainings.iter().filter(is_it).find(is_run);
    match (unfinished, trained()) {
        (Some(training), _) => Before::Unfinished(Box::new(training.clone())),
        (None, Some(training)) => Before::Trained(Box::new(training.clone())),
        (None, None) => Before::Never,
    }
}

/// Asks, whenever a legal model id or the connection changes and typing rests.
pub fn watch_before(state: FormState) -> RwSignal<Before> {
    let before = RwSignal::new(Before::Unknown);
    let asked = Memo::new(move |_| {
        let model_id = state.value("model_id");
        let connection = state.draft.with(|draft| draft.connection.clone());
        let is_faulty = state.checked.with(|checked| {
            let faults = checked.as_ref().err().map(Vec::as_slice).unwrap_or_default();
            faults.iter().any(|fault| fault.path == "request.model_id")
        });
        (state.is_live.get() && !is_faulty && !model_id.is_empty() && !connection.is_empty())
            .then_some((connection, model_id))
    });
    Effect::new(move |timer: Option<Option<TimeoutHandle>>| {
        if let Some(timer) = timer.flatten() {
            timer.clear();
        }
        before.set(Before::Unknown);
        let question = asked.get()?;
        let ask = move || {
            leptos::task::spawn_local(async move {
                let (connection, model_id) = question.clone();
                let filter = TrainingFilter {
                    q: Some(model_id.clone()),
                    limit: Some(LOOKED_THROUGH),
                    ..TrainingFilter::default()
                };
                let Ok(page) = list_trainings(filter).await else { return };
                // The form may be gone, or asking about another id, by now.
                if asked.try_get_untracked().flatten() == Some(question) {
                    before.try_set(find_before(&page.items, &connection, &model_id));
                }
            });
        };
        set_timeout_with_handle(ask, REST).ok()
    });
    before
}

/// The sentence under the model id.
#[component]
pub fn BeforeNote(state: FormState, before: RwSignal<Before>) -> AnyView {
    redraw(move || {
        let is_copy = state.source.with_value(|source| {
            let model_id = source.training().and_then(|training| training.request.fields.get("model_id"));
            model_id.and_then(serde_json::Value::as_str).is_some_and(|model_id| model_id == state.value("model_id"))
        });
        match before.get() {
            Before::Unknown if is_copy => {
                note("The same id as before: it trains that model again and keeps its inference address.")
            }
            Before::Unknown => ().into_any(),
            Before::Never => note("Not trained from here before: this makes a new model with a new inference address."),
            Before::Unfinished(training) => view! {
                <p class="field-hint field-hint-warning">
                    "Another submit with this id is refused, or held where you ask for that, until this training is over: "
                    <a href=paths::training(&training.id)>{training.name.clone()}</a>
                </p>
            }
            .erase(),
            Before::Trained(training) => show_trained(&training),
        }
    })
}

fn note(text: &'static str) -> AnyView {
    view! { <p class="field-hint">{text}</p> }.erase()
}

fn show_trained(training: &Training) -> AnyView {
    let moment = Moment { millis: training.created_at.as_millis(), iso: training.created_at.to_string() };
    view! {
        <p class="field-hint">
            "Trained before: " <a href=paths::training(&training.id)>{training.name.clone()}</a> ", "
            {training.owner.to_string()} ", " <When at=moment/>
        </p>
        <p class="field-hint">
            "The same id trains that model again and keeps its inference address; another id makes a new model with an \
             address of its own."
        </p>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{Before, find_before};
    use crate::components::sample;
    use crate::model::stage::Stage;
    use crate::model::training::{Failure, Held, Training, Waiting, WaitingReason};

    fn training(stage: Stage) -> Training {
        let mut training = sample::training(stage);
        training.request.fields.insert("model_id".to_owned(), "calls".into());
        training
    }

    #[test]
    fn the_one_in_the_way_is_named_not_those_held_behind_it_and_what_was_given_up_trained_nothing() {
        let mut held = training(Stage::Submitting);
        held.waiting = Some(Waiting {
            reason: WaitingReason::Held,
            message: String::new(),
            until: None,
            held: Some(Held { behind: None, place: 1 }),
        });
        let running = training(Stage::Training);
        let find = |trainings: &[Training]| find_before(trainings, "sandbox-sestek", "calls");
        assert_eq!(find(&[held.clone(), running.clone()]), Before::Unfinished(Box::new(running)));
        assert_eq!(find(std::slice::from_ref(&held)), Before::Unfinished(Box::new(held)));
        let mut given_up = training(Stage::Failed);
        given_up.failure =
            Some(Failure { code: "busy".to_owned(), message: String::new(), said: None, hint: None, retryable: true });
        assert_eq!(find(&[given_up]), Before::Never);
    }
}
