//! The HTML document around every page, with its own start script.
//! No page content; nothing inline but one script under the request's nonce.

use crate::app::App;
use crate::{paths, texts};
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{ClassAttribute, ElementChild, GlobalAttributes, IntoView, view};
use leptos_meta::MetaTags;
use std::sync::OnceLock;

/// The addresses of the page's own files, with their hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFiles {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

impl PageFiles {
    /// Reads the hashes beside the binary once. Without `hash_files`, or without the file, the names carry none.
    pub fn find(options: &LeptosOptions) -> &'static Self {
        static FILES: OnceLock<PageFiles> = OnceLock::new();
        FILES.get_or_init(|| {
            let beside = std::env::current_exe().ok().and_then(|exe| {
                let file = exe.parent()?.join(options.hash_file.as_ref());
                std::fs::read_to_string(file).ok()
            });
            let hashes = if options.hash_files { beside } else { None };
            Self::name_files(&options.output_name, &options.site_pkg_dir, hashes.as_deref())
        })
    }

    /// The addresses, from the lines `js: HASH`, `wasm: HASH`, `css: HASH` of a hash file.
    fn name_files(output_name: &str, pkg_dir: &str, hashes: Option<&str>) -> Self {
        let hash_of = |wanted: &str| {
            let mut lines = hashes.unwrap_or_default().lines().filter_map(|line| line.split_once(':'));
            let hash = lines.find(|(name, _)| name.trim() == wanted)?.1.trim();
            (!hash.is_empty()).then(|| format!(".{hash}"))
        };
        let address =
            |ending: &str| format!("/{pkg_dir}/{output_name}{}.{ending}", hash_of(ending).unwrap_or_default());
        Self { js: address("js"), wasm: address("wasm"), css: address("css") }
    }

    /// The start script: loads the page's program, and shows the reload bar when it cannot start or has stopped.
    /// The addresses come from our own files, never from a request.
    fn start_script(&self) -> String {
        let (js, wasm) = (&self.js, &self.wasm);
        format!(
            "const stuck=()=>{{const bar=document.getElementById('start-fault');if(bar)bar.hidden=false}};\
             try{{const theme=localStorage.getItem('theme');if(theme)document.documentElement.dataset.theme=theme}}\
             catch{{}}\
             addEventListener('error',event=>{{if(event.error instanceof WebAssembly.RuntimeError)stuck()}});\
             import('{js}').then(page=>page.default({{module_or_path:'{wasm}'}}).then(()=>page.hydrate()))\
             .catch(error=>{{console.error(error);stuck()}});"
        )
    }
}

/// The document. `options` say how the page's files are called.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let files = PageFiles::find(&options);
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="trainyard-frontend" content=format!("{} {}", files.js, files.wasm)/>
                <link rel="stylesheet" href=files.css.clone()/>
                <link rel="icon" type="image/svg+xml" href=paths::FAVICON/>
                <link rel="modulepreload" href=files.js.clone()/>
                <link
                    rel="preload"
                    href=files.wasm.clone()
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin="anonymous"
                />
                <MetaTags/>
                <script type="module" nonce=nonce>
                    {files.start_script()}
                </script>
            </head>
            <body>
                <App/>
                <div id="start-fault" class="start-fault" role="alert" hidden>
                    <span>{texts::PAGE_STOPPED}</span>
                    <a href="">{texts::RELOAD}</a>
                </div>
            </body>
        </html>
    }
}

#[cfg(test)]
mod tests {
    use super::PageFiles;

    #[test]
    fn page_files_carry_the_hashes_that_the_build_wrote() {
        let files = PageFiles::name_files("trainyard", "pkg", Some("js: aB-1\nwasm: c_2\ncss: d3\n"));
        assert_eq!(files.js, "/pkg/trainyard.aB-1.js");
        assert_eq!(files.wasm, "/pkg/trainyard.c_2.wasm");
        assert_eq!(files.css, "/pkg/trainyard.d3.css");
    }

    #[test]
    fn without_hashes_the_names_are_plain() {
        assert_eq!(PageFiles::name_files("trainyard", "pkg", None).wasm, "/pkg/trainyard.wasm");
    }
}
