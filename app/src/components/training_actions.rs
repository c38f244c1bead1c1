//! What a person can do with a training. A button that cannot act says why.

use crate::model::training::Training;
use crate::ui::{Button, ButtonKind, Erase, LinkButton, SureButton};
use crate::vendors::{knows_request, may_stop_watching};
use crate::{paths, texts};
use leptos::prelude::{AnyView, Callback, ClassAttribute, ElementChild, Get, Memo, Signal, With, component, view};

/// Retry, Duplicate, Refresh and Archive; Stop watching where that is a way out. `may_change` is false for viewers.
#[component]
pub fn TrainingActions(
    #[prop(into)] training: Signal<Training>,
    #[prop(into)] may_change: Signal<bool>,
    #[prop(into)] on_refresh: Callback<()>,
    #[prop(into)] on_archive: Callback<()>,
    #[prop(into)] on_stop: Callback<()>,
) -> AnyView {
    let over = Memo::new(move |_| training.with(|training| training.stage.is_end()));
    let retry = Signal::derive(move || training.with(|training| paths::retry_training(&training.kind, &training.id)));
    let copy = Signal::derive(move || training.with(|training| paths::new_training_from(&training.kind, &training.id)));
    let viewer = move || (!may_change.get()).then(|| texts::VIEWERS_ONLY_SEE.to_owned());
    let unknown = Memo::new(move |_| training.with(|training| !knows_request(&training.request)));
    let no_copy =
        Signal::derive(move || viewer().or_else(|| unknown.get().then(|| texts::TRAINED_ELSEWHERE.to_owned())));
    let no_retry = Signal::derive(move || no_copy.get().or_else(|| (!over.get()).then(|| texts::NOT_OVER.to_owned())));
    let no_refresh = Signal::derive(move || over.get().then(|| texts::NOTHING_TO_ASK.to_owned()));
    let no_change = Signal::derive(viewer);
    let no_archive = Signal::derive(move || {
        let is_held = training.with(|training| training.held().is_some() && !training.archived);
        no_change.get().or_else(|| is_held.then(|| texts::HELD_NOT_ARCHIVED.to_owned()))
    });
    let may_stop = Memo::new(move |_| training.with(may_stop_watching));
    view! {
        {move || match no_retry.get() {
            None => view! { <LinkButton href=retry>{texts::RETRY}</LinkButton> }.erase(),
            Some(_) => view! { <Button blocked=no_retry>{texts::RETRY}</Button> }.erase(),
        }}
        {move || match no_copy.get() {
            None => view! { <LinkButton href=copy>{texts::DUPLICATE}</LinkButton> }.erase(),
            Some(_) => view! { <Button blocked=no_copy>{texts::DUPLICATE}</Button> }.erase(),
        }}
        <Button blocked=no_refresh on_click=on_refresh>{texts::REFRESH}</Button>
        <Button kind=ButtonKind::Quiet blocked=no_archive on_click=on_archive>
            {move || {
                let is_archived = training.with(|training| training.archived);
                let word = if is_archived { texts::UNARCHIVE } else { texts::ARCHIVE };
                word.to_owned()
            }}
        </Button>
        {move || may_stop.get().then(|| view! {
            <SureButton
                word=texts::STOP_WATCHING
                sure=texts::STOP_WATCHING_SURE
                kind=ButtonKind::Quiet
                blocked=no_change
                on_click=on_stop
            />
        }).erase()}
        <noscript>
            <span class="muted">{texts::BUTTONS_NEED_SCRIPT}</span>
        </noscript>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::TrainingActions;
    use crate::components::sample;
    use crate::model::ids::VendorRef;
    use crate::model::stage::Stage;
    use crate::model::training::Training;
    use crate::vendors::freeze_adopted;
    use leptos::prelude::{Callback, Owner, RenderHtml, Signal, view};

    fn render(stage: Stage, may_change: bool) -> String {
        render_training(sample::training(stage), may_change)
    }

    fn render_training(training: Training, may_change: bool) -> String {
        Owner::new().with(|| {
            let nothing = Callback::new(|()| ());
            view! {
                <TrainingActions
                    training=Signal::stored(training)
                    may_change=Signal::stored(may_change)
                    on_refresh=nothing
                    on_archive=nothing
                    on_stop=nothing
                />
            }
            .to_html()
        })
    }

    #[test]
    fn a_running_training_cannot_be_retried_and_the_button_says_why() {
        let html = render(Stage::Training, true);
        assert!(!html.contains("?retry="), "{html}");
        assert!(html.contains("title=\"It is still running"), "{html}");
        assert!(html.contains("?from="), "{html}");
    }

    #[test]
    fn an_adopted_training_is_neither_retried_nor_duplicated_and_the_buttons_say_why() {
        let mut training = sample::training(Stage::Ready);
        training.request = freeze_adopted(&training.kind, &VendorRef::new("My_Model.V1"));
        let html = render_training(training, true);
        assert!(!html.contains("?retry=") && !html.contains("?from="), "{html}");
        assert_eq!(html.matches("title=\"It was trained elsewhere").count(), 2, "{html}");
    }

    #[test]
    fn only_what_stalled_or_was_trained_elsewhere_and_is_not_over_can_be_watched_no_more() {
        let offers = |training: Training| render_training(training, true).contains("Stop watching");
        let mut training = sample::training(Stage::Training);
        assert!(!offers(training.clone()), "the vendor still moves it");
        training.stalled_since = Some(training.created_at);
        assert!(offers(training.clone()));
        assert!(!offers(Training { stage: Stage::Ready, ..training.clone() }));
        let request = freeze_adopted(&training.kind, &VendorRef::new("My_Model.V1"));
        assert!(offers(Training { request, stalled_since: None, ..training }));
    }

    #[test]
    fn an_ended_training_can_be_retried_but_not_by_a_viewer() {
        assert!(render(Stage::Failed, true).contains("?retry="));
        assert!(!render(Stage::Failed, false).contains("?retry="));
    }
}
