//! Grey lines in the place of what is being loaded.

use super::erase::{Erase, erase_all};
use leptos::prelude::{AnyView, AriaAttributes, ClassAttribute, ElementChild, GlobalAttributes, component, view};

/// `lines` grey lines; `label` tells readers what is loading.
#[component]
pub fn Skeleton(label: &'static str, #[prop(default = 4)] lines: usize) -> AnyView {
    view! {
        <div class="skeleton" role="status" aria-label=label>
            {erase_all((0..lines).map(|_| view! { <span class="skeleton-line"></span> }))}
        </div>
    }
    .erase()
}
