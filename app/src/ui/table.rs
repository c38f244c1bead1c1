//! A table that becomes cards where there is no room for columns.

use super::erase::{Erase, erase_all};
use leptos::prelude::{AnyView, Children, ClassAttribute, ElementChild, component, view};

/// A column: its heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(pub &'static str);

/// A table with a caption for readers. The children are `<tr>`s; give each `<td>` its column's `data-label`.
#[component]
pub fn Table(#[prop(into)] caption: String, columns: Vec<Column>, children: Children) -> AnyView {
    view! {
        <table class="table">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>{erase_all(columns.into_iter().map(|column| view! { <th scope="col">{column.0}</th> }))}</tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
    }
    .erase()
}
