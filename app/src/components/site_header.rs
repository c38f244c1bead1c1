//! The bar on top of every page: where one is, whether it is live, the way to a new training, and out.

use super::live_badge::LiveBadge;
use crate::live::LiveState;
use crate::model::session::{Caller, Role};
use crate::ui::{Button, ButtonKind, Erase, Icon, LinkButton, erase_all};
use crate::{paths, texts};
use leptos::prelude::{
    AnyView, AriaAttributes, Callback, ClassAttribute, ElementChild, Get, GlobalAttributes, RwSignal, Set, Signal,
    component, view,
};

/// What the header shows: where we are, who is signed in, how live it is.
#[component]
pub fn SiteHeader(
    #[prop(into)] path: Signal<String>,
    #[prop(into)] caller: Signal<Option<Caller>>,
    #[prop(into)] live: Signal<LiveState>,
    #[prop(into)] on_toggle: Callback<()>,
    /// Opens the list of keys.
    keys: RwSignal<bool>,
) -> AnyView {
    let mark = |is_current: bool| is_current.then(|| "page".to_owned());
    let open_keys = Callback::new(move |()| keys.set(true));
    view! {
        <a class="skip" href="#main">{texts::SKIP}</a>
        <header class="bar">
            <a class="brand" href=paths::NOW>
                <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
                    <path class="brand-line" d="M2 16h18M2 16c6 0 6-10 12-10h6"></path>
                    <circle class="brand-dot" cx="8.2" cy="12.6" r="2.4"></circle>
                </svg>
                <span class="brand-word">{texts::PRODUCT}</span>
            </a>
            {move || caller.get().map(|caller| view! {
                <nav aria-label=texts::MAIN_NAVIGATION>
                    <a href=paths::NOW aria-current=move || mark(path.get() == paths::NOW)>{texts::NOW}</a>
                    <a href=paths::TRAININGS aria-current=move || mark(is_trainings(&path.get()))>{texts::TRAININGS}</a>
                    <a href=paths::MODELS aria-current=move || mark(path.get().starts_with(paths::MODELS))>{texts::MODELS}</a>
                    <a href=paths::CONNECTIONS aria-current=move || mark(path.get().starts_with(paths::CONNECTIONS))>
                        {texts::connections::TITLE}
                    </a>
                </nav>
                <div class="bar-end">
                    <LiveBadge state=live on_toggle=on_toggle/>
                    <LinkButton href=paths::NEW_TRAINING.to_owned() kind=ButtonKind::Primary>
                        <Icon name="plus"/>
                        <span class="new-word">{texts::NEW_TRAINING}</span>
                    </LinkButton>
                    <details class="menu">
                        <summary class="button button-quiet">
                            <span class="visually-hidden">{texts::MENU}</span>
                            <span class="who">{caller.name.to_string()}</span>
                            <Icon name="menu"/>
                        </summary>
                        <div class="menu-card card">
                            <p class="menu-who">
                                <b>{caller.name.to_string()}</b>
                                <small>{caller.role.as_str()}</small>
                            </p>
                            {(caller.role >= Role::Operator).then(|| view! {
                                <a class="button button-quiet" href=paths::INBOX>{texts::CALLBACKS}</a>
                            }).erase()}
                            {theme_choice()}
                            <Button kind=ButtonKind::Quiet on_click=open_keys>{texts::KEYS_BUTTON}</Button>
                            <form method="post" action=paths::SIGN_OUT>
                                <button type="submit" class="button button-quiet">{texts::SIGN_OUT}</button>
                            </form>
                        </div>
                    </details>
                </div>
            }).erase()}
        </header>
    }
    .erase()
}

/// Light, dark or the system's. The document's own script (`shell`) marks the choice and keeps it; without it this is
/// not shown.
fn theme_choice() -> AnyView {
    let choice = |(value, word): (&'static str, &'static str)| {
        view! {
            <label class="segment">
                <input type="radio" name="theme" value=value/>
                {word}
            </label>
        }
    };
    view! {
        <div class="theme segments" role="radiogroup" aria-label=texts::THEME>
            {erase_all(texts::THEMES.into_iter().map(choice))}
        </div>
    }
    .erase()
}

fn is_trainings(path: &str) -> bool {
    path.starts_with(paths::TRAININGS) && !path.starts_with(paths::NEW_TRAINING)
}
