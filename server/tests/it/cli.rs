//! The program as a person starts it: exit codes, what it prints, one server per database file.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_trainyard");

/// A folder with settings that disturb nobody.
fn installation() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("site/pkg")).expect("a site folder");
    let text = "[server]\nlisten = \"127.0.0.1:0\"\nsite_dir = \"site\"\n[sandbox]\nlisten = \"127.0.0.1:0\"\n";
    std::fs::write(folder.path().join("trainyard.toml"), text).expect("a file");
    folder
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(args).current_dir(folder);
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server that is told to end with the test.
struct Serving(Child);

impl Serving {
    /// Starts it and waits for the line that names its address; returns what it printed before as well.
    fn start(folder: &Path, args: &[&str]) -> (Self, String) {
        use std::io::{BufRead, BufReader};
        let mut child = command(folder, args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut printed = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        while !printed.contains("listens on") {
            let read = lines.read_line(&mut printed).expect("a line");
            assert!(read > 0, "it ended at once: {printed}");
        }
        (Self(child), printed)
    }

    /// SIGTERM, and how it ended.
    fn stop(mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        self.0.wait().expect("it ends").code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn the_default_settings_are_printed_and_can_be_read_back() {
    let folder = installation();
    let printed = run(folder.path(), &["config"]);
    assert!(printed.status.success());
    std::fs::write(folder.path().join("all.toml"), &printed.stdout).expect("a file");
    assert!(run(folder.path(), &["migrate", "--config", "all.toml"]).status.success());
}

#[test]
fn wrong_settings_end_with_code_2_and_name_key_and_file() {
    let folder = installation();
    std::fs::write(folder.path().join("wrong.toml"), "[server]\nlisten_at = \"x\"\n").expect("a file");
    let output = run(folder.path(), &["migrate", "--config", "wrong.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("server.listen_at") && said.contains("wrong.toml"), "{said}");
    assert_eq!(run(folder.path(), &["no-such-command"]).status.code(), Some(2));
}

#[test]
fn g54_a_second_server_on_the_same_database_stops_at_once_and_says_so() {
    let folder = installation();
    let (first, _) = Serving::start(folder.path(), &["serve", "--config", "trainyard.toml"]);
    let began = Instant::now();
    let second = run(folder.path(), &["serve", "--config", "trainyard.toml"]);
    assert!(began.elapsed() < Duration::from_secs(10), "it does not wait for the first");
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("another server is using the database"), "{}", text(&second.stderr));
    let token = run(folder.path(), &["token", "create", "--user", "admin", "--config", "trainyard.toml"]);
    assert!(text(&token.stdout).starts_with("ty_"), "the other commands work beside it: {}", text(&token.stderr));
    assert_eq!(first.stop(), Some(0), "an orderly stop ends with 0");
    let (again, printed) = Serving::start(folder.path(), &["serve", "--config", "trainyard.toml"]);
    assert!(!printed.contains("first admin"), "the first admin is invited once: {printed}");
    assert_eq!(again.stop(), Some(0));
}

#[test]
fn the_first_start_invites_the_first_admin() {
    let folder = installation();
    let (server, printed) = Serving::start(folder.path(), &["serve", "--config", "trainyard.toml"]);
    assert!(printed.contains("first admin") && printed.contains("/sign-in?link="), "{printed}");
    let key = std::fs::read_to_string(folder.path().join("data/vault.key")).expect("the vault's key was made");
    assert!(!printed.contains(key.trim()), "the key is not printed");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn without_the_pages_files_there_is_no_start() {
    let folder = installation();
    std::fs::remove_dir_all(folder.path().join("site")).expect("removed");
    let output = run(folder.path(), &["serve", "--config", "trainyard.toml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("page's files"), "{}", text(&output.stderr));
}

#[test]
fn people_and_tokens_are_made_on_the_command_line() {
    let folder = installation();
    let with = |args: &[&str]| run(folder.path(), &[args, &["--config", "trainyard.toml"]].concat());
    let link = with(&["user", "add", "ada", "--role", "operator"]);
    assert!(text(&link.stdout).contains("/sign-in?link="), "{}", text(&link.stderr));
    let token = with(&["token", "create", "--user", "ada", "--expires-days", "30"]);
    let token = text(&token.stdout);
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    assert!(token.starts_with("ty_") && token.trim().chars().all(legal), "{token}");
    assert_eq!(with(&["token", "create", "--user", "nobody"]).status.code(), Some(1));
    assert_eq!(with(&["token", "create", "--user", "ada", "--expires-days", "0"]).status.code(), Some(2));
    assert_eq!(with(&["user", "add", "a b", "--role", "viewer"]).status.code(), Some(2));
    assert_eq!(with(&["user", "add", "bob", "--role", "king"]).status.code(), Some(2));
}

#[test]
fn the_apis_description_is_printed_as_json() {
    let folder = installation();
    let printed = run(folder.path(), &["openapi"]);
    let document: serde_json::Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    assert_eq!(document["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    assert!(document["paths"]["/api/v1/trainings"]["post"].is_object());
}

/// Adds a connection `knovvu` to a vendor at this address.
fn add_connection(folder: &Path, vendor_url: &str, secret: &str) {
    std::fs::write(folder.join("secret"), secret).expect("a file");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nsite_dir = \"site\"\n[[connections]]\nid = \"knovvu\"\nvendor = \"sestek\"\n\
         base_url = \"{vendor_url}/sestek\"\nidentity_base_url = \"{vendor_url}/sestek/identity\"\n\
         client_id = \"sandbox\"\nclient_secret = {{ file = \"secret\" }}\n"
    );
    std::fs::write(folder.join("trainyard.toml"), text).expect("a file");
}

#[test]
fn a_connection_is_tested_on_the_command_line() {
    let folder = installation();
    let sandbox = ["sandbox", "--listen", "127.0.0.1:0", "--config", "trainyard.toml"];
    let (vendor, printed) = Serving::start(folder.path(), &sandbox);
    let url = printed.lines().find_map(|line| line.split("listens on ").nth(1)).expect("an address").trim().to_owned();
    let test = |id: &str| run(folder.path(), &["connection", "test", id, "--config", "trainyard.toml"]);

    add_connection(folder.path(), &url, "sandbox-secret");
    let works = test("knovvu");
    assert_eq!(works.status.code(), Some(0), "{}", text(&works.stderr));
    assert!(text(&works.stdout).starts_with("The connection \"knovvu\" works. "), "{}", text(&works.stdout));
    let (server, _) = Serving::start(folder.path(), &["serve", "--config", "trainyard.toml"]);
    assert_eq!(test("knovvu").status.code(), Some(0), "beside a running server as well");
    assert_eq!(server.stop(), Some(0));

    add_connection(folder.path(), &url, "a-wrong-secret");
    let refused = test("knovvu");
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("\"knovvu\" does not work. ") && said.contains("credentials"), "{said}");
    assert!(!said.contains("a-wrong-secret") && refused.stdout.is_empty(), "{said}");

    let unknown = test("nobody");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("The settings name: knovvu."), "{}", text(&unknown.stderr));

    drop(vendor);
    let gone = test("knovvu");
    assert_eq!(gone.status.code(), Some(1));
    assert!(text(&gone.stderr).contains("refused"), "the connection was: {}", text(&gone.stderr));
}

#[test]
fn a_connection_whose_settings_are_wrong_is_not_called() {
    let folder = installation();
    add_connection(folder.path(), "http://vendor.example", "sandbox-secret");
    let output = run(folder.path(), &["connection", "test", "knovvu", "--config", "trainyard.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("base_url"), "{}", text(&output.stderr));
}
