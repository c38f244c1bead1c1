//! Starts preflight in a worker for a file that somebody dropped, and listens to it.
//! Runs no rule itself: the page's main thread only passes messages on.

use crate::model::finding::CheckedFile;
use crate::model::ids::Kind;

/// Why a file could not be checked here. The server checks it again after the upload, so nobody has to stop for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckFailure {
    #[error("This browser could not start the check. The server checks the file after the upload.")]
    NotStarted,
    /// The browser's own reason, in our words.
    #[error("{0}")]
    Unreadable(String),
}

/// A running check. Dropping it ends the worker at once.
#[must_use = "dropping the handle ends the check"]
pub struct CheckHandle {
    #[cfg(feature = "hydrate")]
    _worker: Option<browser::RunningWorker>,
}

/// Checks `file` in a worker. `on_progress` gets the bytes read so far, about every 4 MiB; `on_done` is called once,
/// never before this function has returned.
///
/// `role` is the request field the file would stand in; the kind's first when absent.
#[cfg(feature = "hydrate")]
pub fn check_in_background(
    file: &web_sys::File,
    kind: &Kind,
    role: Option<&str>,
    on_progress: impl FnMut(f64) + 'static,
    on_done: impl FnOnce(Result<CheckedFile, CheckFailure>) + 'static,
) -> CheckHandle {
    let listener = browser::Listener::new(on_progress, on_done);
    CheckHandle { _worker: browser::RunningWorker::start(file, kind, role, listener) }
}

/// There is no worker on the server, and nothing drops a file there.
#[cfg(not(feature = "hydrate"))]
pub fn check_in_background(
    _file: &web_sys::File,
    _kind: &Kind,
    _role: Option<&str>,
    _on_progress: impl FnMut(f64) + 'static,
    _on_done: impl FnOnce(Result<CheckedFile, CheckFailure>) + 'static,
) -> CheckHandle {
    CheckHandle {}
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::CheckFailure;
    use crate::model::finding::CheckedFile;
    use crate::model::ids::Kind;
    use crate::paths;
    use js_sys::{Object, Reflect};
    use std::cell::RefCell;
    use std::rc::Rc;
    use wasm_bindgen::closure::Closure;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

    type OnDone = Box<dyn FnOnce(Result<CheckedFile, CheckFailure>)>;

    /// Whom the worker's messages go to.
    pub(super) struct Listener {
        on_progress: RefCell<Box<dyn FnMut(f64)>>,
        /// Taken by the first end; a late message finds nobody.
        on_done: RefCell<Option<OnDone>>,
    }

    impl Listener {
        pub(super) fn new(
            on_progress: impl FnMut(f64) + 'static,
            on_done: impl FnOnce(Result<CheckedFile, CheckFailure>) + 'static,
        ) -> Rc<Self> {
            Rc::new(Self {
                on_progress: RefCell::new(Box::new(on_progress)),
                on_done: RefCell::new(Some(Box::new(on_done))),
            })
        }

        fn hear(&self, message: &JsValue) {
            let field = |name: &str| Reflect::get(message, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
            if let Some(bytes) = field("bytes").as_f64() {
                (self.on_progress.borrow_mut())(bytes);
            } else if let Some(done) = field("done").as_string() {
                self.end(serde_json::from_str(&done).map_err(|_| CheckFailure::NotStarted));
            } else if let Some(reason) = field("failed").as_string() {
                self.end(Err(CheckFailure::Unreadable(reason)));
            }
        }

        fn end(&self, outcome: Result<CheckedFile, CheckFailure>) {
            let on_done = self.on_done.borrow_mut().take();
            if let Some(on_done) = on_done {
                on_done(outcome);
            }
        }

        /// Ends after the caller has its handle.
        fn end_soon(self: Rc<Self>, outcome: Result<CheckedFile, CheckFailure>) {
            wasm_bindgen_futures::spawn_local(async move { self.end(outcome) });
        }
    }

    /// The worker and the closures that it calls.
    pub(super) struct RunningWorker {
        worker: Worker,
        listener: Rc<Listener>,
        _on_message: Closure<dyn FnMut(MessageEvent)>,
        _on_error: Closure<dyn FnMut(JsValue)>,
    }

    impl RunningWorker {
        pub(super) fn start(
            file: &web_sys::File,
            kind: &Kind,
            role: Option<&str>,
            listener: Rc<Listener>,
        ) -> Option<Self> {
            let started = make_message(file, kind, role).and_then(|message| {
                let options = WorkerOptions::new();
                options.set_type(WorkerType::Module);
                let worker = Worker::new_with_options(paths::WORKER_SCRIPT, &options).ok()?;
                worker.post_message(&message).ok()?;
                Some(worker)
            });
            let Some(worker) = started else {
                listener.end_soon(Err(CheckFailure::NotStarted));
                return None;
            };
            let heard = Rc::clone(&listener);
            let on_message = Closure::new(move |event: MessageEvent| heard.hear(&event.data()));
            let failed = Rc::clone(&listener);
            // The script is missing, was blocked, or the WebAssembly stopped.
            let on_error = Closure::new(move |_: JsValue| failed.end(Err(CheckFailure::NotStarted)));
            worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
            worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
            Some(Self { worker, listener, _on_message: on_message, _on_error: on_error })
        }
    }

    impl Drop for RunningWorker {
        fn drop(&mut self) {
            self.worker.set_onmessage(None);
            self.worker.set_onerror(None);
            self.worker.terminate();
            self.listener.on_done.borrow_mut().take();
        }
    }

    /// The worker's first message. The shell names the hashed files of this very page.
    fn make_message(file: &web_sys::File, kind: &Kind, role: Option<&str>) -> Option<JsValue> {
        let meta = web_sys::window()?.document()?.query_selector("meta[name=trainyard-frontend]").ok()??;
        let content = meta.get_attribute("content")?;
        let (script, wasm) = content.split_once(' ')?;
        let message = Object::new();
        let set = |name: &str, value: &JsValue| Reflect::set(&message, &JsValue::from_str(name), value).ok();
        set("script", &JsValue::from_str(script))?;
        set("wasm", &JsValue::from_str(wasm))?;
        set("file", file)?;
        set("kind", &JsValue::from_str(kind.as_str()))?;
        set("role", &role.map_or(JsValue::UNDEFINED, JsValue::from_str))?;
        Some(message.into())
    }
}
