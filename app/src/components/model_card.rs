//! A model's readiness, condition by condition, and how it is called.

use super::model_row::readiness_word;
use super::readiness::{ReadyState, show_mark};
use crate::model::published::{InferenceCall, Model, ModelReadiness};
use crate::ui::{CopyText, Erase, erase_all, redraw};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, GlobalAttributes, Memo, Signal, With, component, view,
};

/// Which conditions are met, which training made the model, and the inference call.
#[component]
pub fn ModelCard(#[prop(into)] model: Signal<Model>) -> AnyView {
    let readiness = Memo::new(move |_| model.with(|model| model.readiness));
    let inference = Memo::new(move |_| model.with(|model| model.inference.clone()));
    let made_by = Memo::new(move |_| model.with(|model| model.made_by.clone()));
    let lines = redraw(move || {
        erase_all(list_conditions(&readiness.get()).into_iter().map(|(is_met, text)| {
            let state = if is_met { ReadyState::Done } else { ReadyState::Missing };
            view! { <li class="readiness-item">{show_mark(state)} <span>{text}</span></li> }
        }))
    });
    let call = redraw(move || show_call(inference.get()));
    view! {
        <section class="card stack" aria-label=texts::READINESS>
            <p class="sentence" role="status">
                <b>{move || readiness_word(&readiness.get())}</b>
            </p>
            <ul class="readiness" aria-label=texts::READINESS>{lines}</ul>
            {move || made_by.get().map(|made| view! {
                <p>
                    {texts::COLUMN_MADE_BY} " " <a href=paths::training(&made.id)>{made.name}</a>
                </p>
            }).erase()}
            <h2>{texts::INFERENCE}</h2>
            {call}
        </section>
    }
    .erase()
}

/// Each condition with whether it is met.
fn list_conditions(readiness: &ModelReadiness) -> Vec<(bool, &'static str)> {
    let trained = if readiness.is_trained { texts::IS_TRAINED } else { texts::NOT_TRAINED };
    let running = if readiness.is_running { texts::IS_RUNNING } else { texts::NOT_RUNNING };
    let awake =
        readiness.is_awake.map(|is_awake| (is_awake, if is_awake { texts::IS_AWAKE } else { texts::IS_ASLEEP }));
    [(readiness.is_trained, trained), (readiness.is_running, running)].into_iter().chain(awake).collect()
}

fn show_call(call: Option<InferenceCall>) -> AnyView {
    let Some(call) = call else {
        return view! { <p class="field-hint">{texts::NO_INFERENCE}</p> }.erase();
    };
    view! {
        <p>
            <code translate="no">{call.url}</code>
        </p>
        <CopyText text=call.curl label=texts::INFERENCE_CURL copy=texts::COPY_CURL/>
        {call.note.map(|note| view! { <p class="field-hint">{note}</p> }).erase()}
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{ModelCard, list_conditions};
    use crate::components::sample;
    use crate::model::published::ModelReadiness;
    use crate::model::stage::Stage;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    #[test]
    fn the_card_escapes_every_free_text_and_masks_the_token() {
        let model = sample::model(Stage::Ready);
        let html = Owner::new().with(|| view! { <ModelCard model=Signal::stored(model)/> }.to_html());
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("Asleep"), "{html}");
    }

    #[test]
    fn each_condition_says_whether_it_is_met_and_sleep_only_where_it_is_a_question() {
        let readiness = ModelReadiness { is_trained: true, is_running: false, is_awake: None, missing: None };
        let met: Vec<bool> = list_conditions(&readiness).into_iter().map(|(is_met, _)| is_met).collect();
        assert_eq!(met, [true, false]);
        let asleep = ModelReadiness { is_running: true, is_awake: Some(false), ..readiness };
        assert_eq!(list_conditions(&asleep).len(), 3);
    }
}
