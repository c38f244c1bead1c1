//! Receives the bytes of an upload: to the file, into the running hash, flushed and written down every so often.
//! Memory holds one part at a time. What is promised to the client is on disk.

use super::checksum::{Checksum, RunningChecksum};
use super::uploads::{HeldUpload, UploadFault, UploadView, view_upload};
use super::{Datasets, UploadLimits};
use crate::blobs::{ByteStream, run_blocking};
use app::model::ids::UserName;
use bytes::Bytes;
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Bytes to add to an upload.
pub struct Append<'a> {
    /// Where the client believes the upload stands.
    pub offset_bytes: u64,
    /// How many bytes it says will come, where it says so.
    pub announced_bytes: Option<u64>,
    /// What they must hash to; then all of them are kept or none.
    pub checksum: Option<Checksum>,
    /// Read to its end, or until something stops the upload; the rest is the caller's.
    pub body: &'a mut ByteStream,
}

/// Bytes written in one go: large enough that the hop to a blocking thread costs nothing.
const PART_BYTES: usize = 512 * 1024;
/// How long a part may fill.
const PART_WAIT: Duration = Duration::from_millis(200);
/// A request whose upload somebody else wants is ended when no byte comes for this long: what the client sent before
/// it gave the connection up may still be on its way.
const LAST_BYTES_WAIT: Duration = Duration::from_millis(100);
/// The most such a request is listened to.
const LAST_BYTES_MOST: Duration = Duration::from_secs(2);
/// Progress is flushed and written down at least this often while bytes come.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

impl Datasets {
    /// Adds bytes to an upload. The last byte finishes it: then the answer names the dataset. A broken connection keeps
    /// what came, except where a checksum asks for all or nothing.
    pub async fn append_to_upload(
        &self,
        owner: &UserName,
        id: &str,
        append: Append<'_>,
    ) -> Result<UploadView, UploadFault> {
        let limit = self.inner.limits.requests_per_person;
        let row = self.find_own_upload(owner, id).await?;
        let at = row.size_bytes.unsigned_abs();
        if row.published && append.offset_bytes != at {
            return Err(UploadFault::WrongOffset { at, asked: append.offset_bytes });
        }
        if row.published {
            return Ok(view_upload(&row));
        }
        let mut upload = self.hold_upload(row).await?;
        let _place = self.inner.gate.enter(owner).ok_or(UploadFault::TooMany { limit })?;
        let (at, size) = (upload.held.progress.offset, upload.size());
        if append.offset_bytes != at {
            return Err(UploadFault::WrongOffset { at, asked: append.offset_bytes });
        }
        if append.announced_bytes.is_some_and(|announced| announced > size - at) {
            return Err(UploadFault::Overflow { size });
        }
        self.require_room(append.announced_bytes.unwrap_or(size - at)).await?;
        if at < size {
            upload = self.receive_bytes(upload, append).await?;
        }
        if upload.held.progress.offset == size {
            return self.finish_upload(upload).await;
        }
        Ok(view_upload(&upload.row))
    }

    async fn receive_bytes(&self, upload: HeldUpload, append: Append<'_>) -> Result<HeldUpload, UploadFault> {
        let ended = upload.held.ended.clone();
        let mut source = Source::new(append.body, ended, &self.inner.limits);
        let mut writer = self.open_writer(upload, append.checksum.as_ref()).await?;
        let step = UploadLimits::bytes_per_checkpoint(writer.upload.size());
        let mut checkpoint_at = Instant::now() + CHECKPOINT_EVERY;
        loop {
            let (part, end) = source.next_part().await;
            let length = part.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
            if length > writer.upload.size() - writer.offset {
                let size = writer.upload.size();
                self.drop_bytes(writer).await?;
                return Err(UploadFault::Overflow { size });
            }
            if length > 0 {
                writer = self.write_part(writer, part).await?;
                metrics::counter!("trainyard_upload_bytes_total").increment(length);
            }
            if let Some(end) = end {
                return self.close_writer(writer, end).await;
            }
            let progress = &writer.upload.held.progress;
            if progress.offset - progress.flushed >= step || Instant::now() >= checkpoint_at {
                self.checkpoint_upload(&mut writer.upload).await?;
                checkpoint_at = Instant::now() + CHECKPOINT_EVERY;
            }
        }
    }

    async fn open_writer(&self, upload: HeldUpload, checksum: Option<&Checksum>) -> Result<Writer, UploadFault> {
        let (spool, spooled, offset) = (self.inner.blobs.spool().clone(), upload.spooled, upload.held.progress.offset);
        let file = run_blocking(move || spool.open_at(spooled, offset)).await?;
        let hasher = upload.held.progress.hasher.clone();
        Ok(Writer { start: offset, offset, file, hasher, checksum: checksum.map(RunningChecksum::new), upload })
    }

    /// Writes and hashes on a thread that may block. The writer goes along and comes back: when the client leaves and
    /// this future is dropped, the write still ends, is counted, and only then lets go of the upload.
    async fn write_part(&self, mut writer: Writer, part: Vec<Bytes>) -> Result<Writer, UploadFault> {
        let (writer, written) = run_blocking(move || {
            let written = writer.write(&part);
            Ok((writer, written))
        })
        .await?;
        let Err(error) = written else {
            return Ok(writer);
        };
        self.drop_unaccepted(writer).await?;
        Err(UploadFault::from(error))
    }

    /// Settles what the request brought, whatever ended it.
    async fn close_writer(&self, mut writer: Writer, end: End) -> Result<HeldUpload, UploadFault> {
        if let Some(checksum) = writer.checksum.take() {
            if !matches!(end, End::Complete) {
                self.drop_unaccepted(writer).await?;
                return Err(end.fault(&self.inner.limits));
            }
            if !checksum.matches() {
                self.drop_unaccepted(writer).await?;
                return Err(UploadFault::ChecksumMismatch);
            }
            writer.accept();
        }
        self.checkpoint_upload(&mut writer.upload).await?;
        match end {
            End::Complete => Ok(writer.upload),
            _ => Err(end.fault(&self.inner.limits)),
        }
    }

    /// Cuts the file back to what was accepted.
    async fn drop_unaccepted(&self, writer: Writer) -> Result<HeldUpload, UploadFault> {
        let (spool, upload) = (self.inner.blobs.spool().clone(), writer.upload);
        Ok(run_blocking(move || {
            spool.open_at(upload.spooled, upload.held.progress.offset)?;
            Ok(upload)
        })
        .await?)
    }

    /// Takes back everything this request brought.
    async fn drop_bytes(&self, mut writer: Writer) -> Result<(), UploadFault> {
        let progress = &mut *writer.upload.held.progress;
        if progress.offset > writer.start {
            progress.offset = writer.start;
            progress.flushed = progress.flushed.min(writer.start);
            progress.hasher = (writer.start == 0).then(Sha256::new);
        }
        let mut upload = self.drop_unaccepted(writer).await?;
        self.checkpoint_upload(&mut upload).await
    }
}

/// One request's hand on the file.
struct Writer {
    upload: HeldUpload,
    file: File,
    /// Where the request began.
    start: u64,
    /// Bytes in the file, accepted or not.
    offset: u64,
    hasher: Option<Sha256>,
    checksum: Option<RunningChecksum>,
}

impl Writer {
    fn write(&mut self, part: &[Bytes]) -> std::io::Result<()> {
        for bytes in part {
            self.file.write_all(bytes)?;
            self.offset += bytes.len() as u64;
            if let Some(hasher) = &mut self.hasher {
                hasher.update(bytes);
            }
            if let Some(checksum) = &mut self.checksum {
                checksum.update(bytes);
            }
        }
        if self.checksum.is_none() {
            self.accept();
        }
        Ok(())
    }

    /// Lets what was written count.
    fn accept(&mut self) {
        let progress = &mut *self.upload.held.progress;
        progress.offset = self.offset;
        progress.hasher.clone_from(&self.hasher);
    }
}

/// Why no more bytes come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Complete,
    Cut,
    TakenOver,
    Stalled,
}

impl End {
    fn fault(self, limits: &UploadLimits) -> UploadFault {
        match self {
            Self::TakenOver => UploadFault::TakenOver,
            Self::Stalled => UploadFault::Stalled { seconds: limits.stall.as_secs() },
            Self::Complete | Self::Cut => UploadFault::Cut,
        }
    }
}

/// The request's body, gathered into parts and watched for standing still.
struct Source<'a> {
    body: &'a mut ByteStream,
    ended: CancellationToken,
    limits: &'a UploadLimits,
    last_byte: Instant,
    window_began: Instant,
    window_bytes: u64,
    /// Since when somebody else wants the upload.
    wanted_since: Option<Instant>,
}

impl<'a> Source<'a> {
    fn new(body: &'a mut ByteStream, ended: CancellationToken, limits: &'a UploadLimits) -> Self {
        let now = Instant::now();
        Self { body, ended, limits, last_byte: now, window_began: now, window_bytes: 0, wanted_since: None }
    }

    /// The next part, and why it is the last when it is.
    async fn next_part(&mut self) -> (Vec<Bytes>, Option<End>) {
        let (mut part, mut length) = (Vec::new(), 0);
        // Time spent on the disk is ours, not the client's.
        self.last_byte = Instant::now();
        let mut full_at = None;
        while length < PART_BYTES {
            if self.is_given_up() {
                return (part, Some(End::TakenOver));
            }
            let patience = self.patience_until();
            let wake = full_at.map_or(patience, |full_at: Instant| full_at.min(patience));
            let next = tokio::select! {
                biased;
                () = self.ended.cancelled(), if self.wanted_since.is_none() => {
                    self.wanted_since = Some(Instant::now());
                    continue;
                }
                next = tokio::time::timeout_at(wake, self.body.next()) => next,
            };
            match next {
                Ok(Some(Ok(bytes))) => {
                    length += bytes.len();
                    self.last_byte = Instant::now();
                    self.window_bytes += bytes.len() as u64;
                    full_at.get_or_insert(self.last_byte + PART_WAIT);
                    part.push(bytes);
                }
                Ok(Some(Err(_))) => return (part, Some(End::Cut)),
                Ok(None) => return (part, Some(End::Complete)),
                Err(_) if self.is_stalled() => return (part, Some(End::Stalled)),
                Err(_) if full_at.is_some_and(|full_at| Instant::now() >= full_at) => break,
                Err(_) => {}
            }
        }
        (part, None)
    }

    /// When waiting for the next byte makes no more sense, or must be thought over.
    fn patience_until(&self) -> Instant {
        let usual = (self.last_byte + self.limits.stall).min(self.window_began + self.limits.stall);
        match self.wanted_since {
            None => usual,
            Some(since) => usual.min(since + LAST_BYTES_MOST).min(since.max(self.last_byte) + LAST_BYTES_WAIT),
        }
    }

    /// Whether somebody else wants the upload and nothing more can be expected here.
    fn is_given_up(&self) -> bool {
        let now = Instant::now();
        self.wanted_since
            .is_some_and(|since| now >= since + LAST_BYTES_MOST || now >= since.max(self.last_byte) + LAST_BYTES_WAIT)
    }

    /// Whether the client brings nothing, or too little; begins a new window when the last one was good.
    fn is_stalled(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.last_byte + self.limits.stall {
            return true;
        }
        if now < self.window_began + self.limits.stall {
            return false;
        }
        let enough = self.window_bytes >= self.limits.least_bytes_per_stall;
        (self.window_began, self.window_bytes) = (now, 0);
        !enough
    }
}
