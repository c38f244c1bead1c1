//! Who is signed in: read once per page load, awaited by every page, so that both renders agree.

use crate::api::connections::{list_connections, load_caller};
use crate::model::session::{Caller, Role};
use leptos::prelude::{Resource, provide_context, use_context};
use serde::{Deserialize, Serialize};

/// The caller, and whether a fake vendor is among the connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    pub caller: Option<Caller>,
    pub sandbox: bool,
}

impl SessionInfo {
    /// Whether the caller may submit and change trainings.
    pub fn may_change(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.role >= Role::Operator)
    }
}

/// The session of the page; in the context of every page.
#[derive(Clone, Copy)]
pub struct Session(Resource<SessionInfo>);

impl Session {
    /// Starts reading it and puts it into the context. A stranger has no caller and asks for nothing more.
    pub fn provide() -> Self {
        let session = Self(Resource::new(|| (), |()| load_session()));
        provide_context(session);
        session
    }

    /// The session of the page.
    pub fn of_page() -> Self {
        use_context::<Self>().unwrap_or_else(Self::provide)
    }

    /// The session, when it is there.
    pub async fn load(self) -> SessionInfo {
        self.0.await
    }
}

async fn load_session() -> SessionInfo {
    let caller = load_caller().await.ok();
    let sandbox = match caller {
        Some(_) => list_connections().await.is_ok_and(|all| all.iter().any(|connection| connection.sandbox)),
        None => false,
    };
    SessionInfo { caller, sandbox }
}
