//! The page's files: where they are, and sending them.
//! Never sends anything outside the site folder.

use crate::web::error::ApiError;
use crate::web::middleware::headers::WORKER_POLICY;
use app::model::error::ErrorCode;
use app::paths;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::config::{Env, LeptosOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// What cargo-leptos calls the page's files.
const OUTPUT_NAME: &str = "trainyard";

/// The folder with the page's files.
#[derive(Clone, Debug)]
pub struct Site {
    root: Arc<Path>,
    /// Whether file names carry a hash of their content, so that a browser may keep them for ever.
    is_hashed: bool,
}

/// The page's files are not there.
#[derive(Debug, thiserror::Error)]
pub enum SiteFault {
    #[error(
        "The page's files were not found; looked in {}. Build them with `make build`, or set server.site_dir.",
        write_paths(.0)
    )]
    NotFound(Vec<PathBuf>),
    #[error(
        "The page's files in {} belong to another build: {file} is missing. Build page and server together (`make build`).",
        root.display()
    )]
    OtherBuild { root: PathBuf, file: String },
}

/// Finds the page's files: `site_dir` when it is set, else `site` beside the program, else `../site`. Works from any
/// working directory. The names with hashes stand in `hash.txt` beside the program; Leptos reads them there as well.
/// `beside`: the folder that the program's file is in.
pub fn find_site(site_dir: Option<&Path>, beside: &Path) -> Result<Site, SiteFault> {
    let places = site_dir
        .map_or_else(|| vec![beside.join("site"), beside.join("../site")], |site_dir| vec![site_dir.to_owned()]);
    let Some(root) = places.iter().find(|place| place.join("pkg").is_dir()) else {
        return Err(SiteFault::NotFound(places));
    };
    let hashes = std::fs::read_to_string(beside.join("hash.txt")).unwrap_or_default();
    let wasm_hash = hashes.lines().find_map(|line| line.strip_prefix("wasm:")).map(str::trim);
    if let Some(hash) = wasm_hash {
        let file = format!("{OUTPUT_NAME}.{hash}.wasm");
        if !root.join("pkg").join(&file).is_file() {
            return Err(SiteFault::OtherBuild { root: root.clone(), file });
        }
    }
    Ok(Site { root: Arc::from(root.as_path()), is_hashed: wasm_hash.is_some() })
}

impl Site {
    /// Leptos' options, set here instead of in the environment.
    pub fn leptos_options(&self, listen: SocketAddr) -> LeptosOptions {
        LeptosOptions::builder()
            .output_name(OUTPUT_NAME)
            .site_root(self.root.to_string_lossy().into_owned())
            .site_pkg_dir("pkg")
            .site_addr(listen)
            .env(Env::PROD)
            .hash_files(self.is_hashed)
            .build()
    }

    /// Sends the file at the request's path, or answers 404. `GET` and `HEAD` only.
    pub async fn send_file(&self, request: Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return not_found();
        }
        let path = request.uri().path().to_owned();
        let files = ServeDir::new(&self.root)
            .append_index_html_on_directories(false)
            .redirect_to_trailing_slash(false)
            .precompressed_br()
            .precompressed_gzip();
        let Ok(answer) = files.oneshot(request).await;
        let mut response = answer.map(Body::new);
        match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => {}
            // A range that is none, a precondition that failed: the browser's business.
            StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PRECONDITION_FAILED => return response,
            _ => return not_found(),
        }
        let keep = match path.starts_with("/pkg/") {
            true if self.is_hashed => "public, max-age=31536000, immutable",
            true => "no-cache",
            false => "public, max-age=3600",
        };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        if path == paths::WORKER_SCRIPT {
            let policy = HeaderValue::from_static(WORKER_POLICY);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

fn not_found() -> Response {
    ApiError::new(ErrorCode::NotFound, "There is nothing at this address.").into_response()
}

fn write_paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
}
