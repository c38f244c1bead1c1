//! A page's title and heading: says both aloud and takes the focus when the page was reached by a link inside.

use super::announcer::Announcer;
use crate::texts;
use crate::ui::Erase;
use leptos::children::Children;
use leptos::html;
use leptos::prelude::{
    AnyView, ClassAttribute, Effect, ElementChild, Get, GetUntracked, GetValue, GlobalAttributes, NodeRef,
    NodeRefAttribute, Signal, StoredValue, component, provide_context, use_context, view,
};
use leptos_meta::Title;

/// Whether the page has been alive for a frame: from then on a new heading means a navigation.
#[derive(Clone, Copy)]
pub struct Alive(pub StoredValue<bool>);

impl Alive {
    /// Puts "not yet" into the context.
    pub fn provide() -> Self {
        let alive = Self(StoredValue::new(false));
        provide_context(alive);
        alive
    }
}

/// The document's title. leptos_meta writes it into the server's markup unescaped, so it is escaped here; in the
/// browser it becomes `document.title`, which is text.
#[component]
pub fn PageTitle(#[prop(into)] title: Signal<String>) -> AnyView {
    // On the server leptos_meta may ask for the text when the page that gave it is gone already: then what it was at first.
    let at_first = title.get_untracked();
    let text = move || escape_title(&texts::document_title(&title.try_get().unwrap_or_else(|| at_first.clone())));
    view! { <Title text/> }.erase()
}

#[cfg(feature = "ssr")]
fn escape_title(title: &str) -> String {
    title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(not(feature = "ssr"))]
fn escape_title(title: &str) -> String {
    title.to_owned()
}

/// The heading of a page. `crumbs` stand above it, the children (its buttons) beside it.
#[component]
pub fn PageHead(
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] crumbs: Option<Children>,
    #[prop(optional)] children: Option<Children>,
) -> AnyView {
    let heading = NodeRef::<html::H1>::new();
    let alive = use_context::<Alive>();
    let announcer = Announcer::of_page();
    Effect::new(move |done: Option<bool>| {
        if done == Some(true) {
            return true;
        }
        let Some(element) = heading.get() else { return false };
        if alive.is_some_and(|alive| alive.0.get_value()) {
            // The heading is put into the page only after its effects ran.
            #[cfg(feature = "hydrate")]
            leptos::prelude::request_animation_frame(move || drop(element.focus()));
            #[cfg(not(feature = "hydrate"))]
            drop(element);
            announcer.say(title.get_untracked());
        }
        true
    });
    view! {
        <PageTitle title=title/>
        <div class="page-head">
            <div class="page-title">
                {crumbs.map(|crumbs| view! { <p class="crumbs">{crumbs()}</p> }).erase()}
                <h1 tabindex="-1" node_ref=heading>
                    {move || title.get()}
                </h1>
            </div>
            {children.map(|children| view! { <div class="page-actions">{children()}</div> }).erase()}
        </div>
    }
    .erase()
}
