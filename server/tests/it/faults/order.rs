//! G3: the intent is on disk before the first byte goes to the vendor. Killing a process cannot show this, because the
//! kernel keeps what was written; so the order of the system calls themselves is checked.

use super::yard::{Yard, traced_program};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;

/// What stands at the beginning of a train call on the wire.
const TRAIN_CALL: &str = "POST /sestek/sestekai-api/api/external/trainings/train ";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g3_the_intent_of_10_submits_is_on_disk_before_their_first_byte() {
    check_order(10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 100 submits; `make faults` runs it"]
async fn g3_the_intent_of_100_submits_is_on_disk_before_their_first_byte() {
    check_order(100).await;
}

async fn check_order(submits: usize) {
    let mut yard = Yard::open(0.01).await;
    // Refused at once, so that no poll writes anything in between.
    let refusal = json!({"kind": "abp", "status": 400, "text": "No.", "members": ["productName"]});
    yard.script("*", json!({"train": [{ "answer": refusal }]})).await;
    let dataset = yard.caller().upload("dialogues.json", b"[1]".to_vec()).await;
    yard.stop_server().await;
    let trace = yard.folder().join("trace");
    yard.start_with(traced_program(&trace, &yard.settings())).await;
    let mut ids = Vec::new();
    for number in 0..submits {
        let caller = yard.caller();
        let body = caller.new_submit(&format!("g3-{number}"), &dataset);
        caller.submit(&body).await;
        ids.push(body["id"].as_str().unwrap().to_owned());
        let trainings = caller.wait_until_settled(Duration::from_secs(60)).await;
        assert_eq!(trainings.len(), number + 1);
        assert!(trainings.iter().all(|training| training["stage"] == "rejected"), "{trainings:#?}");
    }
    yard.stop_server().await;
    let text = String::from_utf8_lossy(&std::fs::read(&trace).unwrap()).into_owned();
    let steps = read_trace(&text, &ids);
    check_steps(&steps, &ids);
}

/// The system calls that matter, in the order in which they ended (a send: in which it began).
#[derive(Debug, PartialEq)]
enum Step {
    /// The page with this training's `sending` row was written to the write-ahead log.
    Intent(usize),
    /// The write-ahead log was flushed: the flush began after everything before it.
    Flush { began_after: usize },
    /// The first byte of a train call.
    Send,
}

/// Reads strace's lines. A call that another thread interrupts comes in two lines.
fn read_trace(text: &str, ids: &[String]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut open: HashMap<&str, (&str, usize)> = HashMap::new();
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if call.contains(TRAIN_CALL) {
            steps.push(Step::Send);
        }
        if call.ends_with("<unfinished ...>") {
            open.insert(thread, (call, steps.len()));
            continue;
        }
        let (begun, began_after) = match call.starts_with("<...") {
            true => open.remove(thread).unwrap_or((call, steps.len())),
            false => (call, steps.len()),
        };
        if !begun.contains("yard.db-wal>") {
            continue;
        }
        if begun.starts_with("fdatasync") || begun.starts_with("fsync") {
            assert!(call.contains("= 0"), "a flush failed: {call}");
            steps.push(Step::Flush { began_after });
        } else if begun.starts_with("pwrite64") {
            let is_intent = |id: &String| {
                begun.match_indices(id.as_str()).any(|(at, _)| {
                    let behind = &begun[at + id.len()..];
                    behind.get(..24).unwrap_or(behind).contains("sending")
                })
            };
            steps.extend(ids.iter().enumerate().filter(|(_, id)| is_intent(id)).map(|(at, _)| Step::Intent(at)));
        }
    }
    steps
}

/// The n-th send belongs to the n-th training: before it, its intent was written, and then flushed.
fn check_steps(steps: &[Step], ids: &[String]) {
    let sends: Vec<usize> = (0..steps.len()).filter(|at| steps[*at] == Step::Send).collect();
    assert_eq!(sends.len(), ids.len(), "one call for each submit");
    for (number, sent_at) in sends.into_iter().enumerate() {
        let written_at = steps[..sent_at].iter().position(|step| *step == Step::Intent(number));
        let written_at = written_at.unwrap_or_else(|| panic!("submit {number} was sent before its intent was written"));
        let is_flush = |step: &Step| matches!(step, Step::Flush { began_after } if *began_after > written_at);
        assert!(steps[..sent_at].iter().any(is_flush), "submit {number} was sent before its intent was on disk");
    }
}

#[test]
fn g3_the_check_itself_finds_a_missing_flush_and_a_late_one() {
    let ids = ["0198f7c2-7a10-7cc3-8a9e-000000000001".to_owned()];
    let intent = format!("7 pwrite64(9</x/yard.db-wal>, \"\\0\\1{}sending\\2\", 4096, 0) = 4096", ids[0]);
    let send = format!("8 writev(12<TCP:[1]>, [{{iov_base=\"{TRAIN_CALL}HTTP/1.1\"}}], 2) = 99");
    let flush = "7 fdatasync(9</x/yard.db-wal>) = 0";
    let begun = "7 fdatasync(9</x/yard.db-wal> <unfinished ...>";
    let resumed = "7 <... fdatasync resumed>) = 0";
    let passes = |lines: &[&str]| {
        let steps = read_trace(&lines.join("\n"), &ids);
        std::panic::catch_unwind(|| check_steps(&steps, &ids)).is_ok()
    };
    assert!(passes(&[&intent, flush, &send]));
    assert!(passes(&[&intent, begun, resumed, &send]));
    assert!(!passes(&[&intent, &send, flush]), "flushed after the send");
    assert!(!passes(&[flush, &intent, &send]), "flushed before the intent");
    assert!(!passes(&[&intent, begun, &send, resumed]), "the flush had not returned");
    assert!(!passes(&[begun, &intent, resumed, &send]), "the flush had begun before the intent was written");
    assert!(!passes(&[flush, &send]), "no intent at all");
}
