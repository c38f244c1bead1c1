//! What uploads may cost: size, memory, connections, names.

use super::content::make_bytes;
use super::wire::Wire;
use super::yard::{CHUNK, Yard};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::{Duration, Instant};
use trainyard::datasets::UploadLimits;

const UPLOADS: &str = "/api/v1/uploads";

#[test]
fn g26_a_file_over_the_limit_is_refused_with_the_limit_and_nothing_is_kept() {
    let yard = Yard::start();
    let answer = yard.ask("POST", UPLOADS, &[("upload-length", "1048577")]);
    assert_eq!(answer.status, 413);
    assert!(answer.message().contains("1 MiB (1,048,576 bytes)"), "{}", answer.message());
    assert!(yard.files().is_empty());
}

#[test]
fn g26_a_chunk_beyond_the_announced_size_is_refused_and_not_kept() {
    let yard = Yard::start();
    let path = yard.begin(1 << 20);
    assert_eq!(yard.patch(&path, 0, b"abc").status, 204);
    let announced = yard.patch(&path, 3, &make_bytes(1, 0, 1 << 20));
    assert_eq!(announced.status, 413, "{announced:?}");
    assert!(announced.message().contains("1 MiB"), "{}", announced.message());
    // A body that does not say how long it is finds out as it goes.
    let mut wire = Wire::open(yard.address());
    wire.send_head("PATCH", &path, &[("upload-offset", "3"), CHUNK], None).expect("sent");
    let mut largest = 0;
    for _ in 0..64 {
        if wire.send_chunk(&make_bytes(1, 0, 100_000)).is_err() {
            break;
        }
        largest = largest.max(yard.files().iter().map(|(_, size)| *size).sum::<u64>());
    }
    let _ = wire.send_bytes(b"0\r\n\r\n");
    if let Ok(answer) = wire.read_answer() {
        assert_eq!(answer.status, 413, "{answer:?}");
    }
    assert!(largest <= 2 << 20, "{largest} bytes were stored");
    assert_eq!(yard.ask("HEAD", &path, &[]).header("upload-offset"), Some("3"));
    assert_eq!(yard.spooled().first().map(|(_, size)| *size), Some(3));
}

#[test]
fn g26_a_fifth_upload_of_one_person_at_the_same_time_is_refused_with_the_limit() {
    let yard = Yard::start();
    let hold_one = |caller: &'static str| {
        let created = yard.ask("POST", UPLOADS, &[("x-caller", caller), ("upload-length", "10")]);
        let path = created.header("location").expect("an address").to_owned();
        let mut wire = Wire::open(yard.address());
        let headers = [("x-caller", caller), ("upload-offset", "0"), CHUNK];
        wire.send_head("PATCH", &path, &headers, Some(10)).expect("sent");
        wire.send_bytes(b"12345").expect("sent");
        (wire, path)
    };
    let mut held: Vec<_> = (0..4).map(|_| hold_one("ada/operator")).collect();
    // They are inside once their bytes are in the spool.
    wait_until("four uploads are under way", || yard.spooled().iter().filter(|(_, size)| *size == 5).count() == 4);
    let (mut fifth, path) = hold_one("ada/operator");
    fifth.send_bytes(b"67890").expect("sent");
    let refused = fifth.read_answer().expect("an answer");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("2")));
    assert!(refused.message().contains("At most 4 uploads"), "{}", refused.message());
    let other = yard.send("POST", UPLOADS, &[("x-caller", "bob/operator"), ("upload-length", "2"), CHUNK], b"hi");
    assert_eq!(other.status, 201, "others are not held up");
    let (mut first, _) = held.remove(0);
    first.send_bytes(b"67890").expect("sent");
    assert_eq!(first.read_answer().expect("an answer").status, 204);
    assert_eq!(yard.patch(&path, 0, b"1234567890").status, 204, "a place is free again");
}

#[test]
fn a_full_disk_is_said_before_a_byte_is_taken() {
    let mut limits = UploadLimits::new(1 << 20);
    limits.spare_bytes = u64::MAX;
    let yard = Yard::start_with(limits);
    let answer = yard.ask("POST", UPLOADS, &[("upload-length", "1024")]);
    assert_eq!(answer.status, 507);
    assert!(answer.message().contains("needs 1 KiB (1,024 bytes) more"), "{}", answer.message());
}

#[test]
fn g26_connections_that_trickle_are_cut_while_others_work() {
    let mut limits = UploadLimits::new(1 << 20);
    limits.spare_bytes = 0;
    limits.stall = Duration::from_millis(1_500);
    let yard = Yard::start_with(limits);
    let began = Instant::now();
    let mut slow: Vec<(Wire, String)> = Vec::new();
    for number in 0..20 {
        // Five people, so that the trickle itself is measured, not the number of uploads of one person.
        let caller = format!("slow{}/operator", number / 4);
        let created = yard.ask("POST", UPLOADS, &[("x-caller", &caller), ("upload-length", "1000000")]);
        let path = created.header("location").expect("an address").to_owned();
        let mut wire = Wire::open(yard.address());
        let headers = [("x-caller", caller.as_str()), ("upload-offset", "0"), CHUNK];
        wire.send_head("PATCH", &path, &headers, Some(1_000_000)).expect("sent");
        slow.push((wire, path));
    }
    // One byte at a time, each well within the time that no byte at all may take.
    let cut = std::thread::scope(|scope| {
        let trickles: Vec<_> = slow
            .iter_mut()
            .map(|(wire, _)| {
                scope.spawn(move || {
                    while began.elapsed() < Duration::from_secs(60) {
                        if wire.send_bytes(b"x").is_err() {
                            break;
                        }
                        if let Some(answer) = wire.answer_within(Duration::from_millis(200)) {
                            return answer.status == 408;
                        }
                    }
                    began.elapsed() < Duration::from_secs(60)
                })
            })
            .collect();
        let other = yard.send("POST", UPLOADS, &[("upload-length", "5"), CHUNK], b"hello");
        assert_eq!(other.status, 201, "somebody else uploads meanwhile");
        trickles.into_iter().filter_map(|trickle| trickle.join().ok()).filter(|cut| *cut).count()
    });
    assert_eq!(cut, 20);
    let kept = yard.ask("HEAD", &slow[0].1, &[("x-caller", "slow0/operator")]);
    assert_ne!(kept.header("upload-offset"), Some("0"), "what came is kept: {kept:?}");
}

#[test]
fn g28_no_name_leads_out_of_the_folder() {
    let yard = Yard::start();
    let outside_before = std::fs::read_dir(yard.folder.path()).expect("a folder").count();
    let pieces =
        ["..", "../..", "/etc/passwd", "..\\..\\x", "%2e%2e%2f", "....//", "a/../../b", "C:\\x", "..;/", "~root/x"];
    let endings = ["", "/x", "\\x", "/../../../x", "%00", ".json", "/.", "//", ";/x", "\u{2215}x"];
    let beginnings = ["", "./", "file://"];
    let mut tried = 0;
    for name in beginnings.iter().flat_map(|a| pieces.iter().map(move |b| format!("{a}{b}"))) {
        for name in endings.iter().map(|ending| format!("{name}{ending}")) {
            let metadata = format!("filename {}", STANDARD.encode(&name));
            let content = format!("content {tried}");
            let size = content.len().to_string();
            let headers = [("upload-length", size.as_str()), ("upload-metadata", metadata.as_str()), CHUNK];
            let answer = yard.send("POST", UPLOADS, &headers, content.as_bytes());
            assert_eq!(answer.status, 201, "{name}");
            let id = answer.header("trainyard-dataset").expect("a dataset");
            let dataset = yard.wait_for(yard.datasets().get_dataset(&app::model::ids::DatasetId::new(id)));
            assert_eq!(dataset.expect("it is known").name, name, "kept as text");
            tried += 1;
        }
    }
    assert_eq!(tried, 300);
    assert_eq!(std::fs::read_dir(yard.folder.path()).expect("a folder").count(), outside_before);
    for (path, _) in yard.files() {
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        assert!(parts.len() == 2 && parts[0].len() == 2 && parts[1].len() == 64, "{parts:?}");
    }
    for id in ["..%2f..%2fyard.db", "%2e%2e", "..", "0", &"a".repeat(5_000), "%00"] {
        let answer = yard.ask("HEAD", &format!("{UPLOADS}/{id}"), &[]);
        assert!(matches!(answer.status, 400 | 404 | 414 | 431), "{id}: {answer:?}");
    }
}

#[test]
fn g24_memory_does_not_grow_with_the_file() {
    // In a process of its own: memory is counted per process, and other tests run in this one.
    let this = std::env::current_exe().expect("the test binary");
    let name = "uploads::limits::upload_two_hundred_megabytes_alone";
    let child = std::process::Command::new(this).args(["--exact", name, "--ignored", "--nocapture"]).output();
    let child = child.expect("the test binary runs");
    let (out, err) = (String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success() && out.contains("1 passed"), "{out}\n{err}");
}

#[test]
#[ignore = "run by g24 in a process of its own"]
fn upload_two_hundred_megabytes_alone() {
    let grown = measure_uploads(1, 200_000_000);
    assert!(grown < 64 * 1024, "memory grew by {grown} KiB");
}

#[test]
#[ignore = "long: 4 GB; `make faults` runs it"]
fn g24_memory_does_not_grow_with_4_gigabytes() {
    let grown = measure_uploads(1, 4_000_000_000);
    assert!(grown < 64 * 1024, "memory grew by {grown} KiB");
}

#[test]
#[ignore = "long: 8 GB; `make faults` runs it"]
fn g24_memory_does_not_grow_with_8_times_1_gigabyte_at_once() {
    let grown = measure_uploads(8, 1_000_000_000);
    assert!(grown < 150 * 1024, "memory grew by {grown} KiB");
}

/// Uploads so many files of this size at once; by how many KiB the most memory at any moment exceeded that before.
fn measure_uploads(count: usize, size: u64) -> u64 {
    let mut limits = UploadLimits::new(size);
    limits.spare_bytes = 0;
    let yard = Yard::start_with(limits);
    let warm = yard.send("POST", UPLOADS, &[("upload-length", "500000"), CHUNK], &make_bytes(1, 0, 500_000));
    assert_eq!(warm.status, 201);
    // The most so far counts from now on.
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux");
    let before = read_status("VmRSS:");
    let began = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..count {
            let yard = &yard;
            scope.spawn(move || upload_one(yard, number, size));
        }
    });
    let grown = read_status("VmHWM:").saturating_sub(before);
    let megabytes = f64::from(u32::try_from(size / 1_000_000 * count as u64).expect("less than 4 PB"));
    println!(
        "{count} x {size} bytes: memory grew by {grown} KiB, {:.0} MB/s",
        megabytes / began.elapsed().as_secs_f64()
    );
    grown
}

fn upload_one(yard: &Yard, number: usize, size: u64) {
    // Two uploads of each person, who may have four.
    let caller = format!("person{}/operator", number / 2);
    let size_text = size.to_string();
    let created = yard.ask("POST", UPLOADS, &[("x-caller", &caller), ("upload-length", &size_text)]);
    let path = created.header("location").expect("an address").to_owned();
    let mut wire = Wire::open(yard.address());
    let headers = [("x-caller", caller.as_str()), ("upload-offset", "0"), CHUNK];
    wire.send_head("PATCH", &path, &headers, Some(size)).expect("sent");
    let mut at = 0;
    while at < size {
        let length = (size - at).min(1 << 20);
        let seed = 9 + number as u64;
        wire.send_bytes(&make_bytes(seed, at, usize::try_from(length).expect("small"))).expect("sent");
        at += length;
    }
    assert!(wire.read_answer().expect("an answer").header("trainyard-dataset").is_some());
}

/// A line of this process's memory figures in KiB.
fn read_status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a known figure");
    line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
}

/// Looks again until something holds; fails after half a minute.
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        std::thread::yield_now();
    }
}
