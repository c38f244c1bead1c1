//! The secrets kept for a connection: names and times, a form that writes one, a button that forgets one.
//! What is typed goes to the server once; nothing here can show a secret. Fields have no names, so that a form that is
//! sent without JavaScript carries nothing.

use super::connection_row::show_moment;
use crate::model::error::AppError;
use crate::model::kept_secret::KeptSecret;
use crate::texts;
use crate::texts::connections as words;
use crate::ui::{Button, Column, Erase, Field, SureButton, Table, erase_all, redraw};
use leptos::html;
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, ClassAttribute, ElementChild, Get, GlobalAttributes, IntoAny, NodeRef,
    NodeRefAttribute, OnAttribute, RwSignal, Signal, component, view,
};
use leptos::tachys::html::attribute::custom::CustomAttribute;

/// The list and the form. `blocked` says why this person may not write.
#[component]
pub fn KeptSecrets(
    secrets: Vec<KeptSecret>,
    #[prop(into)] blocked: Signal<Option<String>>,
    /// Why the last secret was not kept.
    fault: RwSignal<Option<AppError>>,
    /// Name and value.
    #[prop(into)]
    on_keep: Callback<(String, String)>,
    #[prop(into)] on_forget: Callback<String>,
) -> AnyView {
    let list = if secrets.is_empty() {
        view! { <p class="muted">{words::NO_SECRETS}</p> }.erase()
    } else {
        let columns = [
            texts::COLUMN_NAME,
            words::COLUMN_KEPT_BY,
            words::COLUMN_KEPT_AT,
            words::COLUMN_LAST_USED,
            words::COLUMN_ACTION,
        ];
        let rows = erase_all(secrets.into_iter().map(|kept| {
            let name = kept.name.clone();
            let forget = Callback::new(move |()| on_forget.run(name.clone()));
            view! {
                <tr>
                    <td data-label=texts::COLUMN_NAME><code translate="no">{kept.name.clone()}</code></td>
                    <td data-label=words::COLUMN_KEPT_BY>{kept.created_by.to_string()}</td>
                    <td data-label=words::COLUMN_KEPT_AT>{show_moment(Some(kept.created_at))}</td>
                    <td data-label=words::COLUMN_LAST_USED>{show_moment(kept.last_used_at)}</td>
                    <td data-label=words::COLUMN_ACTION>
                        <SureButton
                            word=words::forget(&kept.name)
                            sure=words::forget_sure(&kept.name)
                            blocked=blocked
                            on_click=forget
                        />
                    </td>
                </tr>
            }
        }));
        view! { <Table caption=words::SECRETS columns=columns.map(Column).to_vec()>{rows}</Table> }.erase()
    };
    view! {
        <section class="card padded">
            <h2>{words::SECRETS}</h2>
            <p class="muted">{words::SECRETS_TEXT}</p>
            {list}
            {secret_form(blocked, on_keep)}
            {show_fault(fault)}
        </section>
    }
    .erase()
}

fn secret_form(blocked: Signal<Option<String>>, on_keep: Callback<(String, String)>) -> AnyView {
    let (name, value) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let keep = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let (Some(name), Some(value)) = (name.get(), value.get()) {
            on_keep.run((name.value().trim().to_owned(), value.value()));
        }
    };
    view! {
        <form class="stack" autocomplete="off" on:submit=keep>
            <Field id="secret-name" label=words::SECRET_NAME hint=Signal::stored(words::SECRET_NAME_HINT.to_owned())>
                <input id="secret-name" type="text" maxlength="40" autocomplete="off" aria-describedby="secret-name-hint" node_ref=name/>
            </Field>
            <Field id="secret-value" label=words::SECRET_VALUE hint=Signal::stored(words::SECRET_VALUE_HINT.to_owned())>
                <input id="secret-value" type="password" maxlength="4096" autocomplete="off" aria-describedby="secret-value-hint" node_ref=value/>
            </Field>
            <Button blocked=blocked submits=true>{words::ADD_SECRET}</Button>
            <noscript>
                <p class="muted">{texts::BUTTONS_NEED_SCRIPT}</p>
            </noscript>
        </form>
    }
    .erase()
}

/// Why the server did not take a form: its sentence, and each field's.
pub fn show_fault(fault: RwSignal<Option<AppError>>) -> AnyView {
    let drawn = redraw(move || {
        let Some(error) = fault.get() else { return ().into_any() };
        let fields = error.fields.into_iter().map(|field| {
            view! {
                <li>
                    <code translate="no">{field.path}</code>
                    " "
                    {field.message}
                </li>
            }
        });
        view! {
            <p>{error.message}</p>
            <ul>{erase_all(fields)}</ul>
        }
        .erase()
    });
    view! { <div class="field-error" role="alert">{drawn}</div> }.erase()
}

#[cfg(test)]
mod tests {
    use super::KeptSecrets;
    use crate::components::sample;
    use crate::model::error::{AppError, FieldFault};
    use crate::model::ids::UserName;
    use crate::model::kept_secret::KeptSecret;
    use crate::model::time::Timestamp;
    use crate::texts::connections as words;
    use leptos::prelude::{Callback, Owner, RenderHtml, RwSignal, Signal, view};

    fn render(secrets: Vec<KeptSecret>, blocked: Option<String>) -> String {
        Owner::new().with(|| {
            let fields = vec![FieldFault::new("name", sample::HOSTILE)];
            let fault = RwSignal::new(Some(AppError::invalid(fields)));
            let keep = Callback::new(|_: (String, String)| ());
            let forget = Callback::new(|_: String| ());
            view! {
                <KeptSecrets secrets=secrets blocked=Signal::stored(blocked) fault=fault on_keep=keep on_forget=forget/>
            }
            .to_html()
        })
    }

    #[test]
    fn the_form_asks_without_prefilling_and_sends_nothing_by_itself() {
        let html = render(Vec::new(), None);
        assert!(html.contains(words::NO_SECRETS) && html.contains("type=\"password\""), "{html}");
        assert!(
            html.contains("autocomplete=\"off\"") && !html.contains(" value=") && !html.contains(" name="),
            "{html}"
        );
        assert!(!html.contains("<script"), "{html}");
    }

    #[test]
    fn who_may_not_write_sees_the_names_and_the_reason() {
        let at = Timestamp::from_millis(sample::START);
        let created_by = UserName::new("ada");
        let kept = KeptSecret { name: "receiver".to_owned(), created_by, created_at: at, last_used_at: None };
        let html = render(vec![kept], Some(words::ADMINS_ONLY.to_owned()));
        assert!(html.contains("receiver") && html.contains(words::NEVER), "{html}");
        assert_eq!(html.matches("aria-disabled=\"true\"").count(), 2, "{html}");
        assert!(html.contains(words::ADMINS_ONLY), "{html}");
    }
}
