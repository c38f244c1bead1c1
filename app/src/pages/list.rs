//! The list: its whole state is in the address; rows in view are patched in place, new ones wait behind a button.

use super::parts::{Gather, show_read, wait_for};
use super::rows::{Rows, draw_rows};
use crate::api::trainings::list_trainings;
use crate::components::announcer::Announcer;
use crate::components::list_filters::{FilterBar, StageChips};
use crate::components::moment::vendor_label;
use crate::components::page_head::PageHead;
use crate::components::training_row::{TrainingRow, training_columns};
use crate::live::Live;
use crate::model::error::{AppError, FieldFault};
use crate::model::filter::TrainingFilter;
use crate::model::page::TrainingPage;
use crate::model::stage::Stage;
use crate::ui::{ButtonKind, Empty, Erase, LinkButton, Pagination, Table, erase_all, redraw};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, AriaAttributes, Callback, ClassAttribute, ElementChild, Get, GetUntracked, IntoAny, OnAttribute, Resource,
    RwSignal, Set, Signal, WithUntracked, component, view,
};
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::{LazyRoute, lazy_route};
use std::collections::BTreeMap;

/// The search box; the `/` key goes there.
pub const SEARCH_ID: &str = "search";

type Counts = BTreeMap<Stage, i64>;

/// The filter in the address; unknown names and bad values are faults.
fn read_filter(pairs: Vec<(String, String)>) -> Result<TrainingFilter, Vec<FieldFault>> {
    TrainingFilter::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The list's page, which the browser fetches when somebody goes there.
pub struct ListRoute;

#[lazy_route]
impl LazyRoute for ListRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ListRoute = this;
        view! { <ListPage/> }.into_any()
    }
}

/// The list page.
#[component]
fn ListPage() -> AnyView {
    let query = use_query_map();
    let asked = move || {
        let pairs = query.get().into_iter().map(|(name, value)| (name.into_owned(), value)).collect();
        read_filter(pairs)
    };
    let filter = Signal::derive(move || asked().unwrap_or_default());
    let page = Resource::new(asked, |asked| async move {
        match asked {
            Ok(filter) => list_trainings(filter).await,
            Err(faults) => Err(AppError::invalid(faults)),
        }
    });
    // What the live stream knows better than the page as it was read.
    let newer_counts = RwSignal::new(None::<Counts>);
    let counts = Signal::derive(move || {
        let read = page.get().and_then(Result::ok).map(|page| page.counts);
        newer_counts.get().or(read).unwrap_or_default()
    });
    let retry = Callback::new(move |()| page.refetch());
    let navigate = use_navigate();
    let go = Callback::new(move |filter: TrainingFilter| navigate(&paths::trainings(&filter), Default::default()));
    let show_body = move || {
        // Not tracked: the rows of the last address stay until those of the new one have come, and stay alive until then.
        let filter = filter.get_untracked();
        async move {
            let page = page.await?;
            Ok(view! { <ListBody page=page filter=filter newer_counts=newer_counts/> }.erase())
        }
    };
    let parts = move || {
        view! {
            <StageChips filter=filter counts=counts/>
            {show_read(retry, show_body)}
        }
        .erase()
    };
    view! {
        <PageHead title=Signal::stored(texts::TRAININGS.to_owned())/>
        <FilterBar filter=filter search_id=SEARCH_ID on_filter=go/>
        {wait_for(8, Box::new(parts))}
    }
    .erase()
}

#[component]
fn ListBody(page: TrainingPage, filter: TrainingFilter, newer_counts: RwSignal<Option<Counts>>) -> AnyView {
    let live = Live::of_page();
    live.note_position(page.last_event);
    let is_empty = page.items.is_empty();
    let rows = Rows::new(page.items);
    let next = page.next;
    let waiting = RwSignal::new(None::<TrainingPage>);
    let read_again = {
        let filter = filter.clone();
        Callback::new(move |()| {
            let filter = filter.clone();
            leptos::task::spawn_local(async move {
                if let Ok(page) = list_trainings(filter).await {
                    let _ = newer_counts.try_set(Some(page.counts.clone()));
                    rows.patch(&page.items);
                    let _ = waiting.try_set(Some(page).filter(|page| rows.count_missing(&page.items) > 0));
                }
            });
        })
    };
    rows.follow(live, Announcer::of_page(), Gather::new(read_again));
    leptos::prelude::on_cleanup(move || drop(newer_counts.try_set(None)));
    let show_waiting = move |_| {
        let page = waiting.with_untracked(Clone::clone);
        waiting.set(None);
        if let Some(page) = page {
            rows.replace(page.items);
        }
    };
    let new_rows = redraw(move || {
        let word = waiting.get().map(|page| texts::new_rows(rows.count_missing(&page.items)));
        word.map(|word| view! { <button type="button" class="new-rows" on:click=show_waiting>{word}</button> }).erase()
    });
    let pages = page_links(&filter, next);
    let none = filter.clone();
    view! {
        <div class="card list-card">
            <div aria-live="polite">{new_rows}</div>
            {move || {
                if is_empty && rows.get().is_empty() {
                    show_empty(&none)
                } else {
                    view! {
                        <Table caption=texts::TRAININGS columns=training_columns()>
                            {draw_rows(move || rows.get(), |training| view! { <TrainingRow training=training/> }.erase())}
                        </Table>
                    }
                    .erase()
                }
            }}
        </div>
        {move || silent_vendors(rows)}
        {pages}
    }
    .erase()
}

/// A sentence for each vendor whose trainings are shown as last seen.
fn silent_vendors(rows: Rows) -> AnyView {
    let silent = rows.filter(|training| training.unseen_since.is_some());
    let mut vendors: Vec<String> = Vec::new();
    for row in silent {
        let vendor = row.training.with_untracked(|training| vendor_label(&training.kind));
        if !vendors.contains(&vendor) {
            vendors.push(vendor);
        }
    }
    erase_all(vendors.into_iter().map(|vendor| view! { <p class="muted footnote">{texts::silent_vendor(&vendor)}</p> }))
}

fn page_links(filter: &TrainingFilter, next: Option<String>) -> AnyView {
    let at = |after| paths::trainings(&TrainingFilter { after, ..filter.clone() });
    let first = filter.after.is_some().then(|| (at(None), texts::FIRST_PAGE));
    let next = next.map(|next| (at(Some(next)), texts::NEXT_PAGE));
    let links = (first.is_some() || next.is_some()).then(|| {
        view! { <Pagination label=texts::PAGES first=Signal::stored(first) next=Signal::stored(next)/> }
    });
    links.erase()
}

/// Nothing to show: because nothing matches, nothing is archived, or there is nothing yet.
fn show_empty(filter: &TrainingFilter) -> AnyView {
    let bare = TrainingFilter { sort: filter.sort, limit: filter.limit, ..TrainingFilter::default() };
    let only_archived = TrainingFilter { archived: filter.archived, ..bare.clone() };
    if *filter == bare {
        view! {
            <Empty icon="stage-queued" title=texts::NOTHING_YET text=texts::NOTHING_YET_TEXT>
                <LinkButton href=paths::NEW_TRAINING.to_owned() kind=ButtonKind::Primary>
                    {texts::NEW_TRAINING}
                </LinkButton>
            </Empty>
        }
        .erase()
    } else if *filter == only_archived {
        view! {
            <Empty icon="stage-gone" title=texts::NO_ARCHIVED text=texts::NO_ARCHIVED_TEXT>
                <LinkButton href=paths::TRAININGS.to_owned()>{texts::SHOW_CURRENT}</LinkButton>
            </Empty>
        }
        .erase()
    } else {
        view! {
            <Empty icon="stage-gone" title=texts::NO_MATCH text=texts::NO_MATCH_TEXT>
                <LinkButton href=paths::TRAININGS.to_owned()>{texts::CLEAR_FILTERS}</LinkButton>
            </Empty>
        }
        .erase()
    }
}

#[cfg(test)]
mod tests {
    use super::{read_filter, show_empty};
    use crate::model::filter::TrainingFilter;
    use crate::texts;
    use leptos::prelude::{Owner, RenderHtml};

    #[test]
    fn three_reasons_for_an_empty_list_read_differently() {
        let render = |filter: &TrainingFilter| Owner::new().with(|| show_empty(filter).to_html());
        let none = TrainingFilter::default();
        assert!(render(&none).contains(texts::NOTHING_YET));
        assert!(render(&TrainingFilter { q: Some("x".to_owned()), ..none.clone() }).contains(texts::CLEAR_FILTERS));
        assert!(render(&TrainingFilter { archived: true, ..none }).contains(texts::NO_ARCHIVED));
    }

    #[test]
    fn a_bad_filter_in_the_address_is_a_fault_not_everything() {
        let pairs = vec![("stage".to_owned(), "flying".to_owned()), ("colour".to_owned(), "red".to_owned())];
        assert_eq!(read_filter(pairs).map_err(|faults| faults.len()), Err(2));
    }
}
