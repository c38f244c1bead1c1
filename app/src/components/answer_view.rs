//! One answer of the vendor, raw: text of a stranger, shown as text.

use super::moment::moment_of;
use crate::model::history::Answer;
use crate::texts;
use crate::ui::{Badge, Erase, When, WhenStyle};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, GlobalAttributes, Signal, component, view};

/// The answer as a line that opens.
#[component]
pub fn AnswerView(answer: Answer) -> AnyView {
    let status = answer.status.map_or_else(|| texts::NO_ANSWER.to_owned(), |status| status.to_string());
    let body = pretty_json(&answer.body);
    let asked = Signal::stored(moment_of(answer.asked_at.as_millis()));
    // Of equal answers only the first and the last moment are kept: that is the duration of none.
    let took = texts::took_ms(answer.answered_at.millis_since(answer.asked_at));
    let span = if answer.repeated > 1 { texts::repeated(answer.repeated) } else { took };
    view! {
        <details class="answer">
            <summary>
                <When at=asked style=WhenStyle::Clock/>
                <Badge>{answer.purpose}</Badge>
                <code lang="en" translate="no">{answer.method} " " {answer.url}</code>
                <b>{status}</b>
                <small>{span}</small>
            </summary>
            {answer.error.map(|error| view! { <p class="muted">{error}</p> }).erase()}
            {answer.content_type.map(|kind| view! { <p class="muted"><code>{kind}</code></p> }).erase()}
            <pre tabindex="0" lang="en" translate="no">{body}</pre>
            {answer.truncated.then(|| view! { <p class="muted">{texts::CUT}</p> }).erase()}
        </details>
    }
    .erase()
}

/// JSON with its lines broken; anything else as it is.
fn pretty_json(body: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(body).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::AnswerView;
    use crate::components::sample;
    use crate::model::history::Answer;
    use crate::model::time::Timestamp;
    use leptos::prelude::{Owner, RenderHtml, view};

    #[test]
    fn html_from_a_vendor_is_shown_never_run() {
        let at = Timestamp::from_millis(sample::START);
        let answer = Answer {
            id: 1,
            purpose: "progress".to_owned(),
            method: "GET".to_owned(),
            url: sample::HOSTILE.to_owned(),
            status: Some(200),
            content_type: Some(sample::HOSTILE.to_owned()),
            body: sample::HOSTILE.to_owned(),
            truncated: true,
            error: None,
            asked_at: at,
            answered_at: at.plus_millis(42),
            repeated: 3,
        };
        let html = Owner::new().with(|| view! { <AnswerView answer=answer/> }.to_html());
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("&lt;script"), "{html}");
        assert!(html.contains("3 equal answers"), "{html}");
    }
}
