//! A circuit breaker: keeps us from hammering a vendor that cannot be reached. Pure; never ends a training.

use crate::vendors::vendor::Pace;
use app::model::time::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// Failures in a row that open it.
const FAILURES_IN_A_ROW: u32 = 5;
/// Or this many failures among the last `WINDOW` calls.
const FAILURES_IN_WINDOW: usize = 10;
const WINDOW: usize = 20;
/// How long an open breaker waits between probes (scaled).
const PROBE_EVERY: Duration = Duration::from_secs(30);

/// The breaker of one connection.
#[derive(Debug, Default)]
pub struct Breaker {
    in_a_row: u32,
    window: VecDeque<bool>,
    open_until: Option<Timestamp>,
}

impl Breaker {
    /// `None`: go on. `Some`: wait until then. While open, one caller per interval goes through as a probe.
    pub fn admit(&mut self, now: Timestamp, pace: Pace) -> Option<Timestamp> {
        match self.open_until {
            None => None,
            Some(until) if until > now => Some(until),
            Some(_) => {
                self.open_until = Some(now.plus(pace.scale(PROBE_EVERY)));
                None
            }
        }
    }

    /// A call was answered.
    pub fn succeed(&mut self) {
        if self.open_until.is_some() {
            *self = Self::default();
        }
        self.in_a_row = 0;
        self.remember(true);
    }

    /// A call was not answered.
    pub fn fail(&mut self, now: Timestamp, pace: Pace) {
        self.in_a_row += 1;
        self.remember(false);
        let failures = self.window.iter().filter(|ok| !**ok).count();
        if self.in_a_row >= FAILURES_IN_A_ROW || failures >= FAILURES_IN_WINDOW {
            self.open_until = Some(now.plus(pace.scale(PROBE_EVERY)));
        }
    }

    /// Whether calls are being held back.
    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }

    fn remember(&mut self, ok: bool) {
        self.window.push_back(ok);
        if self.window.len() > WINDOW {
            self.window.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Breaker;
    use crate::vendors::vendor::Pace;
    use app::model::time::Timestamp;

    const PACE: Pace = Pace(1.0);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn it_opens_after_five_failures_in_a_row_and_lets_one_probe_through() {
        let mut breaker = Breaker::default();
        for second in 0..5 {
            assert_eq!(breaker.admit(at(second), PACE), None);
            breaker.fail(at(second), PACE);
        }
        assert_eq!(breaker.admit(at(5), PACE), Some(at(34)));
        assert_eq!(breaker.admit(at(34), PACE), None, "the probe");
        assert_eq!(breaker.admit(at(34), PACE), Some(at(64)), "only one");
        breaker.succeed();
        assert_eq!(breaker.admit(at(35), PACE), None);
    }

    #[test]
    fn it_opens_when_half_of_the_last_twenty_failed() {
        let mut breaker = Breaker::default();
        for second in 0..10 {
            breaker.succeed();
            breaker.fail(at(second), PACE);
        }
        assert!(breaker.is_open());
    }
}
