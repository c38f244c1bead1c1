//! The HTML document around every page.
