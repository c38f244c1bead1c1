//! That each of the thirty cases has a test under its number.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The numbers of all tests called `case_<number>_...` or `case_<number>_and_<number>_...` below a folder.
fn find_numbers(folder: &Path, numbers: &mut BTreeSet<u32>) {
    for entry in fs::read_dir(folder).expect("a source folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            find_numbers(&path, numbers);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            for (at, found) in text.match_indices("fn case_") {
                let name = text[at + found.len()..].split('(').next().unwrap_or_default();
                let words = name.split('_').filter(|word| *word != "and");
                numbers.extend(words.map_while(|word| word.parse::<u32>().ok()));
            }
        }
    }
}

#[test]
fn every_case_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace around the package");
    let mut numbers = BTreeSet::new();
    for folder in ["app/src", "server/tests/it", "server/src/vendors/sestek"] {
        find_numbers(&root.join(folder), &mut numbers);
    }
    let missing: Vec<_> = (1..=30).filter(|number| !numbers.contains(number)).collect();
    assert_eq!(missing, Vec::<u32>::new(), "each case is a test called case_<number>_...");
}
