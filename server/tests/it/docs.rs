//! The documents name files that are there.

use std::fs;
use std::path::{Path, PathBuf};

/// What is no text of ours, or no text at all.
const SKIPPED: [&str; 4] = ["target", "node_modules", "test-results", "playwright-report"];
const FOLDERS: [&str; 7] = ["app", "server", "docs", "end2end", "scripts", "style", "public"];
const ENDINGS: [&str; 5] = [".rs", ".md", ".toml", ".ts", ".sql"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace around the package")
}

/// Every file below `folder`, hidden and built ones left out, from the workspace's root.
fn list_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        match path.is_dir() {
            _ if name.starts_with('.') || SKIPPED.contains(&name.as_str()) => {}
            true => files.extend(list_files(&path)),
            false => files.push(path.strip_prefix(root()).expect("below the root").to_owned()),
        }
    }
    files
}

/// The words between backticks that look like a file or a folder of ours; examples in blocks are left out.
fn named_paths(text: &str) -> Vec<&str> {
    let prose = text.split("```").step_by(2);
    let words = prose.flat_map(str::lines).flat_map(|line| line.split('`').skip(1).step_by(2));
    let is_path = |word: &&str| {
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "_-./<>".contains(c));
        let top = word.split_once('/').map(|(top, _)| top);
        plain && (top.is_some_and(|top| FOLDERS.contains(&top)) || ENDINGS.iter().any(|ending| word.ends_with(ending)))
    };
    words.filter(is_path).collect()
}

/// Whether `named` (`map.rs`, `docs/decisions`, `app/src/vendors/<vendor>/`) is part of the way to `file`.
fn is_on_the_way(named: &str, file: &Path) -> bool {
    let named: Vec<&str> = named.trim_end_matches('/').split('/').collect();
    let way: Vec<&str> = file.iter().filter_map(|segment| segment.to_str()).collect();
    let fits = |(name, segment): (&&str, &&str)| match (name.split_once('<'), name.rsplit_once('>')) {
        (Some((before, _)), Some((_, after))) => segment.starts_with(before) && segment.ends_with(after),
        _ => name == segment,
    };
    way.windows(named.len()).any(|window| named.iter().zip(window).all(fits))
}

#[test]
fn every_file_that_a_document_names_is_there() {
    let files = list_files(root());
    let mut named = 0;
    let mut missing = Vec::new();
    for document in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "md")) {
        let text = fs::read_to_string(root().join(document)).expect("text");
        for path in named_paths(&text) {
            named += 1;
            if !files.iter().any(|file| is_on_the_way(path, file)) {
                missing.push(format!("{}: {path}", document.display()));
            }
        }
    }
    assert!(named > 40, "only {named} names were looked at");
    assert!(missing.is_empty(), "the documents name what is not there:\n{}", missing.join("\n"));
}
