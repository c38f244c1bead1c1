//! What stands where a list or a page has nothing to show, and why.

use super::erase::Erase;
use super::icon::Icon;
use leptos::prelude::{AnyView, Children, ClassAttribute, ElementChild, GlobalAttributes, component, view};

/// Nothing here: what that means, and what can be done (the children, usually buttons).
#[component]
pub fn Empty(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> AnyView {
    view! {
        <div class="empty">
            <Icon name=icon/>
            <p class="empty-title">{title}</p>
            <p class="empty-text">{text}</p>
            <div class="empty-actions">{children.map(|children| children())}</div>
        </div>
    }
    .erase()
}

/// Something went wrong: what happened, what was not lost, what to do (the children).
#[component]
pub fn Problem(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// What to quote when asking for help.
    #[prop(optional_no_strip)]
    quote: Option<String>,
    #[prop(optional)] children: Option<Children>,
) -> AnyView {
    view! {
        <div class="empty problem" role="alert">
            <Icon name="stage-failed"/>
            <p class="empty-title">{title}</p>
            <p class="empty-text">{text}</p>
            {quote.map(|quote| view! { <p class="empty-text"><code>{quote}</code></p> }).erase()}
            <div class="empty-actions">{children.map(|children| children())}</div>
        </div>
    }
    .erase()
}
