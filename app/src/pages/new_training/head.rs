//! The whole form of a kind: heading, name and connection, the kind's own sections, the panel.

use super::before::watch_before;
use super::connection::ConnectionField;
use super::fields::{SectionView, mark_wrong};
use super::keep;
use super::panel::Panel;
use super::ready::field_id;
use super::source::Source;
use super::state::{FormState, NAME};
use super::submit::submit_form;
use crate::components::page_head::PageHead;
use crate::model::connection::Connection;
use crate::model::ids::Kind;
use crate::paths;
use crate::ui::{Erase, Field, erase_all};
use crate::vendors::forms::KindForm;
use crate::vendors::{KINDS, KindInfo};
use leptos::prelude::{
    AnyView, AriaAttributes, Callback, ClassAttribute, ElementChild, Get, GetUntracked, GlobalAttributes, OnAttribute,
    OnTargetAttribute, PropAttribute, Signal, With, WithValue, component, view,
};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Everything a form opens with.
pub struct FormOpening {
    pub info: &'static KindInfo,
    pub form: &'static KindForm,
    pub source: Source,
    /// Why the training to start from could not be loaded.
    pub trouble: Option<String>,
    /// Why this person may not submit.
    pub forbidden: Option<&'static str>,
    /// The connections this kind can be sent to.
    pub connections: Vec<Connection>,
    pub storage_key: String,
}

/// The form.
#[component]
pub fn FormView(opening: FormOpening) -> AnyView {
    let FormOpening { info, form, source, trouble, forbidden, connections, storage_key } = opening;
    let state = FormState::open(form, source, connections, storage_key.clone());
    let before = watch_before(state);
    let navigate = use_navigate();
    let on_submit = Callback::new(move |()| {
        let navigate = navigate.clone();
        submit_form(state, storage_key.clone(), move |training| {
            navigate(&paths::training(&training.id), NavigateOptions::default());
        });
    });
    let sections = form.sections.iter().enumerate().map(|(at, section)| {
        let first = (at == 0).then(|| draw_first(state));
        view! { <SectionView state section before first/> }
    });
    view! {
        <PageHead title=Signal::stored(info.label.to_owned()) crumbs=Box::new(move || show_crumbs(info))/>
        <p class="lead">{info.about}</p>
        <noscript>
            <p class="notice">
                "Submitting a training needs JavaScript. With it switched off this form can be read only."
            </p>
        </noscript>
        {trouble.map(|trouble| view! {
            <p class="notice notice-warning" role="status">
                "The earlier training could not be loaded, so this form is empty. " {trouble}
            </p>
        }).erase()}
        <SourceNote state/>
        <form class="new-training" novalidate=true on:submit=|event| event.prevent_default()>
            <fieldset class="new-training-all" disabled=move || !state.is_live.get()>
                <div class="card form-main">
                    <KindSwitch state info/>
                    {erase_all(sections)}
                    <p class="form-note">{form.note}</p>
                </div>
                <Panel state before forbidden on_submit/>
            </fieldset>
        </form>
    }
    .erase()
}

fn show_crumbs(info: &'static KindInfo) -> AnyView {
    view! {
        <a href=paths::NEW_TRAINING>"New training"</a>
        " / "
        {info.vendor_label}
    }
    .erase()
}

/// What the form was opened from, and what that means.
#[component]
fn SourceNote(state: FormState) -> AnyView {
    let note = state.source.with_value(|source| {
        let training = source.training()?;
        let words = match source {
            Source::Nothing => return None,
            Source::Retry(_) if source.is_retry_of(state.form) => {
                "This retries an earlier training: its name and its connection stay. Once the new one is accepted, the \
                 earlier one is marked as superseded:"
            }
            Source::Retry(_) => "A retry stays with its kind; here its values start a new training:",
            Source::Duplicate(_) if training.kind == Kind::new(state.form.kind) => {
                "Filled in from an earlier training. With the same model id it trains that model again:"
            }
            Source::Duplicate(_) => "Filled in, as far as it fits this kind, from:",
        };
        Some(view! {
            <p class="notice">{words} " " <a href=paths::training(&training.id)>{training.name.clone()}</a></p>
        })
    });
    note.erase()
}

/// Links to the other kinds; what is typed goes along as far as it is legal there.
#[component]
fn KindSwitch(state: FormState, info: &'static KindInfo) -> AnyView {
    let others = KINDS.iter().map(|other| {
        let is_this = other.kind == info.kind;
        view! {
            <a
                class="segment-link"
                href=paths::new_training(&Kind::new(other.kind))
                aria-current=is_this.then(|| "page".to_owned())
                on:click=move |_| if !is_this { keep::hand_over(&state.draft.get_untracked()) }
            >
                {other.label}
            </a>
        }
    });
    view! {
        <nav class="segments" aria-label="Kind of training">
            {erase_all(others)}
        </nav>
    }
    .erase()
}

/// Name and connection: what every kind has.
fn draw_first(state: FormState) -> AnyView {
    let is_retry = state.source.with_value(|source| source.is_retry_of(state.form));
    view! {
        <div class="form-cell">{draw_name(state, is_retry)}</div>
        <div class="form-cell"><ConnectionField state is_fixed=is_retry/></div>
    }
    .erase()
}

fn draw_name(state: FormState, is_fixed: bool) -> AnyView {
    let id = field_id(NAME);
    let fault = Signal::derive(move || state.fault_at(NAME));
    let hint = if is_fixed {
        "A retry keeps the name."
    } else {
        "What the team calls it. Without one, the model id stands for it."
    };
    let described = format!("{id}-hint {id}-error");
    let value = Signal::derive(move || state.draft.with(|draft| draft.name.clone()));
    view! {
        <Field id=id.clone() label="Name" hint=Signal::stored(hint.to_owned()) error=fault>
            <input
                id=id
                type="text"
                name=NAME
                autocomplete="off"
                readonly=is_fixed
                aria-describedby=described
                aria-invalid=move || mark_wrong(fault)
                value=move || value.get()
                prop:value=move || value.get()
                on:input:target=move |event| state.set_name(event.target().value())
                on:blur=move |_| state.leave(NAME)
            />
        </Field>
    }
    .erase()
}
