//! The language model a vendor was told to use: what is set, and the form that sets it. No key is ever shown.

use super::connection_row::show_moment;
use super::kept_secrets::show_fault;
use crate::model::error::AppError;
use crate::model::llm::{LlmChoice, LlmKey, LlmProvider, LlmSetting, LlmSettings};
use crate::texts;
use crate::texts::connections as words;
use crate::ui::{Button, Column, Erase, Field, SelectField, Table, erase_all, redraw};
use leptos::html;
use leptos::prelude::{
    AnyView, Callable, Callback, ClassAttribute, ElementChild, Get, GetUntracked, GetValue, GlobalAttributes, IntoAny,
    NodeRef, NodeRefAttribute, OnAttribute, OnTargetAttribute, RwSignal, Set, SetValue, Signal, StoredValue,
    UpdateValue, component, view,
};
use leptos::tachys::html::attribute::custom::CustomAttribute;

/// A form's content: the choice, and the provider's keys by name.
pub type LlmWish = (LlmChoice, Vec<(String, String)>);

/// What is set, and the form. `blocked` says why this person may not send it.
#[component]
pub fn LlmView(
    settings: LlmSettings,
    #[prop(into)] blocked: Signal<Option<String>>,
    /// Why the last wish was not taken.
    fault: RwSignal<Option<AppError>>,
    #[prop(into)] on_set: Callback<LlmWish>,
) -> AnyView {
    view! {
        <section class="card padded">
            <h2>{words::LLM}</h2>
            <p class="muted">{words::LLM_TEXT}</p>
            {show_settings(settings.items)}
            <LlmForm providers=settings.providers blocked=blocked on_set=on_set/>
            {show_fault(fault)}
        </section>
    }
    .erase()
}

fn show_settings(items: Vec<LlmSetting>) -> AnyView {
    if items.is_empty() {
        return view! { <p class="muted">{words::NO_LLM}</p> }.erase();
    }
    let columns = [
        words::COLUMN_PRODUCT,
        words::COLUMN_PROVIDER,
        words::COLUMN_LLM,
        words::COLUMN_KEYS,
        words::COLUMN_SET_BY,
        words::COLUMN_SET_AT,
    ];
    let rows = erase_all(items.into_iter().map(|setting| {
        let keys = if setting.keys_set.is_empty() { texts::NONE.to_owned() } else { setting.keys_set.join(", ") };
        view! {
            <tr>
                <td data-label=words::COLUMN_PRODUCT>{setting.product_name}</td>
                <td data-label=words::COLUMN_PROVIDER><code lang="en" translate="no">{setting.provider}</code></td>
                <td data-label=words::COLUMN_LLM><code lang="en" translate="no">{setting.model}</code></td>
                <td data-label=words::COLUMN_KEYS><code lang="en" translate="no">{keys}</code></td>
                <td data-label=words::COLUMN_SET_BY>{setting.set_by.to_string()}</td>
                <td data-label=words::COLUMN_SET_AT>{show_moment(Some(setting.set_at))}</td>
            </tr>
        }
    }));
    view! { <Table caption=words::LLM columns=columns.map(Column).to_vec()>{rows}</Table> }.erase()
}

#[component]
fn LlmForm(providers: Vec<LlmProvider>, blocked: Signal<Option<String>>, on_set: Callback<LlmWish>) -> AnyView {
    let (product, model) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let options = providers.iter().map(|provider| (provider.name.clone(), provider.name.clone())).collect();
    let chosen = RwSignal::new(providers.first().map(|provider| provider.name.clone()).unwrap_or_default());
    // What was typed for another provider is forgotten with its fields.
    let values = StoredValue::new(Vec::<(String, String)>::new());
    let keys = redraw(move || {
        let chosen = chosen.get();
        values.set_value(Vec::new());
        let provider = providers.iter().find(|provider| provider.name == chosen);
        let keys = provider.map(|provider| provider.keys.clone()).unwrap_or_default();
        keys.into_iter().map(|key| key_field(key, values)).collect::<Vec<_>>().into_any()
    });
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let (Some(product), Some(model)) = (product.get(), model.get()) {
            let (product_name, model) = (product.value().trim().to_owned(), model.value().trim().to_owned());
            on_set.run((LlmChoice { product_name, provider: chosen.get_untracked(), model }, values.get_value()));
        }
    };
    view! {
        <form class="stack" autocomplete="off" on:submit=send>
            <Field id="llm-product" label=words::PRODUCT_NAME>
                <input id="llm-product" type="text" maxlength="200" autocomplete="off" node_ref=product/>
            </Field>
            <SelectField
                id="llm-provider"
                label=words::PROVIDER
                options=options
                value=chosen
                on_change=Callback::new(move |provider: String| chosen.set(provider))
            />
            <Field id="llm-model" label=words::LLM_NAME>
                <input id="llm-model" type="text" maxlength="200" autocomplete="off" node_ref=model/>
            </Field>
            {keys}
            <Button blocked=blocked submits=true>{words::SEND_TO_VENDOR}</Button>
            <noscript>
                <p class="muted">{texts::BUTTONS_NEED_SCRIPT}</p>
            </noscript>
        </form>
    }
    .erase()
}

/// A credential is typed blind; addresses, versions and regions are not.
fn key_field(key: LlmKey, values: StoredValue<Vec<(String, String)>>) -> AnyView {
    let id = format!("llm-{}", key.name.to_ascii_lowercase());
    let name = key.name.clone();
    let take = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
        let value = event.target().value();
        values.update_value(|values| {
            values.retain(|(other, _)| *other != name);
            if !value.is_empty() {
                values.push((name.clone(), value));
            }
        });
    };
    view! {
        <Field id=id.clone() label=key.name>
            <input
                id=id
                type=if key.is_secret { "password" } else { "text" }
                maxlength="4096"
                autocomplete="off"
                on:input:target=take
            />
        </Field>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{LlmView, LlmWish};
    use crate::components::sample;
    use crate::model::error::AppError;
    use crate::model::ids::UserName;
    use crate::model::llm::{LlmKey, LlmProvider, LlmSetting, LlmSettings};
    use crate::model::time::Timestamp;
    use crate::texts::connections as words;
    use leptos::prelude::{Callback, Owner, RenderHtml, RwSignal, Signal, view};

    fn render(items: Vec<LlmSetting>, blocked: Option<String>) -> String {
        let key = |name: &str, is_secret: bool| LlmKey { name: name.to_owned(), is_secret };
        let keys = vec![key("AZURE_API_KEY", true), key("AZURE_API_BASE", false)];
        let settings = LlmSettings { providers: vec![LlmProvider { name: "AzureOpenAi".to_owned(), keys }], items };
        Owner::new().with(|| {
            let set = Callback::new(|_: LlmWish| ());
            let fault = RwSignal::new(None::<AppError>);
            view! { <LlmView settings=settings blocked=Signal::stored(blocked) fault=fault on_set=set/> }.to_html()
        })
    }

    #[test]
    fn credentials_are_typed_blind_never_prefilled_and_sent_by_nothing_but_the_button() {
        let html = render(Vec::new(), None);
        assert!(html.contains(words::NO_LLM), "{html}");
        assert_eq!(html.matches("type=\"password\"").count(), 1, "{html}");
        assert!(html.contains("AZURE_API_BASE") && html.contains("autocomplete=\"off\""), "{html}");
        for input in html.split("<input").skip(1) {
            let input = input.split('>').next().unwrap_or_default();
            assert!(!input.contains(" value=") && !input.contains(" name="), "{input}");
        }
    }

    #[test]
    fn what_is_set_is_shown_as_text_and_the_form_says_who_may_change_it() {
        let setting = LlmSetting {
            product_name: sample::HOSTILE.to_owned(),
            provider: "OpenAi".to_owned(),
            model: sample::HOSTILE.to_owned(),
            keys_set: vec!["OPENAI_API_KEY".to_owned()],
            set_by: UserName::new("ada"),
            set_at: Timestamp::from_millis(sample::START),
        };
        let html = render(vec![setting], Some(words::ADMINS_ONLY.to_owned()));
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("OPENAI_API_KEY") && html.contains(words::ADMINS_ONLY), "{html}");
    }
}
