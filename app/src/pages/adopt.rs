//! Watching a model that was trained elsewhere: the button on the models page, and its form.
//! The address says whether the form is open and what stands in it.

use super::key::new_training_id;
use super::parts::load_part;
use super::session::{Session, SessionInfo};
use crate::api::client::{Method, call_api};
use crate::api::connections::list_connections;
use crate::components::moment::kind_label;
use crate::model::connection::Connection;
use crate::model::error::AppError;
use crate::model::ids::{ConnectionId, Kind, TrainingId, VendorRef};
use crate::model::training::{AdoptTraining, Training, VENDOR_REF_CHARS};
use crate::ui::{Button, ButtonKind, Erase, Field, LinkButton, SelectField, redraw};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, ClassAttribute, ElementChild, Get, GetUntracked, GlobalAttributes,
    IntoAny, Memo, OnAttribute, OnTargetAttribute, PropAttribute, Resource, RwSignal, Set, Signal, StoredValue, With,
    WithValue, component, view,
};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// What stands in the form when it opens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefill {
    connection: String,
    kind: String,
    vendor_ref: String,
}

impl Prefill {
    /// The form as the address asks for it; `None` while it is closed.
    pub fn read(query: &ParamsMap) -> Option<Self> {
        query.get("adopt")?;
        let text = |name: &str| query.get(name).unwrap_or_default();
        Some(Self { connection: text("connection"), kind: text("kind"), vendor_ref: text("vendor_ref") })
    }
}

/// The button, or the form while the address asks for it.
pub fn draw_adoption(prefill: Memo<Option<Prefill>>) -> AnyView {
    let session = Session::of_page();
    let loaded = Resource::new(
        move || prefill.get(),
        |prefill| async move {
            match prefill {
                Some(prefill) => list_connections().await.map(|connections| Some((prefill, connections))),
                None => Ok(None),
            }
        },
    );
    let retry = Callback::new(move |()| loaded.refetch());
    load_part(1, retry, move || async move {
        let info = session.load().await;
        Ok(match loaded.await? {
            Some((prefill, connections)) => view! { <AdoptForm prefill connections info/> }.erase(),
            None => show_button(&info),
        })
    })
}

fn show_button(info: &SessionInfo) -> AnyView {
    let button = if info.may_change() {
        view! { <LinkButton href=paths::adopt_model(None)>{texts::ADOPT}</LinkButton> }.erase()
    } else {
        let blocked = Signal::stored(Some(texts::VIEWERS_ONLY_SEE.to_owned()));
        view! { <Button blocked=blocked>{texts::ADOPT}</Button> }.erase()
    };
    view! { <p class="actions">{button}</p> }.erase()
}

/// What a person has chosen so far.
#[derive(Clone, Copy)]
struct Chosen {
    connections: StoredValue<Vec<Connection>>,
    connection: RwSignal<String>,
    kind: RwSignal<String>,
    vendor_ref: RwSignal<String>,
    agreed: RwSignal<bool>,
    is_sending: RwSignal<bool>,
    refusal: RwSignal<Option<AppError>>,
    /// What was sent last: the same again goes under the same id.
    sent: RwSignal<Option<AdoptTraining>>,
}

impl Chosen {
    fn open(prefill: Prefill, connections: Vec<Connection>) -> Self {
        let first = match connections.as_slice() {
            [only] => only.id.to_string(),
            _ => String::new(),
        };
        let is_known = connections.iter().any(|connection| connection.id.as_str() == prefill.connection);
        let connection = if is_known { prefill.connection } else { first };
        Self {
            connections: StoredValue::new(connections),
            connection: RwSignal::new(connection),
            kind: RwSignal::new(prefill.kind),
            vendor_ref: RwSignal::new(prefill.vendor_ref),
            agreed: RwSignal::new(false),
            is_sending: RwSignal::new(false),
            refusal: RwSignal::new(None),
            sent: RwSignal::new(None),
        }
    }

    /// Reads something of the chosen connection; tracks.
    fn of_connection<T>(self, read: impl FnOnce(&Connection) -> T) -> Option<T> {
        let id = self.connection.get();
        self.connections
            .with_value(|connections| connections.iter().find(|connection| connection.id.as_str() == id).map(read))
    }

    fn has_kind(self) -> bool {
        let kind = self.kind.get();
        self.of_connection(|connection| connection.kinds.iter().any(|known| known.as_str() == kind)) == Some(true)
    }

    fn publishes(self) -> bool {
        self.of_connection(|connection| connection.capabilities.watching_publishes) == Some(true)
    }

    /// The next missing thing; tracks.
    fn missing(self) -> Option<&'static str> {
        if self.is_sending.get() {
            Some(texts::ADOPT_BUSY)
        } else if self.of_connection(|_| ()).is_none() {
            Some(texts::ADOPT_NO_CONNECTION)
        } else if !self.has_kind() {
            Some(texts::ADOPT_NO_KIND)
        } else if self.vendor_ref.with(|text| text.trim().is_empty()) {
            Some(texts::ADOPT_NO_MODEL)
        } else if self.publishes() && !self.agreed.get() {
            Some(texts::ADOPT_NOT_AGREED)
        } else {
            None
        }
    }

    /// The body, under the id of an equal one that was sent before.
    fn prepare(self) -> Option<AdoptTraining> {
        let before = self.sent.get_untracked();
        let same = before.filter(|before| *before == self.body(before.id.clone()));
        same.or_else(|| new_training_id().map(|id| self.body(Some(id))))
    }

    fn body(self, id: Option<TrainingId>) -> AdoptTraining {
        AdoptTraining {
            id,
            connection: ConnectionId::new(self.connection.get_untracked()),
            vendor_ref: VendorRef::new(self.vendor_ref.get_untracked().trim()),
            kind: Some(Kind::new(self.kind.get_untracked())),
        }
    }

    fn send(self, on_done: Callback<Training>) {
        let Some(adopt) = self.prepare() else { return };
        self.sent.set(Some(adopt.clone()));
        self.is_sending.set(true);
        self.refusal.set(None);
        leptos::task::spawn_local(async move {
            let answer = call_api::<_, Training>(Method::Post, paths::API_ADOPT, Some(&adopt)).await;
            if self.is_sending.try_set(false).is_some() {
                // The page was left.
                return;
            }
            match answer {
                Ok(training) => {
                    let _ = on_done.try_run(training);
                }
                Err(error) => self.refusal.set(Some(error)),
            }
        });
    }
}

#[component]
fn AdoptForm(prefill: Prefill, connections: Vec<Connection>, info: SessionInfo) -> AnyView {
    let may_change = info.may_change();
    let chosen = Chosen::open(prefill, connections);
    let navigate = use_navigate();
    let on_done = Callback::new(move |training: Training| {
        navigate(&paths::training(&training.id), NavigateOptions::default());
    });
    let blocked = Signal::derive(move || {
        let viewer = (!may_change).then_some(texts::VIEWERS_ONLY_SEE);
        viewer.or_else(|| chosen.missing()).map(str::to_owned)
    });
    let send = Callback::new(move |()| chosen.send(on_done));
    view! {
        <section class="card padded" aria-label=texts::ADOPT>
            <h2>{texts::ADOPT}</h2>
            <p class="muted">{texts::ADOPT_TEXT}</p>
            <form class="stack" on:submit=|event| event.prevent_default()>
                {draw_connection(chosen)} {redraw(move || draw_kinds(chosen))} {draw_model(chosen)}
                {redraw(move || draw_warning(chosen))} {redraw(move || show_refusal(chosen))}
                <p class="actions">
                    <Button kind=ButtonKind::Primary blocked=blocked on_click=send>{texts::ADOPT_BUTTON}</Button>
                    <LinkButton href=paths::MODELS.to_owned() kind=ButtonKind::Quiet>{texts::CLOSE}</LinkButton>
                </p>
                <noscript>
                    <p class="muted">{texts::BUTTONS_NEED_SCRIPT}</p>
                </noscript>
            </form>
        </section>
    }
    .erase()
}

fn draw_connection(chosen: Chosen) -> AnyView {
    let mut options = vec![(String::new(), texts::ADOPT_NO_CONNECTION.trim_end_matches('.').to_owned())];
    chosen.connections.with_value(|connections| {
        options.extend(connections.iter().map(|connection| (connection.id.to_string(), connection.name.clone())));
    });
    let change = Callback::new(move |id| chosen.connection.set(id));
    view! {
        <SelectField
            id="adopt-connection"
            label=texts::ADOPT_CONNECTION
            options=options
            value=chosen.connection
            on_change=change
        />
    }
    .erase()
}

/// The kinds of the chosen connection.
fn draw_kinds(chosen: Chosen) -> AnyView {
    let mut options = vec![(String::new(), texts::ADOPT_KIND_CHOOSE.to_owned())];
    let kinds = chosen.of_connection(|connection| connection.kinds.clone()).unwrap_or_default();
    options.extend(kinds.iter().map(|kind| (kind.to_string(), kind_label(kind))));
    let change = Callback::new(move |kind| chosen.kind.set(kind));
    view! {
        <SelectField id="adopt-kind" label=texts::ADOPT_KIND options=options value=chosen.kind on_change=change/>
    }
    .erase()
}

fn draw_model(chosen: Chosen) -> AnyView {
    view! {
        <Field
            id="adopt-model"
            label=texts::ADOPT_MODEL
            hint=Signal::stored(texts::ADOPT_MODEL_HINT.to_owned())
        >
            <input
                id="adopt-model"
                type="text"
                autocomplete="off"
                spellcheck="false"
                maxlength=VENDOR_REF_CHARS.to_string()
                value=move || chosen.vendor_ref.get()
                prop:value=move || chosen.vendor_ref.get()
                on:input:target=move |event| chosen.vendor_ref.set(event.target().value())
            />
        </Field>
    }
    .erase()
}

/// Where watching publishes, a person must want that.
fn draw_warning(chosen: Chosen) -> AnyView {
    if !chosen.publishes() {
        return ().into_any();
    }
    view! {
        <p class="notice notice-warning">{texts::ADOPT_PUBLISHES}</p>
        <label class="check">
            <input
                type="checkbox"
                prop:checked=move || chosen.agreed.get()
                on:change:target=move |event| chosen.agreed.set(event.target().checked())
            />
            " "
            {texts::ADOPT_AGREE}
        </label>
    }
    .erase()
}

/// What the server said, with the training that is in the way.
fn show_refusal(chosen: Chosen) -> AnyView {
    let said = chosen.refusal.get().map(|error| {
        let link = error.training.map(|id| {
            view! { <LinkButton href=paths::training(&id)>{texts::ADOPT_OPEN}</LinkButton> }
        });
        view! {
            <p>{error.message}</p>
            {link.erase()}
        }
    });
    view! { <div role="alert">{said.erase()}</div> }.erase()
}

#[cfg(test)]
mod tests {
    use super::{Chosen, Prefill, draw_warning};
    use crate::components::sample;
    use crate::model::connection::{Capabilities, Connection, Health, HealthState};
    use crate::model::ids::{ConnectionId, Kind};
    use crate::texts;
    use leptos::prelude::{Owner, RenderHtml, Set};
    use leptos_router::params::ParamsMap;

    fn connection(id: &str, watching_publishes: bool) -> Connection {
        Connection {
            id: ConnectionId::new(id),
            vendor: "sestek".to_owned(),
            name: sample::HOSTILE.to_owned(),
            sandbox: false,
            kinds: vec![Kind::new("sestek.clustering"), Kind::new("sestek.classification")],
            health: Health { state: HealthState::Ok, since: None, message: None },
            capabilities: Capabilities { watching_publishes, ..Capabilities::default() },
            last_used_at: None,
            last_refused_at: None,
            default_product_name: None,
            notices: Vec::new(),
            tenant_name: None,
        }
    }

    #[test]
    fn the_address_opens_and_fills_the_form() {
        let mut query = ParamsMap::new();
        query.insert("vendor_ref", "My_Model.V1".to_owned());
        assert_eq!(Prefill::read(&query), None);
        query.insert("adopt", "1".to_owned());
        let read = Prefill::read(&query);
        assert_eq!(read.map(|read| (read.vendor_ref, read.kind)), Some(("My_Model.V1".to_owned(), String::new())));
    }

    #[test]
    fn a_pasted_id_is_sent_without_the_space_around_it() {
        Owner::new().with(|| {
            let prefill = Prefill { vendor_ref: " My_Model.V1\t".to_owned(), ..Prefill::default() };
            let body = Chosen::open(prefill, vec![connection("one", false)]).body(None);
            assert_eq!((body.vendor_ref.as_str(), body.connection.as_str()), ("My_Model.V1", "one"));
        });
    }

    #[test]
    fn the_button_names_the_next_missing_thing_and_publishing_must_be_wanted() {
        Owner::new().with(|| {
            let chosen = Chosen::open(Prefill::default(), vec![connection("one", true), connection("other", false)]);
            assert_eq!(chosen.missing(), Some(texts::ADOPT_NO_CONNECTION));
            chosen.connection.set("one".to_owned());
            assert_eq!(chosen.missing(), Some(texts::ADOPT_NO_KIND));
            chosen.kind.set("sestek.clustering".to_owned());
            assert_eq!(chosen.missing(), Some(texts::ADOPT_NO_MODEL));
            chosen.vendor_ref.set("My_Model.V1".to_owned());
            assert_eq!(chosen.missing(), Some(texts::ADOPT_NOT_AGREED));
            let html = draw_warning(chosen).to_html();
            assert!(html.contains(texts::ADOPT_PUBLISHES) && html.contains("checkbox"), "{html}");
            chosen.agreed.set(true);
            assert_eq!(chosen.missing(), None);
            chosen.agreed.set(false);
            chosen.connection.set("other".to_owned());
            assert_eq!(chosen.missing(), None, "this vendor publishes by itself");
        });
    }
}
