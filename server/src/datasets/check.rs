//! Checks a dataset by a kind's rules, reading its content from the store.
//! Makes no rule; see `app::vendors`.

use super::{DatasetFault, Datasets, blob_id};
use crate::blobs::{BlobId, run_blocking};
use app::model::dataset::CheckDataset;
use app::model::error::FieldFault;
use app::model::finding::CheckReport;
use app::model::ids::DatasetId;
use app::vendors::{KINDS, check_file, find_kind};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as Turn, Semaphore};

/// Reports kept: the rules are fixed in a build and the content by its address, so a report never goes stale.
const REPORTS_KEPT: usize = 256;
/// Checks at the same time; each keeps one processor busy.
const CHECKS_AT_ONCE: usize = 2;
/// Files take turns among this many queues, chosen by their address.
const QUEUES: usize = 64;

/// What was asked, and the answer.
type Kept = ((DatasetId, CheckDataset), CheckReport);

/// The checks made so far and those under way.
pub(super) struct Checks {
    kept: Mutex<VecDeque<Kept>>,
    places: Arc<Semaphore>,
    /// One reads, the others wait behind it and find its report.
    queues: Vec<Arc<Turn<()>>>,
}

impl Default for Checks {
    fn default() -> Self {
        let queues = std::iter::repeat_with(Arc::default).take(QUEUES).collect();
        Self { kept: Mutex::default(), places: Arc::new(Semaphore::new(CHECKS_AT_ONCE)), queues }
    }
}

impl Checks {
    fn find(&self, id: &DatasetId, asked: &CheckDataset) -> Option<CheckReport> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|((of, check), _)| of == id && check == asked).map(|(_, report)| report.clone())
    }

    fn queue_of(&self, id: &BlobId) -> Arc<Turn<()>> {
        let number = id.as_str().get(..2).and_then(|digits| usize::from_str_radix(digits, 16).ok()).unwrap_or(0);
        self.queues.get(number % QUEUES).cloned().unwrap_or_default()
    }

    fn keep(&self, id: DatasetId, asked: CheckDataset, report: CheckReport) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= REPORTS_KEPT {
            kept.pop_front();
        }
        kept.push_back(((id, asked), report));
    }
}

impl Datasets {
    /// Checks a dataset by the rules of a kind, once while its report is kept. Memory does not grow with the file. Whoever
    /// stops waiting does not stop a check that has begun: its report is there for the next question.
    pub async fn check_dataset(&self, id: &DatasetId, mut asked: CheckDataset) -> Result<CheckReport, DatasetFault> {
        let Some(info) = find_kind(&asked.kind) else {
            let kinds: Vec<_> = KINDS.iter().map(|info| info.kind).collect();
            let message = format!("Choose one of: {}.", kinds.join(", "));
            return Err(DatasetFault::Invalid(FieldFault::new("kind", message)));
        };
        asked.role = asked.role.or_else(|| info.roles.first().map(|role| role.name.to_owned()));
        self.get_dataset(id).await?;
        let blob = blob_id(id)?;
        let checks = &self.inner.checks;
        // The turn is waited for before looking, so that equal questions at the same moment read the file once.
        let turn = checks.queue_of(&blob).lock_owned().await;
        if let Some(report) = checks.find(id, &asked) {
            return Ok(report);
        }
        let place = Arc::clone(&checks.places).acquire_owned().await.map_err(std::io::Error::other)?;
        let content = self.inner.blobs.open_reader(&blob).await?;
        let (datasets, id) = (self.clone(), id.clone());
        let report = run_blocking(move || {
            let _held = (turn, place);
            let report = check_file(&asked.kind, asked.role.as_deref(), content, &mut |_| {})?;
            datasets.inner.checks.keep(id, asked, report.clone());
            Ok(report)
        });
        Ok(report.await?)
    }
}
