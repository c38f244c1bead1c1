//! The list's search box, order, archive switch, active filters and stage counts: all of them addresses.

use super::stage_badge::{stage_class, stage_icon};
use crate::model::filter::{Sort, TrainingFilter};
use crate::model::stage::Stage;
use crate::ui::{Erase, Icon, Part, SelectField, each, erase_all, redraw};
use crate::{paths, texts};
use leptos::html;
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, ClassAttribute, ElementChild, Get, GetUntracked, GlobalAttributes,
    NodeRef, NodeRefAttribute, OnAttribute, PropAttribute, Signal, With, component, view,
};
use std::collections::BTreeMap;

/// The stages in the order of the chips: what needs somebody first.
const CHIPS: [Stage; 12] = [
    Stage::NeedsAttention,
    Stage::Submitting,
    Stage::Queued,
    Stage::Preparing,
    Stage::Training,
    Stage::Saving,
    Stage::Publishing,
    Stage::Ready,
    Stage::Failed,
    Stage::Rejected,
    Stage::Gone,
    Stage::Superseded,
];

/// `filter` from its first page.
fn first_page(filter: &TrainingFilter) -> TrainingFilter {
    TrainingFilter { after: None, ..filter.clone() }
}

/// `filter` with `stage` switched on or off.
fn toggle_stage(filter: &TrainingFilter, stage: Stage) -> TrainingFilter {
    let mut toggled = first_page(filter);
    if toggled.stage.contains(&stage) {
        toggled.stage.retain(|other| *other != stage);
    } else {
        toggled.stage.push(stage);
    }
    toggled
}

/// The search box, the order and the archive switch. A plain GET form, so it works without JavaScript.
#[component]
pub fn FilterBar(
    #[prop(into)] filter: Signal<TrainingFilter>,
    search_id: &'static str,
    #[prop(into)] on_filter: Callback<TrainingFilter>,
) -> AnyView {
    let field = NodeRef::<html::Input>::new();
    let search = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let words = field.get_untracked().map(|field| field.value().trim().to_owned());
        let q = words.filter(|words| !words.is_empty());
        on_filter.run(TrainingFilter { q, ..first_page(&filter.get_untracked()) });
    };
    let sort = Callback::new(move |word: String| {
        let sort = [Sort::Newest, Sort::Oldest, Sort::Changed].into_iter().find(|sort| sort.as_str() == word);
        on_filter.run(TrainingFilter { sort: sort.unwrap_or_default(), ..first_page(&filter.get_untracked()) });
    });
    // What else the form carries along.
    let kept = redraw(move || {
        let mut pairs = filter.with(first_page).to_pairs();
        pairs.retain(|(name, _)| *name != "q" && *name != "sort");
        erase_all(pairs.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }))
    });
    let sorts =
        [(Sort::Newest, texts::SORT_NEWEST), (Sort::Oldest, texts::SORT_OLDEST), (Sort::Changed, texts::SORT_CHANGED)];
    let options = sorts.map(|(sort, word)| (sort.as_str().to_owned(), word.to_owned())).to_vec();
    view! {
        <form class="filter-bar" role="search" method="get" action=paths::TRAININGS on:submit=search>
            <input
                id=search_id
                type="search"
                name="q"
                maxlength="200"
                aria-label=texts::SEARCH
                placeholder=texts::SEARCH_HINT
                node_ref=field
                value=move || filter.get().q
                prop:value=move || filter.get().q.unwrap_or_default()
                on:keydown=move |event| leave_field(&event, field)
            />
            {kept}
            <button type="submit" class="button">
                {texts::SEARCH_BUTTON}
            </button>
            <SelectField
                id="sort"
                name="sort"
                label=texts::SORT
                options=options
                value=Signal::derive(move || filter.get().sort.as_str().to_owned())
                on_change=sort
            />
            {move || archive_link(&filter.get())}
        </form>
        <ActiveFilters filter=filter/>
    }
    .erase()
}

/// Escape leaves the search box, so that the page's own keys work again.
fn leave_field(event: &leptos::ev::KeyboardEvent, field: NodeRef<html::Input>) {
    if event.key() == "Escape"
        && let Some(field) = field.get_untracked()
    {
        // It cannot fail for an element in the page.
        let _ = field.blur();
    }
}

/// The way to the archived trainings, and back.
fn archive_link(filter: &TrainingFilter) -> AnyView {
    let (archived, word) = if filter.archived { (false, texts::SHOW_CURRENT) } else { (true, texts::SHOW_ARCHIVED) };
    let href = paths::trainings(&TrainingFilter { archived, stage: Vec::new(), ..first_page(filter) });
    view! { <a class="button button-quiet" href=href>{word}</a> }.erase()
}

/// The filters that have no control of their own, each with a way to drop it.
#[component]
fn ActiveFilters(filter: Signal<TrainingFilter>) -> AnyView {
    let chips = move || {
        let filter = first_page(&filter.get());
        let mut chips = Vec::new();
        let mut add =
            |value: Option<String>, without: TrainingFilter| chips.extend(value.map(|value| (value, without)));
        add(filter.vendor.clone(), TrainingFilter { vendor: None, ..filter.clone() });
        add(filter.kind.as_ref().map(ToString::to_string), TrainingFilter { kind: None, ..filter.clone() });
        add(filter.owner.as_ref().map(ToString::to_string), TrainingFilter { owner: None, ..filter.clone() });
        add(filter.tag.clone(), TrainingFilter { tag: None, ..filter.clone() });
        add(filter.from.map(texts::from_day), TrainingFilter { from: None, ..filter.clone() });
        add(filter.to.map(texts::to_day), TrainingFilter { to: None, ..filter.clone() });
        chips
    };
    redraw(move || {
        let chips = chips();
        let line = (!chips.is_empty()).then(|| {
            let links = erase_all(chips.into_iter().map(|(value, without)| {
                let label = texts::drop_filter(&value);
                view! {
                    <a class="pill" href=paths::trainings(&without) aria-label=label>
                        {value}
                        " ×"
                    </a>
                }
            }));
            view! { <p class="pills"><span class="muted">{texts::FILTERED_BY}</span> {links}</p> }
        });
        line.erase()
    })
}

/// One link per stage that has trainings or is chosen, with how many there are; a press switches it.
#[component]
pub fn StageChips(
    #[prop(into)] filter: Signal<TrainingFilter>,
    #[prop(into)] counts: Signal<BTreeMap<Stage, i64>>,
) -> AnyView {
    let count_of = move |stage: Stage| counts.with(|counts| counts.get(&stage).copied().unwrap_or_default());
    let is_chosen = move |stage: Stage| filter.with(|filter| filter.stage.contains(&stage));
    let draw_chip = move |stage: Stage| {
        view! {
            <a
                class="pill"
                href=move || filter.with(|filter| paths::trainings(&toggle_stage(filter, stage)))
                aria-current=move || is_chosen(stage).then(|| "true".to_owned())
            >
                <span class=format!("standing {}", stage_class(stage))>
                    <Icon name=stage_icon(stage)/>
                    <span class="standing-word">{stage.label()}</span>
                </span>
                <b>{move || count_of(stage).to_string()}</b>
            </a>
        }
        .erase()
    };
    let chips = each(move || {
        let shown = CHIPS.into_iter().filter(|stage| count_of(*stage) > 0 || is_chosen(*stage));
        shown.map(|stage| Part::new(stage.as_str(), move || draw_chip(stage))).collect()
    });
    view! {
        <nav class="pills" aria-label=texts::BY_STAGE>
            <a
                class="pill"
                href=move || paths::trainings(&TrainingFilter { stage: Vec::new(), ..filter.with(first_page) })
                aria-current=move || filter.with(|filter| filter.stage.is_empty()).then(|| "true".to_owned())
            >
                <span>{texts::ALL}</span>
                <b>{move || counts.with(|counts| counts.values().sum::<i64>().to_string())}</b>
            </a>
            {chips}
        </nav>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::toggle_stage;
    use crate::model::filter::TrainingFilter;
    use crate::model::stage::Stage;

    #[test]
    fn a_chip_switches_its_stage_keeps_the_rest_and_goes_to_the_first_page() {
        let filter = TrainingFilter {
            q: Some("x".to_owned()),
            stage: vec![Stage::Ready],
            after: Some("cursor".to_owned()),
            ..TrainingFilter::default()
        };
        let on = toggle_stage(&filter, Stage::Failed);
        assert_eq!((on.stage.as_slice(), on.after.as_deref()), ([Stage::Ready, Stage::Failed].as_slice(), None));
        assert_eq!(toggle_stage(&on, Stage::Ready).stage, [Stage::Failed]);
        assert_eq!(on.q.as_deref(), Some("x"));
    }
}
