//! The bar on top of every page: where one is, whether it is live, the way to a new training, and out.

use super::live_badge::LiveBadge;
use crate::live::LiveState;
use crate::model::session::Caller;
use crate::ui::{Button, ButtonKind, Erase, LinkButton};
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
                {texts::PRODUCT}
            </a>
            {move || caller.get().map(|caller| view! {
                <nav aria-label=texts::MAIN_NAVIGATION>
                    <a href=paths::NOW aria-current=move || mark(path.get() == paths::NOW)>{texts::NOW}</a>
                    <a href=paths::TRAININGS aria-current=move || mark(is_trainings(&path.get()))>{texts::TRAININGS}</a>
                </nav>
                <div class="bar-end">
                    <LiveBadge state=live on_toggle=on_toggle/>
                    <Button kind=ButtonKind::Quiet on_click=open_keys>{texts::KEYS_BUTTON}</Button>
                    <form class="sign-out" method="post" action=paths::SIGN_OUT>
                        <span class="who" title=caller.role.as_str()>{caller.name.to_string()}</span>
                        <button type="submit" class="button button-quiet">{texts::SIGN_OUT}</button>
                    </form>
                    <LinkButton href=paths::NEW_TRAINING.to_owned() kind=ButtonKind::Primary>
                        {texts::NEW_TRAINING}
                    </LinkButton>
                </div>
            }).erase()}
        </header>
    }
    .erase()
}

fn is_trainings(path: &str) -> bool {
    path.starts_with(paths::TRAININGS) && !path.starts_with(paths::NEW_TRAINING)
}
