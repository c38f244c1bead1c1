//! One HTTP request with upload progress: XMLHttpRequest, because fetch cannot tell how much it has sent.
//! Knows no protocol; see `browser`.

use crate::model::error::AppError;
use js_sys::Promise;
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

/// A request to send.
pub(super) struct Outgoing<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) headers: &'a [(&'static str, String)],
    pub(super) body: Option<&'a Blob>,
}

/// An answer; `status` is never 0.
pub(super) struct Answer {
    pub(super) status: u16,
    request: XmlHttpRequest,
}

/// The request under way, so that somebody else can end it.
pub(super) type Current = RefCell<Option<XmlHttpRequest>>;

impl Answer {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.request.get_response_header(name).ok().flatten()
    }

    /// The offset the server names.
    pub(super) fn offset(&self) -> Option<u64> {
        self.header("Upload-Offset")?.parse().ok()
    }

    /// The error in the body.
    pub(super) fn error(&self) -> Option<AppError> {
        serde_json::from_str(&self.request.response_text().ok()??).ok()
    }
}

/// Sends a request and waits for its answer. `None` where there is none: no network, cut, or ended by `abort_current`.
pub(super) async fn send_request(
    current: &Current,
    outgoing: Outgoing<'_>,
    on_sent: impl Fn(u64) + 'static,
) -> Option<Answer> {
    let request = XmlHttpRequest::new().ok()?;
    request.open_with_async(outgoing.method, outgoing.path, true).ok()?;
    for (name, value) in outgoing.headers {
        request.set_request_header(name, value).ok()?;
    }
    let on_progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| on_sent(event.loaded() as u64));
    if outgoing.body.is_some() {
        request.upload().ok()?.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
    }
    let ended = Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
    current.replace(Some(request.clone()));
    let sent = match outgoing.body {
        Some(body) => request.send_with_opt_blob(Some(body)),
        None => request.send(),
    };
    if sent.is_ok() {
        // `loadend` comes after success, failure and abort alike.
        let _ = JsFuture::from(ended).await;
    }
    current.replace(None);
    request.set_onloadend(None);
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(None);
    }
    let status = request.status().ok().filter(|status| *status != 0)?;
    Some(Answer { status, request })
}

/// Ends the request under way, if any.
pub(super) fn abort_current(current: &Current) {
    // Not borrowed while aborting: the end is told synchronously.
    let request = current.borrow().clone();
    if let Some(request) = request {
        let _ = request.abort();
    }
}

/// Waits.
pub(super) async fn sleep(milliseconds: i32) {
    let woken = Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        }
    });
    let _ = JsFuture::from(woken).await;
}

/// Whether the first byte of a file can be read: a file that was changed or moved after it was picked cannot.
pub(super) async fn is_readable(file: &Blob) -> bool {
    let Ok(start) = file.slice_with_f64_and_f64(0.0, 1.0) else { return false };
    JsFuture::from(start.array_buffer()).await.is_ok()
}

/// Calls something every second until dropped.
pub(super) struct EverySecond {
    id: i32,
    _call: Closure<dyn Fn()>,
}

impl EverySecond {
    /// Begins; `None` where there is no window.
    pub(super) fn call(this: impl Fn() + 'static) -> Option<Self> {
        let call = Closure::<dyn Fn()>::new(this);
        let function = call.as_ref().unchecked_ref();
        let id = web_sys::window()?.set_interval_with_callback_and_timeout_and_arguments_0(function, 1_000).ok()?;
        Some(Self { id, _call: call })
    }
}

impl Drop for EverySecond {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_interval_with_handle(self.id);
        }
    }
}

/// Milliseconds that only grow, whatever happens to the clock on the wall.
pub(super) fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or_else(js_sys::Date::now, |clock| clock.now())
}

/// Base64 of a text's UTF-8, as tus metadata wants it.
pub(super) fn write_base64(text: &str) -> String {
    // The browser's `btoa` takes one character per byte.
    let bytes: String = text.bytes().map(char::from).collect();
    web_sys::window().and_then(|window| window.btoa(&bytes).ok()).unwrap_or_default()
}
