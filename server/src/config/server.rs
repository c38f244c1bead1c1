//! `[server]`: where we listen and what people call us.

use super::fault::ConfigFault;
use super::layers::Layers;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// `[server]`, checked.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub listen: SocketAddr,
    /// Scheme, host and port that people type; the Host header must match it. Always ends with `/`.
    pub public_url: Url,
    /// The page's files; `None`: look beside the program.
    pub site_dir: Option<PathBuf>,
    /// Whether `public_url` was written down, or follows `listen`.
    public_url_is_given: bool,
}

/// `[server]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawServer {
    listen: SocketAddr,
    public_url: Option<String>,
    site_dir: Option<PathBuf>,
}

impl RawServer {
    pub(super) fn check(self, layers: &Layers) -> Result<ServerConfig, ConfigFault> {
        let public_url = match &self.public_url {
            Some(text) => parse_public_url(text).map_err(|message| layers.fault("server.public_url", message))?,
            None => url_of_address(self.listen).ok_or_else(|| {
                layers.fault("server.listen", "no address for people follows from it. Set server.public_url.")
            })?,
        };
        Ok(ServerConfig {
            listen: self.listen,
            public_url,
            site_dir: self.site_dir,
            public_url_is_given: self.public_url.is_some(),
        })
    }
}

impl ServerConfig {
    /// Listens elsewhere (`--listen`, or the port that port 0 became); a public address that was not given follows.
    pub fn set_listen(&mut self, listen: SocketAddr) {
        self.listen = listen;
        if !self.public_url_is_given
            && let Some(url) = url_of_address(listen)
        {
            self.public_url = url;
        }
    }
}

/// An http or https address without path, query or user.
fn parse_public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("\"{text}\" is not an address ({error})."))?;
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !bare {
        return Err("write scheme and host only, as in \"https://trainyard.example\".".to_owned());
    }
    Ok(url)
}

/// The address as people on this machine type it; a wildcard address becomes 127.0.0.1.
fn url_of_address(listen: SocketAddr) -> Option<Url> {
    let ip = if listen.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { listen.ip() };
    Url::parse(&format!("http://{}/", SocketAddr::new(ip, listen.port()))).ok()
}

/// The folder the program's file is in: the page's files are looked for beside it.
pub fn find_program_folder() -> std::io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    program.parent().map(PathBuf::from).ok_or_else(|| std::io::Error::other("the program is in no folder"))
}
