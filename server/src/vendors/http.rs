//! The only way out: one HTTP client per connection, for all vendors.
//! Follows no redirect, uses no proxy, retries nothing, and keeps nothing unredacted; never knows what an answer means.

pub mod address;
pub mod answer;
mod body;
mod escapes;
pub mod redact;

pub use body::{BodyPart, CallBody};

use crate::clock::SharedClock;
use crate::secret::Secret;
use crate::vendors::vendor::{AnswerPurpose, Pace, RawAnswer};
use address::{AddressFault, AddressRule};
use answer::{Answer, read_answer};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http::{HeaderValue, Method, header};
use redact::Redactor;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error as _;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use url::Url;

/// How long calls may take and how much of an answer is read. None of it is scaled by `polling.scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// Name look-up, TCP and TLS.
    pub connect: Duration,
    /// A whole call that only asks; also the reading of any answer's body once its head is there.
    pub ask: Duration,
    /// A whole submit, from the first byte to the answer's head.
    pub submit: Duration,
    /// Bytes of an answer that are read; the rest is left unread and the connection dropped.
    pub answer_bytes: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            ask: Duration::from_secs(30),
            submit: Duration::from_secs(600),
            answer_bytes: 4 * 1024 * 1024,
        }
    }
}

/// Calls that ask go out at most this often per connection (scaled by the pace), after a burst of `ASK_BURST`.
const ASK_EVERY: Duration = Duration::from_millis(20);
const ASK_BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(49);

/// One call to a vendor.
pub struct Call {
    pub purpose: AnswerPurpose,
    pub method: Method,
    /// Must lie on one of the origins the client was opened for.
    pub url: Url,
    /// Headers without secrets.
    pub headers: &'static [(&'static str, &'static str)],
    /// Sent as `Authorization: Bearer`.
    pub bearer: Option<Secret>,
    pub body: CallBody,
}

/// What became of a call, and how it is kept.
pub struct Exchange {
    pub result: Result<Answer, CallFault>,
    pub raw: RawAnswer,
}

/// No answer came. The texts are whole sentences' ends, for people: "the connection was refused".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFault {
    /// Surely no byte of the request was written.
    #[error("{0}")]
    NotSent(String),
    /// Bytes may have been written.
    #[error("{0}")]
    Lost(String),
}

/// A client that cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct OpenFault(String);

/// The way out of one connection.
pub struct VendorHttp {
    asks: reqwest::Client,
    /// Without a pool: a submit never meets a connection that the vendor has already closed. HTTP/1.1, where the body is
    /// asked for its first piece before the head is flushed, so that "body untouched" proves "nothing written".
    submits: reqwest::Client,
    origins: Vec<url::Origin>,
    redactor: Redactor,
    limiter: Option<DefaultDirectRateLimiter>,
    limits: HttpLimits,
    clock: SharedClock,
}

impl VendorHttp {
    /// Opens the way to `bases` (already checked by `rule.check_base`) and to nothing else.
    pub fn open(
        rule: &AddressRule,
        bases: &[&Url],
        limits: HttpLimits,
        pace: Pace,
        clock: SharedClock,
    ) -> Result<Self, OpenFault> {
        install_crypto();
        let plain_only = bases.iter().all(|base| base.scheme() == "http");
        let build = |submits: bool| {
            let make = || configure_client(rule, limits, submits);
            // A machine without certificates can still reach a plain-http vendor, such as the sandbox.
            make().build().or_else(|error| if plain_only { make().tls_certs_only([]).build() } else { Err(error) })
        };
        let fault = |error: reqwest::Error| OpenFault(describe_error(&error));
        let quota = Quota::with_period(pace.scale(ASK_EVERY)).map(|quota| quota.allow_burst(ASK_BURST));
        Ok(Self {
            asks: build(false).map_err(fault)?,
            submits: build(true).map_err(fault)?,
            origins: bases.iter().map(|base| base.origin()).collect(),
            redactor: Redactor::default(),
            limiter: quota.map(RateLimiter::direct),
            limits,
            clock,
        })
    }

    /// Masks this secret in everything kept from now on.
    pub fn add_secret(&self, secret: &Secret) {
        self.redactor.add_secret(secret);
    }

    /// The same for good: a secret that does not change as tokens do.
    pub fn pin_secret(&self, secret: &Secret) {
        self.redactor.pin_secret(secret);
    }

    /// How long a submit may take.
    pub fn submit_limit(&self) -> Duration {
        self.limits.submit
    }

    /// Makes one call, once. Waits for the connection's rate limit before a call that asks, never before a submit.
    pub async fn send_call(&self, call: Call) -> Exchange {
        let submits = call.purpose == AnswerPurpose::Submit;
        if let Some(limiter) = self.limiter.as_ref().filter(|_| !submits) {
            limiter.until_ready().await;
        }
        let asked_at = self.clock.now();
        let asked = RawAnswer {
            purpose: call.purpose,
            method: call.method.to_string(),
            url: self.redactor.redact_text(call.url.as_str()),
            status: None,
            content_type: None,
            body: String::new(),
            truncated: false,
            error: None,
            asked_at,
            answered_at: asked_at,
        };
        let result = self.exchange(call, submits).await;
        let raw = self.keep_exchange(asked, &result);
        tracing::debug!(
            purpose = raw.purpose.as_str(),
            status = raw.status,
            duration_ms = raw.answered_at.millis_since(asked_at),
            "Called the vendor"
        );
        Exchange { result, raw }
    }

    async fn exchange(&self, call: Call, submits: bool) -> Result<Answer, CallFault> {
        if !self.origins.contains(&call.url.origin()) {
            return Err(CallFault::NotSent("the address does not belong to this connection".to_owned()));
        }
        let begun = Arc::new(AtomicBool::new(false));
        let client = if submits { &self.submits } else { &self.asks };
        let mut request = self.build_request(client, call, submits).await?;
        if submits {
            body::track_body(&mut request, &begun);
        }
        let answer = client.execute(request).await;
        match answer {
            Ok(response) => Ok(read_answer(response, self.limits, &self.redactor, self.clock.now()).await),
            Err(error) => {
                let message = self.redactor.redact_text(&self.explain_error(&error, submits));
                let untouched = submits && !begun.load(Ordering::SeqCst);
                if error.is_connect() || error.is_builder() || untouched {
                    Err(CallFault::NotSent(message))
                } else {
                    Err(CallFault::Lost(message))
                }
            }
        }
    }

    async fn build_request(
        &self,
        client: &reqwest::Client,
        call: Call,
        submits: bool,
    ) -> Result<reqwest::Request, CallFault> {
        let not_sent = |error: reqwest::Error| CallFault::NotSent(describe_error(&error));
        let limit = if submits { self.limits.submit } else { self.limits.ask };
        let mut builder = client.request(call.method, call.url).timeout(limit);
        for (name, value) in call.headers {
            builder = builder.header(*name, *value);
        }
        if let Some(token) = call.bearer {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                .map_err(|_| CallFault::NotSent("the token cannot be written into a header".to_owned()))?;
            value.set_sensitive(true);
            builder = builder.header(header::AUTHORIZATION, value);
        }
        body::attach_body(builder, call.body)
            .await
            .map_err(|error| CallFault::NotSent(format!("the data file cannot be read ({error})")))?
            .build()
            .map_err(not_sent)
    }

    /// Fills in how a call that went out as `asked` is kept.
    fn keep_exchange(&self, asked: RawAnswer, result: &Result<Answer, CallFault>) -> RawAnswer {
        let answer = result.as_ref().ok();
        let (body, truncated) = answer.map(Answer::kept_body).unwrap_or_default();
        let error = match result {
            Ok(answer) => answer.broken.clone(),
            Err(fault) => Some(fault.to_string()),
        };
        RawAnswer {
            status: answer.map(|answer| answer.status),
            content_type: answer.and_then(|answer| answer.content_type.clone()),
            body,
            truncated,
            error,
            answered_at: self.clock.now(),
            ..asked
        }
    }

    fn explain_error(&self, error: &reqwest::Error, submits: bool) -> String {
        let limit = if submits { self.limits.submit } else { self.limits.ask };
        let seconds = |wait: Duration| wait.as_secs_f64();
        match (error.is_connect(), error.is_timeout()) {
            (true, true) => format!("no connection within {} s", seconds(self.limits.connect)),
            (false, true) => format!("no answer within {} s", seconds(limit)),
            _ => describe_error(error),
        }
    }
}

fn configure_client(rule: &AddressRule, limits: HttpLimits, submits: bool) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("trainyard/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(limits.connect)
        .tcp_keepalive(Duration::from_secs(30))
        .dns_resolver(Arc::new(GuardedResolver { rule: rule.clone() }));
    if submits {
        builder.http1_only().pool_max_idle_per_host(0)
    } else {
        builder.pool_idle_timeout(Duration::from_secs(30)).pool_max_idle_per_host(4)
    }
}

/// Makes ring the process's TLS implementation, once; a second call changes nothing.
fn install_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only when somebody else was quicker, which is as good.
        let _already = rustls::crypto::ring::default_provider().install_default();
    }
}

/// The innermost cause of an error, which is the part that helps, without the address.
fn describe_error(error: &reqwest::Error) -> String {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    let mut text = None;
    while let Some(inner) = cause {
        text = Some(inner.to_string());
        cause = inner.source();
    }
    text.unwrap_or_else(|| "the call failed".to_owned())
}

/// Resolves names as the system does and leaves out every address the rule forbids; what remains is what is connected
/// to, so that a name cannot change its mind in between.
struct GuardedResolver {
    rule: AddressRule,
}

#[derive(Debug, thiserror::Error)]
enum ResolveFault {
    #[error("the name {0} cannot be resolved ({1})")]
    Unknown(String, String),
    #[error("the name {0} leads nowhere that may be called: {1}")]
    Forbidden(String, AddressFault),
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rule = self.rule.clone();
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await;
            let found = found.map_err(|error| ResolveFault::Unknown(host.clone(), error.to_string()))?;
            let mut fault = None;
            let mut allowed: Vec<SocketAddr> = Vec::new();
            for address in found {
                match rule.check_address(address.ip()) {
                    Ok(()) => allowed.push(address),
                    Err(refused) => fault = Some(refused),
                }
            }
            match fault {
                Some(fault) if allowed.is_empty() => Err(ResolveFault::Forbidden(host, fault).into()),
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}
