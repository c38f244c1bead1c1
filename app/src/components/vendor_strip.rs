//! How the vendor accounts are doing, on one line.

use super::moment::moment_of;
use crate::model::connection::{Connection, HealthState};
use crate::ui::{Badge, Erase, Icon, When, erase_all};
use crate::{paths, texts};
use leptos::prelude::{AnyView, AriaAttributes, ClassAttribute, ElementChild, Signal, component, view};

const fn health_icon(state: HealthState) -> &'static str {
    match state {
        HealthState::Ok => "stage-ready",
        HealthState::Unknown => "stage-queued",
        HealthState::Unreachable => "stage-publishing",
        HealthState::Refused => "stage-failed",
    }
}

const fn health_class(state: HealthState) -> &'static str {
    match state {
        HealthState::Ok => "standing stage-ready",
        HealthState::Unknown => "standing stage-queued",
        HealthState::Unreachable => "standing stage-publishing",
        HealthState::Refused => "standing stage-failed",
    }
}

/// A connection's state: shape, colour and word.
pub fn show_health(state: HealthState) -> AnyView {
    view! {
        <span class=health_class(state)>
            <Icon name=health_icon(state)/>
            <span class="standing-word">{texts::health(state)}</span>
        </span>
    }
    .erase()
}

/// Every connection with its health; what is wrong stands beneath in words.
#[component]
pub fn VendorStrip(connections: Vec<Connection>) -> AnyView {
    let items = erase_all(connections.into_iter().map(|connection| {
        let state = connection.health.state;
        let since = connection.health.since.map(|since| Signal::stored(moment_of(since.as_millis())));
        let trouble = matches!(state, HealthState::Unreachable | HealthState::Refused);
        let message = connection.health.message.filter(|_| trouble);
        view! {
            <li class="vendor">
                {show_health(state)}
                <b>
                    <a href=paths::connection(&connection.id)>{connection.name}</a>
                </b>
                {connection.sandbox.then(|| view! { <Badge>{texts::SANDBOX}</Badge> }).erase()}
                {since.map(|since| view! { <small>{texts::SINCE} " " <When at=since/></small> }).erase()}
                {message.map(|text| view! { <small class="wide">{text}</small> }).erase()}
                {trouble.then(|| view! { <small class="wide">{texts::LAST_KNOWN_KEPT}</small> }).erase()}
            </li>
        }
    }));
    view! { <ul class="vendors" aria-label=texts::VENDORS>{items}</ul> }.erase()
}
