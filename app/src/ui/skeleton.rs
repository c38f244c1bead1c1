//! Grey lines in the place of what is being loaded.

use leptos::prelude::{
    AriaAttributes, ClassAttribute, CollectView, ElementChild, GlobalAttributes, IntoView, component, view,
};

/// `lines` grey lines; `label` tells readers what is loading.
#[component]
pub fn Skeleton(label: &'static str, #[prop(default = 4)] lines: usize) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label=label>
            {(0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view()}
        </div>
    }
}
