//! Buttons, and links that look like one.
//! A button that cannot act stays in place and says why.

use super::erase::Erase;
use super::toast::Toasts;
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, Children, ClassAttribute, ElementChild, Get, GetUntracked,
    GlobalAttributes, OnAttribute, OnTargetAttribute, Signal, component, use_context, view,
};

/// How loud a button is; one primary at most on a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    Primary,
    #[default]
    Plain,
    Quiet,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Plain => "button",
            Self::Quiet => "button button-quiet",
        }
    }
}

/// A button. While `blocked` holds a reason it does nothing, is `aria-disabled`, and tells the reason on hover, on focus
/// and, when pressed, in a toast. `submits` makes it the submit button of its form.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional, into)] blocked: Signal<Option<String>>,
    #[prop(optional, into)] on_click: Option<Callback<()>>,
    #[prop(optional)] submits: bool,
    children: Children,
) -> AnyView {
    let toasts = use_context::<Toasts>();
    let press = move |event: leptos::ev::MouseEvent| {
        if let Some(reason) = blocked.get_untracked() {
            event.prevent_default();
            if let Some(toasts) = toasts {
                toasts.show(reason);
            }
        } else if let Some(on_click) = on_click {
            on_click.run(());
        }
    };
    view! {
        <button
            type=if submits { "submit" } else { "button" }
            class=kind.class()
            aria-disabled=move || blocked.get().map(|_| "true".to_owned())
            title=move || blocked.get()
            on:click=press
        >
            {children()}
        </button>
    }
    .erase()
}

/// A link that looks and answers like a button: it works without JavaScript, and Space presses it.
#[component]
pub fn LinkButton(
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] kind: ButtonKind,
    children: Children,
) -> AnyView {
    let press = move |event: leptos::ev::Targeted<leptos::ev::KeyboardEvent, web_sys::HtmlAnchorElement>| {
        if event.key() == " " {
            event.prevent_default();
            event.target().click();
        }
    };
    view! {
        <a class=kind.class() role="button" href=move || href.get() on:keydown:target=press>
            {children()}
        </a>
    }
    .erase()
}
