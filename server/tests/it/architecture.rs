//! The walls of the house: who may import whom, which crate lives where, and the sizes of files and functions.
//! A new edge is added here on purpose, with a line in docs/decisions, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path from the workspace's root, and its text without comments and inline tests.
struct Source {
    path: String,
    raw: String,
    code: String,
}

/// Importable by every module of the server.
const SERVER_GROUND: &[&str] = &["clock", "secret", "telemetry"];
const RULES: &[&str] = &["trainings", "datasets", "connections", "people"];

/// Which modules of the server each module may import, beside `SERVER_GROUND` and itself.
fn server_table() -> BTreeMap<&'static str, Vec<&'static str>> {
    let rules_reach = ["store", "vendors", "events", "blobs", "vault", "datasets", "connections", "people"];
    BTreeMap::from([
        ("clock", vec![]),
        ("secret", vec![]),
        ("telemetry", vec![]),
        ("config", vec![]),
        ("store", vec![]),
        ("blobs", vec![]),
        ("vault", vec![]),
        ("events", vec!["store"]),
        ("vendors", vec![]),
        ("people", vec!["store"]),
        ("datasets", vec!["store", "blobs"]),
        ("connections", vec!["store", "vendors", "vault", "config"]),
        ("trainings", rules_reach.to_vec()),
        ("tasks", [RULES, &["store", "config", "events", "vendors"]].concat()),
        ("web", [RULES, &["events", "vendors", "config"]].concat()),
        ("sandbox", vec![]),
        ("cli", [RULES, &["startup", "config", "store", "vault", "vendors", "sandbox", "web"]].concat()),
        (
            "startup",
            [RULES, &["blobs", "config", "events", "sandbox", "store", "tasks", "vault", "vendors", "web"]].concat(),
        ),
    ])
}

/// Which modules of the page each module may import, beside itself.
fn app_table() -> BTreeMap<&'static str, Vec<&'static str>> {
    let all = ["api", "components", "live", "model", "paths", "preflight_client", "texts", "ui", "vendors"];
    BTreeMap::from([
        ("model", vec![]),
        ("paths", vec!["model"]),
        ("vendors", vec!["model"]),
        ("texts", vec!["model"]),
        ("ui", vec!["paths", "texts"]),
        ("components", vec!["model", "ui", "paths", "preflight_client", "texts", "vendors", "live"]),
        ("api", vec!["model", "vendors", "paths"]),
        ("live", vec!["model", "paths", "texts"]),
        ("pages", all.to_vec()),
        ("app", [&all[..], &["pages"]].concat()),
        ("shell", [&all[..], &["app", "pages"]].concat()),
        ("preflight_client", vec!["model", "paths"]),
        ("preflight_worker", vec!["model", "preflight_client", "vendors"]),
        ("lib", [&all[..], &["app", "pages", "shell"]].concat()),
    ])
}

/// Crates and calls that have one home: the text, and the paths it may stand under.
const HOMES: &[(&str, &[&str])] = &[
    ("sqlx", &["server/src/store/"]),
    ("reqwest", &["server/src/vendors/http.rs", "server/src/vendors/http/"]),
    ("object_store", &["server/src/blobs/"]),
    ("axum", &["server/src/web/", "server/src/sandbox/", "server/src/startup"]),
    ("leptos_axum", &["server/src/web/", "server/src/startup", "app/src/api/", "app/src/pages/not_found.rs"]),
    ("tokio::spawn", &["server/src/tasks/supervisor.rs", "server/src/sandbox/", "server/src/startup"]),
    ("std::env", &["server/src/config/", "app/src/shell.rs"]),
    (
        "gloo_net",
        &["app/src/api/client.rs", "app/src/live", "app/src/components/upload", "app/src/components/drop_check"],
    ),
    ("inner_html", &[]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace around the package")
}

/// All Rust files under a folder of the workspace.
fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder").flatten() {
            let path: PathBuf = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let raw = fs::read_to_string(&path).expect("a source file");
                let path = path.strip_prefix(root()).expect("inside").to_string_lossy().into_owned();
                found.push(Source { code: without_comments_and_tests(&raw), path, raw });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Whether a file holds tests only.
fn is_test_file(path: &str) -> bool {
    path.ends_with("tests.rs")
        || path.ends_with("round_trips.rs")
        || path.ends_with("components/sample.rs")
        || path.ends_with("_test.rs")
        || path.contains("/tests/")
        || path.ends_with("conformance.rs")
}

/// Blanks comments and everything from an inline test module on (it stands last in a file), keeping the lines.
fn without_comments_and_tests(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        if line.trim() == "#[cfg(test)]" {
            break;
        }
        let bare = if line.trim_start().starts_with("//") { "" } else { line.split(" // ").next().unwrap_or(line) };
        code.push_str(bare);
        code.push('\n');
    }
    code
}

/// The module a file belongs to: `store` of `server/src/store/work.rs`, `clock` of `server/src/clock.rs`.
fn module_of<'a>(path: &'a str, base: &str) -> &'a str {
    let inside = path.strip_prefix(base).unwrap_or(path);
    inside.split(['/', '.']).next().unwrap_or(inside)
}

/// The first names behind every occurrence of `prefix`, groups (`crate::{a::b, c}`) included.
fn names_behind<'a>(code: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1_usize;
            let mut fresh = true;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => fresh = true,
                    c if fresh && depth == 1 && (c.is_alphabetic() || c == '_') => {
                        names.insert(first_name(&group[at..]));
                        fresh = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            names.insert(first_name(rest));
        }
    }
    names
}

fn first_name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Whether `word` stands in the code as a path of its own.
fn mentions(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let is_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
        !is_name(before) && !is_name(after) && before != Some('"')
    })
}

fn assert_none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}\n{}", faults.join("\n"));
}

/// Every import in a tree of modules that its table does not allow.
fn check_imports(base: &str, prefixes: &[&str], table: &BTreeMap<&str, Vec<&str>>, ground: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources(base).iter().filter(|source| !is_test_file(&source.path)) {
        let module = module_of(&source.path, &format!("{base}/"));
        if matches!(module, "main") || (module == "lib" && !table.contains_key("lib")) {
            continue;
        }
        let Some(allowed) = table.get(module) else {
            faults.push(format!("{}: the module {module} is not in the table", source.path));
            continue;
        };
        for name in prefixes.iter().flat_map(|prefix| names_behind(&source.code, prefix)) {
            let known = table.contains_key(name);
            if known && name != module && !allowed.contains(&name) && !ground.contains(&name) {
                faults.push(format!("{}: {module} may not import {name}", source.path));
            }
        }
    }
    faults
}

#[test]
fn server_modules_import_only_what_the_table_allows() {
    let faults = check_imports("server/src", &["crate::"], &server_table(), SERVER_GROUND);
    assert_none(&faults, "ARCHITECTURE.md, \"Who may import whom\":");
}

#[test]
fn page_modules_import_only_what_the_table_allows() {
    let mut faults = check_imports("app/src", &["crate::"], &app_table(), &[]);
    // A vendor's form is drawn, the rest of a vendor's folder is not.
    faults.retain(|fault| {
        !is_form_file(fault) || !(fault.ends_with("import ui") || fault.ends_with("import components"))
    });
    assert_none(&faults, "ARCHITECTURE.md, \"Who may import whom\":");
}

fn is_form_file(path: &str) -> bool {
    path.starts_with("app/src/vendors/") && (path.contains("/form") || path.contains("forms"))
}

#[test]
fn the_tables_have_no_cycle() {
    for table in [server_table(), app_table()] {
        let mut left: BTreeMap<&str, Vec<&str>> = table;
        while !left.is_empty() {
            let free: Vec<&str> = left
                .iter()
                .filter(|(_, uses)| !uses.iter().any(|used| left.contains_key(used)))
                .map(|(m, _)| *m)
                .collect();
            assert!(!free.is_empty(), "a cycle among {:?}", left.keys().collect::<Vec<_>>());
            left.retain(|module, _| !free.contains(module));
        }
    }
}

#[test]
fn models_and_requests_know_nothing_of_the_page_framework() {
    let pure = |path: &str| {
        (path.starts_with("app/src/model/") || path.starts_with("app/src/vendors/"))
            && !is_form_file(path)
            && !path.ends_with("vendors/mod.rs")
    };
    // The error type crosses the wire inside server functions, so it speaks their trait; nothing is drawn there.
    let draws = |code: &str| {
        mentions(&code.replace("leptos::server_fn", "").replace("leptos::prelude::ServerFnErrorErr", ""), "leptos")
    };
    let found = sources("app/src").into_iter().filter(|source| pure(&source.path) && draws(&source.code));
    let faults: Vec<String> = found.map(|source| source.path).collect();
    assert_none(&faults, "Models and requests must not use leptos:");
}

#[test]
fn the_server_reaches_the_page_only_where_it_is_rendered() {
    let mut faults = Vec::new();
    for source in sources("server/src").iter().filter(|source| !is_test_file(&source.path)) {
        let module = module_of(&source.path, "server/src/");
        let page_parts = ["pages", "components", "ui", "app", "shell"];
        for name in names_behind(&source.code, "app::") {
            if page_parts.contains(&name) && !matches!(module, "web" | "startup") {
                faults.push(format!("{}: uses app::{name}", source.path));
            }
        }
        if module == "sandbox" && !names_behind(&source.code, "app::").is_empty() {
            faults.push(format!("{}: the sandbox shares no code with the client", source.path));
        }
    }
    assert_none(&faults, "Only web renders the page; the sandbox knows nothing of ours:");
}

#[test]
fn every_crate_and_call_stays_in_its_home() {
    let mut faults = Vec::new();
    for source in sources("server/src").iter().chain(&sources("app/src")) {
        for (word, homes) in HOMES {
            let at_home = homes.iter().any(|home| source.path.starts_with(home));
            if !at_home && !is_test_file(&source.path) && mentions(&source.code, word) {
                faults.push(format!("{}: {word} belongs to {homes:?}", source.path));
            }
        }
    }
    assert_none(&faults, "ARCHITECTURE.md, \"What lives where\":");
}

/// The vendors of this build: the folders beside the trait that are not the HTTP client's.
fn list_vendors() -> Vec<String> {
    let folders = fs::read_dir(root().join("server/src/vendors")).expect("the vendors").flatten();
    let names =
        folders.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name != "http").collect()
}

#[test]
fn no_file_outside_its_folders_names_a_vendor() {
    let vendors = list_vendors();
    let mut faults = Vec::new();
    for source in sources("server/src").iter().chain(&sources("app/src")) {
        for vendor in vendors.iter().filter(|vendor| source.code.to_lowercase().contains(vendor.as_str())) {
            let registers = [
                "server/src/vendors/mod.rs",
                "app/src/vendors/mod.rs",
                "app/src/vendors/forms.rs",
                "server/src/sandbox/mod.rs",
            ];
            let own =
                source.path.contains(&format!("/{vendor}/")) || source.path.contains(&format!("sandbox/{vendor}"));
            if !own && !registers.contains(&source.path.as_str()) && !is_test_file(&source.path) {
                faults.push(format!("{}: names {vendor}", source.path));
            }
        }
    }
    assert!(!vendors.is_empty(), "there is a vendor");
    assert_none(&faults, "What a vendor cannot do is a capability, never `if vendor ==`:");
}

#[test]
fn a_vendor_never_imports_another() {
    let mut faults = Vec::new();
    for base in ["server/src/vendors", "app/src/vendors"] {
        for source in sources(base) {
            let own = module_of(&source.path, &format!("{base}/"));
            for name in names_behind(&source.code, "crate::vendors::") {
                if list_vendors().iter().any(|vendor| vendor == name) && name != own && !matches!(own, "mod" | "forms")
                {
                    faults.push(format!("{}: imports {name}", source.path));
                }
            }
        }
    }
    assert_none(&faults, "A vendor's folder stands alone:");
}

#[test]
fn the_page_sets_no_inline_style_and_writes_no_address_by_hand() {
    let mut faults = Vec::new();
    for source in sources("app/src") {
        let module = module_of(&source.path, "app/src/");
        for (at, line) in source.code.lines().enumerate() {
            let inline_style = line.replace("style=WhenStyle", "").contains(" style=")
                || line.contains(" style:") && line.contains("=");
            if inline_style && !line.trim_start().starts_with("pub ") {
                faults.push(format!("{}:{}: inline style", source.path, at + 1));
            }
            let checked = matches!(module, "pages" | "components" | "ui" | "live");
            let address = ["\"/api", "\"/trainings", "\"/callbacks", "\"/sign-in", "\"/datasets", "\"/pkg"];
            if checked && address.iter().any(|start| line.contains(start)) {
                faults.push(format!("{}:{}: an address that paths.rs should make", source.path, at + 1));
            }
        }
    }
    assert_none(&faults, "The strict content policy refuses inline styles; addresses come from paths.rs:");
}

#[test]
fn files_say_what_they_own_and_stay_short() {
    let mut faults = Vec::new();
    for source in
        ["app/src", "app/frontend/src", "server/src", "server/tests"].iter().flat_map(|folder| sources(folder))
    {
        let lines = source.raw.lines().count();
        if lines > 500 {
            faults.push(format!("{}: {lines} lines (at most 500)", source.path));
        }
        if lines > 1 && !source.raw.starts_with("//! ") {
            faults.push(format!("{}: line 1 says what the file owns", source.path));
        }
        let name =
            Path::new(&source.path).file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if ["utils", "util", "types", "common", "helpers", "misc"].contains(&name.as_str()) {
            faults.push(format!("{}: a drawer; name it after what it holds", source.path));
        }
    }
    assert_none(&faults, "CONTRIBUTING.md, \"Files\":");
}

#[test]
fn functions_stay_short() {
    let mut faults = Vec::new();
    for source in sources("app/src").iter().chain(&sources("server/src")).filter(|source| !is_test_file(&source.path)) {
        let lines: Vec<&str> = source.code.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let head =
                line.trim_start().trim_start_matches("pub ").trim_start_matches("async ").trim_start_matches("const ");
            let head = head.split_once(") ").filter(|_| head.starts_with("pub(")).map_or(head, |(_, rest)| rest);
            if !head.trim_start_matches("async ").starts_with("fn ") || line.trim_end().ends_with(';') {
                continue;
            }
            // A component's parameters are its documented properties; they do not count as its length.
            let starts_with = |line: &str, text: &str| {
                *line == format!("{}{text}", " ".repeat(indent))
                    || line.starts_with(&format!("{}{text} ", " ".repeat(indent)))
            };
            let body = lines[at..]
                .iter()
                .position(|later| later.ends_with('{') && (**later == **line || starts_with(later, ")")))
                .unwrap_or(0);
            let end = lines[at..].iter().position(|later| starts_with(later, "}"));
            if let Some(length) = end.map(|end| end + 1 - body.min(end)).filter(|length| *length > 60) {
                faults.push(format!("{}:{}: {length} lines (at most 60)", source.path, at + 1));
            }
        }
    }
    assert_none(&faults, "CONTRIBUTING.md, \"Functions\":");
}
