//! docs/security.md and the tests agree: what the page says holds, a test with that number shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace around the package")
}

/// The numbers of all tests called `g<number>_...`.
fn tested_numbers() -> BTreeSet<u32> {
    let mut numbers = BTreeSet::new();
    let mut folders: Vec<PathBuf> =
        ["app/src", "server/src", "server/tests"].map(|folder| root().join(folder)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let tests = text.match_indices("fn g").filter_map(|(at, found)| {
                    let digits: String = text[at + found.len()..].chars().take_while(char::is_ascii_digit).collect();
                    let rest = &text[at + found.len() + digits.len()..];
                    rest.starts_with('_').then(|| digits.parse::<u32>().ok()).flatten()
                });
                numbers.extend(tests);
            }
        }
    }
    numbers
}

/// Every promise of the page with what it says about today.
fn read_promises() -> Vec<(u32, String)> {
    let page = fs::read_to_string(root().join("docs/security.md")).expect("docs/security.md");
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| G")?.split(" | ");
        let number = cells.next()?.trim().parse().ok()?;
        let today = cells.nth(1)?.trim_end_matches('|').trim();
        Some((number, today.to_owned()))
    });
    rows.collect()
}

#[test]
fn what_the_page_says_holds_is_shown_by_a_test() {
    let tested = tested_numbers();
    let promises = read_promises();
    let numbers: Vec<u32> = promises.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=56).collect::<Vec<_>>(), "the page lists every promise once");
    for (number, today) in &promises {
        if today == "holds" {
            assert!(tested.contains(number), "G{number} is said to hold, but no test is called g{number}_...");
        }
    }
}

#[test]
fn a_promise_with_a_test_is_not_called_unshown() {
    let tested = tested_numbers();
    for (number, today) in read_promises() {
        let denied = today.starts_with("later") || today.starts_with("not yet");
        assert!(!(denied && tested.contains(&number)), "G{number} has a test; say in docs/security.md what it shows");
    }
}
