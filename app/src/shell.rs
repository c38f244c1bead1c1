//! The HTML document around every page, with its own start script.
//! No page content; nothing inline but one script under the request's nonce.

use crate::app::App;
use crate::{paths, texts};
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{ClassAttribute, CollectView, ElementChild, GlobalAttributes, IntoView, use_context, view};
use leptos_meta::MetaTags;
use leptos_router::location::RequestUrl;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::OnceLock;

/// The addresses of the page's own files. All of one build lie under one address, since the parts of a build name each
/// other, and a file's own hash does not cover those names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageFiles {
    pub js: String,
    pub wasm: String,
    pub css: String,
    /// The WebAssembly that a page fetches beside the one all pages share, by the function that draws it.
    parts: BTreeMap<String, Vec<String>>,
}

impl PageFiles {
    /// Reads what the build wrote beside the binary, once. Without `hash_files`, or without the file, the names carry no
    /// hash.
    pub fn find(options: &LeptosOptions) -> &'static Self {
        static FILES: OnceLock<PageFiles> = OnceLock::new();
        FILES.get_or_init(|| {
            let beside = std::env::current_exe().ok().and_then(|exe| {
                let file = exe.parent()?.join(options.hash_file.as_ref());
                std::fs::read_to_string(file).ok()
            });
            let hashes = if options.hash_files { beside } else { None };
            let mut files = Self::name_files(&options.output_name, &options.site_pkg_dir, hashes.as_deref());
            let manifest = find_hash(hashes.as_deref(), "manifest").map(|hash| {
                let name = format!("__wasm_split_manifest{hash}.json");
                std::fs::read_to_string(Path::new(options.site_root.as_ref()).join("pkg").join(name))
            });
            if let Some(Ok(manifest)) = manifest {
                files.name_parts(&manifest);
            }
            files
        })
    }

    /// What tells one build's files from another's: 16 hexadecimal digits, from the lines of its hash file.
    pub fn build_of(hashes: &str) -> String {
        let mut hasher = DefaultHasher::new();
        hashes.trim().hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// The addresses, from the lines `js: HASH`, `wasm: HASH`, `css: HASH` of a hash file.
    fn name_files(output_name: &str, pkg_dir: &str, hashes: Option<&str>) -> Self {
        let folder =
            hashes.map_or_else(|| format!("/{pkg_dir}"), |text| format!("/{pkg_dir}/{}", Self::build_of(text)));
        let address =
            |ending: &str| format!("{folder}/{output_name}{}.{ending}", find_hash(hashes, ending).unwrap_or_default());
        Self { js: address("js"), wasm: address("wasm"), css: address("css"), parts: BTreeMap::new() }
    }

    /// Adds the parts that a build's manifest names: for each function the names of its files.
    fn name_parts(&mut self, manifest: &str) {
        let folder = self.wasm.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let parts: BTreeMap<String, Vec<String>> = serde_json::from_str(manifest).unwrap_or_default();
        let address = |name: String| format!("{folder}/{name}.wasm");
        self.parts = parts.into_iter().map(|(part, names)| (part, names.into_iter().map(address).collect())).collect();
    }

    /// The parts that the page at `path` will ask for.
    fn parts_of(&self, path: &str) -> &[String] {
        let function = match path.strip_prefix("/trainings") {
            None if path == paths::INBOX => "__inbox_route_view_",
            Some("" | "/") => "__list_route_view_",
            None if matches!(path, "/models" | "/models/") => "__models_route_view_",
            None if path.starts_with("/models/") => "__model_route_view_",
            None if matches!(path, "/connections" | "/connections/") => "__connections_route_view_",
            None if path.starts_with("/connections/") => "__connection_route_view_",
            Some("/new") | None => return &[],
            Some(rest) if rest.starts_with("/new/") => "__new_training_route_view_",
            Some(_) => "__training_route_view_",
        };
        let found = self.parts.iter().find(|(part, _)| part.starts_with(function));
        found.map_or(&[], |(_, files)| files)
    }

    /// The start script: loads the page's program, and shows the reload bar when it cannot start or has stopped.
    /// The addresses come from our own files, never from a request.
    fn start_script(&self) -> String {
        let (js, wasm) = (&self.js, &self.wasm);
        format!(
            "const stuck=()=>{{const bar=document.getElementById('start-fault');if(bar)bar.hidden=false}};\
             addEventListener('error',event=>{{if(event.error instanceof WebAssembly.RuntimeError)stuck()}});\
             import('{js}').then(page=>page.default({{module_or_path:'{wasm}'}}).then(()=>page.hydrate()))\
             .catch(error=>{{console.error(error);stuck()}});"
        )
    }
}

/// The script before anything is drawn: sets the theme that was chosen here, keeps a new choice, and closes the bar's menu
/// when somebody goes elsewhere. The page's program knows nothing of it.
const THEME_SCRIPT: &str = "{const root=document.documentElement;let theme='system';\
    try{theme=localStorage.getItem('theme')||theme}catch{}root.dataset.theme=theme;\
    addEventListener('toggle',()=>{for(const radio of document.querySelectorAll('[name=theme]'))\
    radio.checked=radio.value===root.dataset.theme},true);\
    addEventListener('change',({target})=>{if(target.name!=='theme')return;root.dataset.theme=target.value;\
    try{localStorage.setItem('theme',target.value)}catch{}});\
    const menu=()=>document.querySelector('dialog[open]')?null:document.querySelector('.menu[open]');\
    addEventListener('click',({target})=>{const open=menu();if(open?.contains(target)===false)open.open=false});\
    addEventListener('keydown',({key})=>{const open=key==='Escape'?menu():null;\
    if(open){open.open=false;open.firstElementChild.focus()}})}";

/// `.HASH` of a file in the lines of a hash file.
fn find_hash(hashes: Option<&str>, wanted: &str) -> Option<String> {
    let mut lines = hashes.unwrap_or_default().lines().filter_map(|line| line.split_once(':'));
    let hash = lines.find(|(name, _)| name.trim() == wanted)?.1.trim();
    (!hash.is_empty()).then(|| format!(".{hash}"))
}

/// The document. `options` say how the page's files are called.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let files = PageFiles::find(&options);
    let nonce = use_nonce();
    let path = use_context::<RequestUrl>().map(|url| url.as_ref().split('?').next().unwrap_or_default().to_owned());
    let parts = files.parts_of(path.as_deref().unwrap_or_default());
    let parts = parts.iter().map(|part| {
        view! {
            <link rel="preload" href=part.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="trainyard-frontend" content=format!("{} {}", files.js, files.wasm)/>
                <script nonce=nonce.clone()>{THEME_SCRIPT}</script>
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
                {parts.collect_view()}
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
    fn page_files_carry_the_hashes_that_the_build_wrote_and_lie_under_their_build() {
        let hashes = "js: aB-1\nwasm: c_2\ncss: d3\n";
        let build = PageFiles::build_of(hashes);
        let files = PageFiles::name_files("trainyard", "pkg", Some(hashes));
        assert_eq!(files.js, format!("/pkg/{build}/trainyard.aB-1.js"));
        assert_eq!(files.wasm, format!("/pkg/{build}/trainyard.c_2.wasm"));
        assert_eq!(files.css, format!("/pkg/{build}/trainyard.d3.css"));
        assert_ne!(build, PageFiles::build_of("js: aB-1\nwasm: c_2\ncss: d3\nsplit: e4\n"));
    }

    #[test]
    fn a_page_names_the_parts_it_will_fetch() {
        let mut files = PageFiles::name_files("trainyard", "pkg", None);
        files.name_parts(
            r#"{"__new_training_route_view_1":["chunk_3.a","split_n.b"],"__training_route_view_2":["s.c"],
                "__connection_route_view_3":["c.d"],"__connections_route_view_4":["cs.e"]}"#,
        );
        assert_eq!(files.parts_of("/trainings/new/sestek/clustering"), ["/pkg/chunk_3.a.wasm", "/pkg/split_n.b.wasm"]);
        assert_eq!(files.parts_of("/trainings/0198a/request"), ["/pkg/s.c.wasm"]);
        assert_eq!(files.parts_of("/connections"), ["/pkg/cs.e.wasm"]);
        assert_eq!(files.parts_of("/connections/knovvu"), ["/pkg/c.d.wasm"]);
        for path in ["/", "/sign-in", "/trainings/new"] {
            assert!(files.parts_of(path).is_empty(), "{path}");
        }
    }

    #[test]
    fn without_hashes_the_names_are_plain() {
        assert_eq!(PageFiles::name_files("trainyard", "pkg", None).wasm, "/pkg/trainyard.wasm");
    }
}
