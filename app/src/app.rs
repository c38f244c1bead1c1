//! The route table: the only list of pages.

use leptos::prelude::{IntoView, component, view};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// The application.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| "There is no such page.">
                <Route path=path!("/") view=|| "Now" />
                <Route path=path!("/sign-in") view=|| "Sign in" />
            </Routes>
        </Router>
    }
}
