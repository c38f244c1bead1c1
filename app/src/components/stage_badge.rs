//! Where a training stands: shape, word and colour, and the vendor's own word beneath.

use crate::model::stage::Stage;
use crate::model::training::VendorStatus;
use crate::ui::{Erase, Icon};
use crate::vendors::STATUS_FIELDS;
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, GlobalAttributes, Memo, Signal, component, view};

/// The vendor's words as one text, untranslated and in the vendor's order: `Completed / Pending`.
pub fn vendor_words(status: &VendorStatus) -> String {
    let ordered = || STATUS_FIELDS.iter().copied().flatten();
    let known = ordered().filter_map(|field| status.get(*field));
    let others = status.iter().filter(|(name, _)| !ordered().any(|field| *field == name.as_str()));
    let words = known.chain(others.map(|(_, word)| word)).map(String::as_str);
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// The CSS class that carries a stage's colour.
pub fn stage_class(stage: Stage) -> String {
    format!("stage-{}", stage.as_str())
}

/// The icon of a stage; every one has its own shape.
pub fn stage_icon(stage: Stage) -> String {
    format!("stage-{}", stage.as_str())
}

/// The stage with its icon; the vendor's words, where there are any, beneath.
#[component]
pub fn StageBadge(
    #[prop(into)] stage: Signal<Stage>,
    #[prop(optional, into)] vendor_status: Signal<VendorStatus>,
) -> AnyView {
    let words = Memo::new(move |_| vendor_words(&vendor_status.get()));
    view! {
        <span class=move || format!("standing {}", stage_class(stage.get()))>
            <Icon name=Signal::derive(move || stage_icon(stage.get()))/>
            <span class="standing-word">{move || stage.get().label().to_owned()}</span>
            {move || {
                let words = words.get();
                let raw = |words| view! { <code class="standing-raw" lang="en" translate="no">{words}</code> };
                Some(words).filter(|words| !words.is_empty()).map(raw).erase()
            }}
        </span>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{StageBadge, vendor_words};
    use crate::components::sample;
    use crate::model::stage::Stage;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    #[test]
    fn words_stand_in_the_vendors_order_and_unknown_fields_come_last() {
        let status = ["aField", "inferenceStatus", "trainingStatus"].map(|field| (field.to_owned(), field.to_owned()));
        assert_eq!(vendor_words(&status.into()), "trainingStatus / inferenceStatus / aField");
    }

    #[test]
    fn a_vendors_word_stays_text() {
        let html = Owner::new().with(|| {
            let training = sample::training(Stage::Training);
            let status = Signal::stored(training.vendor_status);
            view! { <StageBadge stage=Signal::stored(Stage::Training) vendor_status=status/> }.to_html()
        });
        assert!(html.contains("Training"), "{html}");
        assert!(html.contains("translate=\"no\""), "{html}");
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    }
}
