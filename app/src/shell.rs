//! The HTML document around every page.

use crate::app::App;
use leptos::config::LeptosOptions;
use leptos::prelude::{ElementChild, GlobalAttributes, IntoView, view};

/// The document.
pub fn shell(_options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head><title>"Trainyard"</title></head>
            <body><App /></body>
        </html>
    }
}
