//! The page's entry in the browser.
