//! What a training without an answer is waiting for, and the ways out that only a person can choose.

use super::moment::{moment_of, vendor_label};
use crate::model::stage::Stage;
use crate::model::training::{Decision, Held, Training, Waiting, WaitingReason};
use crate::ui::{Button, ButtonKind, Erase, Icon, When, WhenStyle, redraw};
use crate::vendors::knows_request;
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, ClassAttribute, ElementChild, Get, Memo, Signal, With, component, view,
};

/// The waiting of `training`; nothing while it waits for nothing. `blocked` says why the caller cannot decide.
#[component]
pub fn WaitingCard(
    #[prop(into)] training: Signal<Training>,
    #[prop(into)] blocked: Signal<Option<String>>,
    #[prop(into)] on_settle: Callback<Decision>,
    #[prop(into)] on_cancel: Callback<()>,
) -> AnyView {
    let waiting = Memo::new(move |_| training.with(|training| training.waiting.clone()));
    let asks = Memo::new(move |_| training.with(|training| training.stage == Stage::NeedsAttention));
    let is_sending = Memo::new(move |_| training.with(|training| training.stage == Stage::Submitting));
    let vendor = Memo::new(move |_| training.with(|training| vendor_label(&training.kind)));
    let no_resend = Signal::derive(move || {
        let unknown = training.with(|training| !knows_request(&training.request));
        blocked.get().or_else(|| unknown.then(|| texts::TRAINED_ELSEWHERE.to_owned()))
    });
    redraw(move || {
        let card = waiting.get().map(|waiting| {
            let settle = move |decision| Callback::new(move |()| on_settle.run(decision));
            view! {
                <section class="card waiting" aria-label=texts::WAITING>
                    <h2>
                        <Icon name="stage-needs_attention"/>
                        {waiting_title(waiting.reason, &vendor.get())}
                    </h2>
                    {match waiting.held.as_ref().filter(|held| held.behind.is_some()) {
                        Some(held) => show_place(held),
                        None => view! { <p>{waiting.message.clone()}</p> }.erase(),
                    }}
                    {waiting.until.map(|until| view! {
                        <p class="muted">
                            {texts::LOOKING_AGAIN}
                            " "
                            <When at=Signal::stored(moment_of(until.as_millis())) style=WhenStyle::Clock/>
                        </p>
                    }).erase()}
                    {waiting.held.as_ref().map(|held| view! { <p class="muted">{what_comes(held)}</p> }).erase()}
                    {(is_sending.get() && may_cancel(&waiting)).then(|| show_cancel(blocked, on_cancel))}
                    {asks.get().then(|| view! {
                        <p class="actions">
                            <Button kind=ButtonKind::Primary blocked=blocked on_click=settle(Decision::Link)>
                                {texts::SETTLE_LINK}
                            </Button>
                            <Button blocked=no_resend on_click=settle(Decision::SendAgain)>{texts::SETTLE_SEND}</Button>
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

/// Whether the vendor does not have what waits for this.
fn may_cancel(waiting: &Waiting) -> bool {
    waiting.held.is_some() || matches!(waiting.reason, WaitingReason::NotSent | WaitingReason::ConnectionRefused)
}

fn show_cancel(blocked: Signal<Option<String>>, on_cancel: Callback<()>) -> AnyView {
    view! {
        <p class="actions">
            <Button blocked=blocked on_click=on_cancel>{texts::CANCEL}</Button>
        </p>
        <noscript>
            <p class="muted">{texts::BUTTONS_NEED_SCRIPT}</p>
        </noscript>
    }
    .erase()
}

/// How a held training goes on by itself.
fn what_comes(held: &Held) -> &'static str {
    if held.behind.is_some() { texts::HELD_GOES_ON } else { texts::HELD_TRIES_ON }
}

/// Behind whom it waits, at which place.
fn show_place(held: &Held) -> AnyView {
    let link = held.behind.clone().map(|behind| {
        let needs_person = behind.needs_attention.then(|| view! { " " {texts::HELD_NEEDS_PERSON} });
        view! {
            {texts::HELD_BEHIND}
            " "
            <a href=paths::training(&behind.id)>{behind.name}</a>
            {texts::held_place(held.place)}
            {needs_person.erase()}
        }
    });
    view! { <p>{link.erase()}</p> }.erase()
}

fn waiting_title(reason: WaitingReason, vendor: &str) -> String {
    match reason {
        WaitingReason::NotSent => texts::waiting_not_sent(vendor),
        WaitingReason::Quarantine | WaitingReason::LookingUp => texts::waiting_unclear(vendor),
        WaitingReason::ConnectionRefused => texts::waiting_refused(vendor),
        WaitingReason::Person => texts::WAITING_PERSON.to_owned(),
        WaitingReason::Held => texts::WAITING_HELD.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::WaitingCard;
    use crate::components::sample;
    use crate::model::ids::{TrainingId, VendorRef};
    use crate::model::stage::Stage;
    use crate::model::time::Timestamp;
    use crate::model::training::{Behind, Held, Training, Waiting, WaitingReason};
    use crate::vendors::freeze_adopted;
    use leptos::prelude::{Callback, Owner, RenderHtml, Signal, view};

    fn render(training: Training) -> String {
        Owner::new().with(|| {
            view! {
                <WaitingCard
                    training=Signal::stored(training)
                    blocked=Signal::stored(None::<String>)
                    on_settle=Callback::new(|_| ())
                    on_cancel=Callback::new(|()| ())
                />
            }
            .to_html()
        })
    }

    fn waiting(stage: Stage, reason: WaitingReason) -> Training {
        let mut training = sample::training(stage);
        let until = Some(Timestamp::from_millis(sample::START + 32 * 60_000));
        training.waiting = Some(Waiting { reason, message: "The answer was lost.".to_owned(), until, held: None });
        training
    }

    #[test]
    fn a_lost_answer_says_what_is_not_known_and_when_we_look_again() {
        let html = render(waiting(Stage::Submitting, WaitingReason::Quarantine));
        assert!(html.contains("We do not yet know whether SESTEK accepted this."), "{html}");
        assert!(html.contains("2026-11-20T14:32:00.000Z"), "{html}");
        assert!(!html.contains("<button"), "{html}");
    }

    fn held(behind: Option<Behind>) -> Training {
        let mut training = waiting(Stage::Submitting, WaitingReason::Held);
        training.waiting.as_mut().unwrap().held = Some(Held { behind, place: 2 });
        training
    }

    #[test]
    fn a_held_training_links_to_the_one_in_the_way_says_its_place_and_can_be_cancelled() {
        let id = TrainingId::new("0198f7c2-7a10-7cc3-8a9e-000000000001");
        let behind = Behind { id, name: sample::HOSTILE.to_owned(), needs_attention: false };
        let html = render(held(Some(behind.clone())));
        assert!(html.contains("Held behind"), "{html}");
        assert!(html.contains("href=\"/trainings/0198f7c2-7a10-7cc3-8a9e-000000000001\""), "{html}");
        assert!(html.contains(", place 2.") && html.contains("Cancel"), "{html}");
        assert!(!html.contains("keeps the id") && !html.contains("<script"), "{html}");
        assert!(render(held(Some(Behind { needs_attention: true, ..behind }))).contains("keeps the id"));
        // Where the vendor is in the way its own sentence stands there.
        let html = render(held(None));
        assert!(html.contains("The answer was lost.") && !html.contains("place 2"), "{html}");
        assert!(html.contains("The vendor did not take it.") && !html.contains("othing was sent"), "{html}");
    }

    #[test]
    fn what_could_not_be_sent_can_be_cancelled() {
        for (reason, expected) in [
            (WaitingReason::NotSent, true),
            (WaitingReason::ConnectionRefused, true),
            (WaitingReason::LookingUp, false),
        ] {
            assert_eq!(render(waiting(Stage::Submitting, reason)).contains("Cancel"), expected, "{reason:?}");
        }
    }

    #[test]
    fn an_adopted_training_cannot_be_sent_again_and_the_button_says_why() {
        let mut training = waiting(Stage::NeedsAttention, WaitingReason::Person);
        assert!(!render(training.clone()).contains("trained elsewhere"));
        training.request = freeze_adopted(&training.kind, &VendorRef::new("My_Model.V1"));
        assert!(render(training).contains("title=\"It was trained elsewhere"));
    }

    #[test]
    fn only_when_a_person_must_decide_there_are_buttons() {
        let html = render(waiting(Stage::NeedsAttention, WaitingReason::Person));
        assert_eq!(html.matches("<button").count(), 3, "{html}");
        assert!(html.contains("<noscript>"), "{html}");
    }
}
