//! What the fake vendors know: vendor time, scenarios, tokens, runs and the log of every request.
//! Each change is a record: written to the journal, then applied; replaying the records gives the same state again.

use super::Run;
use super::journal::Journal;
use super::script::{CallbackPlan, Plan, Scenario, Section, Step};
use super::visits::{Visit, VisitEnd};
use crate::clock::SharedClock;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many requests are kept in memory; older ones are only in the state file. `GET /control/log` says how many left.
const MAX_LOG_ENTRIES: usize = 200_000;

/// One point in both times.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Real time, ms since 1970.
    pub real_ms: i64,
    /// Vendor time, ms since the sandbox was first started.
    pub vendor_ms: i64,
}

/// One change.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Record {
    /// From this real time on, vendor time runs from here at this speed.
    TimeSet { real_ms: i64, vendor_ms: i64, speed: f64 },
    /// A scenario was posted.
    ScenarioSet { scenario: Box<Scenario> },
    /// A step acted on one call.
    StepTaken { vendor: String, matches: String, section: Section, step: usize },
    /// A request arrived.
    VisitBegan { visit: Box<Visit> },
    /// A request was answered, cut or abandoned.
    VisitEnded { sequence: u64, end: Box<VisitEnd> },
    /// A token was issued; only its digest is kept.
    TokenIssued { digest: String, number: u64, expires_ms: i64 },
    /// No token is good any more.
    TokensRevoked,
    /// A train call, or the control API, started a run.
    RunCreated { run: Box<Run> },
    /// Progress of a run was asked for.
    RunAsked { run_id: String, vendor_ms: i64 },
}

/// An issued token.
#[derive(Clone, Debug)]
pub struct TokenSeen {
    pub number: u64,
    pub expires_ms: i64,
}

struct Posted {
    scenario: Scenario,
    taken: HashMap<(Section, usize), u64>,
}

/// Everything that is known, as the records made it.
pub struct Book {
    time: (i64, i64, f64),
    posted: Vec<Posted>,
    visits: VecDeque<Visit>,
    visits_dropped: u64,
    visits_begun: u64,
    tokens: HashMap<String, TokenSeen>,
    tokens_issued: u64,
    runs: Vec<Run>,
    runs_by_model: HashMap<String, Vec<usize>>,
    runs_by_id: HashMap<String, usize>,
}

impl Book {
    fn new() -> Self {
        Self {
            time: (0, 0, 1.0),
            posted: Vec::new(),
            visits: VecDeque::new(),
            visits_dropped: 0,
            visits_begun: 0,
            tokens: HashMap::new(),
            tokens_issued: 0,
            runs: Vec::new(),
            runs_by_model: HashMap::new(),
            runs_by_id: HashMap::new(),
        }
    }

    fn vendor_ms(&self, real_ms: i64) -> i64 {
        let (real_start, vendor_start, speed) = self.time;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "milliseconds of a sandbox run"
        )]
        let passed = ((real_ms - real_start) as f64 * speed) as i64;
        vendor_start + passed
    }

    /// The number of the next request; numbers start at 1 and never repeat.
    pub fn next_sequence(&self) -> u64 {
        self.visits_begun + 1
    }

    /// The number of the next token.
    pub fn next_token(&self) -> u64 {
        self.tokens_issued + 1
    }

    /// An issued and not revoked token, found by its digest.
    pub fn token(&self, digest: &str) -> Option<&TokenSeen> {
        self.tokens.get(digest)
    }

    /// The requests after number `after`, in order.
    pub fn visits_after(&self, after: u64) -> impl Iterator<Item = &Visit> {
        self.visits.iter().filter(move |visit| visit.sequence > after)
    }

    /// How many requests were dropped from memory.
    pub fn visits_dropped(&self) -> u64 {
        self.visits_dropped
    }

    /// Every run, oldest first.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The runs of one model, oldest first.
    pub fn runs_of(&self, model_id: &str) -> impl DoubleEndedIterator<Item = &Run> {
        self.runs_by_model.get(model_id).into_iter().flatten().map(|at| &self.runs[*at])
    }

    /// The scenarios that match, most exact first. Without a model only those for everything match.
    fn matching(&self, vendor: &str, model: Option<&str>) -> Vec<&Posted> {
        let fits = |posted: &&Posted| {
            let pattern = posted.scenario.matches.as_str();
            posted.scenario.vendor == vendor
                && match pattern.strip_suffix('*') {
                    Some("") => true,
                    Some(prefix) => model.is_some_and(|model| model.starts_with(prefix)),
                    None => model == Some(pattern),
                }
        };
        let mut found: Vec<&Posted> = self.posted.iter().filter(fits).collect();
        found.sort_by_key(|posted| {
            let pattern = posted.scenario.matches.as_str();
            std::cmp::Reverse((!pattern.ends_with('*'), pattern.len()))
        });
        found
    }

    /// The step that acts on the next call, and the record that uses it up.
    ///
    /// The most exact scenario with a section that is not used up decides. `wanted` refuses steps that belong to
    /// another moment of the call; such a step then blocks nothing.
    pub fn next_step(
        &self,
        vendor: &str,
        model: Option<&str>,
        section: Section,
        wanted: impl Fn(&Step) -> bool,
    ) -> Option<(Step, Record)> {
        for posted in self.matching(vendor, model) {
            let unused = posted.scenario.script.steps(section).iter().enumerate().find(|(at, step)| {
                let taken = posted.taken.get(&(section, *at)).copied().unwrap_or(0);
                step.calls.is_none_or(|calls| taken < calls)
            });
            let Some((at, step)) = unused else { continue };
            if !wanted(step) {
                return None;
            }
            let taken = Record::StepTaken {
                vendor: posted.scenario.vendor.clone(),
                matches: posted.scenario.matches.clone(),
                section,
                step: at,
            };
            return Some((step.clone(), taken));
        }
        None
    }

    /// The plan for a run that starts now.
    pub fn plan_for(&self, vendor: &str, model: &str) -> Plan {
        let plans = self.matching(vendor, Some(model)).into_iter();
        plans.filter_map(|posted| posted.scenario.script.plan.clone()).next().unwrap_or_default()
    }

    /// How a run that starts now is called back about.
    pub fn callback_plan(&self, vendor: &str, model: &str) -> CallbackPlan {
        let plans = self.matching(vendor, Some(model)).into_iter();
        plans.filter_map(|posted| posted.scenario.script.callback.clone()).next().unwrap_or_default()
    }

    /// The answer for a model that is still training, when a scenario names one.
    pub fn busy_answer(&self, vendor: &str, model: &str) -> Option<super::script::Answer> {
        let answers = self.matching(vendor, Some(model)).into_iter();
        answers.filter_map(|posted| posted.scenario.script.busy.clone()).next()
    }

    /// Whether the vendor's retired addresses answer.
    pub fn answers_retired(&self, vendor: &str) -> bool {
        self.matching(vendor, None).iter().any(|posted| posted.scenario.script.retired_addresses)
    }

    fn replay(&mut self, record: Record) {
        match record {
            Record::TimeSet { real_ms, vendor_ms, speed } => self.time = (real_ms, vendor_ms, speed),
            Record::ScenarioSet { scenario } => self.set_scenario(*scenario),
            Record::StepTaken { vendor, matches, section, step } => {
                let same =
                    |posted: &&mut Posted| posted.scenario.vendor == vendor && posted.scenario.matches == matches;
                if let Some(posted) = self.posted.iter_mut().find(same) {
                    *posted.taken.entry((section, step)).or_default() += 1;
                }
            }
            Record::VisitBegan { visit } => {
                self.visits_begun = visit.sequence;
                self.visits.push_back(*visit);
                if self.visits.len() > MAX_LOG_ENTRIES {
                    self.visits.pop_front();
                    self.visits_dropped += 1;
                }
            }
            Record::VisitEnded { sequence, end } => {
                if let Some(visit) = self.visit_mut(sequence) {
                    visit.end = Some(*end);
                }
            }
            Record::TokenIssued { digest, number, expires_ms } => {
                self.tokens_issued = number;
                self.tokens.insert(digest, TokenSeen { number, expires_ms });
            }
            Record::TokensRevoked => self.tokens.clear(),
            Record::RunCreated { run } => self.add_run(*run),
            Record::RunAsked { run_id, vendor_ms } => {
                if let Some(at) = self.runs_by_id.get(&run_id) {
                    self.runs[*at].note_asked(vendor_ms);
                }
            }
        }
    }

    fn set_scenario(&mut self, scenario: Scenario) {
        self.posted.retain(|old| old.scenario.vendor != scenario.vendor || old.scenario.matches != scenario.matches);
        if scenario.script != super::script::Script::default() {
            self.posted.push(Posted { scenario, taken: HashMap::new() });
        }
    }

    fn add_run(&mut self, run: Run) {
        if let Some(visit) = run.made_by.and_then(|sequence| self.visit_mut(sequence)) {
            visit.run_created = Some(run.id.clone());
        }
        self.runs_by_model.entry(run.model_id.clone()).or_default().push(self.runs.len());
        self.runs_by_id.insert(run.id.clone(), self.runs.len());
        self.runs.push(run);
    }

    fn visit_mut(&mut self, sequence: u64) -> Option<&mut Visit> {
        let first = self.visits.front()?.sequence;
        let at = usize::try_from(sequence.checked_sub(first)?).ok()?;
        self.visits.get_mut(at)
    }
}

/// The book behind its lock, the journal and the clock.
pub struct SandboxState {
    clock: SharedClock,
    inner: Mutex<(Book, Journal)>,
}

impl SandboxState {
    /// Reads the state file, if there is one, and lets vendor time run on from where it stood.
    pub fn load(path: Option<&Path>, speed: f64, clock: SharedClock) -> io::Result<Self> {
        let (journal, records) = match path {
            Some(path) => Journal::open(path)?,
            None => (Journal::default(), Vec::new()),
        };
        let mut book = Book::new();
        let fresh = records.is_empty();
        records.into_iter().for_each(|record| book.replay(record));
        let real_ms = clock.now().as_millis();
        let vendor_ms = if fresh { 0 } else { book.vendor_ms(real_ms) };
        let state = Self { clock, inner: Mutex::new((book, journal)) };
        state.change(|_, _| (vec![Record::TimeSet { real_ms, vendor_ms, speed }], ()))?;
        Ok(state)
    }

    /// Looks at the book.
    pub fn read<T>(&self, look: impl FnOnce(&Book, Moment) -> T) -> T {
        let inner = self.lock();
        look(&inner.0, self.moment(&inner.0))
    }

    /// Decides on a change while nobody else can, writes its records, applies them, and returns the decision.
    ///
    /// # Errors
    /// When the state file cannot be written; nothing has changed then.
    pub fn change<T>(&self, decide: impl FnOnce(&Book, Moment) -> (Vec<Record>, T)) -> io::Result<T> {
        let mut inner = self.lock();
        let (book, journal) = &mut *inner;
        let (records, decision) = decide(book, self.moment(book));
        journal.append(&records)?;
        records.into_iter().for_each(|record| book.replay(record));
        Ok(decision)
    }

    /// Moves vendor time on.
    pub fn advance_time(&self, seconds: f64) -> io::Result<Moment> {
        self.change(|book, now| {
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a sandbox run")]
            let vendor_ms = now.vendor_ms + (seconds * 1000.0) as i64;
            let speed = book.time.2;
            let set = Record::TimeSet { real_ms: now.real_ms, vendor_ms, speed };
            (vec![set], Moment { real_ms: now.real_ms, vendor_ms })
        })
    }

    fn moment(&self, book: &Book) -> Moment {
        let real_ms = self.clock.now().as_millis();
        Moment { real_ms, vendor_ms: book.vendor_ms(real_ms) }
    }

    fn lock(&self) -> MutexGuard<'_, (Book, Journal)> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
