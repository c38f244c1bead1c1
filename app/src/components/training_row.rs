//! A training as a row of the list; a card where there is no room for columns.

use super::moment::{kind_label, moment_of, vendor_label};
use super::stage_badge::StageBadge;
use super::stage_track::StageTrack;
use super::training_card::{news_line, vendor_name};
use crate::model::training::Training;
use crate::ui::{Badge, Clock, Column, Erase, When, erase_all};
use crate::{paths, texts};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, Memo, Signal, With, component, view};
use leptos::tachys::html::attribute::custom::CustomAttribute;

/// The list's columns.
pub fn training_columns() -> Vec<Column> {
    [
        texts::COLUMN_STATUS,
        texts::COLUMN_NAME,
        texts::COLUMN_VENDOR,
        texts::COLUMN_STAGE,
        texts::COLUMN_SO_FAR,
        texts::COLUMN_OWNER,
        texts::COLUMN_STARTED,
    ]
    .map(Column)
    .to_vec()
}

/// One row.
#[component]
pub fn TrainingRow(#[prop(into)] training: Signal<Training>) -> AnyView {
    let clock = Clock::of_page();
    let tags = Memo::new(move |_| training.with(|training| training.tags.clone()));
    let stage = Memo::new(move |_| training.with(|training| training.stage));
    let status = Signal::derive(move || training.with(|training| training.vendor_status.clone()));
    let started = Signal::derive(move || training.with(|training| moment_of(training.created_at.as_millis())));
    view! {
        <tr class="training-row" class:stale=move || training.with(|training| training.unseen_since.is_some())>
            <td class="cell-status" data-label=texts::COLUMN_STATUS>
                <StageBadge stage=stage vendor_status=status/>
            </td>
            <td class="cell-name" data-label=texts::COLUMN_NAME>
                <a class="name" href=move || training.with(|training| paths::training(&training.id))>
                    {move || training.with(|training| training.name.clone())}
                </a>
                <code class="ref">{move || training.with(vendor_name)}</code>
                {move || erase_all(tags.get().into_iter().map(|tag| view! { <Badge>{tag}</Badge> }))}
            </td>
            <td class="cell-vendor" data-label=texts::COLUMN_VENDOR>
                <span>{move || training.with(|training| vendor_label(&training.kind))}</span>
                <small>{move || training.with(|training| kind_label(&training.kind))}</small>
            </td>
            <td class="cell-track" data-label=texts::COLUMN_STAGE>
                <StageTrack training=training/>
            </td>
            <td class="cell-news" data-label=texts::COLUMN_SO_FAR>
                <span class="news">{move || training.with(|training| news_line(training, clock.now()))}</span>
            </td>
            <td class="cell-owner" data-label=texts::COLUMN_OWNER>
                {move || training.with(|training| training.owner.to_string())}
            </td>
            <td class="cell-started" data-label=texts::COLUMN_STARTED>
                <When at=started/>
            </td>
        </tr>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::TrainingRow;
    use crate::components::sample;
    use crate::model::stage::Stage;
    use crate::model::time::Timestamp;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    #[test]
    fn a_row_escapes_every_free_text_and_marks_stale_data() {
        let mut training = sample::training(Stage::Training);
        training.unseen_since = Some(Timestamp::from_millis(sample::START));
        let html = Owner::new().with(|| view! { <TrainingRow training=Signal::stored(training)/> }.to_html());
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("class=\"training-row stale\""), "{html}");
    }
}
