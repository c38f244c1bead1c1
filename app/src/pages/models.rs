//! The models: what serves, which training made it, whether it answers. Reads our store; asks no vendor.

use super::adopt::{Prefill, draw_adoption};
use super::parts::{Gather, load_part, read_on_news};
use crate::api::models::list_models;
use crate::components::model_row::{ModelRow, model_columns};
use crate::components::page_head::PageHead;
use crate::live::Live;
use crate::model::page::PageQuery;
use crate::model::published::{Model, ModelPage};
use crate::ui::{ButtonKind, Empty, Erase, LinkButton, Pagination, Part, Table, each};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, Callback, ClassAttribute, ElementChild, Get, Memo, Resource, RwSignal, Set, Signal, With, component, view,
};
use leptos_router::hooks::use_query_map;
use leptos_router::{LazyRoute, lazy_route};

/// The models page, which the browser fetches when somebody goes there.
pub struct ModelsRoute;

#[lazy_route]
impl LazyRoute for ModelsRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ModelsRoute = this;
        view! { <ModelsPage/> }.erase()
    }
}

/// The models page.
#[component]
fn ModelsPage() -> AnyView {
    let query = use_query_map();
    let after = move || query.get().get("after").filter(|after| !after.is_empty());
    let prefill = Memo::new(move |_| Prefill::read(&query.get()));
    let page = Resource::new(after, |after| async move {
        let read = list_models(PageQuery { after: after.clone(), limit: None }).await;
        read.map(|page| (after, page))
    });
    let retry = Callback::new(move |()| page.refetch());
    let body = load_part(6, retry, move || async move {
        let (after, page) = page.await?;
        Ok(view! { <ModelsBody page=page after=after/> }.erase())
    });
    view! {
        <PageHead title=Signal::stored(texts::MODELS.to_owned())/>
        {draw_adoption(prefill)}
        {body}
    }
    .erase()
}

#[component]
fn ModelsBody(page: ModelPage, after: Option<String>) -> AnyView {
    let live = Live::of_page();
    live.note_position(page.last_event);
    let next = page.next;
    let models = RwSignal::new(page.items);
    let asked = after.clone();
    let read_again = Callback::new(move |()| {
        let query = PageQuery { after: asked.clone(), limit: None };
        leptos::task::spawn_local(async move {
            if let Ok(page) = list_models(query).await {
                let _ = models.try_set(page.items);
            }
        });
    });
    read_on_news(live, Gather::new(read_again));
    let first = after.map(|_| (paths::models(None), texts::FIRST_PAGE));
    let next = next.map(|next| (paths::models(Some(next)), texts::NEXT_PAGE));
    let pages = (first.is_some() || next.is_some()).then(|| {
        view! { <Pagination label=texts::PAGES first=Signal::stored(first) next=Signal::stored(next)/> }
    });
    let is_empty = Memo::new(move |_| models.with(Vec::is_empty));
    view! {
        <div class="card list-card">
            {move || {
                if is_empty.get() {
                    show_none()
                } else {
                    view! { <Table caption=texts::MODELS columns=model_columns()>{draw_models(models)}</Table> }.erase()
                }
            }}
        </div>
        {pages.erase()}
    }
    .erase()
}

/// Each model's row, drawn once and patched in place.
fn draw_models(models: RwSignal<Vec<Model>>) -> AnyView {
    each(move || {
        let part = |model: Model| {
            let key = paths::model(&model.connection, &model.vendor_ref);
            Part::new(key, move || {
                let drawn = model.clone();
                let model = Signal::derive(move || {
                    let is_it = |other: &&Model| {
                        (&other.connection, &other.vendor_ref) == (&drawn.connection, &drawn.vendor_ref)
                    };
                    models.with(|models| models.iter().find(is_it).cloned()).unwrap_or_else(|| drawn.clone())
                });
                view! { <ModelRow model=model/> }.erase()
            })
        };
        models.get().into_iter().map(part).collect()
    })
}

fn show_none() -> AnyView {
    view! {
        <Empty icon="stage-queued" title=texts::NO_MODELS text=texts::NO_MODELS_TEXT>
            <LinkButton href=paths::NEW_TRAINING.to_owned() kind=ButtonKind::Primary>
                {texts::NEW_TRAINING}
            </LinkButton>
        </Empty>
    }
    .erase()
}
