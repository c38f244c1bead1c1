//! The vendor call a request becomes, as one curl command with the token masked. Shows it; asks nobody for it.

use crate::model::preview::RequestPreview as Preview;
use crate::ui::{CopyText, Erase, erase_all, redraw};
use leptos::prelude::{AnyView, AriaAttributes, ClassAttribute, ElementChild, Get, Signal, component, view};

/// How far the preview is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PreviewState {
    /// The request is not complete.
    #[default]
    Incomplete,
    /// Being made by the server; the older one, if any, still stands.
    Loading(Option<Preview>),
    Shown(Preview),
    /// It could not be made; what happened, in words.
    Unavailable(String),
}

/// The card's inner part: a heading, the command and a button that copies it.
#[component]
pub fn RequestPreview(#[prop(into)] state: Signal<PreviewState>) -> AnyView {
    let body = redraw(move || match state.get() {
        PreviewState::Incomplete => {
            note("The exact call, with the token masked, stands here once nothing is missing.".to_owned())
        }
        PreviewState::Loading(None) => note("Asking for the exact call.".to_owned()),
        PreviewState::Unavailable(message) => note(message),
        PreviewState::Loading(Some(preview)) => show_preview(preview, true),
        PreviewState::Shown(preview) => show_preview(preview, false),
    });
    view! {
        <section class="request-preview" aria-labelledby="request-preview-title">
            <h2 class="request-preview-title" id="request-preview-title">
                "What will be sent"
            </h2>
            {body}
        </section>
    }
    .erase()
}

fn note(text: String) -> AnyView {
    view! { <p class="field-hint">{text}</p> }.erase()
}

/// What the server warns of stands before the call it is about.
fn show_preview(preview: Preview, is_older: bool) -> AnyView {
    let warnings = preview.warnings.into_iter().map(|warning| view! { <p class="field-hint">{warning.message}</p> });
    let warnings = erase_all(warnings);
    view! { {warnings} {show_curl(preview.curl, is_older)} }.erase()
}

fn show_curl(curl: String, is_older: bool) -> AnyView {
    view! { <CopyText text=curl label="The request as curl, token masked" copy="Copy as curl" is_older=is_older/> }
        .erase()
}

#[cfg(test)]
mod tests {
    use super::{PreviewState, RequestPreview};
    use crate::model::error::FieldFault;
    use crate::model::preview::RequestPreview as Preview;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    fn draw(state: PreviewState) -> String {
        Owner::new().with(|| view! { <RequestPreview state=Signal::stored(state)/> }.to_html())
    }

    #[test]
    fn the_curl_line_stays_text_and_can_be_reached_by_keyboard() {
        let preview = Preview {
            method: "POST".to_owned(),
            url: String::new(),
            headers: Vec::new(),
            parts: Vec::new(),
            curl: "curl -H 'Authorization: Bearer <token>'".to_owned(),
            advice: None,
            warnings: vec![FieldFault::new("request.callback", "The vendor <cannot> reach it.")],
        };
        let html = draw(PreviewState::Shown(preview));
        assert!(html.contains("The vendor &lt;cannot&gt; reach it."), "{html}");
        assert!(html.contains("Bearer &lt;token&gt;") && html.contains("tabindex=\"0\""), "{html}");
    }

    #[test]
    fn before_the_request_is_complete_a_note_stands_there() {
        assert!(draw(PreviewState::Incomplete).contains("once nothing is missing"));
        assert!(draw(PreviewState::Unavailable("Sign in first.".to_owned())).contains("Sign in first."));
    }
}
