//! The connection: which vendor account to use, how it is doing, and one harmless call to try it.

use super::fields::mark_wrong;
use super::ready::field_id;
use super::state::{CONNECTION, FormState};
use crate::api::client::{Method, call_api};
use crate::model::connection::{Connection, ConnectionTest, HealthState};
use crate::model::error::AppError;
use crate::paths;
use crate::ui::{Erase, Field, erase_all};
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, GetUntracked, GlobalAttributes, OnAttribute,
    OnTargetAttribute, PropAttribute, RwSignal, Set, Signal, With, WithUntracked, WithValue, component, view,
};

/// The select, the account's health, and the button that tests it. A retry keeps its connection.
#[component]
pub fn ConnectionField(state: FormState, is_fixed: bool) -> AnyView {
    let id = field_id(CONNECTION);
    let fault = Signal::derive(move || state.fault_at(CONNECTION));
    let hint = Signal::derive(move || {
        if is_fixed {
            return "A retry keeps the connection. Duplicate the training to use another one.".to_owned();
        }
        state.connection().map(|connection| describe_health(&connection)).unwrap_or_default()
    });
    let described = format!("{id}-hint {id}-error");
    let is_unchosen = Signal::derive(move || state.draft.with(|draft| draft.connection.is_empty()));
    let options = state.connections.with_value(|connections| {
        let option = |connection: &Connection| {
            let (id, this) = (connection.id.to_string(), connection.id.to_string());
            let is_chosen = Signal::derive(move || state.draft.with(|draft| draft.connection == this));
            view! {
                <option value=id selected=move || is_chosen.get() prop:selected=move || is_chosen.get()>
                    {connection.name.clone()}
                </option>
            }
        };
        erase_all(connections.iter().map(option))
    });
    let has_none = state.connections.with_value(Vec::is_empty);
    let first = if has_none { "No connection can train this kind" } else { "Choose a connection" };
    view! {
        <Field id=id.clone() label="Connection" hint error=fault>
            <div class="connection">
                <select
                    id=id
                    name=CONNECTION
                    aria-required="true"
                    aria-describedby=described
                    aria-invalid=move || mark_wrong(fault)
                    disabled=is_fixed
                    on:change:target=move |event| state.set_connection(event.target().value())
                    on:blur=move |_| state.leave(CONNECTION)
                >
                    <option
                        value=""
                        disabled=true
                        hidden=true
                        selected=move || is_unchosen.get()
                        prop:selected=move || is_unchosen.get()
                    >
                        {first}
                    </option>
                    {options}
                </select>
                <TestConnection state/>
            </div>
        </Field>
    }
    .erase()
}

/// Asks the server to try the chosen account, and says what came of it.
#[component]
fn TestConnection(state: FormState) -> AnyView {
    // What was said, and of which connection; it is not shown beside another one.
    let said = RwSignal::new(None::<(String, Result<ConnectionTest, AppError>)>);
    let is_testing = RwSignal::new(false);
    let test = move |_| {
        let id = state.draft.with_untracked(|draft| draft.connection.clone());
        let chosen = state.connections.with_value(|connections| {
            connections.iter().find(|connection| connection.id.as_str() == id).map(|connection| connection.id.clone())
        });
        let Some(chosen) = chosen.filter(|_| !is_testing.get_untracked()) else { return };
        is_testing.set(true);
        leptos::task::spawn_local(async move {
            let path = paths::api_test_connection(&chosen);
            let answer = call_api(Method::Post, &path, None::<&()>).await;
            is_testing.try_set(false);
            said.try_set(Some((id, answer)));
        });
    };
    let words = Signal::derive(move || {
        if is_testing.get() {
            return "Asking the vendor.".to_owned();
        }
        let chosen = state.draft.with(|draft| draft.connection.clone());
        said.with(|said| match said {
            Some((id, Ok(test))) if *id == chosen => {
                [std::slice::from_ref(&test.message), &test.warnings].concat().join(" ")
            }
            Some((id, Err(error))) if *id == chosen => error.message.clone(),
            _ => String::new(),
        })
    });
    view! {
        <button
            type="button"
            class="button"
            disabled=move || state.draft.with(|draft| draft.connection.is_empty())
            on:click=test
        >
            "Test connection"
        </button>
        <p class="field-hint connection-said" role="status">
            {move || words.get()}
        </p>
    }
    .erase()
}

/// How an account is doing, in one sentence.
fn describe_health(connection: &Connection) -> String {
    if let Some(message) = &connection.health.message {
        return message.clone();
    }
    match connection.health.state {
        HealthState::Unknown => "Not used since the start.",
        HealthState::Ok => "It answers and takes our credentials.",
        HealthState::Unreachable => "It cannot be reached now; what you submit waits until it can.",
        HealthState::Refused => "It refused our credentials; what you submit waits until an admin has put that right.",
    }
    .to_owned()
}
