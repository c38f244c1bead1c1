//! The page's files: where they are, and sending them.
//! Never sends anything outside the site folder.

use crate::web::error::ApiError;
use crate::web::middleware::headers::WORKER_POLICY;
use app::model::error::ErrorCode;
use app::paths;
use app::shell::PageFiles;
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
    /// What stands before the names of this build's files, so that a browser may keep them for ever; none where the
    /// build gave no hashes.
    build: Option<Arc<str>>,
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
    let build = wasm_hash.map(|_| Arc::from(PageFiles::build_of(&hashes)));
    Ok(Site { root: Arc::from(root.as_path()), build })
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
            .hash_files(self.build.is_some())
            .build()
    }

    /// Sends the file at the request's path, or answers 404. `GET` and `HEAD` only.
    pub async fn send_file(&self, mut request: Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return not_found();
        }
        let path = request.uri().path().to_owned();
        let of_build = self.name_in_build(&path).map(|name| format!("/pkg/{name}").parse());
        let is_of_build = of_build.is_some();
        if let Some(Ok(uri)) = of_build {
            *request.uri_mut() = uri;
        }
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
            true if is_of_build => "public, max-age=31536000, immutable",
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

    /// The name of a file that was asked for under this build's address.
    fn name_in_build<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix("/pkg/")?.strip_prefix(self.build.as_deref()?)?.strip_prefix('/')
    }
}

fn not_found() -> Response {
    ApiError::new(ErrorCode::NotFound, "There is nothing at this address.").into_response()
}

fn write_paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::{PageFiles, find_site};
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header};

    #[tokio::test]
    async fn files_are_kept_for_ever_only_under_their_own_build() {
        let beside = tempfile::tempdir().unwrap();
        let hashes = "js: a\nwasm: b\ncss: c\n";
        std::fs::write(beside.path().join("hash.txt"), hashes).unwrap();
        std::fs::create_dir_all(beside.path().join("site/pkg")).unwrap();
        std::fs::write(beside.path().join("site/pkg/trainyard.b.wasm"), "wasm").unwrap();
        let site = find_site(None, beside.path()).unwrap();
        let get = async |path: String| {
            let answer = site.send_file(Request::get(path).body(Body::empty()).unwrap()).await;
            let keep = answer.headers().get(header::CACHE_CONTROL).map(|keep| keep.to_str().unwrap().to_owned());
            (answer.status(), keep)
        };
        let build = PageFiles::build_of(hashes);
        let for_ever = (StatusCode::OK, Some("public, max-age=31536000, immutable".to_owned()));
        assert_eq!(get(format!("/pkg/{build}/trainyard.b.wasm")).await, for_ever);
        let asked_each_time = (StatusCode::OK, Some("no-cache".to_owned()));
        assert_eq!(get("/pkg/trainyard.b.wasm".to_owned()).await, asked_each_time);
        let other = PageFiles::build_of("js: other");
        assert_eq!(get(format!("/pkg/{other}/trainyard.b.wasm")).await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(format!("/pkg/{build}/../../hash.txt")).await.0, StatusCode::NOT_FOUND);
    }
}
