//! Draws the fields of a kind's form from their description.
//! Knows no vendor and no rule.

use super::before::{Before, BeforeNote};
use super::ready::field_id;
use super::state::FormState;
use crate::components::model_id_field::ModelIdField;
use crate::ui::{Erase, Field, erase_all, redraw};
use crate::vendors::forms::{AUTOMATIC, Choice, Control, FormField, FormSection};
use leptos::prelude::{
    AnyView, AriaAttributes, Callback, ClassAttribute, ElementChild, Get, GetUntracked, GlobalAttributes, IntoAny,
    Memo, OnAttribute, OnTargetAttribute, PropAttribute, RwSignal, Signal, With, component, view,
};

/// One section with its heading. `first` stands before its fields (the name, in the first section).
#[component]
pub fn SectionView(
    state: FormState,
    section: &'static FormSection,
    before: RwSignal<Before>,
    first: Option<AnyView>,
) -> AnyView {
    let fields = section.fields.iter().map(|field| {
        let class = if field.half { "form-cell form-cell-half" } else { "form-cell" };
        // A field that is not asked for is hidden, not removed: a file that is being sent goes on.
        view! {
            <div class=class hidden=move || state.draft.with(|draft| !(field.shown)(&draft.values))>
                {draw_field(state, field, before)}
            </div>
        }
    });
    view! {
        <fieldset class="form-section">
            <legend>{section.title}</legend>
            <div class="form-grid">{first} {erase_all(fields)}</div>
        </fieldset>
    }
    .erase()
}

fn draw_field(state: FormState, field: &'static FormField, before: RwSignal<Before>) -> AnyView {
    match field.control {
        Control::Text => draw_text(state, field),
        Control::ModelId => draw_model_id(state, field, before),
        Control::Choice(choices) => draw_choice(state, field, choices),
        Control::Segments(choices) => draw_segments(state, field, choices),
        Control::CountOrAutomatic => draw_count(state, field),
        Control::Dataset(role) => super::files::draw_dataset(state, field, role),
        Control::Datasets(role) => super::many_files::draw_datasets(state, field, role),
        Control::Lines => draw_lines(state, field),
    }
}

/// The signals every field needs: its value and its fault.
fn signals_of(state: FormState, field: &'static FormField) -> (Signal<String>, Signal<Option<String>>) {
    let value = Signal::derive(move || state.value(field.name));
    let fault = Signal::derive(move || state.fault_of(field));
    (value, fault)
}

/// What tells readers that a control is wrong.
pub fn mark_wrong(fault: Signal<Option<String>>) -> Option<String> {
    fault.get().map(|_| "true".to_owned())
}

fn draw_text(state: FormState, field: &'static FormField) -> AnyView {
    let (value, fault) = signals_of(state, field);
    let id = field_id(field.name);
    let described = format!("{id}-hint {id}-error");
    view! {
        <Field id=id.clone() label=field.label hint=Signal::stored(field.hint.to_owned()) error=fault>
            <input
                id=id
                type="text"
                name=field.name
                autocomplete="off"
                aria-required="true"
                aria-describedby=described
                aria-invalid=move || mark_wrong(fault)
                value=move || value.get()
                prop:value=move || value.get()
                on:input:target=move |event| state.set_value(field, event.target().value())
                on:blur=move |_| state.leave(field.name)
            />
        </Field>
    }
    .erase()
}

fn draw_lines(state: FormState, field: &'static FormField) -> AnyView {
    let (value, fault) = signals_of(state, field);
    let id = field_id(field.name);
    let described = format!("{id}-hint {id}-error");
    view! {
        <Field id=id.clone() label=field.label hint=Signal::stored(field.hint.to_owned()) error=fault>
            <textarea
                id=id
                name=field.name
                rows="5"
                autocomplete="off"
                spellcheck="false"
                aria-required="true"
                aria-describedby=described
                aria-invalid=move || mark_wrong(fault)
                prop:value=move || value.get()
                on:input:target=move |event| state.set_value(field, event.target().value())
                on:blur=move |_| state.leave(field.name)
            >
                {value.get_untracked()}
            </textarea>
        </Field>
    }
    .erase()
}

fn draw_model_id(state: FormState, field: &'static FormField, before: RwSignal<Before>) -> AnyView {
    let (value, fault) = signals_of(state, field);
    let is_own = Signal::derive(move || state.draft.with(|draft| draft.id_is_own));
    // A typed id is judged while it is typed: its rules are what people come to learn here.
    let take = move |text: String| {
        state.set_value(field, text);
        state.leave(field.name);
    };
    view! {
        <ModelIdField
            id=field_id(field.name)
            value
            is_own
            error=fault
            on_input=Callback::new(take)
            on_follow=Callback::new(move |()| state.follow_name())
        >
            <BeforeNote state before/>
        </ModelIdField>
    }
    .erase()
}

/// The hint of what is chosen, else the field's own.
fn hint_of(value: Signal<String>, field: &'static FormField, choices: &'static [Choice]) -> Signal<String> {
    Signal::derive(move || {
        let chosen = value.with(|value| choices.iter().find(|choice| choice.value == value));
        chosen.map(|choice| choice.hint).filter(|hint| !hint.is_empty()).unwrap_or(field.hint).to_owned()
    })
}

fn draw_choice(state: FormState, field: &'static FormField, choices: &'static [Choice]) -> AnyView {
    let (value, fault) = signals_of(state, field);
    let id = field_id(field.name);
    let described = format!("{id}-hint {id}-error");
    let is_unchosen = Signal::derive(move || value.with(|value| !choices.iter().any(|choice| choice.value == value)));
    let options = choices.iter().map(move |choice| {
        let is_chosen = Signal::derive(move || value.with(|value| value == choice.value));
        view! {
            <option value=choice.value selected=move || is_chosen.get() prop:selected=move || is_chosen.get()>
                {choice.label}
            </option>
        }
    });
    view! {
        <Field id=id.clone() label=field.label hint=hint_of(value, field, choices) error=fault>
            <select
                id=id
                name=field.name
                aria-required="true"
                aria-describedby=described
                aria-invalid=move || mark_wrong(fault)
                on:change:target=move |event| state.set_value(field, event.target().value())
                on:blur=move |_| state.leave(field.name)
            >
                <option
                    value=""
                    disabled=true
                    hidden=true
                    selected=move || is_unchosen.get()
                    prop:selected=move || is_unchosen.get()
                >
                    {field.ask}
                </option>
                {erase_all(options)}
            </select>
        </Field>
    }
    .erase()
}

fn draw_segments(state: FormState, field: &'static FormField, choices: &'static [Choice]) -> AnyView {
    let (value, fault) = signals_of(state, field);
    let hint = hint_of(value, field, choices);
    let id = field_id(field.name);
    let described = format!("{id}-hint {id}-error");
    let group_id = id.clone();
    let segments = choices.iter().enumerate().map(move |(at, choice)| {
        let is_chosen = Signal::derive(move || value.with(|value| value == choice.value));
        // The group's id is that of its first radio, so that going to the field lands on a control.
        let radio_id = if at == 0 { group_id.clone() } else { format!("{group_id}-{at}") };
        view! {
            <label class="segment">
                <input
                    type="radio"
                    id=radio_id
                    name=field.name
                    value=choice.value
                    checked=move || is_chosen.get()
                    prop:checked=move || is_chosen.get()
                    on:change=move |_| state.set_value(field, choice.value.to_owned())
                />
                <span>{choice.label}</span>
            </label>
        }
    });
    view! {
        <fieldset class="field field-group" role="radiogroup" aria-required="true" aria-describedby=described>
            <legend>{field.label}</legend>
            <div class="segments">{erase_all(segments)}</div>
            <p class="field-hint" id=format!("{id}-hint")>{move || hint.get()}</p>
            <p class="field-error" id=format!("{id}-error")>{move || fault.get()}</p>
        </fieldset>
    }
    .erase()
}

fn draw_count(state: FormState, field: &'static FormField) -> AnyView {
    let (value, fault) = signals_of(state, field);
    let id = field_id(field.name);
    let described = format!("{id}-hint {id}-error");
    let is_automatic = Memo::new(move |_| value.with(|value| value == AUTOMATIC));
    let hint = Signal::derive(move || {
        if is_automatic.get() { "Sent as 0: the model decides." } else { "A whole number from 1." }.to_owned()
    });
    let choose = move |automatic: bool| {
        if automatic != is_automatic.get_untracked() {
            state.set_value(field, if automatic { AUTOMATIC.to_owned() } else { String::new() });
        }
    };
    let number = {
        let described = described.clone();
        redraw(move || (!is_automatic.get()).then(|| draw_number(state, field, described.clone())).into_any())
    };
    view! {
        <Field id=id.clone() label=field.label hint error=fault>
            <div class="count">
                <select
                    id=id
                    aria-describedby=described
                    on:change:target=move |event| choose(event.target().value() == AUTOMATIC)
                >
                    <option
                        value=AUTOMATIC
                        selected=move || is_automatic.get()
                        prop:selected=move || is_automatic.get()
                    >
                        "Automatic"
                    </option>
                    <option
                        value="number"
                        selected=move || !is_automatic.get()
                        prop:selected=move || !is_automatic.get()
                    >
                        "A number"
                    </option>
                </select>
                {number}
            </div>
        </Field>
    }
    .erase()
}

/// The number beside "A number".
fn draw_number(state: FormState, field: &'static FormField, described: String) -> AnyView {
    let (value, fault) = signals_of(state, field);
    view! {
        <input
            id=format!("{}-number", field_id(field.name))
            type="text"
            inputmode="numeric"
            class="count-number"
            autocomplete="off"
            aria-label=format!("Number of {}", field.label.to_ascii_lowercase())
            aria-describedby=described
            aria-invalid=move || mark_wrong(fault)
            prop:value=move || value.get()
            value=move || value.get()
            on:input:target=move |event| state.set_value(field, event.target().value())
            on:blur=move |_| state.leave(field.name)
        />
    }
    .erase()
}
