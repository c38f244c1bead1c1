//! An upload as a person sees it: a bar, and a sentence that tells slow from stuck.
//! Sends nothing.

use super::UploadState;
use crate::components::drop_check::format_size;
use crate::ui::{Erase, Progress};
use leptos::prelude::{
    AnyView, ClassAttribute, ElementChild, Get, GlobalAttributes, Memo, Signal, With, component, view,
};

/// The bar and the sentence. A change of what is going on is read out; each new number is not.
#[component]
pub fn UploadProgress(#[prop(into)] state: Signal<UploadState>) -> AnyView {
    let percent = Signal::derive(move || state.with(read_percent));
    let is_over =
        Memo::new(move |_| state.with(|state| matches!(state, UploadState::Done { .. } | UploadState::Failed(_))));
    view! {
        <div
            class="upload"
            class:upload-stuck=move || {
                state.with(|state| matches!(state, UploadState::Stuck { .. } | UploadState::Failed(_)))
            }
        >
            {move || (!is_over.get()).then(|| view! { <Progress label="Sending the file" percent/> }).erase()}
            <p class="upload-words">{move || state.with(write_words)}</p>
            <p class="visually-hidden" role="status">{move || state.with(name_phase).to_owned()}</p>
        </div>
    }
    .erase()
}

fn read_percent(state: &UploadState) -> Option<f64> {
    match state {
        UploadState::Sending { sent, total, .. } | UploadState::Stuck { sent, total, .. } => {
            // A bar is a few hundred pixels wide: the last bits do not matter.
            Some(if *total == 0 { 100.0 } else { *sent as f64 * 100.0 / *total as f64 })
        }
        UploadState::Done { .. } => Some(100.0),
        UploadState::Waiting | UploadState::Finishing | UploadState::Failed(_) => None,
    }
}

fn name_phase(state: &UploadState) -> &'static str {
    match state {
        UploadState::Waiting => "Sending begins.",
        UploadState::Sending { .. } => "The file is being sent.",
        UploadState::Stuck { .. } => "Nothing goes through. It is tried again by itself.",
        UploadState::Finishing => "All of the file is sent; the server puts it away.",
        UploadState::Done { .. } => "The file is stored.",
        UploadState::Failed(_) => "The file could not be sent.",
    }
}

fn write_words(state: &UploadState) -> String {
    match state {
        UploadState::Waiting => "Asking the server where to begin.".to_owned(),
        UploadState::Sending { sent, total, bytes_per_second: 0 } => {
            format!("{} of {} sent.", write_size(*sent), write_size(*total))
        }
        UploadState::Sending { sent, total, bytes_per_second } => {
            let (sent_words, total_words) = (write_size(*sent), write_size(*total));
            let left = write_time(total.saturating_sub(*sent) / bytes_per_second);
            format!("{sent_words} of {total_words} sent, {} per second, {left} left.", write_size(*bytes_per_second))
        }
        UploadState::Stuck { sent, total, silent_seconds, next_try_seconds } => {
            let (sent, total) = (write_size(*sent), write_size(*total));
            match next_try_seconds {
                Some(wait) => format!(
                    "{sent} of {total} sent. No byte for {silent_seconds} s; still trying, next try in {wait} s."
                ),
                None => format!("{sent} of {total} sent. No byte for {silent_seconds} s; still trying."),
            }
        }
        UploadState::Finishing => "All of it is sent; the server puts the file away.".to_owned(),
        UploadState::Done { .. } => "Stored.".to_owned(),
        UploadState::Failed(error) => error.message.clone(),
    }
}

fn write_size(bytes: u64) -> String {
    format_size(i64::try_from(bytes).unwrap_or(i64::MAX))
}

fn write_time(seconds: u64) -> String {
    match seconds {
        0..=1 => "a moment".to_owned(),
        2..=90 => format!("{seconds} s"),
        91..=5_400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::{UploadState, read_percent, write_words};

    #[test]
    fn slow_and_stuck_read_differently() {
        let sending = UploadState::Sending { sent: 12_300_000, total: 100_000_000, bytes_per_second: 40_000 };
        assert_eq!(write_words(&sending), "12.3 MB of 100.0 MB sent, 40.0 KB per second, 37 min left.");
        let stuck = |next_try_seconds| UploadState::Stuck {
            sent: 12_300_000,
            total: 100_000_000,
            silent_seconds: 12,
            next_try_seconds,
        };
        assert_eq!(
            write_words(&stuck(Some(5))),
            "12.3 MB of 100.0 MB sent. No byte for 12 s; still trying, next try in 5 s."
        );
        assert_eq!(write_words(&stuck(None)), "12.3 MB of 100.0 MB sent. No byte for 12 s; still trying.");
        assert_eq!(read_percent(&sending), Some(12.3));
    }

    #[test]
    fn an_empty_file_fills_its_bar() {
        assert_eq!(read_percent(&UploadState::Sending { sent: 0, total: 0, bytes_per_second: 0 }), Some(100.0));
    }
}
