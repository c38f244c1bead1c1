//! Tells slow from stuck: bytes per second over the last ten seconds, how long nothing went, when to try again.
//! Knows no browser; time comes in as milliseconds, chance as a number.

#![cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser sends; tests run on the server"))]

use std::collections::VecDeque;

/// The window that speed is measured over.
const WINDOW_MS: f64 = 10_000.0;
/// The longest wait between two tries.
const LONGEST_WAIT_MS: f64 = 30_000.0;
/// Without a byte for this long, an upload counts as stuck.
pub(super) const STUCK_AFTER_MS: f64 = 5_000.0;
/// Without a byte for this long, a try is given up and another begins.
pub(super) const GIVE_UP_AFTER_MS: f64 = 30_000.0;
/// How fast the slowest server hashes a file again, in bytes per millisecond.
const SLOWEST_HASH: f64 = 50_000.0;

/// What was sent when.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// Time and bytes at each change, the oldest just outside the window.
    marks: VecDeque<(f64, u64)>,
    sent: u64,
    changed_at: f64,
}

impl Pace {
    /// Begins at `now` with `sent` bytes there already.
    pub(super) fn new(now: f64, sent: u64) -> Self {
        Self { marks: VecDeque::from([(now, sent)]), sent, changed_at: now }
    }

    /// Bytes sent so far.
    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Notes that `sent` bytes are there. Fewer than before (the server got less than we sent) begins anew.
    pub(super) fn note(&mut self, now: f64, sent: u64) {
        if sent < self.sent {
            *self = Self { changed_at: self.changed_at, ..Self::new(now, sent) };
        }
        if sent == self.sent {
            return;
        }
        (self.sent, self.changed_at) = (sent, now);
        self.marks.push_back((now, sent));
        while self.marks.get(1).is_some_and(|(at, _)| *at <= now - WINDOW_MS) {
            self.marks.pop_front();
        }
    }

    /// How long no byte has gone.
    pub(super) fn silent_ms(&self, now: f64) -> f64 {
        (now - self.changed_at).max(0.0)
    }

    /// Bytes per second over the last ten seconds.
    pub(super) fn bytes_per_second(&self, now: f64) -> u64 {
        let begins = now - WINDOW_MS;
        let first = self.marks.iter().rev().find(|(at, _)| *at <= begins).or_else(|| self.marks.front());
        let Some((at, sent)) = first else { return 0 };
        let seconds = (now - at.max(begins)) / 1_000.0;
        if seconds < 0.2 {
            return 0;
        }
        // A rate for people: a fraction of a byte does not matter.
        ((self.sent - sent) as f64 / seconds) as u64
    }
}

/// How long to wait before try `number` (from 1): 1, 2, 4 ... 30 seconds, each shortened by up to a half by `chance`
/// (0 to 1), so that many pages do not all come back in the same moment.
pub(super) fn wait_before_try(number: u32, chance: f64) -> f64 {
    let full = 1_000.0 * f64::from(2_u32.saturating_pow(number.saturating_sub(1).min(10)));
    full.min(LONGEST_WAIT_MS) * (1.0 - chance.clamp(0.0, 1.0) / 2.0)
}

/// How long the server may take to answer when it has all `total` bytes: it may have to hash the file again.
pub(super) fn finish_within(total: u64) -> f64 {
    GIVE_UP_AFTER_MS + total as f64 / SLOWEST_HASH
}

/// Whole seconds, rounded up, for people.
pub(super) fn whole_seconds(ms: f64) -> u64 {
    (ms / 1_000.0).ceil().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::{Pace, STUCK_AFTER_MS, wait_before_try, whole_seconds};

    #[test]
    fn speed_is_that_of_the_last_ten_seconds() {
        let mut pace = Pace::new(0.0, 0);
        for second in 1..=20_u32 {
            let per_second = if second <= 10 { 1_000_000 } else { 10_000 };
            pace.note(f64::from(second) * 1_000.0, pace.sent() + per_second);
        }
        assert_eq!(pace.bytes_per_second(20_000.0), 10_000);
    }

    #[test]
    fn a_slow_upload_is_not_a_stuck_one() {
        let mut pace = Pace::new(0.0, 0);
        for second in 1..=60_u32 {
            pace.note(f64::from(second) * 1_000.0, u64::from(second) * 100);
        }
        assert!(pace.silent_ms(60_500.0) < STUCK_AFTER_MS);
        assert_eq!(pace.bytes_per_second(60_000.0), 100);
        assert!(pace.silent_ms(72_000.0) >= STUCK_AFTER_MS);
        assert_eq!(pace.bytes_per_second(72_000.0), 0, "nothing went in the last ten seconds");
    }

    #[test]
    fn progress_that_only_repeats_is_silence() {
        let mut pace = Pace::new(0.0, 50);
        pace.note(9_000.0, 50);
        assert_eq!(pace.silent_ms(9_000.0) as u64, 9_000);
    }

    #[test]
    fn what_the_server_did_not_get_counts_as_not_sent() {
        let mut pace = Pace::new(0.0, 0);
        pace.note(1_000.0, 5_000_000);
        pace.note(2_000.0, 1_000_000);
        assert_eq!((pace.sent(), pace.bytes_per_second(3_000.0)), (1_000_000, 0));
        assert_eq!(pace.silent_ms(3_000.0) as u64, 2_000, "falling back is no progress");
        pace.note(4_000.0, 3_000_000);
        assert_eq!(pace.bytes_per_second(4_000.0), 1_000_000);
    }

    #[test]
    fn waits_grow_and_spread() {
        let waits: Vec<_> = (1..=8).map(|number| wait_before_try(number, 0.0) as u64).collect();
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(wait_before_try(3, 1.0) as u64, 2_000);
        assert_eq!(wait_before_try(u32::MAX, 0.5) as u64, 22_500);
    }

    #[test]
    fn a_begun_second_counts() {
        assert_eq!([0.0, 1.0, 1_000.0, 1_001.0].map(whole_seconds), [0, 1, 1, 2]);
    }
}
