//! The vendor accounts: how each is doing, when it was last used. Reads our store; asks no vendor.

use super::parts::load_part;
use crate::api::connections::list_connections;
use crate::components::connection_row::{ConnectionRow, connection_columns};
use crate::components::page_head::PageHead;
use crate::model::connection::Connection;
use crate::texts;
use crate::texts::connections as words;
use crate::ui::{Empty, Erase, Table, erase_all};
use leptos::prelude::{AnyView, Callback, ClassAttribute, ElementChild, Resource, Signal, component, view};
use leptos_router::{LazyRoute, lazy_route};

/// The connections page, which the browser fetches when somebody goes there.
pub struct ConnectionsRoute;

#[lazy_route]
impl LazyRoute for ConnectionsRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ConnectionsRoute = this;
        view! { <ConnectionsPage/> }.erase()
    }
}

/// The connections page.
#[component]
fn ConnectionsPage() -> AnyView {
    let loaded = Resource::new(|| (), |()| list_connections());
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <PageHead title=Signal::stored(words::TITLE.to_owned())/>
        {load_part(4, retry, move || async move { Ok(show_connections(loaded.await?)) })}
    }
    .erase()
}

fn show_connections(connections: Vec<Connection>) -> AnyView {
    if connections.is_empty() {
        return view! {
            <section class="card">
                <Empty icon="stage-queued" title=words::NONE_YET text=texts::NO_VENDORS/>
            </section>
        }
        .erase();
    }
    let rows = erase_all(connections.into_iter().map(|connection| view! { <ConnectionRow connection=connection/> }));
    view! {
        <div class="card list-card">
            <Table caption=words::TITLE columns=connection_columns()>{rows}</Table>
        </div>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::show_connections;
    use crate::components::sample;
    use crate::paths;
    use crate::texts::connections as words;
    use leptos::prelude::{Owner, RenderHtml};

    #[test]
    fn every_connection_has_its_row_and_none_at_all_says_what_to_do() {
        let one = sample::connection();
        let link = format!("href=\"{}\"", paths::connection(&one.id));
        let html = Owner::new().with(|| show_connections(vec![one]).to_html());
        assert!(html.contains(&link) && html.contains(words::NOTICE), "{html}");
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        let html = Owner::new().with(|| show_connections(Vec::new()).to_html());
        assert!(html.contains(words::NONE_YET) && html.contains("[[connections]]"), "{html}");
    }
}
