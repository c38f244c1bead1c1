//! The model id: made live from the name until somebody types one.
//! Knows no rule of an id; the form says what is wrong with it.

use crate::ui::{Erase, Field};
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, Children, ClassAttribute, ElementChild, Get, GlobalAttributes,
    OnAttribute, OnTargetAttribute, PropAttribute, Signal, component, view,
};

/// The field; `children` say what this id means here (trained before, what changing it does).
#[component]
pub fn ModelIdField(
    #[prop(into)] id: String,
    #[prop(into)] value: Signal<String>,
    /// Whether somebody typed it.
    #[prop(into)]
    is_own: Signal<bool>,
    #[prop(into)] error: Signal<Option<String>>,
    on_input: Callback<String>,
    on_follow: Callback<()>,
    children: Children,
) -> AnyView {
    let hint = Signal::derive(move || {
        if is_own.get() {
            "Sent exactly as written: a-z, 0-9 and hyphens, at most 63 characters.".to_owned()
        } else {
            "Made from the name; type here to choose another.".to_owned()
        }
    });
    let described = format!("{id}-hint {id}-error {id}-meaning");
    let meaning_id = format!("{id}-meaning");
    view! {
        <Field id=id.clone() label="Model id" hint error>
            <div class="model-id">
                <input
                    id=id
                    type="text"
                    name="model_id"
                    class="model-id-input"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    translate="no"
                    aria-required="true"
                    aria-describedby=described
                    aria-invalid=move || error.get().map(|_| "true".to_owned())
                    value=move || value.get()
                    prop:value=move || value.get()
                    on:input:target=move |event| on_input.run(event.target().value())
                />
                {move || is_own.get().then(|| view! {
                    <button type="button" class="button button-quiet" on:click=move |_| on_follow.run(())>
                        "Make it from the name"
                    </button>
                }).erase()}
            </div>
        </Field>
        <div class="model-id-meaning" id=meaning_id>
            {children()}
        </div>
    }
    .erase()
}
