//! The tus client of the page: begins or finds an upload, sends chunks, tries again for as long as the page is open.
//! Every try first asks the server how far the file has come.

use super::UploadState;
use super::pace::{GIVE_UP_AFTER_MS, Pace, STUCK_AFTER_MS, finish_within, wait_before_try, whole_seconds};
use super::request::{
    Answer, Current, EverySecond, Outgoing, abort_current, is_readable, now_ms, send_request, sleep, write_base64,
};
use crate::model::error::{AppError, ErrorCode};
use crate::model::ids::DatasetId;
use crate::paths;
use leptos::prelude::{Callable, Callback};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{File, Storage};

/// Bytes per request: small enough for the body limits of common proxies, large enough that requests cost nothing.
const CHUNK_BYTES: u64 = 16 * 1024 * 1024;

/// One file being sent.
pub(super) struct Job {
    file: File,
    total: u64,
    on_state: Callback<UploadState>,
    told: RefCell<Option<UploadState>>,
    current: Current,
    pace: RefCell<Pace>,
    /// When the request under way began.
    began: Cell<f64>,
    /// When the next try begins, while waiting for it.
    next_try: Cell<Option<f64>>,
    /// Nobody wants it any more.
    is_stopped: Cell<bool>,
    is_over: Cell<bool>,
}

/// Why a try ended without a dataset.
enum Trouble {
    /// Another try may help.
    Again,
    /// The server does not know the upload any more: begin a new one.
    Lost,
    /// No try will help.
    Fatal(AppError),
}

impl Job {
    /// Nothing is sent yet.
    pub(super) fn new(file: File, on_state: Callback<UploadState>) -> Rc<Self> {
        // A file's size is a whole number below 2^53.
        let total = file.size() as u64;
        Rc::new(Self {
            file,
            total,
            on_state,
            told: RefCell::new(None),
            current: RefCell::new(None),
            pace: RefCell::new(Pace::new(now_ms(), 0)),
            began: Cell::new(now_ms()),
            next_try: Cell::new(None),
            is_stopped: Cell::new(false),
            is_over: Cell::new(false),
        })
    }

    /// Stops sending. What the server has stays there.
    pub(super) fn stop(&self) {
        self.is_stopped.set(true);
        abort_current(&self.current);
    }

    /// Stops, and has the server throw away what it got.
    pub(super) fn cancel(&self) {
        self.stop();
        if self.is_over.get() {
            return;
        }
        if let Some(path) = find_kept(&self.kept_key()) {
            forget_kept(&self.kept_key());
            wasm_bindgen_futures::spawn_local(async move {
                let headers = [version_header()];
                let outgoing = Outgoing { method: "DELETE", path: &path, headers: &headers, body: None };
                // Where this does not arrive, the upload expires.
                let _ = send_request(&RefCell::new(None), outgoing, |_| {}).await;
            });
        }
    }

    fn tell(&self, state: UploadState) {
        if self.is_stopped.get() || self.is_over.get() || self.told.borrow().as_ref() == Some(&state) {
            return;
        }
        self.is_over.set(matches!(state, UploadState::Done { .. } | UploadState::Failed(_)));
        self.told.replace(Some(state.clone()));
        // The form may be gone.
        let _ = self.on_state.try_run(state);
    }

    /// Tells how it goes, and ends a request that has stood still for too long.
    fn look(&self) {
        let (now, pace) = (now_ms(), self.pace.borrow());
        let (sent, total, silent) = (pace.sent(), self.total, pace.silent_ms(now));
        let is_all_sent = sent == total && self.next_try.get().is_none();
        let patience = if is_all_sent { finish_within(total) } else { GIVE_UP_AFTER_MS };
        let give_up = silent.min(now - self.began.get()) > patience;
        let state = if silent >= STUCK_AFTER_MS && !is_all_sent {
            let next_try_seconds = self.next_try.get().map(|at| whole_seconds(at - now));
            UploadState::Stuck { sent, total, silent_seconds: (silent / 1_000.0) as u64, next_try_seconds }
        } else if is_all_sent {
            UploadState::Finishing
        } else {
            UploadState::Sending { sent, total, bytes_per_second: pace.bytes_per_second(now) }
        };
        drop(pace);
        if *self.told.borrow() != Some(UploadState::Waiting) || silent >= STUCK_AFTER_MS || sent > 0 {
            self.tell(state);
        }
        if give_up {
            abort_current(&self.current);
        }
    }

    /// Under which the upload's address is kept over a reload: the same file, as far as a page can tell.
    fn kept_key(&self) -> String {
        format!("trainyard.upload/{}/{}/{}", self.total, self.file.last_modified(), self.file.name())
    }
}

/// Sends the file to its end, or until nobody wants it.
pub(super) async fn run_job(job: Rc<Job>) {
    job.tell(UploadState::Waiting);
    let watched = Rc::downgrade(&job);
    let _watch = EverySecond::call(move || {
        if let Some(job) = watched.upgrade() {
            job.look();
        }
    });
    let mut tries = 0;
    while !job.is_stopped.get() {
        let before = job.pace.borrow().sent();
        match try_once(&job).await {
            Ok(dataset) => {
                forget_kept(&job.kept_key());
                return job.tell(UploadState::Done { dataset });
            }
            Err(Trouble::Fatal(error)) => return job.tell(UploadState::Failed(error)),
            Err(Trouble::Lost) => forget_kept(&job.kept_key()),
            Err(Trouble::Again) => {}
        }
        if !is_readable(&job.file).await {
            let message = "The file was changed or moved while it was sent. Choose it again.";
            return job.tell(UploadState::Failed(AppError::new(ErrorCode::BadRequest, message)));
        }
        tries = if job.pace.borrow().sent() > before { 1 } else { tries + 1 };
        wait_for_try(&job, tries).await;
    }
}

/// Waits, shorter when the browser says that the network is back.
async fn wait_for_try(job: &Job, tries: u32) {
    let until = now_ms() + wait_before_try(tries, js_sys::Math::random());
    let was_online = is_online();
    job.next_try.set(Some(until));
    while now_ms() < until && !job.is_stopped.get() {
        job.look();
        // At most a second: never more than fits.
        sleep((until - now_ms()).clamp(1.0, 1_000.0) as i32).await;
        if !was_online && is_online() {
            break;
        }
    }
    job.next_try.set(None);
    job.began.set(now_ms());
}

/// One try: asks where the upload stands, or begins one, and sends what is missing.
async fn try_once(job: &Rc<Job>) -> Result<DatasetId, Trouble> {
    job.began.set(now_ms());
    let (path, answer) = match find_kept(&job.kept_key()) {
        Some(path) => {
            let answer = ask(job, "HEAD", &path, &[version_header()]).await?;
            (path, answer)
        }
        None => begin_upload(job).await?,
    };
    if let Some(dataset) = read_dataset(&answer) {
        return Ok(dataset);
    }
    let mut offset = answer.offset().ok_or(Trouble::Again)?;
    loop {
        job.pace.borrow_mut().note(now_ms(), offset);
        let answer = send_chunk(job, &path, offset).await?;
        if let Some(dataset) = read_dataset(&answer) {
            return Ok(dataset);
        }
        let reached = answer.offset().filter(|reached| *reached > offset && *reached <= job.total);
        offset = reached.ok_or(Trouble::Again)?;
    }
}

async fn begin_upload(job: &Rc<Job>) -> Result<(String, Answer), Trouble> {
    let metadata = format!("filename {}", write_base64(&job.file.name()));
    let headers = [
        version_header(),
        ("Upload-Length", job.total.to_string()),
        ("Upload-Metadata", metadata.trim_end().to_owned()),
    ];
    let answer = ask(job, "POST", paths::API_UPLOADS, &headers).await?;
    let path = answer.header("Location").ok_or(Trouble::Again)?;
    keep(&job.kept_key(), &path);
    Ok((path, answer))
}

async fn send_chunk(job: &Rc<Job>, path: &str, offset: u64) -> Result<Answer, Trouble> {
    let end = job.total.min(offset + CHUNK_BYTES);
    // Below 2^53: exact.
    let chunk = job.file.slice_with_f64_and_f64(offset as f64, end as f64).map_err(|_| Trouble::Again)?;
    let headers = [
        version_header(),
        ("Upload-Offset", offset.to_string()),
        ("Content-Type", "application/offset+octet-stream".to_owned()),
    ];
    let outgoing = Outgoing { method: "PATCH", path, headers: &headers, body: Some(&chunk) };
    job.began.set(now_ms());
    let noted = Rc::downgrade(job);
    let answer = send_request(&job.current, outgoing, move |sent| {
        if let Some(job) = noted.upgrade() {
            job.pace.borrow_mut().note(now_ms(), offset + sent.min(end - offset));
        }
    });
    judge(answer.await)
}

async fn ask(
    job: &Job,
    method: &'static str,
    path: &str,
    headers: &[(&'static str, String)],
) -> Result<Answer, Trouble> {
    judge(send_request(&job.current, Outgoing { method, path, headers, body: None }, |_| {}).await)
}

/// Tells answers that another try can mend from those it cannot.
fn judge(answer: Option<Answer>) -> Result<Answer, Trouble> {
    let answer = answer.ok_or(Trouble::Again)?;
    match answer.status {
        200..=299 => Ok(answer),
        404 | 410 => Err(Trouble::Lost),
        // 507, the disk is full: people must act first.
        408 | 409 | 423 | 425 | 429 | 460 | 500..=506 | 508..=599 => Err(Trouble::Again),
        401 => Err(Trouble::Fatal(AppError::new(
            ErrorCode::Unauthorized,
            "You were signed out. Sign in again and choose the file again; sending goes on where it stopped.",
        ))),
        _ => Err(Trouble::Fatal(answer.error().unwrap_or_else(|| {
            AppError::new(ErrorCode::BadRequest, "The server refused the file. Reload the page and choose it again.")
        }))),
    }
}

fn read_dataset(answer: &Answer) -> Option<DatasetId> {
    DatasetId::parse(&answer.header("Trainyard-Dataset")?)
}

fn version_header() -> (&'static str, String) {
    ("Tus-Resumable", "1.0.0".to_owned())
}

fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Addresses are kept where a reload and another tab find them. A browser that keeps nothing begins anew.
fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn find_kept(key: &str) -> Option<String> {
    let path = storage()?.get_item(key).ok()??;
    // Only an address of ours: whatever else stands there is not asked.
    path.starts_with(paths::API_UPLOADS).then_some(path)
}

fn keep(key: &str, path: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, path);
    }
}

fn forget_kept(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}
