//! Whether the page is live, and the button that pauses it.

use super::moment::moment_of;
use crate::live::LiveState;
use crate::ui::{Button, ButtonKind, Clock, Erase, When, WhenStyle};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, Callback, ClassAttribute, ElementChild, Get, GlobalAttributes, IntoAny, Memo, Signal, component, view,
};
use leptos::tachys::html::attribute::custom::CustomAttribute;

/// A break shorter than this is "reconnecting"; a longer one is told with its moment.
const SHORT_BREAK_MS: i64 = 10_000;

/// What the badge shows: `Lost` becomes news only after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    Connecting,
    Live,
    Reconnecting,
    NotLive(i64),
    Paused(i64),
    SignedOut,
}

fn choose_shown(state: LiveState, now: Option<i64>) -> Shown {
    match state {
        LiveState::Off => Shown::Nothing,
        LiveState::Connecting => Shown::Connecting,
        LiveState::Live => Shown::Live,
        LiveState::Lost { since } if now.is_some_and(|now| now - since > SHORT_BREAK_MS) => Shown::NotLive(since),
        LiveState::Lost { .. } => Shown::Reconnecting,
        LiveState::Paused { since } => Shown::Paused(since),
        LiveState::SignedOut => Shown::SignedOut,
    }
}

/// The badge. It reads `Live`, `Reconnecting`, `Not live since 14:02`, `Paused since 14:02` or offers to sign in again.
#[component]
pub fn LiveBadge(#[prop(into)] state: Signal<LiveState>, #[prop(into)] on_toggle: Callback<()>) -> AnyView {
    let clock = Clock::of_page();
    let shown = Memo::new(move |_| choose_shown(state.get(), clock.now()));
    let dot = |class: &'static str| {
        view! {
            <svg class=class width="9" height="9" viewBox="0 0 9 9" aria-hidden="true">
                <circle cx="4.5" cy="4.5" r="4.5" fill="currentColor"></circle>
            </svg>
        }
        .erase()
    };
    let since = |word: &'static str, at: i64| {
        view! {
            <span>{word} " " <When at=Signal::stored(moment_of(at)) style=WhenStyle::Clock/></span>
        }
        .erase()
    };
    view! {
        <div class="live">
            <span class="live-words" role="status">
                {move || match shown.get() {
                    Shown::Nothing => ().into_any(),
                    Shown::Connecting => view! { {dot("live-dot stage-queued")} {texts::CONNECTING} }.erase(),
                    Shown::Live => view! { {dot("live-dot live-beat stage-ready")} {texts::LIVE} }.erase(),
                    Shown::Reconnecting => view! { {dot("live-dot stage-publishing")} {texts::RECONNECTING} }.erase(),
                    Shown::NotLive(at) => {
                        view! { {dot("live-dot stage-failed")} {since(texts::NOT_LIVE_SINCE, at)} }.erase()
                    }
                    Shown::Paused(at) => {
                        view! { {dot("live-dot stage-queued")} {since(texts::PAUSED_SINCE, at)} }.erase()
                    }
                    Shown::SignedOut => view! {
                        {dot("live-dot stage-failed")}
                        <a href=paths::SIGN_IN rel="external">{texts::SIGNED_OUT}</a>
                    }
                    .erase(),
                }}
            </span>
            {move || match shown.get() {
                Shown::Nothing | Shown::SignedOut => None,
                Shown::Paused(_) => Some(texts::RESUME),
                _ => Some(texts::PAUSE),
            }
            .map(|word| view! { <Button kind=ButtonKind::Quiet on_click=on_toggle>{word}</Button> })
            .erase()}
        </div>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{Shown, choose_shown};
    use crate::live::LiveState;

    #[test]
    fn a_short_break_is_reconnecting_and_a_long_one_has_a_moment() {
        let lost = LiveState::Lost { since: 1_000 };
        assert_eq!(choose_shown(lost, Some(5_000)), Shown::Reconnecting);
        assert_eq!(choose_shown(lost, Some(20_000)), Shown::NotLive(1_000));
        assert_eq!(choose_shown(LiveState::Off, None), Shown::Nothing);
    }
}
