//! Why a training ended badly: cause, the vendor's words, and what to do as the first button.

use super::moment::vendor_label;
use crate::model::stage::Stage;
use crate::model::training::{Failure, Training};
use crate::ui::{ButtonKind, Erase, Icon, LinkButton, erase_all, redraw};
use crate::vendors::knows_request;
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, GlobalAttributes, Signal, With, component, view,
};

/// The failure of `training`; nothing while there is none. `may_change` says whether the caller may retry.
#[component]
pub fn FailureCard(#[prop(into)] training: Signal<Training>, #[prop(into)] may_change: Signal<bool>) -> AnyView {
    redraw(move || {
        let card = training.with(|training| training.failure.clone()).map(|failure| {
            let watch = training.with(|training| watch_running(training, &failure));
            let (vendor, retry, busy) = training.with(|training| {
                let retry = (failure.retryable && training.stage.is_end() && knows_request(&training.request))
                    .then(|| paths::retry_training(&training.kind, &training.id));
                (vendor_label(&training.kind), retry, training.superseded_by.clone())
            });
            view! {
                <section class="card failure" aria-label=texts::FAILURE>
                    <h2>
                        <Icon name="stage-failed"/>
                        {texts::failure_title(&failure.code, &vendor)}
                    </h2>
                    {show_words(&failure, &vendor)}
                    {failure.hint.map(|hint| view! { <p class="muted">{hint}</p> }).erase()}
                    <p class="actions">
                        {retry.filter(|_| may_change.get()).map(|href| view! {
                            <LinkButton href=href kind=ButtonKind::Primary>{texts::FIX_AND_RETRY}</LinkButton>
                        }).erase()}
                        {watch.filter(|_| may_change.get()).map(|href| view! {
                            <LinkButton href=href>{texts::WATCH_RUNNING}</LinkButton>
                        }).erase()}
                        {busy.map(|id| view! {
                            <LinkButton href=paths::training(&id)>{texts::OPEN_NEWER}</LinkButton>
                        }).erase()}
                    </p>
                </section>
            }
        });
        card.erase()
    })
}

/// The vendor trains this model for somebody else: that training can be watched instead.
fn watch_running(training: &Training, failure: &Failure) -> Option<String> {
    let is_conflict = failure.code == "busy" && training.stage == Stage::Rejected && training.superseded_by.is_none();
    let vendor_ref = training.vendor_ref.as_ref().filter(|_| is_conflict)?;
    Some(paths::adopt_model(Some((&training.connection, &training.kind, vendor_ref))))
}

/// What happened: the vendor's words as a quotation with the fields it blames below, ours as they are.
fn show_words(failure: &Failure, vendor: &str) -> AnyView {
    let code = failure.code.clone();
    let Some(said) = failure.said.clone() else {
        let message = failure.message.clone();
        return view! { <p>{message} " " <code lang="en" translate="no">{code}</code></p> }.erase();
    };
    let blamed = failure.message.strip_prefix(said.as_str()).unwrap_or_default().lines();
    let blamed = blamed.filter(|line| !line.is_empty()).map(|line| view! { <p>{line.to_owned()}</p> });
    let blamed = erase_all(blamed);
    view! {
        <p>
            {texts::said(vendor)}
            " "
            <q lang="en" translate="no">{said}</q>
            " "
            <code lang="en" translate="no">{code}</code>
        </p>
        {blamed}
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::FailureCard;
    use crate::components::sample;
    use crate::model::ids::VendorRef;
    use crate::model::stage::Stage;
    use crate::model::training::{Failure, Training};
    use crate::vendors::freeze_adopted;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    fn draw(failure: Failure) -> String {
        draw_at(Stage::Failed, failure)
    }

    fn draw_at(stage: Stage, failure: Failure) -> String {
        draw_training(sample::training(stage), failure)
    }

    fn draw_training(mut training: Training, failure: Failure) -> String {
        training.failure = Some(failure);
        Owner::new().with(|| {
            view! { <FailureCard training=Signal::stored(training) may_change=Signal::stored(true)/> }.to_html()
        })
    }

    #[test]
    fn a_failure_tells_cause_words_and_the_way_out_and_runs_no_script() {
        let html = draw(Failure {
            code: "vendor_error".to_owned(),
            message: format!("{0}\nrequest.model_id: {0}", sample::HOSTILE),
            said: Some(sample::HOSTILE.to_owned()),
            hint: Some("Send it again later.".to_owned()),
            retryable: true,
        });
        assert!(html.contains("SESTEK answered with an error"), "{html}");
        assert!(html.contains("SESTEK said:") && html.contains("<q "), "{html}");
        assert!(html.contains("request.model_id: "), "{html}");
        assert!(html.contains("Send it again later."), "{html}");
        assert!(html.contains("/trainings/new/sestek/clustering?retry="), "{html}");
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    }

    #[test]
    fn a_conflict_at_the_vendor_offers_to_watch_the_running_training() {
        let failure = |code: &str| Failure {
            code: code.to_owned(),
            message: "Still in progress.".to_owned(),
            said: None,
            hint: None,
            retryable: true,
        };
        let html = draw_at(Stage::Rejected, failure("busy"));
        let href = "/models?adopt=1&amp;connection=sandbox-sestek&amp;kind=sestek.clustering&amp;vendor_ref=musteri-";
        assert!(html.contains(href), "{html}");
        for (stage, code) in [(Stage::Rejected, "invalid"), (Stage::Failed, "busy")] {
            assert!(!draw_at(stage, failure(code)).contains("/models?adopt"), "{stage} {code}");
        }
    }

    #[test]
    fn what_was_trained_elsewhere_is_not_offered_to_be_retried() {
        let failure = Failure {
            code: "vendor_error".to_owned(),
            message: "Failed.".to_owned(),
            said: None,
            hint: None,
            retryable: true,
        };
        let mut training = sample::training(Stage::Failed);
        training.request = freeze_adopted(&training.kind, &VendorRef::new("My_Model.V1"));
        assert!(draw(failure.clone()).contains("?retry="));
        assert!(!draw_training(training, failure).contains("?retry="));
    }

    #[test]
    fn our_own_words_and_those_of_older_rows_are_not_quoted_as_the_vendors() {
        let older = r#"{"code": "unclear", "message": "Given up by a person.", "hint": null, "retryable": true}"#;
        let html = draw(serde_json::from_str(older).unwrap());
        assert!(html.contains("Given up by a person."), "{html}");
        assert!(!html.contains("said:") && !html.contains("<q"), "{html}");
    }
}
