//! How a connection is doing and what it is: health in words, warnings, facts, and what a test said.

use super::connection_row::{show_moment, vendor_of};
use super::moment::{kind_label, moment_of};
use super::vendor_strip::show_health;
use crate::model::connection::{Capabilities, Connection, ConnectionTest};
use crate::texts;
use crate::texts::connections as words;
use crate::ui::{Badge, Erase, When, erase_all};
use leptos::prelude::{
    AnyView, AriaAttributes, ClassAttribute, ElementChild, GlobalAttributes, Signal, component, view,
};

/// The connection's overview.
#[component]
pub fn ConnectionCard(connection: Connection) -> AnyView {
    let vendor = vendor_of(&connection);
    let kinds: Vec<String> = connection.kinds.iter().map(kind_label).collect();
    let since = connection.health.since.map(|since| Signal::stored(moment_of(since.as_millis())));
    let notices = connection.notices.into_iter().map(|notice| {
        view! {
            <p class="connection-notice" role="note">
                <b>{words::NOTICE}</b>
                " "
                {notice}
            </p>
        }
    });
    view! {
        <section class="card padded" aria-label=words::OVERVIEW>
            <p>
                {show_health(connection.health.state)}
                {since.map(|since| view! { <small>" " {texts::SINCE} " " <When at=since/></small> }).erase()}
                {connection.sandbox.then(|| view! { " " <Badge>{texts::SANDBOX}</Badge> }).erase()}
            </p>
            {connection.health.message.map(|message| view! { <p>{message}</p> }).erase()}
            {erase_all(notices)}
            <dl class="facts facts-plain">
                {show_fact(texts::COLUMN_VENDOR, Some(vendor))}
                {show_fact(words::ID, Some(connection.id.to_string()))}
                {show_fact(words::KINDS, Some(kinds.join(", ")))}
                {show_fact(words::TENANT, connection.tenant_name)}
                {show_fact(words::DEFAULT_PRODUCT, connection.default_product_name)}
                {show_fact(words::ABILITIES, Some(list_abilities(&connection.capabilities)))}
                <dt>{words::COLUMN_LAST_USED}</dt>
                <dd>{show_moment(connection.last_used_at)}</dd>
                <dt>{words::COLUMN_LAST_REFUSED}</dt>
                <dd>{show_moment(connection.last_refused_at)}</dd>
            </dl>
        </section>
    }
    .erase()
}

fn show_fact(word: &'static str, value: Option<String>) -> AnyView {
    value
        .map(|value| {
            view! {
                <dt>{word}</dt>
                <dd>{value}</dd>
            }
        })
        .erase()
}

fn list_abilities(can: &Capabilities) -> String {
    let all = [
        (can.cancel, words::CAN_CANCEL),
        (can.delete_at_vendor, words::CAN_DELETE),
        (can.list, words::CAN_LIST),
        (can.watching_publishes, words::WATCHING_PUBLISHES),
        (can.loss, words::TELLS_LOSS),
        (can.llm_settings, words::LLM_ABILITY),
    ];
    let able: Vec<&str> = all.into_iter().filter(|(can, _)| *can).map(|(_, word)| word).collect();
    if able.is_empty() { words::NO_ABILITIES.to_owned() } else { able.join(", ") }
}

/// What a test or a rehearsal came to.
pub fn show_test(test: ConnectionTest) -> AnyView {
    let verdict = if test.ok { words::WORKS } else { words::WORKS_NOT };
    let warnings = test.warnings.into_iter().map(|warning| view! { <p class="connection-notice">{warning}</p> });
    view! {
        <p>
            <b>{verdict}</b>
            " "
            {test.message}
        </p>
        {erase_all(warnings)}
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{ConnectionCard, show_test};
    use crate::components::sample;
    use crate::model::connection::ConnectionTest;
    use crate::texts::connections as words;
    use leptos::prelude::{Owner, RenderHtml, view};

    #[test]
    fn the_card_escapes_every_free_text_and_shows_each_warning() {
        let html = Owner::new().with(|| view! { <ConnectionCard connection=sample::connection()/> }.to_html());
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains(words::NOTICE) && html.contains(words::LLM_ABILITY), "{html}");
        assert!(!html.contains(words::CAN_CANCEL), "{html}");
    }

    #[test]
    fn a_test_says_whether_it_works_and_what_the_vendor_said() {
        let test = |ok: bool| ConnectionTest {
            ok,
            message: sample::HOSTILE.to_owned(),
            warnings: vec![sample::HOSTILE.to_owned()],
            took_ms: 5,
        };
        let html = |ok: bool| Owner::new().with(|| show_test(test(ok)).to_html());
        assert!(html(true).contains(words::WORKS) && html(false).contains(words::WORKS_NOT));
        assert!(!html(true).contains("<script"), "{}", html(true));
    }
}
