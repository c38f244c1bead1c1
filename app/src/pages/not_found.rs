//! No page at this address, with a real 404.

use crate::components::page_head::PageHead;
use crate::ui::{Erase, LinkButton};
use crate::{paths, texts};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Signal, component, view};

/// The 404 page.
#[component]
pub fn NotFoundPage() -> AnyView {
    set_not_found();
    view! {
        <PageHead title=Signal::stored(texts::NOT_FOUND_TITLE.to_owned())/>
        <p class="lead">{texts::NOT_FOUND}</p>
        <p class="actions">
            <LinkButton href=paths::TRAININGS.to_owned()>{texts::GO_TO_TRAININGS}</LinkButton>
        </p>
    }
    .erase()
}

/// Gives the answer being rendered the status 404.
pub fn set_not_found() {
    #[cfg(feature = "ssr")]
    if let Some(options) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        options.set_status(leptos::server_fn::http_export::StatusCode::NOT_FOUND);
    }
}
