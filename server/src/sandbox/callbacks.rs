//! Calling back when a run failed or serves: a token first, then the news, as a vendor would.
//! Whom to call is kept in memory only: a sandbox that was restarted has forgotten it, and those callbacks never come.

use super::caller::{Outgoing, post_on_this_machine};
use super::script::{CallbackPlan, CallbackToken};
use super::state::SandboxState;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whom a run's end is told to.
#[derive(Clone, Debug)]
pub struct CallbackOrder {
    pub address: String,
    pub identity_address: String,
    pub client_id: String,
    pub client_secret: String,
}

/// One callback that was made, or not.
#[derive(Clone, Debug, Serialize)]
pub struct MadeCallback {
    pub model_id: String,
    pub run_id: String,
    pub said: &'static str,
    /// What the token address answered; absent when it was not asked or not reached.
    pub token_status: Option<u16>,
    /// What the callback address answered; absent when it was not reached.
    pub status: Option<u16>,
    /// Why a call was not made or not answered.
    pub problem: Option<String>,
}

#[derive(Clone)]
struct Waiting {
    run_id: String,
    model_id: String,
    order: CallbackOrder,
    plan: CallbackPlan,
    /// Known once the run's end was noticed, vendor ms.
    due_vendor_ms: Option<i64>,
}

#[derive(Default)]
struct Inner {
    waiting: Vec<Waiting>,
    made: Vec<MadeCallback>,
}

/// The callbacks that are owed, and those that were made.
#[derive(Default)]
pub struct Callbacks(Mutex<Inner>);

impl Callbacks {
    /// Takes an order for a run that was just created. One that is to come early is made now, before anybody is answered.
    pub async fn place_order(&self, (run_id, model_id): (&str, &str), order: CallbackOrder, plan: CallbackPlan) {
        if plan.never {
            return;
        }
        let waiting =
            Waiting { run_id: run_id.to_owned(), model_id: model_id.to_owned(), order, plan, due_vendor_ms: None };
        if waiting.plan.early {
            self.make(&waiting, "train success").await;
        } else {
            self.lock().waiting.push(waiting);
        }
    }

    /// Makes every callback that is due now, one after another.
    pub async fn make_due(&self, state: &SandboxState) {
        for (waiting, said) in self.take_due(state) {
            self.make(&waiting, said).await;
        }
    }

    /// Every callback that was made, oldest first.
    pub fn list_made(&self) -> Vec<MadeCallback> {
        self.lock().made.clone()
    }

    /// Those that are due are owed no longer: nobody else makes them too.
    fn take_due(&self, state: &SandboxState) -> Vec<(Waiting, &'static str)> {
        let mut inner = self.lock();
        let mut due = Vec::new();
        state.read(|book, now| {
            inner.waiting.retain_mut(|waiting| {
                let run = book.runs_of(&waiting.model_id).find(|run| run.id == waiting.run_id);
                let Some(said) = run.and_then(|run| run.news_at(now.vendor_ms)) else { return true };
                #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a sandbox run")]
                let late_ms = (waiting.plan.late_seconds.max(0.0) * 1000.0) as i64;
                let due_at = *waiting.due_vendor_ms.get_or_insert(now.vendor_ms + late_ms);
                if due_at <= now.vendor_ms {
                    due.push((waiting.clone(), said));
                }
                due_at > now.vendor_ms
            });
        });
        due
    }

    async fn make(&self, waiting: &Waiting, said: &'static str) {
        for _ in 0..waiting.plan.times.unwrap_or(1) {
            let mut made = MadeCallback {
                model_id: waiting.model_id.clone(),
                run_id: waiting.run_id.clone(),
                said,
                token_status: None,
                status: None,
                problem: None,
            };
            if let Err(problem) = call_back(waiting, said, &mut made).await {
                made.problem = Some(problem.to_string());
            }
            self.lock().made.push(made);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn call_back(waiting: &Waiting, said: &'static str, made: &mut MadeCallback) -> std::io::Result<()> {
    let plan = &waiting.plan;
    let bearer = match plan.token {
        CallbackToken::Right => get_token(waiting, made).await?,
        CallbackToken::Wrong => Some("not-a-token-of-yours".to_owned()),
        CallbackToken::Absent => None,
    };
    let usual = json!({"modelId": waiting.model_id, "status": said}).to_string();
    let mut body = plan.body.clone().unwrap_or(usual).into_bytes();
    if let Some(size) = plan.size_bytes {
        body.resize(usize::try_from(size).unwrap_or(usize::MAX), b' ');
    }
    let content_type = plan.content_type.as_deref().unwrap_or("application/json");
    let call = Outgoing { url: &waiting.order.address, content_type, bearer: bearer.as_deref(), body };
    made.status = Some(post_on_this_machine(call).await?.status);
    Ok(())
}

/// Client credentials as a form. A refusal ends nothing: the news then goes out without a token.
async fn get_token(waiting: &Waiting, made: &mut MadeCallback) -> std::io::Result<Option<String>> {
    let CallbackOrder { identity_address, client_id, client_secret, .. } = &waiting.order;
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        encode(client_id),
        encode(client_secret)
    );
    let url = if waiting.plan.token_below { add_path(identity_address) } else { identity_address.clone() };
    let content_type = "application/x-www-form-urlencoded";
    let answer =
        post_on_this_machine(Outgoing { url: &url, content_type, bearer: None, body: form.into_bytes() }).await?;
    made.token_status = Some(answer.status);
    // Whatever a length in chunks puts around it.
    let text = String::from_utf8_lossy(&answer.body);
    let json = text.find('{').zip(text.rfind('}')).and_then(|(from, to)| text.get(from..=to));
    let answer: Option<Value> = json.and_then(|json| serde_json::from_str(json).ok());
    Ok(answer.and_then(|answer| answer["access_token"].as_str().map(str::to_owned)))
}

/// The address with `/connect/token` below it, before a query.
fn add_path(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("{}/connect/token{query}", path.trim_end_matches('/'))
}
