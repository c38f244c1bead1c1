//! The inbox of callbacks: what vendors sent unasked, matched or not, and what was promised and never came.

use super::parts::{load_part, tell_outcome};
use crate::api::callbacks::list_callbacks;
use crate::api::client::{Method, call_api};
use crate::api::connections::{list_connections, load_caller};
use crate::components::callback_view::CallbackView;
use crate::components::page_head::PageHead;
use crate::model::callback::{AttachCallback, Callback as Came, CallbackPage, MissingCallback};
use crate::model::connection::{Connection, ConnectionTest};
use crate::model::error::AppError;
use crate::model::ids::{ConnectionId, TrainingId};
use crate::model::page::PageQuery;
use crate::model::session::Role;
use crate::ui::{Button, Empty, Erase, Toasts, erase_all};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, Callable, Callback, ClassAttribute, ElementChild, IntoAny, Resource, Signal, component, use_context, view,
};
use leptos_router::{LazyRoute, lazy_route};

/// The inbox, which the browser fetches when somebody goes there.
pub struct InboxRoute;

#[lazy_route]
impl LazyRoute for InboxRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let InboxRoute = this;
        view! { <InboxPage/> }.into_any()
    }
}

/// The inbox page: the newest callbacks; the API has the older ones.
#[component]
fn InboxPage() -> AnyView {
    let toasts = use_context::<Toasts>().unwrap_or_else(Toasts::provide);
    let loaded = Resource::new(|| (), |()| load_inbox());
    let again = Callback::new(move |()| loaded.refetch());
    let on_replay = Callback::new(move |id: i64| {
        leptos::task::spawn_local(async move {
            let path = paths::api_replay_callback(id);
            let answer = call_api::<(), Option<serde_json::Value>>(Method::Post, &path, None).await;
            let _ = tell_outcome(toasts, answer, texts::REFRESH_ASKED);
        });
    });
    let on_attach = Callback::new(move |(id, training): (i64, String)| {
        leptos::task::spawn_local(async move {
            let body = AttachCallback { training: TrainingId::new(training) };
            let answer = call_api::<_, Came>(Method::Post, &paths::api_attach_callback(id), Some(&body)).await;
            if tell_outcome(toasts, answer, texts::SAVED).is_some() {
                loaded.refetch();
            }
        });
    });
    let on_rehearse = Callback::new(move |id: ConnectionId| {
        leptos::task::spawn_local(async move {
            let path = paths::api_rehearse_callback(&id);
            match call_api::<(), ConnectionTest>(Method::Post, &path, None).await {
                Ok(tested) => {
                    toasts.show(tested.message);
                    loaded.refetch();
                }
                Err(error) => toasts.show(error.message),
            }
        });
    });
    view! {
        <PageHead title=Signal::stored(texts::CALLBACKS.to_owned())/>
        {load_part(6, again, move || async move {
            Ok(match loaded.await? {
                Some((page, connections)) => view! {
                    {show_inbox(page, on_replay, on_attach)}
                    {show_rehearsals(connections, on_rehearse)}
                }
                .erase(),
                None => show_forbidden(),
            })
        })}
    }
    .erase()
}

/// The newest callbacks; `None` for a viewer, who may not see what strangers sent.
async fn load_inbox() -> Result<Option<(CallbackPage, Vec<Connection>)>, AppError> {
    if load_caller().await?.role < Role::Operator {
        return Ok(None);
    }
    let page = list_callbacks(PageQuery { after: None, limit: Some(200) }).await?;
    Ok(Some((page, list_connections().await?)))
}

/// Where a person rehearses a callback before there is a training to wait for.
fn show_rehearsals(connections: Vec<Connection>, on_rehearse: Callback<ConnectionId>) -> AnyView {
    let button = |connection: Connection| {
        let id = connection.id;
        let press = Callback::new(move |()| on_rehearse.run(id.clone()));
        view! { <Button on_click=press>{texts::rehearse_for(&connection.name)}</Button> }
    };
    view! {
        <section class="card padded">
            <h2>{texts::CALLBACKS_REHEARSE}</h2>
            <p class="muted">{texts::CALLBACKS_REHEARSE_TEXT}</p>
            <p class="actions">{erase_all(connections.into_iter().map(button))}</p>
            <noscript>
                <p class="muted">{texts::BUTTONS_NEED_SCRIPT}</p>
            </noscript>
        </section>
    }
    .erase()
}

fn show_forbidden() -> AnyView {
    view! {
        <section class="card">
            <Empty icon="stage-gone" title=texts::CALLBACKS_FORBIDDEN text=texts::CALLBACKS_FORBIDDEN_TEXT/>
        </section>
    }
    .erase()
}

fn show_inbox(page: CallbackPage, on_replay: Callback<i64>, on_attach: Callback<(i64, String)>) -> AnyView {
    let missing = show_missing(page.missing);
    if page.items.is_empty() {
        return view! {
            {missing}
            <section class="card">
                <Empty icon="stage-queued" title=texts::NO_CALLBACKS text=texts::NO_CALLBACKS_TEXT/>
            </section>
        }
        .erase();
    }
    let more = page.next.is_some();
    let lines =
        page.items.into_iter().map(|came| view! { <CallbackView came=came on_replay=on_replay on_attach=on_attach/> });
    view! {
        {missing}
        <section class="card padded">
            <p class="muted">{texts::CALLBACKS_ARE_HINTS}</p>
            {erase_all(lines)} {more.then(|| view! { <p class="muted">{texts::OLDER_CALLBACKS}</p> }).erase()}
        </section>
    }
    .erase()
}

/// The trainings that ended although their promised callback never came.
fn show_missing(missing: Vec<MissingCallback>) -> AnyView {
    if missing.is_empty() {
        return ().into_any();
    }
    let line = |missing: MissingCallback| {
        view! {
            <li>
                <a href=paths::training(&missing.training)>{missing.name}</a>
                " "
                <small class="muted">{missing.connection.to_string()}</small>
            </li>
        }
    };
    view! {
        <section class="card padded">
            <h2>{texts::CALLBACKS_MISSING}</h2>
            <p class="muted">{texts::CALLBACKS_MISSING_TEXT}</p>
            <ul>{erase_all(missing.into_iter().map(line))}</ul>
        </section>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::show_inbox;
    use crate::components::sample;
    use crate::model::callback::{CallbackPage, MissingCallback};
    use crate::model::ids::{ConnectionId, TrainingId};
    use crate::model::time::Timestamp;
    use crate::texts;
    use leptos::prelude::{Callback, Owner, RenderHtml};

    #[test]
    fn a_promised_callback_that_never_came_is_shown() {
        let missing = MissingCallback {
            training: TrainingId::new("0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e"),
            name: sample::HOSTILE.to_owned(),
            connection: ConnectionId::new("knovvu"),
            promised_at: Timestamp::from_millis(sample::START),
        };
        let render = |page: CallbackPage| {
            Owner::new().with(|| {
                let (replay, attach) = (Callback::new(|_: i64| ()), Callback::new(|_: (i64, String)| ()));
                show_inbox(page, replay, attach).to_html()
            })
        };
        let html = render(CallbackPage { missing: vec![missing], ..CallbackPage::default() });
        assert!(html.contains(texts::CALLBACKS_MISSING) && html.contains("knovvu"), "{html}");
        assert!(html.contains(texts::NO_CALLBACKS) && !html.contains("<script"), "{html}");
        assert!(!render(CallbackPage::default()).contains(texts::CALLBACKS_MISSING));
    }
}
