//! The page's entry in the browser.
//! Nothing starts by itself: the page calls `hydrate`, the preflight worker calls its own entry in `app`.

use wasm_bindgen::prelude::wasm_bindgen;

/// Brings the server's markup to life.
#[wasm_bindgen]
pub fn hydrate() {
    app::app::hydrate_page();
}
