//! What a training without an answer is waiting for, and the ways out that only a person can choose.

use super::moment::{moment_of, vendor_label};
use crate::model::stage::Stage;
use crate::model::training::{Decision, Training, WaitingReason};
use crate::texts;
use crate::ui::{Button, ButtonKind, Erase, Icon, When, WhenStyle, redraw};
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, ClassAttribute, ElementChild, Get, Memo, Signal, With, component, view,
};

/// The waiting of `training`; nothing while it waits for nothing. `blocked` says why the caller cannot decide.
#[component]
pub fn WaitingCard(
    #[prop(into)] training: Signal<Training>,
    #[prop(into)] blocked: Signal<Option<String>>,
    #[prop(into)] on_settle: Callback<Decision>,
) -> AnyView {
    let waiting = Memo::new(move |_| training.with(|training| training.waiting.clone()));
    let asks = Memo::new(move |_| training.with(|training| training.stage == Stage::NeedsAttention));
    let vendor = Memo::new(move |_| training.with(|training| vendor_label(&training.kind)));
    redraw(move || {
        let card = waiting.get().map(|waiting| {
            let settle = move |decision| Callback::new(move |()| on_settle.run(decision));
            view! {
                <section class="card waiting" aria-label=texts::WAITING>
                    <h2>
                        <Icon name="stage-needs_attention"/>
                        {waiting_title(waiting.reason, &vendor.get())}
                    </h2>
                    <p>{waiting.message.clone()}</p>
                    {waiting.until.map(|until| view! {
                        <p class="muted">
                            {texts::LOOKING_AGAIN}
                            " "
                            <When at=Signal::stored(moment_of(until.as_millis())) style=WhenStyle::Clock/>
                        </p>
                    }).erase()}
                    {asks.get().then(|| view! {
                        <p class="actions">
                            <Button kind=ButtonKind::Primary blocked=blocked on_click=settle(Decision::Link)>
                                {texts::SETTLE_LINK}
                            </Button>
                            <Button blocked=blocked on_click=settle(Decision::SendAgain)>{texts::SETTLE_SEND}</Button>
                            <Button kind=ButtonKind::Quiet blocked=blocked on_click=settle(Decision::GiveUp)>
                                {texts::SETTLE_STOP}
                            </Button>
                        </p>
                        <noscript>
                            <p class="muted">{texts::BUTTONS_NEED_SCRIPT}</p>
                        </noscript>
                    }).erase()}
                </section>
            }
        });
        card.erase()
    })
}

fn waiting_title(reason: WaitingReason, vendor: &str) -> String {
    match reason {
        WaitingReason::NotSent => texts::waiting_not_sent(vendor),
        WaitingReason::Quarantine | WaitingReason::LookingUp => texts::waiting_unclear(vendor),
        WaitingReason::ConnectionRefused => texts::waiting_refused(vendor),
        WaitingReason::Person => texts::WAITING_PERSON.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::WaitingCard;
    use crate::components::sample;
    use crate::model::stage::Stage;
    use crate::model::time::Timestamp;
    use crate::model::training::{Training, Waiting, WaitingReason};
    use leptos::prelude::{Callback, Owner, RenderHtml, Signal, view};

    fn render(training: Training) -> String {
        Owner::new().with(|| {
            view! {
                <WaitingCard
                    training=Signal::stored(training)
                    blocked=Signal::stored(None::<String>)
                    on_settle=Callback::new(|_| ())
                />
            }
            .to_html()
        })
    }

    fn waiting(stage: Stage, reason: WaitingReason) -> Training {
        let mut training = sample::training(stage);
        let until = Some(Timestamp::from_millis(sample::START + 32 * 60_000));
        training.waiting = Some(Waiting { reason, message: "The answer was lost.".to_owned(), until });
        training
    }

    #[test]
    fn a_lost_answer_says_what_is_not_known_and_when_we_look_again() {
        let html = render(waiting(Stage::Submitting, WaitingReason::Quarantine));
        assert!(html.contains("We do not yet know whether SESTEK accepted this."), "{html}");
        assert!(html.contains("2026-11-20T14:32:00.000Z"), "{html}");
        assert!(!html.contains("<button"), "{html}");
    }

    #[test]
    fn only_when_a_person_must_decide_there_are_buttons() {
        let html = render(waiting(Stage::NeedsAttention, WaitingReason::Person));
        assert_eq!(html.matches("<button").count(), 3, "{html}");
        assert!(html.contains("<noscript>"), "{html}");
    }
}
