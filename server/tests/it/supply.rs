//! G50, the part that needs no internet: every dependency's licence, source and name, by deny.toml.
//! Known vulnerabilities are `make audit`'s.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What deny.toml allows.
struct Rules {
    licences: Vec<String>,
    registries: Vec<String>,
    banned: Vec<String>,
}

fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace around the package")
}

fn read_rules() -> Rules {
    let text = std::fs::read_to_string(workspace_root().join("deny.toml")).expect("deny.toml");
    let table: toml::Table = text.parse().expect("deny.toml is TOML");
    let texts = |section: &str, key: &str, field: Option<&str>| -> Vec<String> {
        let list = table[section][key].as_array().expect("a list");
        let text = |entry: &toml::Value| match field {
            Some(field) => entry[field].as_str().expect("text").to_owned(),
            None => entry.as_str().expect("text").to_owned(),
        };
        list.iter().map(text).collect()
    };
    Rules {
        licences: texts("licenses", "allow", None),
        registries: texts("sources", "allow-registry", None),
        banned: texts("bans", "deny", Some("crate")),
    }
}

/// The dependencies of the page and the server on this platform, as cargo resolves them from the lock file.
fn read_packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(workspace_root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

/// Whether a licence expression can be satisfied with the allowed licences. `/` is the old spelling of OR.
fn is_satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let satisfied = read_either(&words, &mut at, allowed);
    satisfied && at == words.len()
}

fn read_either(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut satisfied = read_all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        satisfied |= read_all(words, at, allowed);
    }
    satisfied
}

fn read_all(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut satisfied = read_one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        satisfied &= read_one(words, at, allowed);
    }
    satisfied
}

fn read_one(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let satisfied = read_either(words, at, allowed);
        *at += 1;
        return satisfied;
    }
    let mut licence = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        licence = format!("{licence} WITH {}", words.get(*at + 1).copied().unwrap_or_default());
        *at += 2;
    }
    allowed.contains(&licence)
}

#[test]
fn licence_expressions_are_read_with_their_precedence() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("GPL-3.0 OR MIT AND ISC", true),
        ("GPL-3.0 AND MIT OR BSD-2-Clause", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0 WITH Classpath-exception-2.0", false),
    ] {
        assert_eq!(is_satisfied(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn g50_every_dependency_has_an_allowed_licence_source_and_name() {
    let rules = read_rules();
    let mut faults = Vec::new();
    let packages = read_packages();
    assert!(packages.len() > 100, "cargo metadata lists the dependencies");
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        let licence = package["license"].as_str().unwrap_or("none stated");
        if !is_satisfied(licence, &rules.licences) {
            faults.push(format!("{name}: licence {licence}"));
        }
        if rules.banned.iter().any(|banned| banned == name) {
            faults.push(format!("{name}: banned by deny.toml"));
        }
        if let Some(source) = package["source"].as_str()
            && !rules.registries.iter().any(|registry| source == format!("registry+{registry}"))
        {
            faults.push(format!("{name}: comes from {source}"));
        }
    }
    assert!(faults.is_empty(), "deny.toml does not allow:\n{}", faults.join("\n"));
}
