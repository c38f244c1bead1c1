//! The sentences about trainings that carry values: each written whole.
//! Words without values stand in the file above.

use super::{LOSS, MINUTE, PERCENT, format_duration};
use crate::model::advice::{TrainAdvice, Verdict};
use crate::model::history::UsualDuration;
use crate::model::stage::Stage;

/// `45 %`
pub fn percent(percent: f64) -> String {
    format!("{percent:.0} %")
}

/// `45 % after 12 min`
pub fn percent_after(percent: f64, spent: &str) -> String {
    format!("{percent:.0} % after {spent}")
}

/// `step 864 of 1200`
pub fn step_of(step: i64, total: i64) -> String {
    format!("step {step} of {total}")
}

/// `12 min so far`
pub fn so_far(spent: &str) -> String {
    format!("{spent} so far")
}

/// Both ends of what is usual, in whole minutes where the longer one has some: (`18`, `25 min`).
fn usual_range(usual: &UsualDuration) -> (Option<String>, String) {
    let in_minutes = (MINUTE..60 * MINUTE).contains(&usual.high_ms);
    if in_minutes {
        let (low, high) = (usual.low_ms / MINUTE, (usual.high_ms + MINUTE / 2) / MINUTE);
        let high_text = format!("{high} min");
        return if low >= high {
            (None, high_text)
        } else {
            (Some(low.max(1).to_string()).filter(|_| low.max(1) < high), high_text)
        };
    }
    let (low, high) = (format_duration(usual.low_ms), format_duration(usual.high_ms));
    ((low != high).then_some(low), high)
}

/// `usually 18 to 25 min`
pub fn usually(usual: &UsualDuration) -> String {
    match usual_range(usual) {
        (Some(low), high) => format!("usually {low} to {high}"),
        (None, high) => format!("usually {high}"),
    }
}

/// `This usually takes 18 to 25 min.`
pub fn usually_sentence(usual: &UsualDuration) -> String {
    match usual_range(usual) {
        (Some(low), high) => format!("This usually takes {low} to {high}."),
        (None, high) => format!("This usually takes {high}."),
    }
}

/// What a running training is doing, and for how long.
pub fn in_stage(stage: Stage, spent: Option<&str>, percent: Option<f64>) -> String {
    let percent = percent.filter(|_| stage == Stage::Training);
    match (spent, percent) {
        (Some(spent), Some(percent)) => format!("In this stage for {spent}, at {percent:.0} %."),
        (Some(spent), None) => format!("In this stage for {spent}."),
        (None, Some(percent)) => format!("In this stage, at {percent:.0} %."),
        (None, None) => match stage {
            Stage::Queued => "It waits for its turn.".to_owned(),
            Stage::Preparing => "The data is being prepared.".to_owned(),
            Stage::Saving => "The trained model is being saved.".to_owned(),
            Stage::Publishing => "The trained model is being published.".to_owned(),
            _ => "The model is being trained.".to_owned(),
        },
    }
}

/// Submitting, before an answer.
pub fn on_its_way(vendor: &str) -> String {
    format!("On its way to {vendor}.")
}

/// Ready.
pub fn ready_after(took: Option<&str>) -> String {
    match took {
        Some(took) => format!("The model answers, ready after {took}."),
        None => "The model answers.".to_owned(),
    }
}

/// Failed.
pub fn failed_after(took: Option<&str>) -> String {
    match took {
        Some(took) => format!("Failed after {took}."),
        None => "The training failed.".to_owned(),
    }
}

/// Rejected.
pub fn rejected_by(vendor: &str) -> String {
    format!("{vendor} did not take the request; nothing was trained.")
}

/// Gone.
pub fn gone_at(vendor: &str) -> String {
    format!("It was deleted at {vendor}; its history is kept here.")
}

/// The vendor is out of reach; the moment follows.
pub fn unseen(vendor: &str) -> String {
    format!("{vendor} does not answer; this is what it said last. No answer since")
}

/// The failure card's heading. A code of ours has a sentence; the vendor's own reason stands for itself.
pub fn failure_title(code: &str, vendor: &str) -> String {
    match code {
        "busy" => "The model id was busy".to_owned(),
        "invalid" => format!("{vendor} refused the request"),
        "auth" => format!("{vendor} refused our credentials"),
        "vendor_error" => format!("{vendor} answered with an error"),
        "unclear" => "Nobody can tell what became of it".to_owned(),
        _ => format!("{vendor} gave its own reason"),
    }
}

/// Before the vendor's words.
pub fn said(vendor: &str) -> String {
    format!("{vendor} said:")
}

/// Not sent yet.
pub fn waiting_not_sent(vendor: &str) -> String {
    format!("{vendor} cannot be reached; nothing was sent yet")
}

/// The quarantine.
pub fn waiting_unclear(vendor: &str) -> String {
    format!("We do not yet know whether {vendor} accepted this.")
}

/// The connection is refused.
pub fn waiting_refused(vendor: &str) -> String {
    format!("{vendor} refuses our credentials")
}

/// After the training in the way: `, place 2.`
pub fn held_place(place: u32) -> String {
    format!(", place {place}.")
}

/// A stage began.
pub fn event_stage(stage: Stage) -> String {
    match stage {
        Stage::Submitting => "On its way".to_owned(),
        Stage::Queued => "In the queue".to_owned(),
        Stage::Preparing => "Preparing began".to_owned(),
        Stage::Training => "Training began".to_owned(),
        Stage::Saving => "Saving began".to_owned(),
        Stage::Publishing => "Publishing began".to_owned(),
        Stage::Ready => "Ready: the model answers".to_owned(),
        other => other.label().to_owned(),
    }
}

/// The request leaves.
pub fn event_sending(vendor: &str) -> String {
    format!("Sending to {vendor}")
}

/// The vendor took it.
pub fn event_accepted(vendor: &str) -> String {
    format!("{vendor} accepted it")
}

/// The vendor was told where to call back to.
pub fn event_callback_missing(vendor: &str) -> String {
    format!("The promised callback of {vendor} never came")
}

/// The vendor went silent.
pub fn event_unseen(vendor: &str) -> String {
    format!("{vendor} does not answer")
}

/// The vendor is back.
pub fn event_seen_again(vendor: &str) -> String {
    format!("{vendor} answers again")
}

/// The lanes' heading with the zone of their times.
pub fn lanes_in(zone: &str) -> String {
    format!("Lanes, times in {zone}")
}

/// The line that marks the present.
pub fn now_at(clock: &str) -> String {
    format!("now {clock}")
}

/// A folded stretch.
pub fn folded(duration: &str) -> String {
    format!("{duration} folded")
}

/// One lane in words: its stages and how long they took.
pub fn lane_summary(label: &str, stays: &[(Stage, i64)]) -> String {
    let stays: Vec<_> = stays.iter().map(|(stage, ms)| format!("{} {}", stage.label(), format_duration(*ms))).collect();
    format!("{label} lane: {}.", stays.join(", "))
}

/// A plot in words.
pub fn plot_summary(label: &str, points: usize, last: f64) -> String {
    format!("{label}: {points} points, the last one {}.", number(last))
}

/// A number with at most three digits after the point, without trailing zeros.
pub fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How long an answer took.
pub fn took_ms(millis: i64) -> String {
    format!("{millis} ms")
}

/// One row for several equal answers.
pub fn repeated(count: i64) -> String {
    format!("{count} equal answers")
}

/// A file's size: `18.2 MB`.
pub fn size(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes.max(0) as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let word = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 { format!("{value:.0} {word}") } else { format!("{value:.1} {word}") }
}

/// A metric's name for people.
pub fn metric_label(name: &str) -> String {
    match name {
        "percent" => PERCENT.to_owned(),
        "loss" => LOSS.to_owned(),
        other => other.to_owned(),
    }
}

/// Train or redeploy, why, and what the request does against it.
pub fn advice(advice: &TrainAdvice) -> String {
    let TrainAdvice { verdict, reason, warning, .. } = advice;
    match (warning, verdict) {
        (Some(warning), Verdict::Redeploy) => format!("Against the advice to redeploy. {warning} {reason}"),
        (Some(warning), _) => format!("Against the advice to retrain. {warning} {reason}"),
        (None, Verdict::Redeploy) => format!("Redeploy. {reason}"),
        (None, Verdict::Retrain) => format!("Retrain. {reason}"),
        (None, Verdict::Ask) => format!("Retrain or redeploy is for you to decide. {reason}"),
    }
}

/// Under the list.
pub fn silent_vendor(vendor: &str) -> String {
    format!("{vendor} does not answer at the moment; its trainings are shown as last seen.")
}

/// The filter's first day.
pub fn from_day(time: crate::model::time::Timestamp) -> String {
    format!("from {}", time.to_string().get(..10).unwrap_or_default())
}

/// The filter's last day.
pub fn to_day(time: crate::model::time::Timestamp) -> String {
    format!("before {}", time.to_string().get(..10).unwrap_or_default())
}

/// The name of a filter's way out.
pub fn drop_filter(value: &str) -> String {
    format!("Drop the filter {value}")
}

#[cfg(test)]
mod tests {
    use super::{format_duration, number, size, usually, usually_sentence};
    use crate::model::history::UsualDuration;
    use crate::model::stage::Stage;

    #[test]
    fn durations_read_with_at_most_two_units() {
        for (millis, text) in [
            (-5, "0 s"),
            (12_400, "12 s"),
            (70_000, "1 min 10 s"),
            (12 * 60_000 + 30_000, "12 min"),
            (7_500_000, "2 h 5 min"),
            (7_200_000, "2 h"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(format_duration(millis), text);
        }
    }

    fn usual(low_ms: i64, high_ms: i64) -> UsualDuration {
        UsualDuration { stage: Stage::Training, low_ms, high_ms, samples: 5 }
    }

    #[test]
    fn usual_durations_read_as_a_range_with_one_unit() {
        assert_eq!(usually(&usual(18 * 60_000, 25 * 60_000)), "usually 18 to 25 min");
        assert_eq!(usually(&usual(20_000, 70_000)), "usually 1 min");
        assert_eq!(usually(&usual(4_000, 9_000)), "usually 4 s to 9 s");
        assert_eq!(usually_sentence(&usual(5_000, 5_400)), "This usually takes 5 s.");
    }

    #[test]
    fn numbers_and_sizes_are_short() {
        assert_eq!((number(45.0), number(0.1256)), ("45".to_owned(), "0.126".to_owned()));
        assert_eq!((size(18_200_000), size(512)), ("18.2 MB".to_owned(), "512 B".to_owned()));
    }
}
