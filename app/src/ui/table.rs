//! A table that becomes cards where there is no room for columns.

use leptos::prelude::{Children, ClassAttribute, CollectView, ElementChild, IntoView, component, view};

/// A column: its heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(pub &'static str);

/// A table with a caption for readers. The children are `<tr>`s; give each `<td>` its column's `data-label`.
#[component]
pub fn Table(#[prop(into)] caption: String, columns: Vec<Column>, children: Children) -> impl IntoView {
    view! {
        <table class="table">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>{columns.into_iter().map(|column| view! { <th scope="col">{column.0}</th> }).collect_view()}</tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
    }
}
