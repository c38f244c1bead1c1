//! A connection as a row of the connections page; a card where there is no room for columns.

use super::moment::{moment_of, vendor_label};
use super::vendor_strip::show_health;
use crate::model::connection::Connection;
use crate::model::time::Timestamp;
use crate::texts::connections as words;
use crate::ui::{Badge, Column, Erase, When};
use crate::{paths, texts};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, IntoAny, Signal, component, view};
use leptos::tachys::html::attribute::custom::CustomAttribute;

/// The columns of the connections page.
pub fn connection_columns() -> Vec<Column> {
    [
        words::COLUMN_HEALTH,
        texts::COLUMN_NAME,
        texts::COLUMN_VENDOR,
        words::COLUMN_LAST_USED,
        words::COLUMN_LAST_REFUSED,
    ]
    .map(Column)
    .to_vec()
}

/// The vendor's name for people.
pub fn vendor_of(connection: &Connection) -> String {
    connection.kinds.first().map_or_else(|| connection.vendor.clone(), vendor_label)
}

/// A moment that may never have been.
pub fn show_moment(at: Option<Timestamp>) -> AnyView {
    match at {
        Some(at) => view! { <When at=Signal::stored(moment_of(at.as_millis()))/> }.erase(),
        None => words::NEVER.into_any(),
    }
}

/// One row.
#[component]
pub fn ConnectionRow(connection: Connection) -> AnyView {
    let vendor = vendor_of(&connection);
    let notices = connection.notices.len();
    view! {
        <tr class="training-row">
            <td class="cell-status" data-label=words::COLUMN_HEALTH>
                {show_health(connection.health.state)}
            </td>
            <td class="cell-name" data-label=texts::COLUMN_NAME>
                <a class="name" href=paths::connection(&connection.id)>{connection.name}</a>
                {connection.sandbox.then(|| view! { <Badge>{texts::SANDBOX}</Badge> }).erase()}
                {(notices > 0).then(|| view! { <Badge>{words::NOTICE}</Badge> }).erase()}
                <small>{connection.id.to_string()}</small>
            </td>
            <td class="cell-vendor" data-label=texts::COLUMN_VENDOR>{vendor}</td>
            <td class="cell-owner" data-label=words::COLUMN_LAST_USED>{show_moment(connection.last_used_at)}</td>
            <td class="cell-owner" data-label=words::COLUMN_LAST_REFUSED>{show_moment(connection.last_refused_at)}</td>
        </tr>
    }
    .erase()
}
