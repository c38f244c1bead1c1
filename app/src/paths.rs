//! One function per address; nobody else formats a URL.
