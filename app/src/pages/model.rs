//! One model: which condition of its readiness is missing, how to call it, waking it, and the chain of its trainings.
//! Looking asks nobody; only an operator's page asks the vendor whether it is awake, by a button or every ten minutes.

use super::parts::{Gather, load_part, read_on_news, tell_outcome};
use super::rows::{Rows, draw_rows};
use super::session::{Session, SessionInfo};
use crate::api::client::{Method, call_api};
use crate::api::models::get_model;
use crate::components::announcer::Announcer;
use crate::components::model_card::ModelCard;
use crate::components::moment::{kind_label, vendor_label};
use crate::components::page_head::PageHead;
use crate::components::training_row::{TrainingRow, training_columns};
use crate::live::Live;
use crate::model::ids::{ConnectionId, Kind, VendorRef};
use crate::model::published::{Model, ModelHistory, ModelName, RedeployModel};
use crate::model::stage::Stage;
use crate::model::training::Training;
use crate::pages::key::new_training_id;
use crate::ui::{Button, Erase, LinkButton, Table, Toasts, redraw};
use crate::vendors::{can_redeploy, knows_request};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, AriaAttributes, Callback, ClassAttribute, ElementChild, Get, GetUntracked, IntoAny, Memo, Resource,
    RwSignal, Set, Signal, With, WithUntracked, component, view,
};
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};

/// How often a page that is looked at asks whether its model is awake (contract 15).
#[cfg(feature = "hydrate")]
const ASK_EVERY: std::time::Duration = std::time::Duration::from_secs(600);

/// The page of one model, which the browser fetches when somebody goes there.
pub struct ModelRoute;

#[lazy_route]
impl LazyRoute for ModelRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ModelRoute = this;
        view! { <ModelPage/> }.erase()
    }
}

/// A model's page.
#[component]
fn ModelPage() -> AnyView {
    let params = use_params_map();
    let session = Session::of_page();
    let name = Memo::new(move |_| {
        let params = params.get();
        let text = |name: &str| params.get(name).unwrap_or_default();
        ModelName { connection: ConnectionId::new(text("connection")), vendor_ref: VendorRef::new(text("vendor_ref")) }
    });
    let loaded = Resource::new(move || name.get(), get_model);
    let retry = Callback::new(move |()| loaded.refetch());
    load_part(6, retry, move || async move {
        let info = session.load().await;
        let history = loaded.await?;
        Ok(view! { <ModelBody history=history info=info/> }.erase())
    })
}

/// One model in view, and what a person does to it.
#[derive(Clone, Copy)]
struct Watched {
    model: RwSignal<Model>,
    rows: Rows,
    toasts: Toasts,
}

impl Watched {
    /// `None` once the page was left: answers may come after that.
    fn name(self) -> Option<ModelName> {
        self.model.try_with_untracked(|model| ModelName {
            connection: model.connection.clone(),
            vendor_ref: model.vendor_ref.clone(),
        })
    }

    fn read_again(self) {
        let Some(name) = self.name() else { return };
        leptos::task::spawn_local(async move {
            if let Ok(history) = get_model(name).await {
                let _ = self.model.try_set(history.model);
                self.rows.replace(history.trainings);
            }
        });
    }

    /// Asks the vendor; `is_told`: a person pressed the button and hears how it went.
    fn check(self, is_told: bool) {
        let Some(name) = self.name() else { return };
        leptos::task::spawn_local(async move {
            let answer = call_api::<_, Model>(Method::Post, paths::API_CHECK_MODEL, Some(&name)).await;
            let model = if is_told { tell_outcome(self.toasts, answer, texts::CHECKED_AWAKE) } else { answer.ok() };
            if let Some(model) = model {
                let _ = self.model.try_set(model);
            }
        });
    }

    fn redeploy(self) {
        let Some(id) = new_training_id() else { return self.toasts.show(texts::NO_RANDOM) };
        let Some(ModelName { connection, vendor_ref }) = self.name() else { return };
        leptos::task::spawn_local(async move {
            let body = RedeployModel { id, connection, vendor_ref };
            let answer = call_api::<_, Training>(Method::Post, paths::API_REDEPLOY_MODEL, Some(&body)).await;
            if tell_outcome(self.toasts, answer, texts::REDEPLOYED).is_some() {
                self.read_again();
            }
        });
    }

    /// While somebody looks, the question comes again, slowly.
    fn ask_slowly(self) {
        #[cfg(feature = "hydrate")]
        leptos::prelude::Effect::new(move |_| {
            let ask = move || {
                let may_ask = self.model.try_get_untracked().is_some_and(|model| why_not_ask(&model).is_none());
                if may_ask && !leptos::prelude::document().hidden() {
                    self.check(false);
                }
            };
            if let Ok(timer) = leptos::prelude::set_interval_with_handle(ask, ASK_EVERY) {
                leptos::prelude::on_cleanup(move || timer.clear());
            }
        });
    }
}

/// Why there is no use in asking whether a model is awake.
fn why_not_ask(model: &Model) -> Option<String> {
    if !can_redeploy(&model.kind) {
        return Some(texts::DOES_NOT_SLEEP.to_owned());
    }
    (model.current.stage != Stage::Ready).then(|| texts::NOT_READY_TO_ASK.to_owned())
}

#[component]
fn ModelBody(history: ModelHistory, info: SessionInfo) -> AnyView {
    let live = Live::of_page();
    live.note_position(history.last_event);
    let toasts = leptos::prelude::use_context::<Toasts>().unwrap_or_else(Toasts::provide);
    let title = history.model.vendor_ref.to_string();
    let kind = history.model.kind.clone();
    let watched = Watched { model: RwSignal::new(history.model), rows: Rows::new(history.trainings), toasts };
    let gather = Gather::new(Callback::new(move |()| watched.read_again()));
    watched.rows.follow(live, Announcer::of_page(), gather);
    read_on_news(live, gather);
    let may_change = info.may_change();
    if may_change {
        watched.ask_slowly();
    }
    let crumbs = Box::new(move || draw_crumbs(&kind));
    view! {
        <PageHead title=Signal::stored(title) crumbs=crumbs>
            <Actions watched=watched may_change=may_change/>
        </PageHead>
        <ModelCard model=watched.model/>
        <section class="now-section" aria-label=texts::MODEL_TRAININGS>
            <h2>{texts::MODEL_TRAININGS}</h2>
            <div class="card list-card">
                <Table caption=texts::MODEL_TRAININGS columns=training_columns()>
                    {draw_rows(move || watched.rows.get(), |training| view! { <TrainingRow training=training/> }.erase())}
                </Table>
            </div>
        </section>
    }
    .erase()
}

/// Asking, redeploying, retraining; each says why where it cannot.
#[component]
fn Actions(watched: Watched, may_change: bool) -> AnyView {
    let model = watched.model;
    let viewer = move || (!may_change).then(|| texts::VIEWERS_ONLY_SEE.to_owned());
    let no_check = Signal::derive(move || viewer().or_else(|| model.with(why_not_ask)));
    let no_redeploy = Signal::derive(move || viewer().or_else(|| model.with(|model| model.redeploy_blocked.clone())));
    let check = Callback::new(move |()| watched.check(true));
    // Redeploying a model that is awake changes nothing, so that is asked for twice.
    let is_sure = RwSignal::new(false);
    let asks_first = move || model.with(|model| model.readiness.is_awake == Some(true)) && !is_sure.get();
    let redeploy = Callback::new(move |()| {
        if leptos::prelude::untrack(asks_first) {
            return is_sure.set(true);
        }
        is_sure.set(false);
        watched.redeploy();
    });
    let word = move || if is_sure.get() { texts::REDEPLOY_ANYWAY } else { texts::REDEPLOY };
    // With whether it is known what the model was trained with.
    let made_by = Memo::new(move |_| {
        model.with(|model| {
            let made_by = model.made_by.clone()?;
            let is_unknown = model.current.id == made_by.id && !knows_request(&model.current.request);
            Some((made_by, is_unknown))
        })
    });
    let retrain = redraw(move || {
        let made = made_by.get();
        let kind = model.get_untracked().kind;
        let link = made.map(|(made, is_unknown)| {
            if is_unknown {
                let blocked = Signal::stored(Some(texts::TRAINED_ELSEWHERE.to_owned()));
                return view! { <Button blocked=blocked>{texts::RETRAIN}</Button> }.erase();
            }
            let href = paths::retry_training(&kind, &made.id);
            view! { <LinkButton href=href>{texts::RETRAIN}</LinkButton> }.erase()
        });
        link.into_any()
    });
    view! {
        <Button blocked=no_check on_click=check>{texts::CHECK_AWAKE}</Button>
        <Button blocked=no_redeploy on_click=redeploy>{move || word()}</Button>
        {retrain}
    }
    .erase()
}

/// The way back to the models, and what sort of model it is.
fn draw_crumbs(kind: &Kind) -> AnyView {
    view! {
        <a href=paths::MODELS>{texts::MODELS}</a>
        " / "
        <span>{vendor_label(kind)}</span>
        " / "
        <span>{kind_label(kind)}</span>
    }
    .erase()
}
