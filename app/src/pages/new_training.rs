//! `/trainings/new`: the choice of a kind; `/trainings/new/{vendor}/{kind}`: its form.
//! Loads what a form starts from; the parts beside this file draw it.

mod before;
mod connection;
mod draft;
mod fields;
mod files;
mod head;
mod keep;
mod many_files;
mod panel;
mod ready;
mod source;
mod state;
mod submit;
#[cfg(test)]
mod tests;

use crate::api::connections::{list_connections, load_caller};
use crate::api::trainings::get_training;
use crate::components::page_head::PageHead;
use crate::model::connection::Connection;
use crate::model::error::AppError;
use crate::model::ids::{Kind, TrainingId};
use crate::model::session::Role;
use crate::paths;
use crate::ui::{Erase, Problem, Skeleton, erase_all, redraw};
use crate::vendors::forms::{KindForm, find_form};
use crate::vendors::{KINDS, KindInfo, find_kind};
use leptos::prelude::{
    AnyView, ClassAttribute, ElementChild, Get, IntoAny, Memo, Resource, Signal, Suspend, Suspense, component, view,
};
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::{LazyRoute, lazy_route};
use serde::{Deserialize, Serialize};
use source::Source;

/// The choice of a kind.
#[component]
pub fn ChooseKindPage() -> AnyView {
    let kinds = KINDS.iter().map(|info| {
        view! {
            <li>
                <a class="card kind-card" href=paths::new_training(&Kind::new(info.kind))>
                    <span class="kind-vendor">{info.vendor_label}</span>
                    <span class="kind-label">{info.label}</span>
                    <span class="kind-about">{info.about}</span>
                </a>
            </li>
        }
    });
    view! {
        <PageHead title=Signal::stored("New training".to_owned())/>
        <p class="lead">"What is to be trained?"</p>
        <ul class="kind-list">{erase_all(kinds)}</ul>
    }
    .erase()
}

/// What the address asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Opening {
    kind: Kind,
    from: Option<TrainingId>,
    retry: Option<TrainingId>,
}

impl Opening {
    /// The words that tell this form's kept draft from another's.
    fn storage_key(&self) -> String {
        let (how, id) = match (&self.retry, &self.from) {
            (Some(id), _) => ("retry.", id.as_str()),
            (None, Some(id)) => ("from.", id.as_str()),
            (None, None) => ("", ""),
        };
        keep::storage_key(self.kind.as_str(), &[how, id].concat())
    }
}

/// What a form needs before it can open.
#[derive(Clone, Debug, PartialEq)]
struct Loaded {
    connections: Vec<Connection>,
    role: Role,
    /// The training to start from, or why it cannot be had.
    source: Result<Source, AppError>,
}

/// The form's page, which the browser fetches when somebody goes there.
pub struct NewTrainingRoute;

#[lazy_route]
impl LazyRoute for NewTrainingRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let NewTrainingRoute = this;
        view! { <NewTrainingPage/> }.erase()
    }
}

/// A kind's form.
#[component]
fn NewTrainingPage() -> AnyView {
    let params = use_params_map();
    let query = use_query_map();
    let opening = Memo::new(move |_| {
        let params = params.get();
        let vendor = params.get("vendor").unwrap_or_default();
        let kind = params.get("kind").unwrap_or_default();
        let query = query.get();
        let id = |name: &str| query.get(name).and_then(|text| TrainingId::parse(&text));
        Opening { kind: Kind::new([vendor, kind].join(".")), from: id("from"), retry: id("retry") }
    });
    let connections = Resource::new(|| (), |()| list_connections());
    let caller = Resource::new(|| (), |()| load_caller());
    // The opening travels with what was loaded for it, so that a form never opens with another address's training.
    let earlier = Resource::new(
        move || opening.get(),
        |opening| async move {
            let training = match opening.retry.clone().or(opening.from.clone()) {
                Some(id) => get_training(id).await.map(Some),
                None => Ok(None),
            };
            (opening, training)
        },
    );
    let body = move || {
        let form = Suspend::new(async move {
            let (opened, training) = earlier.await;
            let (Some(info), Some(form)) = (find_kind(&opened.kind), find_form(&opened.kind)) else {
                return no_such_kind();
            };
            let source = training.map(|training| match training.map(Box::new) {
                None => Source::Nothing,
                Some(training) if opened.retry.is_some() => Source::Retry(training),
                Some(training) => Source::Duplicate(training),
            });
            match (connections.await, caller.await) {
                (Ok(connections), Ok(caller)) => {
                    let loaded = Loaded { connections, role: caller.role, source };
                    show_form(info, form, loaded, &opened)
                }
                (Err(error), _) | (_, Err(error)) => could_not_load(&error),
            }
        });
        form.into_any()
    };
    view! {
        <Suspense fallback=|| view! { <Skeleton label="Opening the form" lines=6/> }.erase()>{redraw(body)}</Suspense>
    }
    .erase()
}

fn show_form(info: &'static KindInfo, form: &'static KindForm, loaded: Loaded, opened: &Opening) -> AnyView {
    let (source, trouble) = match loaded.source {
        Ok(source) => (source, None),
        Err(error) => (Source::Nothing, Some(error.message)),
    };
    let connections =
        loaded.connections.into_iter().filter(|connection| connection.kinds.contains(&opened.kind)).collect();
    let forbidden = (loaded.role < Role::Operator)
        .then_some("Your role may look but not submit. Ask an admin to make you an operator");
    let opening =
        head::FormOpening { info, form, source, trouble, forbidden, connections, storage_key: opened.storage_key() };
    view! { <head::FormView opening/> }.erase()
}

fn no_such_kind() -> AnyView {
    view! {
        <Problem title="There is no such kind of training" text="Choose one of those this Trainyard knows." quote=None>
            <a class="button button-primary" href=paths::NEW_TRAINING>
                "Choose a kind"
            </a>
        </Problem>
    }
    .erase()
}

fn could_not_load(error: &AppError) -> AnyView {
    view! {
        <Problem title="The form could not be opened" text=error.message.clone() quote=error.request_id.clone()>
            <a class="button button-primary" href="">
                "Try again"
            </a>
        </Problem>
    }
    .erase()
}
