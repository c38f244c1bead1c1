//! One callback as it came: text of a stranger, shown as text, with what a person may do about it.

use super::moment::moment_of;
use crate::model::callback::{Callback as Came, CallbackProof, CallbackTiming};
use crate::ui::{Badge, Button, Erase, Field, When, WhenStyle};
use crate::{paths, texts};
use leptos::html;
use leptos::prelude::{
    AnyView, Callable, Callback, ClassAttribute, ElementChild, Get, GlobalAttributes, IntoAny, NodeRef,
    NodeRefAttribute, OnAttribute, Signal, component, view,
};

/// Where in a training's life it came.
const fn timing_word(timing: CallbackTiming) -> &'static str {
    match timing {
        CallbackTiming::Early => texts::CALLBACK_EARLY,
        CallbackTiming::InTime => texts::CALLBACK_IN_TIME,
        CallbackTiming::Late => texts::CALLBACK_LATE,
        CallbackTiming::Unmatched => texts::CALLBACK_UNMATCHED,
        CallbackTiming::Rehearsal => texts::CALLBACK_REHEARSAL,
    }
}

const fn proof_word(proof: CallbackProof) -> &'static str {
    match proof {
        CallbackProof::Token => texts::CALLBACK_TOKEN,
        CallbackProof::WrongToken => texts::CALLBACK_WRONG_TOKEN,
        CallbackProof::Address => texts::CALLBACK_ADDRESS,
    }
}

/// The callback as a line that opens. `on_attach` gets the id a person typed.
#[component]
pub fn CallbackView(
    came: Came,
    #[prop(into)] on_replay: Callback<i64>,
    #[prop(into)] on_attach: Callback<(i64, String)>,
) -> AnyView {
    let id = came.id;
    let at = Signal::stored(moment_of(came.last_at.as_millis()));
    let times = (came.repeated > 1).then(|| texts::callback_times(came.repeated));
    let may_replay = matches!(came.timing, CallbackTiming::Early | CallbackTiming::InTime);
    let (whose, actions) = match came.training {
        Some(training) => {
            let replay = Callback::new(move |()| on_replay.run(id));
            let is_attached = came.timing == CallbackTiming::Unmatched;
            let button = (may_replay || is_attached)
                .then(|| view! { <Button on_click=replay>{texts::CALLBACK_REPLAY}</Button> })
                .erase();
            let name = came.name.unwrap_or_else(|| training.to_string());
            let link = view! { <p>{texts::CALLBACK_TRAINING} ": " <a href=paths::training(&training)>{training.to_string()}</a></p> };
            (view! { <b>{name}</b> }.erase(), view! { {link} {button} }.erase())
        }
        None if came.timing == CallbackTiming::Rehearsal => (().into_any(), ().into_any()),
        None => (view! { <b>{texts::CALLBACK_NOBODY}</b> }.erase(), attach_form(id, on_attach)),
    };
    view! {
        <details class="answer">
            <summary>
                <When at=at style=WhenStyle::Clock/>
                {whose}
                <Badge>{timing_word(came.timing)}</Badge>
                <small>{proof_word(came.proof)}</small>
                {times.map(|times| view! { <small>{times}</small> }).erase()}
            </summary>
            {came.content_type.map(|kind| view! { <p class="muted"><code>{kind}</code></p> }).erase()}
            {came.is_base64.then(|| view! { <p class="muted">{texts::CALLBACK_BASE64}</p> }).erase()}
            <pre tabindex="0" lang="en" translate="no">{came.body}</pre>
            {actions}
        </details>
    }
    .erase()
}

fn attach_form(id: i64, on_attach: Callback<(i64, String)>) -> AnyView {
    let field = NodeRef::<html::Input>::new();
    let attach = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get() {
            on_attach.run((id, field.value().trim().to_owned()));
        }
    };
    let name = format!("attach-{id}");
    view! {
        <form class="stack" on:submit=attach>
            <Field id=name.clone() label=texts::CALLBACK_TRAINING hint=Signal::stored(texts::CALLBACK_TRAINING_HINT.to_owned())>
                <input id=name type="text" maxlength="36" node_ref=field/>
            </Field>
            <Button submits=true>{texts::CALLBACK_ATTACH}</Button>
            <noscript>
                <p class="muted">{texts::BUTTONS_NEED_SCRIPT}</p>
            </noscript>
        </form>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::CallbackView;
    use crate::components::sample;
    use crate::model::callback::{Callback as Came, CallbackProof, CallbackTiming};
    use crate::model::ids::TrainingId;
    use crate::model::time::Timestamp;
    use leptos::prelude::{Callback, Owner, RenderHtml, view};

    fn render(training: Option<TrainingId>, timing: CallbackTiming) -> String {
        let at = Timestamp::from_millis(sample::START);
        let came = Came {
            id: 1,
            training,
            timing,
            proof: CallbackProof::Address,
            content_type: Some(sample::HOSTILE.to_owned()),
            body: sample::HOSTILE.to_owned(),
            is_base64: false,
            first_at: at,
            last_at: at,
            repeated: 3,
            name: Some(sample::HOSTILE.to_owned()),
        };
        Owner::new().with(|| {
            let (replay, attach) = (Callback::new(|_: i64| ()), Callback::new(|_: (i64, String)| ()));
            view! { <CallbackView came=came on_replay=replay on_attach=attach/> }.to_html()
        })
    }

    #[test]
    fn what_a_stranger_sent_is_shown_never_run() {
        let html = render(None, CallbackTiming::Unmatched);
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("came 3 times") && html.contains("<input"), "{html}");
    }

    #[test]
    fn only_what_can_be_followed_can_be_replayed() {
        let id = TrainingId::parse("0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e").expect("an id");
        assert!(render(Some(id.clone()), CallbackTiming::InTime).contains("<button"));
        assert!(!render(Some(id.clone()), CallbackTiming::Late).contains("<button"));
        assert!(render(Some(id.clone()), CallbackTiming::Unmatched).contains("<button"), "an attached one");
        assert!(render(Some(id.clone()), CallbackTiming::InTime).contains(&format!("/trainings/{id}")));
    }
}
