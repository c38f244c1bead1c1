//! A model as a row of the models page; a card where there is no room for columns.

use super::moment::{kind_label, moment_of};
use super::stage_badge::StageBadge;
use crate::model::published::{MissingCondition, Model, ModelReadiness};
use crate::ui::{Column, Erase, When};
use crate::{paths, texts};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, Memo, Signal, With, component, view};
use leptos::tachys::html::attribute::custom::CustomAttribute;

/// The columns of the models page.
pub fn model_columns() -> Vec<Column> {
    [
        texts::COLUMN_STATUS,
        texts::COLUMN_MODEL,
        texts::COLUMN_VENDOR,
        texts::COLUMN_ANSWERS,
        texts::COLUMN_MADE_BY,
        texts::COLUMN_SEEN,
    ]
    .map(Column)
    .to_vec()
}

/// Whether a model answers, in one or two words.
pub const fn readiness_word(readiness: &ModelReadiness) -> &'static str {
    match readiness.missing {
        None => texts::MODEL_ANSWERS,
        Some(MissingCondition::Awake) => texts::MODEL_ASLEEP,
        Some(MissingCondition::Running) => texts::MODEL_NOT_SERVED,
        Some(MissingCondition::Trained) => texts::MODEL_NOT_TRAINED,
    }
}

/// One row.
#[component]
pub fn ModelRow(#[prop(into)] model: Signal<Model>) -> AnyView {
    let stage = Memo::new(move |_| model.with(|model| model.current.stage));
    let status = Signal::derive(move || model.with(|model| model.current.vendor_status.clone()));
    let made_by = Memo::new(move |_| model.with(|model| model.made_by.clone()));
    let seen = Memo::new(move |_| model.with(|model| model.current.last_seen_at));
    view! {
        <tr class="training-row" class:stale=move || model.with(|model| model.current.unseen_since.is_some())>
            <td class="cell-status" data-label=texts::COLUMN_STATUS>
                <StageBadge stage=stage vendor_status=status/>
            </td>
            <td class="cell-name" data-label=texts::COLUMN_MODEL>
                <a class="name" href=move || model.with(|model| paths::model(&model.connection, &model.vendor_ref))>
                    {move || model.with(|model| model.vendor_ref.to_string())}
                </a>
                <small>{move || model.with(|model| model.connection.to_string())}</small>
            </td>
            <td class="cell-vendor" data-label=texts::COLUMN_VENDOR>
                {move || model.with(|model| kind_label(&model.kind))}
            </td>
            <td class="cell-news" data-label=texts::COLUMN_ANSWERS>
                {move || model.with(|model| readiness_word(&model.readiness))}
            </td>
            <td class="cell-owner" data-label=texts::COLUMN_MADE_BY>
                {move || made_by.get().map(|made| view! { <a href=paths::training(&made.id)>{made.name}</a> }).erase()}
            </td>
            <td class="cell-started" data-label=texts::COLUMN_SEEN>
                {move || seen.get().map(|at| view! {
                    <When at=Signal::stored(moment_of(at.as_millis()))/>
                }).erase()}
            </td>
        </tr>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::ModelRow;
    use crate::components::sample;
    use crate::model::stage::Stage;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    #[test]
    fn a_row_escapes_every_free_text_and_says_that_a_model_sleeps() {
        let model = sample::model(Stage::Ready);
        let html = Owner::new().with(|| view! { <ModelRow model=Signal::stored(model)/> }.to_html());
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("Asleep"), "{html}");
    }
}
