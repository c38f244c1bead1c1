//! The panel beside the form: readiness, the submit button, the server's refusal, and what will be sent.

use super::before::Before;
use super::ready::{Situation, list_ready_items};
use super::state::FormState;
use crate::api::client::{Method, call_api};
use crate::api::trainings::PreviewTraining;
use crate::components::readiness::{Readiness, ReadyItem, focus_element, next_step};
use crate::components::request_preview::{PreviewState, RequestPreview};
use crate::model::advice::TrainAdvice;
use crate::model::error::{AppError, ErrorCode};
use crate::model::ids::ConnectionId;
use crate::model::preview::RequestPreview as Preview;
use crate::paths;
use crate::texts;
use crate::ui::{Button, Erase, redraw};
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, ClassAttribute, Effect, ElementChild, Get, GetUntracked,
    GlobalAttributes, IntoAny, Memo, OnAttribute, OnTargetAttribute, PropAttribute, RwSignal, Set, Signal,
    TimeoutHandle, With, WithUntracked, component, set_timeout_with_handle, view,
};
use std::time::Duration;

/// How long typing must rest before the preview is asked for.
const REST: Duration = Duration::from_millis(500);

/// The panel. `forbidden` is why this person may not submit.
#[component]
pub fn Panel(
    state: FormState,
    before: RwSignal<Before>,
    forbidden: Option<&'static str>,
    on_submit: Callback<()>,
) -> AnyView {
    let preview = watch_preview(state);
    // Only an answer to this very request advises on it.
    let advice = Memo::new(move |_| match preview.get() {
        PreviewState::Shown(preview) => preview.advice,
        _ => None,
    });
    let items = Memo::new(move |_| judge(state, before, advice, forbidden));
    view! {
        <aside class="card form-panel" aria-label="Submit">
            <Readiness items/>
            <HoldChoice state/>
            <SubmitButton state items on_submit/>
            <Refusal state on_submit/>
            <RequestPreview state=preview/>
        </aside>
    }
    .erase()
}

fn judge(
    state: FormState,
    before: RwSignal<Before>,
    advice: Memo<Option<TrainAdvice>>,
    forbidden: Option<&'static str>,
) -> Vec<ReadyItem> {
    let connection = state.connection();
    let before = before.get();
    let in_the_way = match &before {
        Before::Unfinished(training) => Some(&**training),
        Before::Trained(_) | Before::Unknown | Before::Never => None,
    };
    let advice = advice.get();
    state.draft.with(|draft| {
        state.checked.with(|checked| {
            state.files.with(|files| {
                list_ready_items(&Situation {
                    form: state.form,
                    draft,
                    checked,
                    files,
                    connection: connection.as_ref(),
                    in_the_way,
                    advice: advice.as_ref(),
                    forbidden,
                })
            })
        })
    })
}

/// The button: it submits, or it names the next missing thing and goes there.
#[component]
fn SubmitButton(state: FormState, items: Memo<Vec<ReadyItem>>, on_submit: Callback<()>) -> AnyView {
    let next = Memo::new(move |_| items.with(|items| next_step(items).cloned()));
    let label = Signal::derive(move || {
        if state.is_sending.get() {
            return "Submitting".to_owned();
        }
        let is_retryable = state.refusal.with(|refusal| refusal.as_ref().is_some_and(can_try_again));
        next.with(|next| match next {
            Some(next) => next.ask.clone(),
            None if is_retryable => "Try again".to_owned(),
            None => "Submit training".to_owned(),
        })
    });
    let press = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        state.leave_all();
        match next.get_untracked() {
            Some(next) => focus_element(&next.target),
            None => on_submit.run(()),
        }
    };
    let is_blocked = move || state.is_sending.get() || next.with(Option::is_some);
    view! {
        <button
            type="submit"
            class="button button-primary button-wide"
            disabled=move || !state.is_live.get()
            aria-disabled=move || is_blocked().then(|| "true".to_owned())
            aria-busy=move || state.is_sending.get().then(|| "true".to_owned())
            aria-describedby="form-reason"
            on:click=press
        >
            {move || label.get()}
        </button>
        <p class="field-hint" id="form-reason">
            {move || next.with(|next| next.as_ref().map(|next| {
                if next.text == next.ask { String::new() } else { format!("{}.", next.text.trim_end_matches('.')) }
            }))}
        </p>
    }
    .erase()
}

/// Whether a model id that is in use is waited for.
#[component]
fn HoldChoice(state: FormState) -> AnyView {
    let is_chosen = Signal::derive(move || state.draft.with(|draft| draft.hold));
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    aria-describedby="hold-hint"
                    checked=move || is_chosen.get()
                    prop:checked=move || is_chosen.get()
                    on:change:target=move |event| state.set_hold(event.target().checked())
                />
                " "
                {texts::HOLD}
            </label>
            <p class="field-hint" id="hold-hint">{texts::HOLD_HINT}</p>
        </div>
    }
    .erase()
}

/// Whether the very same submit may be sent again.
fn can_try_again(error: &AppError) -> bool {
    use ErrorCode::{Internal, Offline, RateLimited, Unavailable};
    matches!(error.code, Offline | Internal | Unavailable | RateLimited)
}

/// What the server said to the last submit, and for a model id in use the way to wait for it.
#[component]
fn Refusal(state: FormState, on_submit: Callback<()>) -> AnyView {
    let body = redraw(move || {
        let Some(error) = state.refusal.get() else { return ().into_any() };
        let key = state.draft.with_untracked(|draft| draft.key.clone());
        let is_key_used = error.fields.iter().any(|fault| fault.path == "id");
        let about = error.training.clone().or_else(|| key.filter(|_| is_key_used));
        let link = about.map(|id| {
            let words = if is_key_used { "Open the training it made" } else { "Open the training in the way" };
            view! { <a class="button" href=paths::training(&id)>{words}</a> }
        });
        let sign_in = (error.code == ErrorCode::Unauthorized)
            .then(|| view! { <a class="button" href=paths::SIGN_IN target="_blank">"Sign in in a new tab"</a> });
        let kept = can_try_again(&error).then(|| {
            view! { <p>"Everything is kept. Trying again repeats this submit; it cannot make a second training."</p> }
        });
        let hold = (error.code == ErrorCode::Busy && !state.draft.with_untracked(|draft| draft.hold)).then(|| {
            let press = Callback::new(move |()| {
                state.set_hold(true);
                on_submit.run(());
            });
            view! { <Button on_click=press>{texts::HOLD}</Button> }
        });
        let quote = error.request_id.clone().map(|id| view! { <p class="muted">"Reference: " <code>{id}</code></p> });
        let message = if is_key_used {
            "An earlier submit of this form did arrive, with other values. Submitting again makes another training."
                .to_owned()
        } else {
            error.message
        };
        view! {
            <p class="form-refusal-message">{message}</p>
            {kept.erase()}
            {hold.erase()}
            {link.erase()}
            {sign_in.erase()}
            {quote.erase()}
        }
        .erase()
    });
    view! {
        <div class="form-refusal" id="form-refusal" role="alert" tabindex="-1">
            {body}
        </div>
    }
    .erase()
}

/// Asks for the preview whenever the complete request changes and typing rests.
fn watch_preview(state: FormState) -> RwSignal<PreviewState> {
    let preview = RwSignal::new(PreviewState::Incomplete);
    let asked = Memo::new(move |_| {
        let connection = state.draft.with(|draft| draft.connection.clone());
        let request = state.checked.with(|checked| checked.as_ref().ok().cloned())?;
        (state.is_live.get() && !connection.is_empty())
            .then(|| PreviewTraining { connection: ConnectionId::new(connection), request })
    });
    Effect::new(move |timer: Option<Option<TimeoutHandle>>| {
        if let Some(timer) = timer.flatten() {
            timer.clear();
        }
        let Some(question) = asked.get() else {
            preview.set(PreviewState::Incomplete);
            return None;
        };
        let older = preview.with_untracked(|preview| match preview {
            PreviewState::Shown(older) | PreviewState::Loading(Some(older)) => Some(older.clone()),
            _ => None,
        });
        preview.set(PreviewState::Loading(older));
        let ask = move || {
            leptos::task::spawn_local(async move {
                let answer: Result<Preview, AppError> =
                    call_api(Method::Post, paths::API_PREVIEW, Some(&question)).await;
                // The form may be gone, or hold another request, by now.
                if asked.try_get_untracked().flatten() == Some(question) {
                    preview.try_set(match answer {
                        Ok(shown) => PreviewState::Shown(shown),
                        Err(error) => PreviewState::Unavailable(error.message),
                    });
                }
            });
        };
        set_timeout_with_handle(ask, REST).ok()
    });
    preview
}
