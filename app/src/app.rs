//! The route table: the only list of pages, and what stands around each of them.

use crate::components::announcer::{Announcer, AnnouncerRegion};
use crate::components::keys_dialog::KeysDialog;
use crate::components::page_head::Alive;
use crate::components::sandbox_banner::SandboxBanner;
use crate::components::site_header::SiteHeader;
use crate::live::Live;
use crate::pages::connection::ConnectionRoute;
use crate::pages::connections::ConnectionsRoute;
use crate::pages::inbox::InboxRoute;
use crate::pages::list::ListRoute;
use crate::pages::model::ModelRoute;
use crate::pages::models::ModelsRoute;
use crate::pages::new_training::{ChooseKindPage, NewTrainingRoute};
use crate::pages::not_found::NotFoundPage;
use crate::pages::now::NowPage;
use crate::pages::session::Session;
use crate::pages::sign_in::SignInPage;
use crate::pages::training::TrainingRoute;
use crate::texts;
use crate::ui::{Clock, Erase, ToastRegion, Toasts, redraw};
use leptos::prelude::{
    AnyView, Callback, ClassAttribute, Effect, ElementChild, Get, GlobalAttributes, IntoAny, RwSignal, Signal, Suspend,
    Transition, component, view,
};
use leptos_meta::provide_meta_context;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::{Lazy, SsrMode, path};

/// The whole page: contexts, the bar, the routes.
#[component]
pub fn App() -> AnyView {
    provide_meta_context();
    let clock = Clock::provide();
    let live = Live::provide();
    let announcer = Announcer::provide();
    let toasts = Toasts::provide();
    let alive = Alive::provide();
    let session = Session::provide();
    let hydrated = watch_hydration();
    Effect::new(move |_| {
        if hydrated.get() {
            clock.start();
            mark_alive(alive);
        }
    });
    view! {
        <Router>
            <Frame live=live session=session hydrated=hydrated/>
            <main id="main" tabindex="-1">
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view=NowPage ssr=SsrMode::Async/>
                    <Route path=path!("/trainings") view={Lazy::<ListRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/trainings/new") view=ChooseKindPage ssr=SsrMode::Async/>
                    <Route path=path!("/trainings/new/:vendor/:kind") view={Lazy::<NewTrainingRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/trainings/:id/:tab?") view={Lazy::<TrainingRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/models") view={Lazy::<ModelsRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/models/:connection/:vendor_ref") view={Lazy::<ModelRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/connections") view={Lazy::<ConnectionsRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/connections/:id") view={Lazy::<ConnectionRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/inbox") view={Lazy::<InboxRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                </FlatRoutes>
            </main>
        </Router>
        <ToastRegion toasts=toasts dismiss=texts::DISMISS/>
        <AnnouncerRegion announcer=announcer/>
    }
    .erase()
}

/// What stands above every page: the bar, the sandbox banner, the keys.
#[component]
fn Frame(live: Live, session: Session, hydrated: RwSignal<bool>) -> AnyView {
    let path = use_location().pathname;
    let keys = RwSignal::new(false);
    let toggle = Callback::new(move |()| live.toggle_pause());
    Effect::new(move |_| listen_for_keys(keys));
    let draw_bar = move || {
        let bar = Suspend::new(async move {
            let info = session.load().await;
            let signed_in = info.caller.is_some();
            Effect::new(move |started: Option<bool>| {
                let start = signed_in && hydrated.get();
                if start && started != Some(true) {
                    start_live(live);
                }
                start
            });
            view! {
                <SiteHeader path=path caller=Signal::stored(info.caller) live=live.state on_toggle=toggle keys=keys/>
                <SandboxBanner shown=Signal::stored(info.sandbox)/>
            }
            .erase()
        });
        bar.into_any()
    };
    // The session is read once, so this waits as a Suspense would; the pages wait in a Transition too.
    view! {
        <Transition>{redraw(draw_bar)}</Transition>
        <noscript>
            <p class="no-script">{texts::NO_SCRIPT}</p>
        </noscript>
        <KeysDialog open=keys/>
    }
    .erase()
}

/// Brings the server's markup to life. Called once, by the page's start script.
#[cfg(feature = "hydrate")]
pub fn hydrate_page() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_lazy(App);
}

/// Becomes true once all of the server's markup is alive, parts that were fetched included: until then nothing may
/// draw anything but what the server drew.
fn watch_hydration() -> RwSignal<bool> {
    let hydrated = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{Owner, request_animation_frame};
        fn look(hydrated: RwSignal<bool>, hydrating: impl Fn() -> bool + 'static) {
            request_animation_frame(move || {
                if hydrating() {
                    look(hydrated, hydrating);
                } else {
                    leptos::prelude::Set::set(&hydrated, true);
                }
            });
        }
        let context = Owner::current_shared_context();
        Effect::new(move |_| {
            let context = context.clone();
            look(hydrated, move || context.as_ref().is_some_and(|context| context.during_hydration()));
        });
    }
    hydrated
}

/// Tells tests and headings, one frame after hydration, that the page is alive.
fn mark_alive(alive: Alive) {
    #[cfg(feature = "hydrate")]
    leptos::prelude::request_animation_frame(move || {
        leptos::prelude::SetValue::set_value(&alive.0, true);
        if let Some(root) = leptos::prelude::document().document_element() {
            // It fails only for an illegal name.
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = alive;
}

fn start_live(live: Live) {
    #[cfg(feature = "hydrate")]
    crate::live::start_live(live);
    #[cfg(not(feature = "hydrate"))]
    let _ = live;
}

/// `?` opens the keys, `/` goes to the search box; both only outside of fields.
fn listen_for_keys(keys: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{Set, document, on_cleanup, window_event_listener};
        use wasm_bindgen::JsCast;
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            let field = document().active_element().map(|element| element.tag_name());
            let typing = field.is_some_and(|name| matches!(name.as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
            if typing || event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            match event.key().as_str() {
                "?" => keys.set(true),
                "/" => {
                    let search = document().get_element_by_id(crate::pages::list::SEARCH_ID);
                    if let Some(search) = search.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
                        event.prevent_default();
                        let _ = search.focus();
                    }
                }
                _ => {}
            }
        });
        on_cleanup(move || listener.remove());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = keys;
}
