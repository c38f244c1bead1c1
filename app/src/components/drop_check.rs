//! One file's place in a form: drop or choose it, see it checked, read what was found.
//! Shows; `dataset_field` does the checking and the sending.

use super::readiness::{ReadyState, show_mark};
use crate::model::finding::{CheckReport, Finding, Severity};
use crate::ui::{Erase, redraw};
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, Children, ClassAttribute, ElementChild, Get, GlobalAttributes,
    IntoAny, OnAttribute, OnTargetAttribute, RwSignal, Set, Signal, Update, With, component, view,
};

/// A picked file and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropFile {
    /// The name on the person's machine; text from a stranger.
    pub name: String,
    pub size_bytes: i64,
    pub step: DropStep,
    /// What the check found, once it ran here.
    pub report: Option<CheckReport>,
}

/// The way of a file from a disk to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DropStep {
    /// Being read here; nothing has left the machine.
    Checking {
        read_bytes: u64,
    },
    /// The check here found what the vendor would refuse; nothing was sent.
    Refused,
    /// The check here let it pass.
    Sending,
    /// It could not be checked here; the server checks it when it is there.
    SendingUnchecked,
    /// The server's check found what the vendor would refuse; the file is with the server.
    RefusedByServer,
    Stored,
    /// The page was loaded again before all of it was sent.
    PickAgain,
    /// It could not be read or sent; what happened, in words.
    Failed(String),
}

impl DropStep {
    /// Whether its bytes are on their way.
    pub fn is_sending(&self) -> bool {
        matches!(self, Self::Sending | Self::SendingUnchecked)
    }
}

/// How many findings stand there before somebody asks for all.
const FEW: usize = 5;

/// The drop zone. `children` stand below the file while it is being sent.
#[component]
pub fn DropCheck(
    /// The id of the file input; hint and error stand at `{id}-hint` and `{id}-error`.
    #[prop(into)]
    id: String,
    #[prop(into)] file: Signal<Option<DropFile>>,
    #[prop(into)] is_wrong: Signal<bool>,
    on_pick: Callback<web_sys::File>,
    on_remove: Callback<()>,
    children: Children,
) -> AnyView {
    let is_over = RwSignal::new(false);
    let over = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        is_over.set(true);
    };
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        is_over.set(false);
        if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
            on_pick.run(file);
        }
    };
    let described = format!("{id}-hint {id}-error {id}-state");
    let state_id = format!("{id}-state");
    view! {
        <div
            class="drop"
            class:drop-over=move || is_over.get()
            on:dragover=over
            on:dragleave=move |_| is_over.set(false)
            on:drop=dropped
        >
            <div class="drop-head">
                <p class="drop-state" id=state_id>{move || file.with(|file| show_state(file.as_ref()))}</p>
                <div class="drop-actions">
                    <input
                        type="file"
                        id=id.clone()
                        class="visually-hidden drop-input"
                        aria-describedby=described
                        aria-invalid=move || is_wrong.get().then(|| "true".to_owned())
                        on:change:target=move |event| {
                            if let Some(file) = event.target().files().and_then(|files| files.get(0)) {
                                on_pick.run(file);
                            }
                            // The same file, mended, can be picked again.
                            event.target().set_value("");
                        }
                    />
                    <label class="button drop-choose" for=id>
                        {move || {
                            let word = if file.with(Option::is_some) { "Choose another file" } else { "Choose a file" };
                            word.to_owned()
                        }}
                    </label>
                    {move || file.with(Option::is_some).then(|| view! {
                        <button type="button" class="button button-quiet" on:click=move |_| on_remove.run(())>
                            "Remove"
                        </button>
                    }).erase()}
                </div>
            </div>
            {move || file.with(|file| show_reading(file.as_ref()))}
            {children()}
            <FindingList report=Signal::derive(move || file.with(|file| file.as_ref()?.report.clone()))/>
        </div>
    }
    .erase()
}

/// A drop zone for any number of files at once. What becomes of each is shown elsewhere.
#[component]
pub fn DropMany(
    /// The id of the file input; hint and error stand at `{id}-hint` and `{id}-error`.
    #[prop(into)]
    id: String,
    #[prop(into)] is_wrong: Signal<bool>,
    on_pick: Callback<Vec<web_sys::File>>,
) -> AnyView {
    let is_over = RwSignal::new(false);
    let over = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        is_over.set(true);
    };
    let pick = move |files: Option<web_sys::FileList>| {
        let picked: Vec<_> =
            files.iter().flat_map(|files| (0..files.length()).filter_map(|at| files.get(at))).collect();
        if !picked.is_empty() {
            on_pick.run(picked);
        }
    };
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        is_over.set(false);
        pick(event.data_transfer().and_then(|data| data.files()));
    };
    let described = format!("{id}-hint {id}-error");
    view! {
        <div
            class="drop"
            class:drop-over=move || is_over.get()
            on:dragover=over
            on:dragleave=move |_| is_over.set(false)
            on:drop=dropped
        >
            <div class="drop-head">
                <p class="drop-state muted">
                    "Drop files here. Each is checked on your machine before anything of it is sent."
                </p>
                <div class="drop-actions">
                    <input
                        type="file"
                        multiple=true
                        id=id.clone()
                        class="visually-hidden drop-input"
                        aria-describedby=described
                        aria-invalid=move || is_wrong.get().then(|| "true".to_owned())
                        on:change:target=move |event| {
                            pick(event.target().files());
                            // The same files can be picked again.
                            event.target().set_value("");
                        }
                    />
                    <label class="button drop-choose" for=id>"Choose files"</label>
                </div>
            </div>
        </div>
    }
    .erase()
}

fn show_state(file: Option<&DropFile>) -> AnyView {
    let Some(file) = file else {
        return view! { <span class="muted">"Drop a file here. It is checked on your machine before anything is sent."</span> }.erase();
    };
    let size = format_size(file.size_bytes);
    let (mark, words) = describe_step(&file.step, &size);
    view! {
        {show_mark(mark)}
        <b class="drop-name">{file.name.clone()}</b>
        <span class="muted">{words}</span>
    }
    .erase()
}

/// How far a file of `size` is, and where it has been.
fn describe_step(step: &DropStep, size: &str) -> (ReadyState, String) {
    match step {
        DropStep::Checking { .. } => (ReadyState::Busy, format!("{size}, being checked here; nothing is sent yet.")),
        DropStep::Refused => (ReadyState::Fault, format!("{size}, checked here; nothing was sent.")),
        DropStep::Sending => (ReadyState::Busy, format!("{size}, checked here; being sent to Trainyard.")),
        DropStep::SendingUnchecked => {
            (ReadyState::Busy, format!("{size}, could not be checked here; being sent to Trainyard, which checks it."))
        }
        DropStep::RefusedByServer => {
            (ReadyState::Fault, format!("{size}, sent to Trainyard and checked there; nothing went to the vendor."))
        }
        DropStep::Stored => (ReadyState::Done, format!("{size}, stored with Trainyard.")),
        DropStep::PickAgain => {
            (ReadyState::Missing, format!("{size}. Choose the same file again; sending goes on where it stopped."))
        }
        DropStep::Failed(message) => (ReadyState::Fault, message.clone()),
    }
}

fn show_reading(file: Option<&DropFile>) -> AnyView {
    let reading = file.and_then(|file| match file.step {
        DropStep::Checking { read_bytes } => Some((file.size_bytes.max(1), read_bytes)),
        _ => None,
    });
    let bar = reading.map(|(size_bytes, read_bytes)| {
        view! {
            <progress
                class="progress"
                aria-label="Checking the file"
                max=size_bytes.to_string()
                value=read_bytes.to_string()
            ></progress>
        }
    });
    bar.erase()
}

/// What a check found, the gravest first; all of it on request.
#[component]
pub fn FindingList(#[prop(into)] report: Signal<Option<CheckReport>>) -> AnyView {
    let all = RwSignal::new(false);
    let lines = redraw(move || {
        let Some(report) = report.get() else { return ().into_any() };
        let shown = if all.get() { report.findings.len() } else { FEW };
        let hidden = report.findings.len().saturating_sub(shown);
        let unkept = report.more;
        view! {
            <ul class="findings" aria-label="Findings">
                {report.findings.iter().take(shown).map(show_finding).collect::<Vec<_>>()}
                {(!report.blocks()).then(|| view! {
                    <li class="finding finding-done">
                        {show_mark(ReadyState::Done)} <div>{report.summary.clone()}</div>
                    </li>
                }).erase()}
            </ul>
            {(hidden > 0).then(|| view! {
                <button type="button" class="button button-quiet" on:click=move |_| all.update(|all| *all = true)>
                    {format!("Show {hidden} more")}
                </button>
            }).erase()}
            {(unkept > 0).then(|| view! {
                <p class="muted">{format!("{} more are not listed.", group_digits(unkept))}</p>
            }).erase()}
        }
        .erase()
    });
    view! { <div class="drop-findings" aria-live="polite">{lines}</div> }.erase()
}

fn show_finding(finding: &Finding) -> AnyView {
    let (mark, class) = match finding.severity {
        Severity::Error => (ReadyState::Fault, "finding finding-error"),
        Severity::Warning => (ReadyState::Warning, "finding finding-warning"),
        Severity::Note => (ReadyState::Done, "finding finding-note"),
    };
    let place = place_of(finding);
    view! {
        <li class=class>
            {show_mark(mark)}
            <div>
                <p>{finding.message.clone()}</p>
                {(!place.is_empty()).then(|| view! { <p class="muted">{place}</p> }).erase()}
                {finding.fix.clone().map(|fix| view! { <p>{fix}</p> }).erase()}
                {finding.predicts.clone().map(|predicts| view! { <p class="muted">{predicts}</p> }).erase()}
            </div>
        </li>
    }
    .erase()
}

/// `Record 318, line 9,204, Text`; empty where the finding is about the whole file.
fn place_of(finding: &Finding) -> String {
    let mut parts = Vec::new();
    if let Some(row) = finding.row {
        parts.push(format!("Record {}", group_digits(row)));
    }
    if let Some(line) = finding.line {
        parts.push(format!("line {}", group_digits(line)));
    }
    parts.extend(finding.column.clone());
    parts.join(", ")
}

/// `18.2 MB`, in powers of ten as file managers count; no floats, they are large in WebAssembly.
pub fn format_size(bytes: i64) -> String {
    let bytes = u64::try_from(bytes).unwrap_or_default();
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")] {
        if bytes >= unit {
            let tenths = bytes / (unit / 10);
            return format!("{}.{} {name}", group_digits(tenths / 10), tenths % 10);
        }
    }
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

/// `9,204`
pub fn group_digits(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
#[path = "drop_check_tests.rs"]
mod tests;
