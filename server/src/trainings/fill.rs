//! Fills an empty board with sample trainings, each through the real submit path. For the sandbox only.

use super::{TrainingFault, Trainings};
use crate::datasets::{Append, NewUpload, UploadFault};
use crate::vendors::vendor::SampleTraining;
use app::model::ids::{ConnectionId, DatasetId, TrainingId, UserName};
use app::model::training::TrainingChange;
use app::vendors::TrainingRequest;
use app::vendors::submission::NewTraining;
use futures::StreamExt;
use serde_json::Value;

/// Whose trainings the samples are.
const SAMPLE_OWNER: &str = "sandbox";

/// Why the samples could not be submitted.
#[derive(Debug, thiserror::Error)]
pub enum FillFault {
    #[error(transparent)]
    Training(#[from] TrainingFault),
    #[error(transparent)]
    Upload(#[from] UploadFault),
    #[error("the sample file {0} did not become a dataset")]
    NoDataset(&'static str),
}

impl Trainings {
    /// Whether there is no training at all, archived ones included.
    pub async fn is_board_empty(&self) -> Result<bool, TrainingFault> {
        Ok(self.inner.store.last_event_id().await? == 0)
    }

    /// Uploads a sample's files and submits it.
    pub async fn submit_sample(&self, connection: &ConnectionId, sample: SampleTraining) -> Result<(), FillFault> {
        let owner = UserName::new(SAMPLE_OWNER);
        let mut request = sample.request;
        for (name, content) in sample.files {
            let dataset = self.store_sample(&owner, name, content).await?;
            replace_text(&mut request, name, dataset.as_str());
        }
        let request = TrainingRequest::parse(&request, "request").map_err(TrainingFault::Invalid)?;
        let id = TrainingId::new(uuid::Uuid::now_v7().to_string());
        let name = Some(sample.name.to_owned());
        let new = NewTraining { id: id.clone(), connection: connection.clone(), name, request, hold_if_busy: false };
        self.submit_training(&owner, new).await?;
        let tags = sample.tags.iter().map(|tag| (*tag).to_owned()).collect();
        self.change_training(&owner, &id, TrainingChange { tags: Some(tags), ..Default::default() }).await?;
        Ok(())
    }

    async fn store_sample(
        &self,
        owner: &UserName,
        name: &'static str,
        content: Vec<u8>,
    ) -> Result<DatasetId, FillFault> {
        let size_bytes = content.len() as u64;
        let new = NewUpload { name: name.to_owned(), metadata: String::new(), size_bytes };
        let upload = self.inner.datasets.create_upload(owner, new).await?;
        let mut body = futures::stream::iter([Ok(bytes::Bytes::from(content))]).boxed();
        let append = Append { offset_bytes: 0, announced_bytes: Some(size_bytes), checksum: None, body: &mut body };
        let done = self.inner.datasets.append_to_upload(owner, &upload.id, append).await?;
        done.dataset.ok_or(FillFault::NoDataset(name))
    }
}

fn replace_text(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text == from => to.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| replace_text(item, from, to)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace_text(field, from, to)),
        _ => {}
    }
}
