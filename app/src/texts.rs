//! Every sentence of the pages.
