//! Cut anywhere, by either side, and going on.

use super::content::{hash_made, make_bytes};
use super::wire::Wire;
use super::yard::{CHUNK, Yard};
use trainyard::datasets::UploadLimits;

const MEGABYTE: u64 = 1_000_000;

/// How a connection ends too early.
#[derive(Clone, Copy, Debug)]
enum Cut {
    ByClient,
    ByServer,
}

/// Sends bytes from `from` until `until`, then cuts. Returns how many were sent.
fn send_and_cut(yard: &mut Yard, path: &str, (seed, size): (u64, u64), (from, until): (u64, u64), cut: Cut) -> u64 {
    let mut wire = Wire::open(yard.address());
    let offset = from.to_string();
    wire.send_head("PATCH", path, &[("upload-offset", &offset), CHUNK], Some(size - from)).expect("the head is sent");
    let mut sent = from;
    while sent < until {
        let length = (until - sent).min(256 * 1024);
        wire.send_bytes(&make_bytes(seed, sent, usize::try_from(length).expect("small"))).expect("bytes are sent");
        sent += length;
    }
    match cut {
        Cut::ByClient => wire.cut(),
        Cut::ByServer => yard.restart(),
    }
    sent - from
}

/// Uploads `size` bytes with `cuts` cuts, by turns of the client and the server. Returns the bytes that were sent.
fn upload_with_cuts(size: u64, cuts: u64) -> (u64, String) {
    let mut limits = UploadLimits::new(size);
    limits.spare_bytes = 0;
    let mut yard = Yard::start_with(limits);
    let path = yard.begin(size);
    let mut sent = 0;
    for number in 1..=cuts {
        let from = offset_of(&yard, &path);
        let until = size * number / (cuts + 1);
        let cut = if number % 2 == 0 { Cut::ByClient } else { Cut::ByServer };
        sent += send_and_cut(&mut yard, &path, (7, size), (from, until), cut);
    }
    let from = offset_of(&yard, &path);
    let mut wire = Wire::open(yard.address());
    let offset = from.to_string();
    wire.send_head("PATCH", &path, &[("upload-offset", &offset), CHUNK], Some(size - from)).expect("the head is sent");
    let mut at = from;
    while at < size {
        let length = (size - at).min(256 * 1024);
        wire.send_bytes(&make_bytes(7, at, usize::try_from(length).expect("small"))).expect("bytes are sent");
        at += length;
    }
    sent += size - from;
    let answer = wire.read_answer().expect("an answer");
    assert_eq!(answer.status, 204, "{answer:?}");
    (sent, answer.header("trainyard-dataset").expect("a dataset").to_owned())
}

fn offset_of(yard: &Yard, path: &str) -> u64 {
    let answer = yard.ask("HEAD", path, &[]);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("upload-offset").and_then(|text| text.parse().ok()).expect("an offset")
}

#[test]
fn g25_an_upload_cut_five_times_arrives_whole_and_little_is_sent_twice() {
    check_cuts(100 * MEGABYTE, 5);
}

#[test]
#[ignore = "long: 2 GB; `make faults` runs it"]
fn g25_2_gigabytes_cut_20_times_arrive_whole_and_little_is_sent_twice() {
    check_cuts(2_000 * MEGABYTE, 20);
}

fn check_cuts(size: u64, cuts: u64) {
    let (sent, sha256) = upload_with_cuts(size, cuts);
    assert_eq!(sha256, hash_made(7, size));
    assert!(sent >= size);
    println!("{cuts} cuts: {} of {size} bytes were sent twice", sent - size);
    assert!(sent - size <= size / 20, "{} of {size} bytes were sent twice", sent - size);
}

#[test]
fn a_newer_request_goes_on_where_a_dead_connection_still_hangs() {
    let yard = Yard::start();
    let path = yard.begin(300_000);
    let content = make_bytes(3, 0, 300_000);
    let mut dead = Wire::open(yard.address());
    dead.send_head("PATCH", &path, &[("upload-offset", "0"), CHUNK], Some(300_000)).expect("sent");
    dead.send_bytes(&content[..200_000]).expect("sent");
    // The first connection is never closed. Asking for the offset ends it, and nothing that came is lost for good.
    let mut at = 0;
    let mut answer = yard.ask("HEAD", &path, &[]);
    for _ in 0..10 {
        at = answer.header("upload-offset").and_then(|text| text.parse::<usize>().ok()).expect("an offset");
        answer = yard.patch(&path, at as u64, &content[at..]);
        if answer.status == 204 {
            break;
        }
        answer = yard.ask("HEAD", &path, &[]);
    }
    assert_eq!(answer.header("trainyard-dataset"), Some(hash_made(3, 300_000).as_str()), "{answer:?}");
    assert!(at <= 200_000);
    let ended = dead.read_answer().map(|answer| answer.status);
    assert!(matches!(ended, Ok(404 | 409) | Err(_)), "{ended:?}");
}

#[test]
fn an_upload_that_could_not_be_moved_into_place_is_finished_when_asked_again() {
    let mut yard = Yard::start();
    let path = yard.begin(5);
    let sha256 = super::content::hash_bytes(b"hello");
    let in_the_way = yard.folder.path().join("datasets").join(&sha256[..2]);
    std::fs::write(&in_the_way, b"").expect("a file where a folder belongs");
    let failed = yard.patch(&path, 0, b"hello");
    assert_eq!(failed.status, 500, "{failed:?}");
    assert!(!failed.body.contains("datasets/"), "no path leaves the house: {}", failed.body);
    std::fs::remove_file(&in_the_way).expect("removed");
    yard.restart();
    let looked = yard.ask("HEAD", &path, &[]);
    assert_eq!(looked.header("trainyard-dataset"), Some(sha256.as_str()), "{looked:?}");
    assert!(yard.spooled().is_empty());
}

#[test]
fn bytes_that_were_never_promised_are_cut_off_after_a_restart() {
    let mut yard = Yard::start();
    let path = yard.begin(6);
    assert_eq!(yard.patch(&path, 0, b"abc").status, 204);
    yard.kill();
    let spooled = yard.spooled().pop().expect("a spool file").0;
    let spooled = yard.folder.path().join("datasets").join(spooled);
    std::fs::write(&spooled, b"abcXXXXXXX").expect("written");
    yard.restart();
    assert_eq!(offset_of(&yard, &path), 3);
    let last = yard.patch(&path, 3, b"def");
    assert_eq!(last.header("trainyard-dataset"), Some(super::content::hash_bytes(b"abcdef").as_str()));
    let path = yard.begin(6);
    assert_eq!(yard.patch(&path, 0, b"abc").status, 204);
    yard.kill();
    let spooled = yard.spooled().pop().expect("a spool file").0;
    std::fs::remove_file(yard.folder.path().join("datasets").join(spooled)).expect("removed");
    yard.restart();
    assert_eq!(offset_of(&yard, &path), 0, "a lost file is sent again from its start");
}
