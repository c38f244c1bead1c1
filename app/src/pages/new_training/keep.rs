//! Keeps what was typed in the tab's session storage, so that a reload or a server error loses nothing.
//! Holds no file and no secret; a storage that is full or forbidden is the same as an empty one.

use super::draft::FormDraft;

/// What a form hands over when somebody switches to another kind.
const HANDED_OVER: &str = "trainyard.form";

/// Where a form's draft is kept: apart for each kind and each training it was opened from.
pub fn storage_key(kind: &str, opened_from: &str) -> String {
    format!("trainyard.form.{kind}.{opened_from}")
}

/// What was kept of this form.
pub fn load_draft(key: &str) -> Option<FormDraft> {
    let text = read(key)?;
    serde_json::from_str(&text).ok()
}

/// Keeps a form.
pub fn save_draft(key: &str, draft: &FormDraft) {
    if let Ok(text) = serde_json::to_string(draft) {
        write(key, Some(&text));
    }
}

/// Forgets a form that was submitted.
pub fn forget_draft(key: &str) {
    write(key, None);
}

/// Hands this form over to the kind that is opened next.
pub fn hand_over(draft: &FormDraft) {
    save_draft(HANDED_OVER, draft);
}

/// Takes what was handed over, once.
pub fn take_handed_over() -> Option<FormDraft> {
    let draft = load_draft(HANDED_OVER);
    write(HANDED_OVER, None);
    draft
}

#[cfg(feature = "hydrate")]
fn read(key: &str) -> Option<String> {
    leptos::prelude::window().session_storage().ok()??.get_item(key).ok()?
}

#[cfg(feature = "hydrate")]
fn write(key: &str, text: Option<&str>) {
    let Ok(Some(storage)) = leptos::prelude::window().session_storage() else { return };
    // A full or forbidden storage costs the reload only; the form itself is unharmed.
    match text {
        Some(text) => storage.set_item(key, text).ok(),
        None => storage.remove_item(key).ok(),
    };
}

#[cfg(not(feature = "hydrate"))]
fn read(_: &str) -> Option<String> {
    None
}

#[cfg(not(feature = "hydrate"))]
fn write(_: &str, _: Option<&str>) {}
