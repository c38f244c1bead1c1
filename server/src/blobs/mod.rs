//! Files at rest: finished ones addressed by their SHA-256, unfinished ones in the spool beside them.
//! Knows no dataset, no upload and no person; object_store is used nowhere else.

pub mod spool;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{GetOptions, GetResultPayload, ObjectStore, RenameOptions};
use spool::{Spool, SpoolId};
use std::fmt;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The bytes of a file, as they come.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// Bytes read at a time. Larger reads gain nothing measurable, smaller ones pay a thread hop each.
const READ_BYTES: usize = 256 * 1024;

/// Where files are kept; cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    root: PathBuf,
    objects: Arc<dyn ObjectStore>,
    spool: Spool,
}

/// The address of a finished file: the SHA-256 of its bytes in 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlobId(String);

impl BlobId {
    /// From the digest itself.
    pub fn from_digest(digest: &[u8; 32]) -> Self {
        use fmt::Write;
        let mut text = String::with_capacity(64);
        for byte in digest {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// Reads 64 lower-case hexadecimal digits; anything else is refused, so that no other text becomes a path.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn shard(&self) -> &str {
        &self.0[..2]
    }

    fn location(&self) -> ObjectPath {
        ObjectPath::from_iter([self.shard(), self.as_str()])
    }
}

/// What can go wrong with files at rest.
#[derive(Debug, thiserror::Error)]
pub enum BlobFault {
    #[error("datasets.url is {0}; this build keeps datasets in a local folder only, like file://data/datasets")]
    UnknownPlace(String),
    #[error("the file {0} is not in the dataset store")]
    Missing(String),
    #[error("the disk is full")]
    Full,
    #[error("dataset store: {0}")]
    Io(io::Error),
    #[error("dataset store: {0}")]
    Objects(object_store::Error),
}

impl From<io::Error> for BlobFault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

impl Blobs {
    /// Opens the folder behind a `file://` URL and makes what is missing. A path that does not begin with `/` is
    /// relative to the working directory. The folder is closed to other users of the machine (0700).
    pub fn open(url: &str) -> Result<Self, BlobFault> {
        let path = url.strip_prefix("file://").filter(|path| !path.is_empty());
        let path = path.ok_or_else(|| BlobFault::UnknownPlace(url.to_owned()))?;
        create_private_dir(Path::new(path))?;
        let root = std::fs::canonicalize(path)?;
        let objects = LocalFileSystem::new_with_prefix(&root).map_err(BlobFault::Objects)?.with_fsync(true);
        let spool = Spool::open(root.join("spool"))?;
        Ok(Self { root, objects: Arc::new(objects), spool })
    }

    /// The unfinished files.
    pub const fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Bytes that may still be written.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.root)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Moves a flushed spool file to its address, durably. Safe to repeat: when the spool file is gone and the
    /// address is taken, an earlier try got this far.
    pub async fn publish_spool(&self, from: SpoolId, to: &BlobId) -> Result<(), BlobFault> {
        let shard = self.root.join(to.shard());
        run_blocking(move || create_private_dir(&shard)).await?;
        let source = ObjectPath::from_iter(["spool", from.file_name().as_str()]);
        match self.objects.rename_opts(&source, &to.location(), RenameOptions::new()).await {
            Ok(()) => Ok(()),
            Err(object_store::Error::NotFound { .. }) => self.size_of_blob(to).await.map(|_| ()),
            Err(error) => Err(BlobFault::Objects(error)),
        }
    }

    /// The size of a finished file in bytes.
    pub async fn size_of_blob(&self, id: &BlobId) -> Result<u64, BlobFault> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        let found = self.objects.get_opts(&id.location(), options).await;
        found.map(|found| found.meta.size).map_err(|error| named_missing(error, id))
    }

    /// Opens a finished file: its size in bytes and its content from the start. Every call reads anew.
    pub async fn read_blob(&self, id: &BlobId) -> Result<(u64, ByteStream), BlobFault> {
        let found = self.objects.get_opts(&id.location(), GetOptions::default()).await;
        let found = found.map_err(|error| named_missing(error, id))?;
        let size = found.meta.size;
        let content = match found.payload {
            GetResultPayload::File(file, _) => {
                let file = tokio::fs::File::from_std(file);
                tokio_util::io::ReaderStream::with_capacity(file, READ_BYTES).boxed()
            }
            GetResultPayload::Stream(stream) => stream.map(|part| part.map_err(io::Error::from)).boxed(),
        };
        Ok((size, content))
    }

    /// Opens a finished file for a thread that may block, never for a task.
    pub async fn open_reader(&self, id: &BlobId) -> Result<Box<dyn io::Read + Send>, BlobFault> {
        let found = self.objects.get_opts(&id.location(), GetOptions::default()).await;
        let found = found.map_err(|error| named_missing(error, id))?;
        Ok(match found.payload {
            GetResultPayload::File(file, _) => Box::new(file),
            GetResultPayload::Stream(stream) => {
                let stream = stream.map(|part| part.map_err(io::Error::from));
                Box::new(tokio_util::io::SyncIoBridge::new(tokio_util::io::StreamReader::new(stream)))
            }
        })
    }
}

fn named_missing(error: object_store::Error, id: &BlobId) -> BlobFault {
    match error {
        object_store::Error::NotFound { .. } => BlobFault::Missing(id.as_str().to_owned()),
        other => BlobFault::Objects(other),
    }
}

/// Makes a folder, and those above it, that only our user may enter.
fn create_private_dir(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// Runs file work on a thread that may block.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::{BlobFault, BlobId, Blobs};
    use crate::blobs::spool::SpoolId;
    use futures::TryStreamExt;
    use std::os::unix::fs::PermissionsExt;

    fn open_temporary() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let blobs = Blobs::open(&format!("file://{}/kept", folder.path().display())).expect("a local folder opens");
        (folder, blobs)
    }

    fn mode_of(path: &std::path::Path) -> u32 {
        std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn a_published_file_reads_back_and_is_closed_to_others() {
        let (folder, blobs) = open_temporary();
        let spooled = SpoolId::new(uuid::Uuid::now_v7());
        let mut file = blobs.spool().open_at(spooled, 0).expect("a new spool file");
        std::io::Write::write_all(&mut file, b"hello").expect("room for five bytes");
        let id = BlobId::from_digest(&[0xab; 32]);
        blobs.publish_spool(spooled, &id).await.expect("it moves");
        blobs.publish_spool(spooled, &id).await.expect("moving it again is the same");
        let (size, content) = blobs.read_blob(&id).await.expect("it is there");
        let parts: Vec<_> = content.try_collect().await.expect("it reads");
        assert_eq!((size, parts.concat().as_slice()), (5, b"hello".as_slice()));
        let root = folder.path().join("kept");
        assert_eq!(mode_of(&root), 0o700);
        assert_eq!(mode_of(&root.join("ab")), 0o700);
        assert_eq!(mode_of(&root.join("ab").join(id.as_str())), 0o600);
    }

    #[tokio::test]
    async fn a_missing_file_says_so() {
        let (_folder, blobs) = open_temporary();
        let id = BlobId::from_digest(&[1; 32]);
        assert!(matches!(blobs.read_blob(&id).await.err(), Some(BlobFault::Missing(_))));
        let never_written = SpoolId::new(uuid::Uuid::now_v7());
        assert!(matches!(blobs.publish_spool(never_written, &id).await.err(), Some(BlobFault::Missing(_))));
    }

    #[test]
    fn other_places_than_a_local_folder_are_refused_by_name() {
        for url in ["s3://bucket/prefix", "file://", "data"] {
            let refused = Blobs::open(url).err().map(|fault| fault.to_string()).unwrap_or_default();
            assert!(refused.contains(url) && refused.contains("file://data/datasets"), "{refused}");
        }
    }

    #[test]
    fn only_sixty_four_hexadecimal_digits_make_an_address() {
        assert!(BlobId::parse(&"a".repeat(64)).is_some());
        for text in ["", "../../etc/passwd", &"A".repeat(64), &"a".repeat(65), &format!("{}/", "a".repeat(63))] {
            assert_eq!(BlobId::parse(text), None, "{text}");
        }
    }
}
