//! The one component for a moment in time.
//! The server writes UTC; the browser turns it into relative text, with UTC and local time on hover and focus.

use super::clock::{Clock, LocalTime};
use super::erase::Erase;
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Get, GlobalAttributes, Signal, component, view};

/// A moment: milliseconds since 1970 UTC and the same in RFC 3339.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    pub millis: i64,
    /// `2026-11-20T14:02:04.000Z`
    pub iso: String,
}

/// What the browser shows in place of the UTC text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenStyle {
    /// `6 min ago`, `14:02`, `yesterday 16:04`, `2 Nov 16:04`
    #[default]
    Relative,
    /// `14:02:04`, with the date where it is not today
    Clock,
}

/// A moment. Renders the same text on the server and while hydrating: the page's clock stands still until then.
#[component]
pub fn When(#[prop(into)] at: Signal<Moment>, #[prop(optional)] style: WhenStyle) -> AnyView {
    let clock = Clock::of_page();
    view! {
        <time class="when" tabindex="0" datetime=move || at.get().iso>
            <span>{move || write_moment(&at.get(), clock.now(), style)}</span>
            <span class="when-exact">{move || write_exactly(&at.get(), clock.now())}</span>
        </time>
    }
    .erase()
}

/// The moment as it stands in a sentence.
fn write_moment(at: &Moment, now: Option<i64>, style: WhenStyle) -> String {
    match now {
        None => short_utc(&at.iso),
        Some(now) => match style {
            WhenStyle::Relative => relative_text(at.millis, now),
            WhenStyle::Clock => clock_text(at.millis, now),
        },
    }
}

/// The moment to the second, in UTC and, once the browser's zone is known, in local time.
fn write_exactly(at: &Moment, now: Option<i64>) -> String {
    let utc = exact_utc(&at.iso);
    match now {
        None => utc,
        Some(_) => {
            let local = LocalTime::of(at.millis);
            format!("{utc} · {} {} {}", local.date(), local.clock_seconds(), local.zone())
        }
    }
}

/// `2026-11-20 14:02 UTC`
fn short_utc(iso: &str) -> String {
    match (iso.get(..10), iso.get(11..16)) {
        (Some(date), Some(clock)) => format!("{date} {clock} UTC"),
        _ => iso.to_owned(),
    }
}

/// `2026-11-20 14:02:04 UTC`
fn exact_utc(iso: &str) -> String {
    match (iso.get(..10), iso.get(11..19)) {
        (Some(date), Some(clock)) => format!("{date} {clock} UTC"),
        _ => iso.to_owned(),
    }
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The moment as seen from `now`, near ones by distance, others by date.
fn relative_text(at: i64, now: i64) -> String {
    let ago = now.saturating_sub(at);
    match ago {
        // Two clocks are never quite equal.
        -2_000..5_000 => "just now".to_owned(),
        5_000..MINUTE => format!("{} s ago", ago / 1_000),
        MINUTE..HOUR => format!("{} min ago", ago / MINUTE),
        _ if (-MINUTE..0).contains(&ago) => format!("in {} s", (-ago + 999) / 1_000),
        _ if (-HOUR..0).contains(&ago) => format!("in {} min", (-ago + MINUTE - 1) / MINUTE),
        _ => day_text(at, now, &LocalTime::of(at).clock()),
    }
}

/// The wall-clock time with seconds, and its date where it is not today.
fn clock_text(at: i64, now: i64) -> String {
    day_text(at, now, &LocalTime::of(at).clock_seconds())
}

fn day_text(at: i64, now: i64, clock: &str) -> String {
    let (moment, today) = (LocalTime::of(at), LocalTime::of(now));
    let yesterday = LocalTime::of(now.saturating_sub(24 * HOUR));
    let month = usize::try_from(moment.month).ok().and_then(|month| MONTHS.get(month.saturating_sub(1)).copied());
    if moment.date() == today.date() {
        clock.to_owned()
    } else if moment.date() == yesterday.date() {
        format!("yesterday {clock}")
    } else if moment.year == today.year {
        format!("{} {} {clock}", moment.day, month.unwrap_or_default())
    } else {
        format!("{} {} {}", moment.day, month.unwrap_or_default(), moment.year)
    }
}

#[cfg(test)]
mod tests {
    use super::{clock_text, exact_utc, relative_text, short_utc};

    const NOW: i64 = 1_795_183_324_500; // 2026-11-20T14:02:04.5Z

    #[test]
    fn near_moments_read_by_distance_and_far_ones_by_date() {
        for (at, text) in [
            (NOW + 1_500, "just now"),
            (NOW - 2_000, "just now"),
            (NOW - 42_000, "42 s ago"),
            (NOW - 6 * 60_000, "6 min ago"),
            (NOW - 3 * 3_600_000, "11:02"),
            (NOW - 24 * 3_600_000, "yesterday 14:02"),
            (NOW - 18 * 24 * 3_600_000, "2 Nov 14:02"),
            (NOW - 400 * 24 * 3_600_000, "16 Oct 2025"),
            (NOW + 30_000, "in 30 s"),
            (NOW + 4 * 60_000, "in 4 min"),
        ] {
            assert_eq!(relative_text(at, NOW), text);
        }
        assert_eq!(clock_text(NOW, NOW), "14:02:04");
    }

    #[test]
    fn the_servers_text_is_utc_and_survives_odd_input() {
        assert_eq!(short_utc("2026-11-20T14:02:04.000Z"), "2026-11-20 14:02 UTC");
        assert_eq!(exact_utc("2026-11-20T14:02:04.000Z"), "2026-11-20 14:02:04 UTC");
        assert_eq!(short_utc("x"), "x");
    }
}
