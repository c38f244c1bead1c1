//! One vendor account: health, a test, rehearsing callbacks, kept secrets, the language model. Looking asks no vendor.

use super::parts::{load_part, tell_outcome};
use crate::api::client::{Method, call_api};
use crate::api::connections::{list_connections, load_caller};
use crate::api::secrets::{list_llm, list_secrets};
use crate::components::connection_card::{ConnectionCard, show_test};
use crate::components::kept_secrets::KeptSecrets;
use crate::components::llm_view::{LlmView, LlmWish};
use crate::components::page_head::PageHead;
use crate::model::connection::{Connection, ConnectionTest};
use crate::model::error::AppError;
use crate::model::ids::ConnectionId;
use crate::model::kept_secret::KeptSecret;
use crate::model::llm::{LlmSetting, LlmSettings};
use crate::model::session::Role;
use crate::texts::connections as words;
use crate::ui::{Button, Empty, Erase, SureButton, Toasts, redraw};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, AriaAttributes, Callback, ClassAttribute, ElementChild, Get, GlobalAttributes, IntoAny, Memo, Resource,
    RwSignal, Set, Signal, component, use_context, view,
};
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The page of one connection, which the browser fetches when somebody goes there.
pub struct ConnectionRoute;

#[lazy_route]
impl LazyRoute for ConnectionRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ConnectionRoute = this;
        view! { <ConnectionPage/> }.erase()
    }
}

/// Everything the page shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Loaded {
    connection: Connection,
    role: Role,
    /// `None` for a viewer.
    secrets: Option<Vec<KeptSecret>>,
    /// `None` where the vendor has no such settings.
    llm: Option<LlmSettings>,
}

async fn load_connection(id: ConnectionId) -> Result<Loaded, AppError> {
    let role = load_caller().await?.role;
    let found = list_connections().await?.into_iter().find(|connection| connection.id == id);
    let connection = found.ok_or_else(|| AppError::not_found("connection"))?;
    let secrets = if role < Role::Operator { None } else { Some(list_secrets(id.clone()).await?) };
    let llm = if connection.capabilities.llm_settings { Some(list_llm(id).await?) } else { None };
    Ok(Loaded { connection, role, secrets, llm })
}

/// A connection's page.
#[component]
fn ConnectionPage() -> AnyView {
    let params = use_params_map();
    let id = Memo::new(move |_| ConnectionId::new(params.get().get("id").unwrap_or_default()));
    let loaded = Resource::new(move || id.get(), load_connection);
    let again = Callback::new(move |()| loaded.refetch());
    // Kept outside of what is drawn again, so that a result stays in view when the page is read anew.
    let outcome = RwSignal::new(None::<ConnectionTest>);
    load_part(6, again, move || async move {
        Ok(view! { <ConnectionBody loaded=loaded.await? again=again outcome=outcome/> }.erase())
    })
}

/// What a person does here, and where its outcome goes.
#[derive(Clone, Copy)]
struct Desk {
    id: Signal<ConnectionId>,
    toasts: Toasts,
    again: Callback<()>,
    outcome: RwSignal<Option<ConnectionTest>>,
}

impl Desk {
    /// A call whose answer is a sentence: a test, a rehearsal.
    fn try_out(self, path: String) {
        let _ = self.outcome.try_set(None);
        leptos::task::spawn_local(async move {
            match call_api::<(), ConnectionTest>(Method::Post, &path, None).await {
                Ok(test) => {
                    let _ = self.outcome.try_set(Some(test));
                    self.read_again();
                }
                Err(error) => self.toasts.show(error.message),
            }
        });
    }

    /// A change without an answer.
    fn change(self, method: Method, path: String, done: &'static str) {
        leptos::task::spawn_local(async move {
            let answer = call_api::<(), Option<Value>>(method, &path, None).await;
            if tell_outcome(self.toasts, answer, done).is_some() {
                self.read_again();
            }
        });
    }

    /// A form that a person filled in; on a fault it stays as it is.
    fn send_form<T>(self, path: String, body: Value, fault: RwSignal<Option<AppError>>, done: &'static str)
    where
        T: serde::de::DeserializeOwned + 'static,
    {
        let _ = fault.try_set(None);
        leptos::task::spawn_local(async move {
            match call_api::<_, T>(Method::Post, &path, Some(&body)).await {
                Ok(_) => {
                    self.toasts.show(done);
                    self.read_again();
                }
                Err(error) => drop(fault.try_set(Some(error))),
            }
        });
    }

    fn read_again(self) {
        use leptos::prelude::Callable;
        let _ = self.again.try_run(());
    }
}

#[component]
fn ConnectionBody(loaded: Loaded, again: Callback<()>, outcome: RwSignal<Option<ConnectionTest>>) -> AnyView {
    let Loaded { connection, role, secrets, llm } = loaded;
    let toasts = use_context::<Toasts>().unwrap_or_else(Toasts::provide);
    let id = Signal::stored(connection.id.clone());
    let desk = Desk { id, toasts, again, outcome };
    let viewer = Signal::stored((role < Role::Operator).then(|| texts::VIEWERS_ONLY_SEE.to_owned()));
    let not_admin = Signal::stored((role < Role::Admin).then(|| words::ADMINS_ONLY.to_owned()));
    let test = Callback::new(move |()| desk.try_out(paths::api_test_connection(&desk.id.get())));
    let title = Signal::stored(connection.name.clone());
    view! {
        <PageHead title=title crumbs=Box::new(draw_crumbs)>
            <Button blocked=viewer on_click=test>{words::TEST}</Button>
            <noscript>
                <span class="muted">{texts::BUTTONS_NEED_SCRIPT}</span>
            </noscript>
        </PageHead>
        <div role="status" aria-label=words::TEST_RESULT>{show_outcome(outcome)}</div>
        <ConnectionCard connection=connection/>
        {llm.map(|llm| view! { <Llm settings=llm desk=desk blocked=not_admin/> }).erase()}
        {match secrets {
            Some(secrets) => view! { <Secrets secrets=secrets desk=desk blocked=not_admin/> }.erase(),
            None => show_forbidden(),
        }}
        {show_callbacks(desk, viewer, not_admin)}
    }
    .erase()
}

/// The way back to the connections.
fn draw_crumbs() -> AnyView {
    view! { <a href=paths::CONNECTIONS>{words::TITLE}</a> }.erase()
}

/// What the last test or rehearsal came to.
fn show_outcome(outcome: RwSignal<Option<ConnectionTest>>) -> AnyView {
    redraw(move || match outcome.get() {
        Some(test) => view! { <section class="card padded">{show_test(test)}</section> }.erase(),
        None => ().into_any(),
    })
}

fn show_forbidden() -> AnyView {
    view! {
        <section class="card">
            <Empty icon="stage-gone" title=words::SECRETS text=words::SECRETS_FORBIDDEN/>
        </section>
    }
    .erase()
}

/// Rehearsing a callback, and ending the client that a vendor signs in with.
fn show_callbacks(desk: Desk, viewer: Signal<Option<String>>, not_admin: Signal<Option<String>>) -> AnyView {
    let rehearse = Callback::new(move |()| desk.try_out(paths::api_rehearse_callback(&desk.id.get())));
    let rotate = Callback::new(move |()| {
        desk.change(Method::Post, paths::api_rotate_callback_client(&desk.id.get()), words::ROTATED);
    });
    view! {
        <section class="card padded">
            <h2>{texts::CALLBACKS}</h2>
            <p class="muted">{words::REHEARSE_TEXT}</p>
            <p class="actions">
                <Button blocked=viewer on_click=rehearse>{words::REHEARSE}</Button>
                <SureButton word=words::ROTATE sure=words::ROTATE_SURE blocked=not_admin on_click=rotate/>
            </p>
        </section>
    }
    .erase()
}

#[component]
fn Secrets(secrets: Vec<KeptSecret>, desk: Desk, blocked: Signal<Option<String>>) -> AnyView {
    let fault = RwSignal::new(None::<AppError>);
    let keep = Callback::new(move |(name, secret): (String, String)| {
        let body = json!({"name": name, "secret": secret});
        desk.send_form::<KeptSecret>(paths::api_kept_secrets(&desk.id.get()), body, fault, words::SECRET_KEPT);
    });
    let forget = Callback::new(move |name: String| {
        desk.change(Method::Delete, paths::api_kept_secret(&desk.id.get(), &name), words::SECRET_FORGOTTEN);
    });
    view! { <KeptSecrets secrets=secrets blocked=blocked fault=fault on_keep=keep on_forget=forget/> }.erase()
}

#[component]
fn Llm(settings: LlmSettings, desk: Desk, blocked: Signal<Option<String>>) -> AnyView {
    let fault = RwSignal::new(None::<AppError>);
    let set = Callback::new(move |(choice, credentials): LlmWish| {
        let credentials: Map<String, Value> =
            credentials.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        let body = json!({"product_name": choice.product_name, "provider": choice.provider, "model": choice.model,
            "credentials": credentials});
        desk.send_form::<LlmSetting>(paths::api_llm(&desk.id.get()), body, fault, words::LLM_TAKEN);
    });
    view! { <LlmView settings=settings blocked=blocked fault=fault on_set=set/> }.erase()
}

#[cfg(test)]
mod tests {
    use super::{ConnectionBody, Loaded};
    use crate::components::sample;
    use crate::model::connection::ConnectionTest;
    use crate::model::llm::LlmSettings;
    use crate::model::session::Role;
    use crate::texts;
    use crate::texts::connections as words;
    use leptos::prelude::{Callback, Owner, RenderHtml, RwSignal, view};
    use leptos_meta::provide_meta_context;

    fn render(role: Role) -> String {
        let secrets = (role >= Role::Operator).then(Vec::new);
        let llm = Some(LlmSettings::default());
        let loaded = Loaded { connection: sample::connection(), role, secrets, llm };
        let test = ConnectionTest {
            ok: false,
            message: sample::HOSTILE.to_owned(),
            warnings: vec![sample::HOSTILE.to_owned()],
            took_ms: 1,
        };
        Owner::new().with(|| {
            provide_meta_context();
            let again = Callback::new(|()| ());
            view! { <ConnectionBody loaded=loaded again=again outcome=RwSignal::new(Some(test))/> }.to_html()
        })
    }

    #[test]
    fn each_role_sees_what_it_may_and_why_the_rest_is_not_for_it() {
        let (viewer, operator, admin) = (render(Role::Viewer), render(Role::Operator), render(Role::Admin));
        assert!(viewer.contains(words::SECRETS_FORBIDDEN) && viewer.contains(texts::VIEWERS_ONLY_SEE), "{viewer}");
        assert!(!viewer.contains(words::SECRETS_TEXT), "{viewer}");
        assert!(operator.contains(words::SECRETS_TEXT) && operator.contains(words::ADMINS_ONLY), "{operator}");
        assert!(!operator.contains(texts::VIEWERS_ONLY_SEE), "{operator}");
        assert!(!admin.contains("aria-disabled"), "{admin}");
        for html in [viewer, operator, admin] {
            assert!(html.contains(words::WORKS_NOT) && html.contains(words::REHEARSE), "{html}");
            assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        }
    }
}
