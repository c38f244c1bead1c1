//! What an upload may cost: size, time, room, and how many at once.

use std::time::Duration;

/// The limits of uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadLimits {
    /// `uploads.max_bytes`: the largest file.
    pub max_bytes: u64,
    /// How long an upload is kept after its last byte.
    pub kept_for: Duration,
    /// A request that brings no byte for this long is ended; what came is kept.
    pub stall: Duration,
    /// A request that brings fewer bytes than this within any `stall` is ended too, so that a trickle holds nothing.
    pub least_bytes_per_stall: u64,
    /// Uploading requests of one person at the same time.
    pub requests_per_person: usize,
    /// Bytes of the disk that no upload may take.
    pub spare_bytes: u64,
    /// How long a request waits for the one before it on the same upload to end.
    pub takeover: Duration,
}

impl UploadLimits {
    /// The usual limits around a largest file.
    pub const fn new(max_bytes: u64) -> Self {
        Self {
            max_bytes,
            kept_for: Duration::from_secs(24 * 60 * 60),
            stall: Duration::from_secs(60),
            least_bytes_per_stall: 64 * 1024,
            requests_per_person: 4,
            spare_bytes: 256 * 1024 * 1024,
            takeover: Duration::from_secs(5),
        }
    }

    /// Bytes after which progress is flushed and written down. A killed server forgets at most this much: 20 kills
    /// cost at most 5 % of a large file, while a flush per 512 KiB still leaves a small one quick.
    pub(super) fn bytes_per_checkpoint(size_bytes: u64) -> u64 {
        (size_bytes / 400).clamp(512 * 1024, 16 * 1024 * 1024)
    }
}

/// Bytes for people: `5 GiB (5,368,709,120 bytes)`.
pub(super) fn write_size(bytes: u64) -> String {
    let digits = bytes.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let Some((name, unit)) = units.into_iter().find(|(_, unit)| bytes >= *unit) else {
        return format!("{grouped} bytes");
    };
    let tenths = bytes / (unit / 10).max(1);
    let short = if bytes.is_multiple_of(unit) {
        (bytes / unit).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    format!("{short} {name} ({grouped} bytes)")
}

#[cfg(test)]
mod tests {
    use super::{UploadLimits, write_size};

    #[test]
    fn sizes_read_as_people_write_them() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1_023, "1,023 bytes"),
            (1_024, "1 KiB (1,024 bytes)"),
            (5_368_709_120, "5 GiB (5,368,709,120 bytes)"),
            (1_572_864, "1.5 MiB (1,572,864 bytes)"),
        ] {
            assert_eq!(write_size(bytes), text);
        }
    }

    #[test]
    fn twenty_kills_of_a_large_upload_cost_at_most_five_percent() {
        let large = 2_000_000_000;
        assert!(UploadLimits::bytes_per_checkpoint(large) * 20 <= large / 20);
        assert!(UploadLimits::bytes_per_checkpoint(100_000_000) * 5 <= 100_000_000 / 20);
    }
}
