//! tus 1.0.0 as a client meets it.

use super::content::{hash_bytes, make_bytes};
use super::wire::Wire;
use super::yard::{CHUNK, Yard};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Digest;
use std::time::Duration;

const UPLOADS: &str = "/api/v1/uploads";

#[test]
fn options_say_what_is_spoken_without_being_asked_for_a_version() {
    let yard = Yard::start();
    let answer = yard.ask("OPTIONS", UPLOADS, &[("tus-resumable", "")]);
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("tus-version"), Some("1.0.0"));
    assert_eq!(answer.header("tus-max-size"), Some("1048576"));
    assert_eq!(answer.header("tus-checksum-algorithm"), Some("sha1,sha256"));
    assert_eq!(answer.header("tus-extension"), Some("creation,creation-with-upload,checksum,expiration,termination"));
}

#[test]
fn a_file_sent_with_its_creation_is_a_dataset_at_once() {
    let yard = Yard::start();
    let name = format!("filename {},filetype dGV4dA==", STANDARD.encode("Gespräche 1.json"));
    let headers = [("upload-length", "5"), ("upload-metadata", name.as_str()), CHUNK];
    let answer = yard.send("POST", UPLOADS, &headers, b"hello");
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("trainyard-dataset"), Some(hash_bytes(b"hello").as_str()));
    assert_eq!(answer.header("upload-offset"), Some("5"));
    let id = app::model::ids::DatasetId::new(hash_bytes(b"hello"));
    let dataset = yard.wait_for(yard.datasets().get_dataset(&id)).expect("it is known");
    assert_eq!((dataset.name.as_str(), dataset.size_bytes, dataset.owner.as_str()), ("Gespräche 1.json", 5, "ada"));
    assert!(yard.spooled().is_empty());
}

#[test]
fn a_file_sent_in_chunks_becomes_a_dataset_with_its_last_byte() {
    let yard = Yard::start();
    let metadata = "filename YS5qc29u,colour cmVk";
    let created = yard.ask("POST", UPLOADS, &[("upload-length", "300000"), ("upload-metadata", metadata)]);
    assert_eq!((created.status, created.header("upload-offset")), (201, Some("0")));
    assert_eq!(created.header("upload-expires"), Some("Thu, 19 Nov 2026 11:06:40 GMT"));
    let path = created.header("location").expect("an address").to_owned();
    assert!(path.starts_with("/api/v1/uploads/"), "{path}");
    let content = make_bytes(1, 0, 300_000);
    let first = yard.patch(&path, 0, &content[..123_457]);
    assert_eq!((first.status, first.header("upload-offset")), (204, Some("123457")), "{first:?}");
    assert_eq!(first.header("trainyard-dataset"), None);
    let looked = yard.ask("HEAD", &path, &[]);
    assert_eq!((looked.status, looked.header("upload-offset")), (200, Some("123457")));
    assert_eq!((looked.header("upload-length"), looked.header("upload-metadata")), (Some("300000"), Some(metadata)));
    assert_eq!((looked.header("cache-control"), looked.header("tus-resumable")), (Some("no-store"), Some("1.0.0")));
    assert!(looked.header("upload-expires").is_some_and(|at| at.ends_with(" GMT")));
    let last = yard.patch(&path, 123_457, &content[123_457..]);
    let sha256 = hash_bytes(&content);
    assert_eq!((last.status, last.header("trainyard-dataset")), (204, Some(sha256.as_str())), "{last:?}");
    // Whoever lost that answer asks again and learns the same.
    assert_eq!(yard.ask("HEAD", &path, &[]).header("trainyard-dataset"), Some(sha256.as_str()));
    let again = yard.patch(&path, 300_000, b"");
    assert_eq!((again.status, again.header("trainyard-dataset")), (204, Some(sha256.as_str())));
    let stored = yard.files();
    assert_eq!(stored, [(std::path::Path::new(&sha256[..2]).join(&sha256), 300_000)]);
}

#[test]
fn the_same_content_again_is_the_same_dataset_under_its_first_name() {
    let yard = Yard::start();
    for name in ["Zmlyc3Q=", "c2Vjb25k"] {
        let metadata = format!("filename {name}");
        let headers = [("upload-length", "5"), ("upload-metadata", metadata.as_str()), CHUNK];
        assert_eq!(yard.send("POST", UPLOADS, &headers, b"hello").status, 201);
    }
    let id = app::model::ids::DatasetId::new(hash_bytes(b"hello"));
    let dataset = yard.wait_for(yard.datasets().get_dataset(&id)).expect("it is known");
    assert_eq!(dataset.name, "first");
    assert_eq!(yard.files().len(), 1);
}

#[test]
fn an_empty_file_is_a_dataset_without_a_chunk() {
    let yard = Yard::start();
    let answer = yard.ask("POST", UPLOADS, &[("upload-length", "0")]);
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("trainyard-dataset"), Some(hash_bytes(b"").as_str()));
    let again = yard.ask("POST", UPLOADS, &[("upload-length", "0")]);
    assert_eq!(again.header("trainyard-dataset"), Some(hash_bytes(b"").as_str()));
}

#[test]
fn a_chunk_that_does_not_fit_is_refused_with_the_reason() {
    let yard = Yard::start();
    let path = yard.begin(10);
    assert_eq!(yard.patch(&path, 0, b"abcd").status, 204);
    let wrong = yard.patch(&path, 2, b"xx");
    assert_eq!((wrong.status, wrong.header("upload-offset")), (409, Some("4")));
    assert!(wrong.message().contains("byte 4, not at byte 2"), "{}", wrong.message());
    let typed = yard.send("PATCH", &path, &[("upload-offset", "4"), ("content-type", "text/plain")], b"xx");
    assert_eq!(typed.status, 415);
    for version in ["", "0.2.2", "1.0.1"] {
        let answer = yard.send("PATCH", &path, &[("tus-resumable", version), ("upload-offset", "4"), CHUNK], b"xx");
        assert_eq!((answer.status, answer.header("tus-version")), (412, Some("1.0.0")), "{version}");
    }
    for offset in ["", "-1", "4.0", "99999999999999999999"] {
        assert_eq!(yard.send("PATCH", &path, &[("upload-offset", offset), CHUNK], b"xx").status, 400, "{offset}");
    }
    assert_eq!(yard.ask("HEAD", &path, &[]).header("upload-offset"), Some("4"));
    assert_eq!(yard.ask("PUT", &path, &[]).status, 405);
    assert_eq!(yard.ask("GET", UPLOADS, &[]).header("allow"), Some("OPTIONS, POST"));
}

#[test]
fn a_creation_that_cannot_be_read_makes_nothing() {
    let yard = Yard::start();
    let long_name = format!("filename {}", STANDARD.encode("x".repeat(256)));
    let with_control = format!("filename {}", STANDARD.encode("a\u{202e}nosj.txt\n"));
    let huge = format!("filename {}", STANDARD.encode("x".repeat(9_000)));
    for headers in [
        vec![],
        vec![("upload-length", "ten")],
        vec![("upload-length", "-1")],
        vec![("upload-length", "1"), ("upload-length", "1")],
        vec![("upload-defer-length", "1")],
        vec![("upload-length", "1"), ("upload-concat", "partial")],
        vec![("upload-length", "1"), ("upload-metadata", "filename ???")],
        vec![("upload-length", "1"), ("upload-metadata", &long_name)],
        vec![("upload-length", "1"), ("upload-metadata", &with_control)],
        vec![("upload-length", "1"), ("upload-metadata", &huge)],
        vec![("upload-length", "1"), ("upload-checksum", "md5 AAAA")],
    ] {
        let answer = yard.ask("POST", UPLOADS, &headers);
        assert_eq!(answer.status, 400, "{headers:?}");
        assert!(!answer.message().is_empty() && answer.header("location").is_none());
    }
    let deferred = yard.ask("POST", UPLOADS, &[("upload-defer-length", "1")]);
    assert!(deferred.message().contains("Upload-Defer-Length"), "{}", deferred.message());
    assert!(yard.files().is_empty());
}

#[test]
fn a_chunk_counts_only_when_it_matches_its_checksum() {
    let yard = Yard::start();
    let path = yard.begin(9);
    assert_eq!(yard.patch(&path, 0, b"abc").status, 204);
    let sha1 = format!("sha1 {}", STANDARD.encode(sha1::Sha1::digest(b"def")));
    let sha256 = format!("sha256 {}", STANDARD.encode(sha2::Sha256::digest(b"ghi")));
    let send = |offset, checksum: &str, body: &[u8]| {
        yard.send("PATCH", &path, &[("upload-offset", offset), ("upload-checksum", checksum), CHUNK], body)
    };
    let damaged = send("3", &sha1, b"dXf");
    assert_eq!(damaged.status, 460, "{damaged:?}");
    assert!(damaged.message().contains("checksum"));
    assert_eq!(yard.ask("HEAD", &path, &[]).header("upload-offset"), Some("3"));
    assert_eq!(yard.spooled().first().map(|(_, size)| *size), Some(3), "nothing of the damaged chunk is kept");
    assert_eq!(send("3", &sha1, b"def").header("upload-offset"), Some("6"));
    let last = send("6", &sha256, b"ghi");
    assert_eq!(last.header("trainyard-dataset"), Some(hash_bytes(b"abcdefghi").as_str()), "{last:?}");
    let headers = [("upload-length", "3"), ("upload-checksum", sha1.as_str()), CHUNK];
    assert_eq!(yard.send("POST", UPLOADS, &headers, b"xyz").status, 460);
    assert!(yard.spooled().is_empty(), "a creation whose bytes are damaged leaves nothing");
}

#[test]
fn a_checked_chunk_that_was_cut_is_not_kept() {
    let yard = Yard::start();
    let path = yard.begin(9);
    let checksum = format!("sha1 {}", STANDARD.encode(sha1::Sha1::digest(b"abcdefghi")));
    let mut wire = Wire::open(yard.address());
    wire.send_head("PATCH", &path, &[("upload-offset", "0"), ("upload-checksum", &checksum), CHUNK], Some(9))
        .expect("sent");
    wire.send_bytes(b"abcd").expect("sent");
    wire.cut();
    assert_eq!(yard.ask("HEAD", &path, &[]).header("upload-offset"), Some("0"));
    let whole =
        yard.send("PATCH", &path, &[("upload-offset", "0"), ("upload-checksum", &checksum), CHUNK], b"abcdefghi");
    assert!(whole.header("trainyard-dataset").is_some());
}

#[test]
fn an_ended_upload_is_gone_with_its_bytes() {
    let yard = Yard::start();
    let path = yard.begin(9);
    assert_eq!(yard.patch(&path, 0, b"abc").status, 204);
    assert_eq!(yard.ask("DELETE", &path, &[]).status, 204);
    assert_eq!(yard.ask("HEAD", &path, &[]).status, 404);
    assert_eq!(yard.patch(&path, 3, b"def").status, 404);
    assert!(yard.files().is_empty());
}

#[test]
fn g28_an_abandoned_upload_expires_and_its_bytes_are_removed() {
    let yard = Yard::start();
    for _ in 0..120 {
        let path = yard.begin(9);
        assert_eq!(yard.patch(&path, 0, b"abc").status, 204);
    }
    let path = yard.begin(9);
    yard.clock.advance(Duration::from_secs(23 * 3_600));
    assert_eq!(yard.patch(&path, 0, b"abc").status, 204);
    yard.clock.advance(Duration::from_secs(2 * 3_600));
    let now = trainyard::clock::Clock::now(yard.clock.as_ref());
    assert_eq!(yard.wait_for(yard.datasets().prune_uploads(now)).expect("pruned"), 120);
    assert_eq!(yard.spooled().len(), 1, "the one that went on is kept");
    yard.clock.advance(Duration::from_secs(24 * 3_600));
    assert_eq!(yard.ask("HEAD", &path, &[]).status, 410);
    assert_eq!(yard.patch(&path, 3, b"def").status, 410);
    let now = trainyard::clock::Clock::now(yard.clock.as_ref());
    assert_eq!(yard.wait_for(yard.datasets().prune_uploads(now)).expect("pruned"), 1);
    assert_eq!(yard.ask("HEAD", &path, &[]).status, 404);
    assert!(yard.files().is_empty());
}

#[test]
fn only_its_owner_sees_an_upload_and_only_operators_upload() {
    let yard = Yard::start();
    let path = yard.begin(9);
    for method in ["HEAD", "DELETE"] {
        assert_eq!(yard.ask(method, &path, &[("x-caller", "bob/admin")]).status, 404, "{method}");
    }
    let stolen = [("x-caller", "bob/operator"), ("upload-offset", "0"), CHUNK];
    assert_eq!(yard.send("PATCH", &path, &stolen, b"abc").status, 404);
    assert_eq!(yard.ask("POST", UPLOADS, &[("x-caller", "eve/viewer"), ("upload-length", "1")]).status, 403);
    assert_eq!(yard.ask("POST", UPLOADS, &[("x-caller", ""), ("upload-length", "1")]).status, 401);
    assert_eq!(yard.ask("HEAD", &path, &[]).header("upload-offset"), Some("0"));
}

#[test]
fn a_client_that_cannot_patch_may_post_and_say_so() {
    let yard = Yard::start();
    let path = yard.begin(3);
    let headers = [("x-http-method-override", "PATCH"), ("upload-offset", "0"), CHUNK];
    assert_eq!(yard.send("POST", &path, &headers, b"abc").status, 204);
    assert_eq!(yard.send("POST", &path, &[CHUNK], b"abc").status, 405);
}

#[test]
fn an_uploaded_file_can_be_checked_and_read_again_and_again() {
    use app::model::dataset::CheckDataset;
    use app::model::ids::{DatasetId, Kind};
    use futures::TryStreamExt;
    let yard = Yard::start();
    let content = br#"[{"Label":"a","Text":"one"},{"Label":"b","Text":"two"}]"#;
    let size = content.len().to_string();
    let answer = yard.send("POST", UPLOADS, &[("upload-length", size.as_str()), CHUNK], content);
    let id = DatasetId::new(answer.header("trainyard-dataset").expect("a dataset"));
    yard.wait_for(async {
        let ask = |kind: &str| CheckDataset { kind: Kind::new(kind), role: None };
        let report = yard.datasets().check_dataset(&id, ask("sestek.classification")).await.expect("checked");
        assert_eq!((report.records, report.bytes), (2, content.len() as u64));
        let again = yard.datasets().check_dataset(&id, ask("sestek.classification")).await.expect("checked");
        assert_eq!(again, report);
        assert!(yard.datasets().check_dataset(&id, ask("nobody.nothing")).await.is_err());
        for _ in 0..2 {
            let (size, stream) = yard.datasets().open_dataset(&id).await.expect("opened");
            let parts: Vec<_> = stream.try_collect().await.expect("read");
            assert_eq!((size, parts.concat().as_slice()), (content.len() as u64, content.as_slice()));
        }
        let unknown = DatasetId::new("0".repeat(64));
        let described = yard.datasets().describe(&[unknown.clone(), id.clone()]).await.expect("described");
        assert_eq!((described.found.len(), described.missing), (1, vec![unknown]));
    });
}
