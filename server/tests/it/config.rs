//! The configuration: what is accepted, what is refused, and that a refusal names the key and the place.

use std::ffi::OsString;
use std::path::PathBuf;
use tempfile::TempDir;
use trainyard::config::{Config, ConfigFault, DEFAULTS, LogFormat, ProcessSecrets};
use trainyard::secret::{SecretReader, SecretRef};

const VENDORS: &[&str] = &["sestek"];

/// A configuration file with this text, in a folder of its own.
struct ConfigFile {
    _folder: TempDir,
    path: PathBuf,
}

impl ConfigFile {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trainyard.toml");
        std::fs::write(&path, text).expect("a file");
        Self { _folder: folder, path }
    }

    fn load(&self) -> Result<Config, ConfigFault> {
        load(Some(self), &[])
    }
}

fn load(file: Option<&ConfigFile>, environment: &[(&str, &str)]) -> Result<Config, ConfigFault> {
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::load_with(file.map(|file| file.path.as_path()), environment, VENDORS)
}

/// The fault of a file, and that it names the file.
fn fault_of(text: &str) -> ConfigFault {
    let file = ConfigFile::with(text);
    let fault = file.load().expect_err("a fault");
    assert!(fault.place.contains("trainyard.toml"), "names the file: {fault}");
    fault
}

/// The annotated defaults with every commented-out key switched on.
fn defaults_with_everything_on() -> String {
    let mut in_connections = false;
    let mut text = String::new();
    for line in DEFAULTS.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        in_connections |= bare == "[[connections]]";
        let is_key =
            bare.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        if is_key || (bare.starts_with('[') && bare.ends_with(']')) {
            text.push_str(bare);
            text.push('\n');
        }
    }
    assert!(in_connections, "the manual shows a connection");
    text
}

#[test]
fn without_a_file_the_annotated_defaults_hold() {
    let config = load(None, &[]).expect("the defaults are valid");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.server.public_url.as_str(), "http://127.0.0.1:3000/");
    assert_eq!(config.store.url, "sqlite://data/trainyard.db");
    assert_eq!(config.store.sqlite_file(), Some(PathBuf::from("data/trainyard.db")));
    assert_eq!(config.datasets.url, "file://data/datasets");
    assert_eq!(config.uploads.max_bytes, 5_368_709_120);
    assert_eq!(config.vault.key, SecretRef::File(PathBuf::from("data/vault.key")));
    assert!((config.polling.scale - 1.0).abs() < f64::EPSILON);
    assert_eq!(config.sandbox.listen.to_string(), "127.0.0.1:3900");
    assert_eq!(config.log.format, LogFormat::Text);
    assert!(config.connections.is_empty());
}

#[test]
fn every_key_the_manual_shows_is_accepted() {
    let file = ConfigFile::with(&defaults_with_everything_on());
    let config = file.load().expect("the manual is valid");
    assert_eq!(config.connections.len(), 1);
    let connection = &config.connections[0];
    assert_eq!(connection.id.as_str(), "knovvu");
    assert_eq!(connection.name, "Knovvu production");
    assert!(!connection.sandbox);
    let own: Vec<&str> = connection.own.keys().map(String::as_str).collect();
    assert_eq!(
        own,
        ["client_id", "client_secret", "identity_base_url", "tenant_name", "use_deprecated_paths"],
        "only the vendor's own keys are left"
    );
}

#[test]
fn an_unknown_key_is_refused_with_its_name_and_file() {
    let fault = fault_of("[server]\nlisten = \"127.0.0.1:1\"\nlisten_adress = \"x\"\n");
    assert_eq!(fault.key.as_deref(), Some("server.listen_adress"));
    assert!(fault.message.contains("listen, public_url, site_dir"), "says what is known: {fault}");
}

#[test]
fn an_unknown_section_is_refused_with_its_name_and_file() {
    let fault = fault_of("[poling]\nscale = 2.0\n");
    assert_eq!(fault.key.as_deref(), Some("poling"));
}

#[test]
fn a_wrong_type_is_refused_with_its_key_and_file() {
    assert_eq!(fault_of("[uploads]\nmax_bytes = \"much\"\n").key.as_deref(), Some("uploads.max_bytes"));
    assert_eq!(fault_of("[server]\nlisten = \"localhost\"\n").key.as_deref(), Some("server.listen"));
    assert_eq!(fault_of("[log]\nformat = \"xml\"\n").key.as_deref(), Some("log.format"));
}

#[test]
fn values_out_of_range_are_refused_with_their_key_and_file() {
    for (text, key) in [
        ("[polling]\nscale = 0.0\n", "polling.scale"),
        ("[polling]\nscale = nan\n", "polling.scale"),
        ("[sandbox]\nspeed = -1.0\n", "sandbox.speed"),
        ("[uploads]\nmax_bytes = 0\n", "uploads.max_bytes"),
        ("[store]\nurl = \"mysql://x\"\n", "store.url"),
        ("[datasets]\nurl = \"s3://bucket/prefix\"\n", "datasets.url"),
        ("[server]\npublic_url = \"https://trainyard.example/path\"\n", "server.public_url"),
    ] {
        assert_eq!(fault_of(text).key.as_deref(), Some(key));
    }
}

#[test]
fn broken_toml_names_the_file_and_a_missing_file_says_so() {
    let fault = fault_of("[server\n");
    assert!(fault.message.contains("TOML"), "{fault}");
    let missing = Config::load_with(Some("no-such-file.toml".as_ref()), [], VENDORS).expect_err("a fault");
    assert!(missing.to_string().contains("no-such-file.toml") && missing.to_string().contains("--config"), "{missing}");
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = ConfigFile::with("[server]\nlisten = \"127.0.0.1:4000\"\n[polling]\nscale = 0.5\n");
    let environment = [("TRAINYARD__SERVER__LISTEN", "127.0.0.1:5000"), ("PATH", "/bin")];
    let config = load(Some(&file), &environment).expect("valid");
    assert_eq!(config.server.listen.port(), 5000);
    assert_eq!(config.server.public_url.as_str(), "http://127.0.0.1:5000/");
    assert!((config.polling.scale - 0.5).abs() < f64::EPSILON);
}

#[test]
fn a_secret_reference_from_the_environment_replaces_the_default_one() {
    let config = load(None, &[("TRAINYARD__VAULT__KEY__ENV", "MY_KEY")]).expect("valid");
    assert_eq!(config.vault.key, SecretRef::Env("MY_KEY".to_owned()));
}

#[test]
fn an_unknown_key_in_the_environment_names_the_variable() {
    let fault = load(None, &[("TRAINYARD__SERVER__PORT", "1")]).expect_err("a fault");
    assert_eq!(fault.key.as_deref(), Some("server.port"));
    assert!(fault.place.contains("TRAINYARD__SERVER__PORT"), "{fault}");
    let fault = load(None, &[("TRAINYARD__UPLOADS__MAX_BYTES", "lots")]).expect_err("a fault");
    assert!(fault.place.contains("TRAINYARD__UPLOADS__MAX_BYTES"), "{fault}");
}

#[test]
fn connections_cannot_be_set_in_the_environment() {
    let fault = load(None, &[("TRAINYARD__CONNECTIONS__0__ID", "x")]).expect_err("a fault");
    assert!(fault.to_string().contains("connections cannot be set"), "{fault}");
}

#[test]
fn a_secret_may_not_stand_in_the_file_itself() {
    let fault = fault_of("[vault]\nkey = \"c2VjcmV0\"\n");
    assert_eq!(fault.key.as_deref(), Some("vault.key"));
    assert!(!fault.to_string().contains("c2VjcmV0"), "the fault does not repeat the secret: {fault}");
}

fn connection(lines: &str) -> String {
    let mut text = "[[connections]]\n".to_owned();
    for (key, line) in
        [("id", "id = \"a\""), ("vendor", "vendor = \"sestek\""), ("base_url", "base_url = \"https://a.example\"")]
    {
        if !lines.lines().any(|given| given.starts_with(&format!("{key} ="))) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text + lines
}

#[test]
fn faulty_connections_are_refused_with_their_key_and_file() {
    for (lines, key) in [
        ("id = \"Knovvu\"\n", "connections[0].id"),
        ("id = \"\"\n", "connections[0].id"),
        ("id = \"sandbox-x\"\n", "connections[0].id"),
        ("base_url = \"ftp://a.example\"\n", "connections[0].base_url"),
        ("base_url = \"https://user:word@a.example\"\n", "connections[0].base_url"),
        ("base_url = \"https://a.example/?key=1\"\n", "connections[0].base_url"),
        ("allow_networks = [\"10.0.0.0/99\"]\n", "connections[0].allow_networks"),
        ("sandbox = true\n", "connections[0].sandbox"),
    ] {
        assert_eq!(fault_of(&connection(lines)).key.as_deref(), Some(key), "{lines}");
    }
}

#[test]
fn a_connection_whose_vendor_is_not_built_is_refused_by_name() {
    let fault = fault_of(&connection("vendor = \"clova\"\n"));
    assert_eq!(fault.key.as_deref(), Some("connections[0].vendor"));
    assert!(fault.message.contains("\"clova\"") && fault.message.contains("sestek"), "{fault}");
}

#[test]
fn two_connections_may_not_share_an_id() {
    let fault = fault_of(&(connection("") + &connection("")));
    assert_eq!(fault.key.as_deref(), Some("connections[1].id"));
}

#[test]
fn a_connection_without_a_required_key_is_refused() {
    let fault = fault_of("[[connections]]\nid = \"a\"\nvendor = \"sestek\"\n");
    assert!(fault.to_string().contains("base_url"), "{fault}");
}

#[test]
fn the_address_for_people_follows_the_listen_address_unless_it_is_given() {
    let mut config = load(None, &[]).expect("valid");
    config.server.set_listen("0.0.0.0:8080".parse().expect("an address"));
    assert_eq!(config.server.public_url.as_str(), "http://127.0.0.1:8080/");
    let mut config = load(None, &[("TRAINYARD__SERVER__PUBLIC_URL", "https://trainyard.example")]).expect("valid");
    config.server.set_listen("0.0.0.0:8080".parse().expect("an address"));
    assert_eq!(config.server.public_url.as_str(), "https://trainyard.example/");
}

#[test]
fn secrets_are_read_from_files_and_never_printed() {
    let file = ConfigFile::with("canary-value\r\n");
    let secret = ProcessSecrets.read(&SecretRef::File(file.path.clone())).expect("a secret");
    assert_eq!(secret.expose(), "canary-value");
    assert!(!format!("{secret:?}").contains("canary"));
    let missing = ProcessSecrets.read(&SecretRef::Env("TRAINYARD_TEST_NOT_SET".to_owned())).expect_err("a fault");
    assert!(missing.to_string().contains("TRAINYARD_TEST_NOT_SET"));
}

#[test]
fn a_password_in_the_store_address_is_never_printed() {
    let config = load(None, &[("TRAINYARD__STORE__URL", "postgres://u:canary@h/d")]).expect("valid");
    assert!(!format!("{config:?}").contains("canary"));
}
