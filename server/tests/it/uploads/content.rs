//! File content made from its position, so that a large file needs no memory and no disk of the test's own.

use sha2::{Digest, Sha256};

/// The bytes of the made-up file `seed` from `offset`.
pub fn make_bytes(seed: u64, offset: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 16);
    let mut word = offset / 8;
    while bytes.len() < length + 8 {
        // SplitMix64: no two places look alike.
        let mut z = (word ^ seed.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(z ^ (z >> 31)).to_le_bytes());
        word += 1;
    }
    let skipped = usize::try_from(offset % 8).expect("less than eight");
    bytes.drain(..skipped);
    bytes.truncate(length);
    bytes
}

/// The SHA-256 of the first `size` bytes of the made-up file.
pub fn hash_made(seed: u64, size: u64) -> String {
    let mut hasher = Sha256::new();
    let mut offset = 0;
    while offset < size {
        let length = (size - offset).min(1 << 20);
        hasher.update(make_bytes(seed, offset, usize::try_from(length).expect("a megabyte")));
        offset += length;
    }
    write_hex(&hasher.finalize())
}

/// The SHA-256 of some bytes.
pub fn hash_bytes(bytes: &[u8]) -> String {
    write_hex(&Sha256::digest(bytes))
}

fn write_hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn made_bytes_are_the_same_wherever_reading_begins() {
    let whole = make_bytes(7, 0, 1_000);
    for offset in [0_usize, 1, 7, 8, 13, 900] {
        assert_eq!(make_bytes(7, offset as u64, 100), whole[offset..offset + 100]);
    }
}
