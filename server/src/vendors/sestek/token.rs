//! The bearer token of a connection: asked for by client credentials, kept, renewed early, by one task at a time.
//! Contract section 3. There is no refresh token in this grant; renewing is asking again.

use super::config::{EXPECTED_SCOPE, SestekConfig};
use super::wire::{TokenWire, read_complaint, read_token};
use crate::clock::SharedClock;
use crate::secret::{Secret, SecretReader};
use crate::vendors::http::answer::Answer;
use crate::vendors::http::{Call, CallBody, VendorHttp};
use crate::vendors::sestek::map::{describe_answer, throttle_wait};
use crate::vendors::vendor::{AnswerPurpose, Pace, RawAnswer};
use app::model::time::Timestamp;
use http::Method;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use url::Url;

/// The life of a token whose answer does not say.
const ASSUMED_LIFE: Duration = Duration::from_secs(600);
/// The longest life believed.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// A token is renewed this long before it expires, or at 80 % of its life, whichever is earlier.
const EARLY: Duration = Duration::from_secs(300);
/// How long an early renewal that failed is not tried again, while the old token still works (scaled).
const RENEW_AGAIN: Duration = Duration::from_secs(60);

/// A token in use. `number` tells whether somebody has renewed it since.
#[derive(Clone, Debug)]
pub struct Token {
    pub value: Secret,
    pub number: u64,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// The credentials were refused, or cannot be read here.
    Refused {
        message: String,
    },
    Unreachable {
        message: String,
    },
    Throttled {
        retry_after: Duration,
        message: String,
    },
}

struct Held {
    token: Token,
    renew_at: Timestamp,
    expires_at: Timestamp,
}

#[derive(Default)]
struct Shelf {
    held: Option<Held>,
    /// How many tokens were asked for, and what the last failure was.
    asked: u64,
    fault: Option<TokenFault>,
    scope_warning: Option<String>,
}

/// Keeps one connection's token.
pub struct TokenKeeper {
    url: Url,
    config: SestekConfig,
    secrets: Arc<dyn SecretReader>,
    pace: Pace,
    clock: SharedClock,
    shelf: Mutex<Shelf>,
    /// Whoever asks the token server holds this.
    asking: tokio::sync::Mutex<()>,
}

impl TokenKeeper {
    /// A keeper without a token yet.
    pub fn new(url: Url, config: SestekConfig, secrets: Arc<dyn SecretReader>, pace: Pace, clock: SharedClock) -> Self {
        Self { url, config, secrets, pace, clock, shelf: Mutex::default(), asking: tokio::sync::Mutex::new(()) }
    }

    /// A token that is good now. Token calls made on the way are added to `answers`.
    pub async fn get_token(&self, http: &VendorHttp, answers: &mut Vec<RawAnswer>) -> Result<Token, TokenFault> {
        let now = self.clock.now();
        let (usable, fresh, asked) = self.look(now);
        if let Some(token) = fresh {
            return Ok(token);
        }
        let _asking = match usable {
            // Somebody is renewing it already; the old one still works.
            Some(token) => match self.asking.try_lock() {
                Ok(guard) => guard,
                Err(_) => return Ok(token),
            },
            None => self.asking.lock().await,
        };
        let (usable, fresh, asked_since) = self.look(self.clock.now());
        if let Some(token) = fresh {
            return Ok(token);
        }
        // Whoever was before us in the queue may just have failed; asking again at once would fail again.
        let fault = if asked_since == asked { None } else { self.last_fault() };
        match (fault, usable) {
            (Some(fault), None) => Err(fault),
            (_, usable) => self.ask_in_time(usable, http, answers).await,
        }
    }

    /// Asks for a token; while the old one still works, a server that cannot be reached costs nothing.
    async fn ask_in_time(
        &self,
        usable: Option<Token>,
        http: &VendorHttp,
        answers: &mut Vec<RawAnswer>,
    ) -> Result<Token, TokenFault> {
        let result = self.ask_token(http, AnswerPurpose::Token, answers).await;
        match (result, usable) {
            (Err(TokenFault::Unreachable { .. } | TokenFault::Throttled { .. }), Some(token)) => {
                self.postpone_renewal();
                Ok(token)
            }
            (result, _) => result,
        }
    }

    /// Another token, because `refused` was answered with 401; asks the server only when nobody has done so since.
    pub async fn renew_token(
        &self,
        refused: u64,
        http: &VendorHttp,
        answers: &mut Vec<RawAnswer>,
    ) -> Result<Token, TokenFault> {
        let _asking = self.asking.lock().await;
        if let Some(held) = self.shelf().held.as_ref().filter(|held| held.token.number != refused) {
            return Ok(held.token.clone());
        }
        self.shelf().held = None;
        self.ask_token(http, AnswerPurpose::Token, answers).await
    }

    /// Keeps the token `refused` no longer, because it was answered with 401.
    pub fn forget_token(&self, refused: u64) {
        self.shelf().held.take_if(|held| held.token.number == refused);
    }

    /// Asks for a token whatever is kept, for a connection test.
    pub async fn test_token(&self, http: &VendorHttp, answers: &mut Vec<RawAnswer>) -> Result<Token, TokenFault> {
        let _asking = self.asking.lock().await;
        self.ask_token(http, AnswerPurpose::Test, answers).await
    }

    /// What was odd about the last token's scope.
    pub fn scope_warning(&self) -> Option<String> {
        self.shelf().scope_warning.clone()
    }

    fn last_fault(&self) -> Option<TokenFault> {
        self.shelf().fault.clone()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token that has not expired, one that needs no renewal either, and how often was asked.
    fn look(&self, now: Timestamp) -> (Option<Token>, Option<Token>, u64) {
        let shelf = self.shelf();
        let usable = shelf.held.as_ref().filter(|held| now < held.expires_at);
        let fresh = usable.filter(|held| now < held.renew_at);
        (usable.map(|held| held.token.clone()), fresh.map(|held| held.token.clone()), shelf.asked)
    }

    fn postpone_renewal(&self) {
        let again = self.clock.now().plus(self.pace.scale(RENEW_AGAIN));
        if let Some(held) = self.shelf().held.as_mut() {
            held.renew_at = again.min(held.expires_at);
        }
    }

    /// One call to the token server; its result is kept either way.
    async fn ask_token(
        &self,
        http: &VendorHttp,
        purpose: AnswerPurpose,
        answers: &mut Vec<RawAnswer>,
    ) -> Result<Token, TokenFault> {
        let result = self.call_server(http, purpose, answers).await;
        let now = self.clock.now();
        let mut shelf = self.shelf();
        shelf.asked += 1;
        match result {
            Ok(wire) => {
                http.add_secret(&wire.access_token);
                let token = Token { value: wire.access_token, number: shelf.asked };
                let (renew_at, expires_at) = plan_renewal(wire.expires_in_seconds, now);
                shelf.scope_warning = wire.scope.as_deref().and_then(warn_scope);
                shelf.fault = None;
                shelf.held = Some(Held { token: token.clone(), renew_at, expires_at });
                Ok(token)
            }
            Err(fault) => {
                if matches!(fault, TokenFault::Refused { .. }) {
                    shelf.held = None;
                }
                shelf.fault = Some(fault.clone());
                Err(fault)
            }
        }
    }

    async fn call_server(
        &self,
        http: &VendorHttp,
        purpose: AnswerPurpose,
        answers: &mut Vec<RawAnswer>,
    ) -> Result<TokenWire, TokenFault> {
        // Read each time, so that a rotated secret works without a restart.
        let secret = self
            .secrets
            .read(&self.config.client_secret)
            .map_err(|fault| TokenFault::Refused { message: format!("The client secret cannot be read: {fault}.") })?;
        http.add_secret(&secret);
        let mut fields = vec![
            ("grant_type", Secret::new("client_credentials")),
            ("client_id", Secret::new(self.config.client_id.clone())),
            ("client_secret", secret),
        ];
        fields.extend(self.config.scope.clone().map(|scope| ("scope", Secret::new(scope))));
        let call = Call {
            purpose,
            method: Method::POST,
            url: self.url.clone(),
            headers: &[("Accept", "application/json")],
            bearer: None,
            body: CallBody::Form(fields),
        };
        let exchange = http.send_call(call).await;
        answers.push(exchange.raw);
        match exchange.result {
            Ok(answer) => map_token_answer(&answer, self.pace),
            Err(fault) => {
                Err(TokenFault::Unreachable { message: format!("SESTEK's token server cannot be reached: {fault}.") })
            }
        }
    }
}

/// When to renew a token that came `now`, and when it expires.
fn plan_renewal(expires_in_seconds: Option<u64>, now: Timestamp) -> (Timestamp, Timestamp) {
    let life = expires_in_seconds.map_or(ASSUMED_LIFE, Duration::from_secs).min(LONGEST_LIFE);
    let most = life.mul_f64(0.8);
    let early = life.saturating_sub(EARLY);
    // Of a short life, five minutes would leave nothing.
    let renew = if early >= life / 2 { most.min(early) } else { most };
    (now.plus(renew), now.plus(life))
}

/// What a token answer means. The `error` word decides, not the status: OpenIddict answers a refused client with 401,
/// older IdentityServer installations with 400.
pub fn map_token_answer(answer: &Answer, pace: Pace) -> Result<TokenWire, TokenFault> {
    if let Some(retry_after) = throttle_wait(answer, pace) {
        let message = "SESTEK's token server asks us to wait.".to_owned();
        return Err(TokenFault::Throttled { retry_after, message });
    }
    if answer.status == 200
        && let Some(wire) = read_token(answer.secret_body())
    {
        return Ok(wire);
    }
    let complaint = read_complaint(&answer.text, answer.is_html());
    let passing = matches!(complaint.code.as_deref(), Some("temporarily_unavailable" | "server_error" | "slow_down"));
    let refused = answer.status == 401 || (complaint.structured && matches!(answer.status, 400 | 403));
    if refused && !passing {
        let said = complaint.message.unwrap_or_else(|| "without a reason".to_owned());
        let message = format!("SESTEK rejected the credentials ({}): {said}", answer.status);
        return Err(TokenFault::Refused { message });
    }
    let message = match answer.status {
        200 => "SESTEK's token server answered without a token.".to_owned(),
        _ => describe_answer(answer, &complaint).replacen("SESTEK answered", "SESTEK's token server answered", 1),
    };
    Err(TokenFault::Unreachable { message })
}

fn warn_scope(scope: &str) -> Option<String> {
    if scope.split_whitespace().any(|word| word == EXPECTED_SCOPE) {
        return None;
    }
    Some(format!(
        "The token's scope is \"{scope}\" and lacks {EXPECTED_SCOPE}; trainings will probably be refused. Use an external \
         training client, or set scope = \"{EXPECTED_SCOPE}\"."
    ))
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
