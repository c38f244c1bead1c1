//! The page's clock: nothing during server rendering and hydration, then the browser's time once a second.
//! Knows the browser's zone; the server never guesses it.

use leptos::prelude::{Get, RwSignal, Set, provide_context, use_context};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// The time now, in milliseconds since 1970 UTC; `None` until the page is alive, so that the server's markup and the
/// first markup of the browser are equal.
#[derive(Clone, Copy)]
pub struct Clock(RwSignal<Option<i64>>);

impl Clock {
    /// Puts the page's clock into the context. It stands still until `start`.
    pub fn provide() -> Self {
        let clock = Self(RwSignal::new(None));
        provide_context(clock);
        clock
    }

    /// The clock of the page; one that stands still where there is none.
    pub fn of_page() -> Self {
        use_context::<Self>().unwrap_or_else(|| Self(RwSignal::new(None)))
    }

    /// The time now, tracked.
    pub fn now(self) -> Option<i64> {
        self.0.get()
    }

    /// Sets the time; tests and `start` do.
    pub fn set(self, now: Option<i64>) {
        self.0.set(now);
    }

    /// Begins to tick, in the browser, until the owner is cleaned up. Call it in an Effect.
    pub fn start(self) {
        #[cfg(feature = "hydrate")]
        {
            self.set(Some(browser_now()));
            let tick = leptos::prelude::set_interval_with_handle(
                move || {
                    if !leptos::prelude::document().hidden() {
                        let _ = leptos::prelude::Update::try_update(&self.0, |now| *now = Some(browser_now()));
                    }
                },
                std::time::Duration::from_secs(1),
            );
            if let Ok(tick) = tick {
                leptos::prelude::on_cleanup(move || tick.clear());
            }
        }
    }
}

/// The browser's time in milliseconds since 1970 UTC.
#[cfg(feature = "hydrate")]
fn browser_now() -> i64 {
    js_sys::Date::now() as i64
}

/// A moment on a wall clock: the browser's, or UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// Minutes ahead of UTC.
    pub offset_minutes: i32,
}

impl LocalTime {
    /// The wall-clock time of `millis` since 1970 UTC.
    #[cfg(feature = "hydrate")]
    pub fn of(millis: i64) -> Self {
        let date = js_sys::Date::new(&(millis as f64).into());
        Self {
            year: i64::from(date.get_full_year()),
            month: date.get_month() + 1,
            day: date.get_date(),
            hour: date.get_hours(),
            minute: date.get_minutes(),
            second: date.get_seconds(),
            offset_minutes: -(date.get_timezone_offset() as i32),
        }
    }

    /// The server has no wall clock but UTC.
    #[cfg(not(feature = "hydrate"))]
    pub fn of(millis: i64) -> Self {
        Self::utc(millis)
    }

    /// The time of `millis` as a drawing may show it: the browser's once the page is `alive`, before that UTC, as the
    /// server drew it.
    pub fn shown(millis: i64, alive: bool) -> Self {
        if alive { Self::of(millis) } else { Self::utc(millis) }
    }

    /// The time of `millis` since 1970, in UTC.
    pub fn utc(millis: i64) -> Self {
        let days = millis.div_euclid(DAY);
        let ms = millis.rem_euclid(DAY);
        let (year, month, day) = civil_of_days(days);
        let part = |value: i64| u32::try_from(value).unwrap_or_default();
        Self {
            year,
            month,
            day,
            hour: part(ms / HOUR),
            minute: part(ms / 60_000 % 60),
            second: part(ms / 1_000 % 60),
            offset_minutes: 0,
        }
    }

    /// `14:02`
    pub fn clock(self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }

    /// `14:02:04`
    pub fn clock_seconds(self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }

    /// `2026-11-20`
    pub fn date(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `UTC`, `UTC+03:00`
    pub fn zone(self) -> String {
        if self.offset_minutes == 0 {
            return "UTC".to_owned();
        }
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.unsigned_abs();
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Year, month and day of a day number since 1970 (H. Hinnant's algorithm, as in the model).
fn civil_of_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let part = |value: i64| u32::try_from(value).unwrap_or_default();
    (year_of_era + era * 400 + i64::from(month <= 2), part(month), part(day_of_year - (153 * shifted + 2) / 5 + 1))
}

#[cfg(test)]
mod tests {
    use super::LocalTime;

    #[test]
    fn without_a_browser_the_wall_clock_is_utc() {
        let time = LocalTime::of(1_795_183_324_500);
        assert_eq!(
            (time.date(), time.clock_seconds(), time.zone()),
            ("2026-11-20".to_owned(), "14:02:04".to_owned(), "UTC".to_owned())
        );
    }

    #[test]
    fn a_zone_behind_utc_is_written_with_its_sign() {
        let time = LocalTime { offset_minutes: -210, ..LocalTime::of(0) };
        assert_eq!(time.zone(), "UTC-03:30");
    }
}
