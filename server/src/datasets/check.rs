//! Checks a dataset by a kind's rules, reading its content from the store.
//! Makes no rule; see `app::vendors`.

use super::{DatasetFault, Datasets, blob_id};
use crate::blobs::run_blocking;
use app::model::dataset::CheckDataset;
use app::model::error::FieldFault;
use app::model::finding::CheckReport;
use app::model::ids::DatasetId;
use app::vendors::{KINDS, check_file, find_kind};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Reports kept: the rules are fixed in a build and the content by its address, so a report never goes stale.
const REPORTS_KEPT: usize = 256;
/// Checks at the same time; each keeps one processor busy.
const CHECKS_AT_ONCE: usize = 2;

/// What was asked, and the answer.
type Kept = ((DatasetId, CheckDataset), CheckReport);

/// The checks made so far and those under way.
pub(super) struct Checks {
    kept: Mutex<VecDeque<Kept>>,
    places: Semaphore,
}

impl Default for Checks {
    fn default() -> Self {
        Self { kept: Mutex::default(), places: Semaphore::new(CHECKS_AT_ONCE) }
    }
}

impl Checks {
    fn find(&self, id: &DatasetId, asked: &CheckDataset) -> Option<CheckReport> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|((of, check), _)| of == id && check == asked).map(|(_, report)| report.clone())
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
    /// Checks a dataset by the rules of a kind. Memory does not grow with the file.
    pub async fn check_dataset(&self, id: &DatasetId, asked: CheckDataset) -> Result<CheckReport, DatasetFault> {
        if find_kind(&asked.kind).is_none() {
            let kinds: Vec<_> = KINDS.iter().map(|info| info.kind).collect();
            let message = format!("Choose one of: {}.", kinds.join(", "));
            return Err(DatasetFault::Invalid(FieldFault::new("kind", message)));
        }
        self.get_dataset(id).await?;
        let checks = &self.inner.checks;
        // The place is waited for before looking, so that equal questions at the same moment read the file once.
        let _place = checks.places.acquire().await.map_err(std::io::Error::other)?;
        if let Some(report) = checks.find(id, &asked) {
            return Ok(report);
        }
        let content = self.inner.blobs.open_reader(&blob_id(id)?).await?;
        let (kind, role) = (asked.kind.clone(), asked.role.clone());
        let report = run_blocking(move || check_file(&kind, role.as_deref(), content, &mut |_| {})).await?;
        checks.keep(id.clone(), asked, report.clone());
        Ok(report)
    }
}
