//! The lanes' time axis: from milliseconds to units of the drawing, with long idle time folded. Pure.

/// What is drawn on, in units of the drawing: how wide it is, and where its axis begins and ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sheet {
    pub class: &'static str,
    pub width: f64,
    pub left: f64,
    pub right: f64,
    /// Ticks stand this far apart at least.
    pub gap: f64,
    /// Half of what the longest word at a tick takes.
    pub half_word: f64,
}

/// A sheet for a screen with room beside the axis, and one for a phone. Styles show one of the two.
pub const WIDE: Sheet =
    Sheet { class: "drawing drawing-wide", width: 760.0, left: 92.0, right: 744.0, gap: 96.0, half_word: 30.0 };
pub const NARROW: Sheet =
    Sheet { class: "drawing drawing-narrow", width: 320.0, left: 2.0, right: 318.0, gap: 72.0, half_word: 30.0 };

impl Sheet {
    /// Whether a word with its middle at `x` stays inside, and clear of a word that begins at `end`.
    pub fn has_room_at(&self, x: f64, end: f64) -> bool {
        x >= self.half_word && x + self.half_word + 4.0 <= end
    }
}

/// An interval longer than this share of everything is folded, if it is long enough to bother.
const FOLD_SHARE: f64 = 0.5;
const FOLD_AT_LEAST_MS: i64 = 10 * 60_000;
/// What a folded interval keeps of the axis.
const FOLDED_WIDTH: f64 = 0.14;

/// A stretch of the axis between two known moments.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    from: i64,
    to: i64,
    left: f64,
    right: f64,
    folded: bool,
}

/// A piecewise linear axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub sheet: Sheet,
    stretches: Vec<Stretch>,
}

impl Axis {
    /// An axis over `moments` (any order) on `sheet`. Between two of them time runs evenly.
    pub fn over(sheet: Sheet, moments: impl IntoIterator<Item = i64>) -> Self {
        let mut moments: Vec<i64> = moments.into_iter().collect();
        moments.sort_unstable();
        moments.dedup();
        if let [only] = moments.as_slice() {
            moments = vec![*only, *only + 1];
        }
        let total = length(moments.first(), moments.last());
        let folds = |from: i64, to: i64| {
            moments.len() > 2 && to - from >= FOLD_AT_LEAST_MS && as_float(to - from) > FOLD_SHARE * as_float(total)
        };
        let pairs: Vec<(i64, i64)> =
            moments.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect();
        let folded = pairs.iter().filter(|(from, to)| folds(*from, *to)).count();
        let even: i64 = pairs.iter().filter(|(from, to)| !folds(*from, *to)).map(|(from, to)| to - from).sum();
        let width = sheet.right - sheet.left;
        let fold_width = width * FOLDED_WIDTH;
        let even_width = width - fold_width * as_float(i64::try_from(folded).unwrap_or_default());
        let mut left = sheet.left;
        let stretches = pairs
            .into_iter()
            .map(|(from, to)| {
                let folded = folds(from, to);
                let wide = if folded { fold_width } else { even_width * as_float(to - from) / as_float(even.max(1)) };
                let stretch = Stretch { from, to, left, right: left + wide, folded };
                left += wide;
                stretch
            })
            .collect();
        Self { sheet, stretches }
    }

    /// Where `moment` stands; moments outside stand at the ends.
    pub fn place(&self, moment: i64) -> f64 {
        let Some(first) = self.stretches.first() else { return self.sheet.left };
        if moment <= first.from {
            return first.left;
        }
        let found = self.stretches.iter().find(|stretch| moment <= stretch.to);
        found.map_or(self.sheet.right, |stretch| {
            let share = as_float(moment - stretch.from) / as_float((stretch.to - stretch.from).max(1));
            stretch.left + (stretch.right - stretch.left) * share
        })
    }

    /// The folded stretches: left, right, and how long each really is.
    pub fn folds(&self) -> impl Iterator<Item = (f64, f64, i64)> {
        let folded = self.stretches.iter().filter(|stretch| stretch.folded);
        folded.map(|stretch| (stretch.left, stretch.right, stretch.to - stretch.from))
    }

    /// Whether the axis is so short that its times need seconds.
    pub fn needs_seconds(&self) -> bool {
        let ends = self.stretches.first().zip(self.stretches.last());
        ends.is_some_and(|(first, last)| last.to - first.from < 10 * 60_000)
    }

    /// Round moments to write along the axis, with the sheet's gap between them and outside the folds.
    pub fn ticks(&self) -> Vec<i64> {
        const STEPS: [i64; 15] = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 604_800];
        let (Some(first), Some(last)) = (self.stretches.first(), self.stretches.last()) else { return Vec::new() };
        let even: i64 = self.stretches.iter().filter(|part| !part.folded).map(|part| part.to - part.from).sum();
        let gap = self.sheet.gap;
        let smallest = as_float(even) / (self.sheet.right - self.sheet.left) * gap;
        let step = STEPS.into_iter().map(|step| step * 1_000).find(|step| as_float(*step) >= smallest);
        let step = step.unwrap_or(604_800_000);
        let mut ticks = Vec::new();
        let mut moment = first.from.div_euclid(step) * step + step;
        while moment < last.to && ticks.len() < 12 {
            let stretch = self.stretches.iter().find(|stretch| moment <= stretch.to);
            let before = ticks.last().map_or(f64::MIN, |tick| self.place(*tick));
            match stretch {
                Some(stretch) if stretch.folded => moment = moment.max(stretch.to.div_euclid(step) * step),
                _ if self.place(moment) - before >= gap => ticks.push(moment),
                _ => {}
            }
            moment += step;
        }
        ticks
    }
}

fn length(first: Option<&i64>, last: Option<&i64>) -> i64 {
    first.zip(last).map_or(0, |(first, last)| last - first)
}

/// Milliseconds as a float; exact far beyond any training's length.
fn as_float(millis: i64) -> f64 {
    millis as f64
}

#[cfg(test)]
mod tests {
    use super::{Axis, NARROW, WIDE};
    use proptest::prelude::{ProptestConfig, prop_assert, proptest};

    const LEFT: f64 = WIDE.left;
    const RIGHT: f64 = WIDE.right;

    #[test]
    fn time_runs_evenly_where_nothing_is_folded() {
        let axis = Axis::over(WIDE, [0, 60_000, 120_000]);
        assert!((axis.place(60_000) - (LEFT + RIGHT) / 2.0).abs() < 0.01);
        assert_eq!(axis.folds().count(), 0);
    }

    #[test]
    fn a_night_of_idling_is_folded_and_its_length_kept() {
        let axis = Axis::over(WIDE, [0, 60_000, 120_000, 36_000_000]);
        let folds: Vec<_> = axis.folds().collect();
        assert_eq!(folds.len(), 1);
        assert_eq!(folds[0].2, 35_880_000);
        assert!(axis.place(120_000) > LEFT + (RIGHT - LEFT) * 0.8);
    }

    #[test]
    fn one_moment_alone_is_an_axis_too() {
        assert!((Axis::over(WIDE, [5]).place(5) - LEFT).abs() < 0.01);
        assert!((Axis::over(WIDE, []).place(5) - LEFT).abs() < 0.01);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn later_moments_never_stand_further_left(moments in proptest::collection::vec(0_i64..4_000_000_000, 1..12)) {
            let axis = Axis::over(WIDE, moments.clone());
            let mut sorted = moments;
            sorted.sort_unstable();
            let places: Vec<f64> = sorted.iter().map(|moment| axis.place(*moment)).collect();
            prop_assert!(places.windows(2).all(|pair| pair[0] <= pair[1] + 1e-6));
            prop_assert!(places.iter().all(|place| (LEFT - 1e-6..=RIGHT + 1e-6).contains(place)));
            let ticks = Axis::over(NARROW, sorted).ticks();
            prop_assert!(ticks.len() <= 12);
        }
    }
}
