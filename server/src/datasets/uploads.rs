//! The life of an upload: begun, looked at, finished into a dataset, ended, forgotten.
//! Receives no bytes; see `append`.

use super::Datasets;
use super::limits::write_size;
use super::slots::Held;
use crate::blobs::spool::SpoolId;
use crate::blobs::{BlobFault, BlobId, run_blocking};
use crate::store::StoreError;
use crate::store::uploads::UploadRow;
use app::model::dataset::Dataset;
use app::model::ids::{DatasetId, UserName};
use app::model::time::Timestamp;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use uuid::Uuid;

/// An upload to begin.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// The file's name as the client gave it: kept as text, at most 255 characters, without control characters.
    pub name: String,
    /// `Upload-Metadata` as it came, to be given back as it came.
    pub metadata: String,
    pub size_bytes: u64,
}

/// An upload as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadView {
    pub id: String,
    /// Bytes that are safe; the client goes on from here.
    pub offset_bytes: u64,
    pub size_bytes: u64,
    pub metadata: String,
    pub expires_at: Timestamp,
    /// What the upload became, once it is finished.
    pub dataset: Option<DatasetId>,
}

/// Why an upload did not go as asked. The text is for people.
#[derive(Debug, thiserror::Error)]
pub enum UploadFault {
    #[error("There is no such upload, or it is not yours. Begin a new one.")]
    NotFound,
    #[error("This upload was left for too long and has expired. Begin a new one.")]
    Expired,
    #[error("{0}")]
    BadName(String),
    #[error("The upload stands at byte {at}, not at byte {asked}. Ask for its offset and go on from there.")]
    WrongOffset { at: u64, asked: u64 },
    #[error(
        "The file has {}; at most {} may be uploaded. Split it, or ask an administrator for a higher limit.",
        write_size(*.size), write_size(*.limit)
    )]
    TooLarge { size: u64, limit: u64 },
    #[error(
        "More was sent than the {} announced in Upload-Length; nothing of this request was kept.",
        write_size(*.size)
    )]
    Overflow { size: u64 },
    #[error(
        "The server has no room for this file: it needs {} more, and {} are free. Ask an administrator to make room.",
        write_size(*.needed), write_size(*.free)
    )]
    NoRoom { needed: u64, free: u64 },
    #[error("At most {limit} uploads of one person run at the same time. Wait for one to end.")]
    TooMany { limit: usize },
    #[error("Another request is writing this upload. Try again in a moment.")]
    Held,
    #[error("A newer request went on with this upload; this one was ended.")]
    TakenOver,
    #[error(
        "Too little arrived for {seconds} seconds, so the connection was given up. What came is kept; go on from there."
    )]
    Stalled { seconds: u64 },
    #[error("The connection was lost. What came is kept; go on from there.")]
    Cut,
    #[error("The chunk does not match its checksum: it was damaged on the way. Nothing of it was kept; send it again.")]
    ChecksumMismatch,
    #[error("The server's disk is full. What came before is kept; ask an administrator to make room, then go on.")]
    Full,
    #[error("The upload could not be stored. What came before is kept; try again.")]
    Store(#[from] StoreError),
    #[error("The upload could not be stored. What came before is kept; try again.")]
    Blob(BlobFault),
}

impl From<BlobFault> for UploadFault {
    fn from(fault: BlobFault) -> Self {
        if matches!(fault, BlobFault::Full) { Self::Full } else { Self::Blob(fault) }
    }
}

impl From<io::Error> for UploadFault {
    fn from(error: io::Error) -> Self {
        Self::from(BlobFault::from(error))
    }
}

/// An upload in our hands: its row, and the right to write it.
pub(super) struct HeldUpload {
    pub(super) row: UploadRow,
    pub(super) spooled: SpoolId,
    pub(super) held: Held,
}

impl HeldUpload {
    pub(super) fn size(&self) -> u64 {
        self.row.size_bytes.unsigned_abs()
    }
}

const PRUNED_AT_ONCE: i64 = 100;

impl Datasets {
    /// Begins an upload. One of no bytes is finished at once.
    pub async fn create_upload(&self, owner: &UserName, new: NewUpload) -> Result<UploadView, UploadFault> {
        let limits = &self.inner.limits;
        if new.size_bytes > limits.max_bytes {
            return Err(UploadFault::TooLarge { size: new.size_bytes, limit: limits.max_bytes });
        }
        let name = check_file_name(&new.name)?;
        self.require_room(new.size_bytes).await?;
        let now = self.inner.clock.now();
        let row = UploadRow {
            id: Uuid::now_v7().to_string(),
            owner: owner.clone(),
            name,
            metadata: new.metadata,
            size_bytes: as_row_bytes(new.size_bytes),
            offset_bytes: 0,
            sha256: None,
            created_at: now,
            expires_at: now.plus(limits.kept_for),
            published: false,
        };
        self.inner.store.add_upload(&row).await?;
        metrics::counter!("trainyard_uploads_total", "outcome" => "begun").increment(1);
        if new.size_bytes > 0 {
            return Ok(view_upload(&row));
        }
        let upload = self.hold_upload(row).await?;
        self.finish_upload(upload).await
    }

    /// Looks at an upload. A request that is still writing it is ended first, so that the offset holds; an upload whose
    /// last bytes came just before the server stopped is finished now.
    pub async fn look_at_upload(&self, owner: &UserName, id: &str) -> Result<UploadView, UploadFault> {
        let row = self.find_own_upload(owner, id).await?;
        if row.published {
            return Ok(view_upload(&row));
        }
        let upload = self.hold_upload(row).await?;
        if upload.held.progress.offset == upload.size() {
            return self.finish_upload(upload).await;
        }
        Ok(view_upload(&upload.row))
    }

    /// Ends an upload and removes what came. A dataset that it became stays.
    pub async fn end_upload(&self, owner: &UserName, id: &str) -> Result<(), UploadFault> {
        let row = self.find_own_upload(owner, id).await?;
        if row.published {
            return Ok(self.inner.store.remove_upload(&row.id).await?);
        }
        let upload = self.hold_upload(row).await?;
        self.remove_upload(&upload).await?;
        metrics::counter!("trainyard_uploads_total", "outcome" => "ended").increment(1);
        Ok(())
    }

    /// Removes uploads that expired before `now`, and files in the spool that no upload knows. Returns how many
    /// uploads went.
    pub async fn prune_uploads(&self, now: Timestamp) -> Result<u64, UploadFault> {
        let mut pruned = 0;
        loop {
            let expired = self.inner.store.list_expired_uploads(now, PRUNED_AT_ONCE).await?;
            let before = pruned;
            for row in expired {
                pruned += u64::from(self.prune_upload(row, now).await?);
            }
            if pruned == before {
                break;
            }
        }
        let spool = self.inner.blobs.spool().clone();
        for spooled in run_blocking(move || spool.list()).await? {
            if self.inner.store.find_upload(&spooled.file_name()).await?.is_none() {
                let spool = self.inner.blobs.spool().clone();
                run_blocking(move || spool.remove(spooled)).await?;
            }
        }
        Ok(pruned)
    }

    async fn prune_upload(&self, row: UploadRow, now: Timestamp) -> Result<bool, UploadFault> {
        let Some(spooled) = spool_id(&row) else {
            self.inner.store.remove_upload(&row.id).await?;
            return Ok(true);
        };
        let Some(held) = self.inner.slots.try_hold(spooled) else {
            return Ok(false);
        };
        let Some(row) = self.inner.store.find_upload(&row.id).await?.filter(|row| row.expires_at <= now) else {
            return Ok(false);
        };
        let mut upload = HeldUpload { row, spooled, held };
        if upload.row.sha256.is_some() && !upload.row.published {
            // All bytes came and were hashed: it is a dataset but for the last step.
            upload = self.publish_upload(upload).await?;
        }
        self.remove_upload(&upload).await?;
        metrics::counter!("trainyard_uploads_total", "outcome" => "expired").increment(1);
        Ok(true)
    }

    async fn remove_upload(&self, upload: &HeldUpload) -> Result<(), UploadFault> {
        self.inner.store.remove_upload(&upload.row.id).await?;
        let (spool, spooled) = (self.inner.blobs.spool().clone(), upload.spooled);
        run_blocking(move || spool.remove(spooled)).await?;
        self.inner.slots.forget(spooled);
        Ok(())
    }

    /// Finds an upload for its owner. Others learn nothing, not even that it exists.
    pub(super) async fn find_own_upload(&self, owner: &UserName, id: &str) -> Result<UploadRow, UploadFault> {
        let row = self.inner.store.find_upload(id).await?.filter(|row| row.owner == *owner);
        let row = row.ok_or(UploadFault::NotFound)?;
        if row.expires_at <= self.inner.clock.now() { Err(UploadFault::Expired) } else { Ok(row) }
    }

    /// Takes an upload over and brings its row up to what is in the file and safe.
    pub(super) async fn hold_upload(&self, row: UploadRow) -> Result<HeldUpload, UploadFault> {
        let spooled = spool_id(&row).ok_or(UploadFault::NotFound)?;
        let held = self.inner.slots.hold(spooled, self.inner.limits.takeover).await.ok_or(UploadFault::Held)?;
        // Whoever held it before us may have moved or ended it.
        let row = self.find_own_upload(&row.owner, &row.id).await?;
        let mut upload = HeldUpload { row, spooled, held };
        if upload.row.sha256.is_some() {
            upload.held.progress.offset = upload.size();
            return Ok(upload);
        }
        if !upload.held.progress.known {
            let spool = self.inner.blobs.spool().clone();
            let length = run_blocking(move || spool.length(spooled)).await?;
            let offset = length.min(upload.row.offset_bytes.unsigned_abs());
            let progress = &mut *upload.held.progress;
            (progress.known, progress.offset, progress.flushed) = (true, offset, offset);
            progress.hasher = (offset == 0).then(Sha256::new);
        }
        if as_row_bytes(upload.held.progress.offset) != upload.row.offset_bytes {
            self.checkpoint_upload(&mut upload).await?;
        }
        Ok(upload)
    }

    /// Flushes what was accepted and writes it down, in this order.
    pub(super) async fn checkpoint_upload(&self, upload: &mut HeldUpload) -> Result<(), UploadFault> {
        let (offset, flushed) = (upload.held.progress.offset, upload.held.progress.flushed);
        if offset > flushed {
            let (spool, spooled) = (self.inner.blobs.spool().clone(), upload.spooled);
            run_blocking(move || {
                spool.flush(spooled)?;
                if flushed == 0 { spool.flush_names() } else { Ok(()) }
            })
            .await?;
            upload.held.progress.flushed = offset;
        }
        let expires_at = self.inner.clock.now().plus(self.inner.limits.kept_for);
        self.inner.store.move_upload(&upload.row.id, as_row_bytes(offset), expires_at).await?;
        (upload.row.offset_bytes, upload.row.expires_at) = (as_row_bytes(offset), expires_at);
        Ok(())
    }

    /// Makes a dataset of an upload that has all its bytes, flushed. The hash is written down first: a server stopped
    /// between any two steps goes on from there when the client asks again.
    pub(super) async fn finish_upload(&self, mut upload: HeldUpload) -> Result<UploadView, UploadFault> {
        if upload.row.sha256.is_none() {
            let digest;
            (upload, digest) = self.hash_upload(upload).await?;
            let sha256 = DatasetId::new(BlobId::from_digest(&digest).as_str());
            self.inner.store.seal_upload(&upload.row.id, &sha256).await?;
            upload.row.sha256 = Some(sha256);
        }
        let upload = self.publish_upload(upload).await?;
        self.inner.slots.forget(upload.spooled);
        metrics::counter!("trainyard_uploads_total", "outcome" => "finished").increment(1);
        tracing::info!(upload.id = %upload.row.id, size_bytes = upload.row.size_bytes, "Stored dataset");
        Ok(view_upload(&upload.row))
    }

    async fn hash_upload(&self, mut upload: HeldUpload) -> Result<(HeldUpload, [u8; 32]), UploadFault> {
        if let Some(hasher) = upload.held.progress.hasher.take() {
            upload.held.progress.hasher = Some(hasher.clone());
            return Ok((upload, hasher.finalize().into()));
        }
        let (spool, spooled, size) = (self.inner.blobs.spool().clone(), upload.spooled, upload.size());
        // The right to write goes along, so that it is kept even when the client does not wait.
        Ok(run_blocking(move || {
            if size == 0 {
                return Ok((upload, Sha256::new().finalize().into()));
            }
            let mut file = spool.open_to_read(spooled)?.take(size);
            let mut hasher = Sha256::new();
            let mut buffer = vec![0; 1024 * 1024];
            loop {
                match file.read(&mut buffer)? {
                    0 => return Ok((upload, hasher.finalize().into())),
                    read => hasher.update(&buffer[..read]),
                }
            }
        })
        .await?)
    }

    /// Moves the file of a hashed upload to its address and writes the dataset down.
    async fn publish_upload(&self, mut upload: HeldUpload) -> Result<HeldUpload, UploadFault> {
        let Some(sha256) = upload.row.sha256.clone() else {
            return Ok(upload);
        };
        let blob = BlobId::parse(sha256.as_str())
            .ok_or(StoreError::Damaged { what: "upload", reason: "its sha256 is none".to_owned() })?;
        if upload.size() == 0 {
            let (spool, spooled) = (self.inner.blobs.spool().clone(), upload.spooled);
            run_blocking(move || spool.open_at(spooled, 0).map(|_| ())).await?;
        }
        self.inner.blobs.publish_spool(upload.spooled, &blob).await?;
        let dataset = Dataset {
            sha256,
            name: upload.row.name.clone(),
            size_bytes: upload.row.size_bytes,
            owner: upload.row.owner.clone(),
            created_at: self.inner.clock.now(),
            used_by: Vec::new(),
        };
        self.inner.store.add_dataset(&dataset).await?;
        upload.row.published = true;
        Ok(upload)
    }

    /// Refuses what the disk cannot take.
    pub(super) async fn require_room(&self, needed: u64) -> Result<(), UploadFault> {
        let blobs = self.inner.blobs.clone();
        let free = run_blocking(move || blobs.free_bytes()).await?;
        let free = free.saturating_sub(self.inner.limits.spare_bytes);
        if needed > free { Err(UploadFault::NoRoom { needed, free }) } else { Ok(()) }
    }
}

/// What the owner sees of a row.
pub(super) fn view_upload(row: &UploadRow) -> UploadView {
    UploadView {
        id: row.id.clone(),
        offset_bytes: row.offset_bytes.unsigned_abs(),
        size_bytes: row.size_bytes.unsigned_abs(),
        metadata: row.metadata.clone(),
        expires_at: row.expires_at,
        dataset: row.sha256.clone().filter(|_| row.published),
    }
}

/// A file name is text to show, never a path to open: it is kept as it came, or refused.
fn check_file_name(name: &str) -> Result<String, UploadFault> {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let name = name.trim();
    if name.chars().any(hidden) {
        return Err(UploadFault::BadName("The file name has control characters in it. Rename the file.".to_owned()));
    }
    if name.chars().count() > 255 {
        return Err(UploadFault::BadName("The file name has more than 255 characters. Rename the file.".to_owned()));
    }
    Ok(if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() })
}

fn spool_id(row: &UploadRow) -> Option<SpoolId> {
    Uuid::parse_str(&row.id).ok().map(SpoolId::new)
}

pub(super) fn as_row_bytes(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
