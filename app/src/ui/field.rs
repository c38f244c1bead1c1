//! A form field: its label, its control, a hint and an error.

use super::erase::{Erase, erase_all};
use leptos::prelude::{
    AnyView, Callable, Callback, Children, ClassAttribute, ElementChild, Get, GlobalAttributes, IntoAny,
    OnTargetAttribute, PropAttribute, Signal, component, view,
};

/// A labelled control. The control is the child: give it `id`, and `aria-describedby="{id}-hint {id}-error"`.
#[component]
pub fn Field(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Signal<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    children: Children,
) -> AnyView {
    view! {
        <div class="field" class:field-wrong=move || error.get().is_some()>
            <label for=id.clone()>{label}</label>
            {children()}
            <p class="field-hint" id=format!("{id}-hint")>
                {move || hint.get()}
            </p>
            <p class="field-error" id=format!("{id}-error")>
                {move || error.get().map(IntoAny::into_any).into_any()}
            </p>
        </div>
    }
    .erase()
}

/// A native select with its label; `options` are value and word.
#[component]
pub fn SelectField(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    /// The name in a plain form; the browser sends it without JavaScript.
    #[prop(optional, into)]
    name: String,
    options: Vec<(String, String)>,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
) -> AnyView {
    let options = erase_all(options.into_iter().map(|(option, word)| {
        let this = option.clone();
        view! { <option value=option selected=move || value.get() == this>{word}</option> }
    }));
    view! {
        <div class="field field-inline">
            <label for=id.clone()>{label}</label>
            <select
                id=id
                name=name
                prop:value=move || value.get()
                on:change:target=move |event| {
                    if let Some(on_change) = on_change {
                        on_change.run(event.target().value());
                    }
                }
            >
                {options}
            </select>
        </div>
    }
    .erase()
}
