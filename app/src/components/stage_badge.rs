//! Where a training stands: shape, word and colour, and the vendor's own word beneath.

use crate::model::stage::Stage;
use crate::model::training::VendorStatus;
use crate::ui::{Erase, Icon};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, GlobalAttributes, Memo, Signal, component, view};

/// The vendor's words as one text, untranslated: `Completed / Pending`.
pub fn vendor_words(status: &VendorStatus) -> String {
    status.values().map(String::as_str).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" / ")
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
    use super::StageBadge;
    use crate::components::sample;
    use crate::model::stage::Stage;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

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
