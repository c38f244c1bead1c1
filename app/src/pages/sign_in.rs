//! Signing in with a one-time link: a plain form, so it works without JavaScript. Opening the link uses nothing up.

use crate::components::page_head::PageHead;
use crate::ui::Erase;
use crate::{paths, texts};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, GlobalAttributes, Memo, Signal, component, view};
use leptos_router::hooks::use_query_map;

/// The sign-in page.
#[component]
pub fn SignInPage() -> AnyView {
    let query = use_query_map();
    let link = Memo::new(move |_| query.get().get(paths::SIGN_IN_FIELD).filter(|link| !link.is_empty()));
    let next = Memo::new(move |_| query.get().get(paths::SIGN_IN_NEXT));
    let refused = Memo::new(move |_| query.get().get(paths::SIGN_IN_FAULT).is_some());
    view! {
        <div class="sign-in">
            <PageHead title=Signal::stored(texts::SIGN_IN_TITLE.to_owned())/>
            {move || refused.get().then(|| view! {
                <p class="card failure" role="alert">{texts::SIGN_IN_REFUSED}</p>
            }).erase()}
            {move || match link.get() {
                Some(link) => view! {
                    <form class="card stack" method="post" action=paths::SIGN_IN>
                        <p>{texts::SIGN_IN_READY}</p>
                        <input type="hidden" name=paths::SIGN_IN_FIELD value=link/>
                        {next.get().map(|next| view! {
                            <input type="hidden" name=paths::SIGN_IN_NEXT value=next/>
                        }).erase()}
                        <button type="submit" class="button button-primary">
                            {texts::SIGN_IN}
                        </button>
                    </form>
                }
                .erase(),
                None => view! {
                    <div class="card stack">
                        <p>{texts::SIGN_IN_WITHOUT_LINK}</p>
                        <p class="muted">{texts::SIGN_IN_WHERE}</p>
                        <pre tabindex="0" lang="en" translate="no">{texts::SIGN_IN_COMMAND}</pre>
                    </div>
                }
                .erase(),
            }}
        </div>
    }
    .erase()
}
