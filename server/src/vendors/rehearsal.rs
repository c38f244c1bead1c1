//! Plays a vendor that calls back: gets a token, then sends a sample to our own public address.
//! Knows no vendor and keeps nothing; what arrived is for whoever gave the address out to say.

use super::http::address::AddressRule;
use super::http::{Call, CallBody, HttpLimits, VendorHttp};
use super::vendor::{AnswerPurpose, CallbackOffer, Pace};
use crate::clock::SharedClock;
use crate::secret::Secret;
use http::Method;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde_json::Value;
use std::net::{Ipv4Addr, Ipv6Addr};
use url::Url;

/// What did not work. The text is for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RehearsalFault {
    #[error(
        "This server's own public address cannot be called ({0}). Check server.public_url and the proxy before it."
    )]
    Unreachable(String),
    #[error("The token address answered {0}. Something else than this server may stand at server.public_url.")]
    NoToken(u16),
    #[error("The callback address answered {0}. Something else than this server may stand at server.public_url.")]
    NotTaken(u16),
}

/// Sends a sample that holds `mark` as a vendor would, over the network, to the address of `offer`.
pub async fn play_callback(
    offer: &CallbackOffer,
    mark: &str,
    limits: HttpLimits,
    clock: SharedClock,
) -> Result<(), RehearsalFault> {
    let unreachable = |reason: &dyn std::fmt::Display| RehearsalFault::Unreachable(reason.to_string());
    let address = Url::parse(offer.address.expose()).map_err(|error| unreachable(&error))?;
    let identity = Url::parse(offer.identity_address.expose()).map_err(|error| unreachable(&error))?;
    // Our own address, as the settings name it: wherever it lies is where it is meant to lie.
    let everywhere = [
        IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)),
        IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)),
    ];
    let rule = AddressRule { allow_http: true, allow_loopback: true, networks: everywhere.into() };
    let http = VendorHttp::open(&rule, &[&address], limits, Pace(1.0), clock).map_err(|error| unreachable(&error))?;
    http.add_secret(&offer.client_secret);
    let form = vec![
        ("grant_type", Secret::new("client_credentials")),
        ("client_id", Secret::new(offer.client_id.as_str())),
        ("client_secret", offer.client_secret.clone()),
    ];
    let (status, body) = send_form(&http, identity, None, form).await?;
    let token = serde_json::from_slice::<Value>(&body).ok();
    let token = token.as_ref().and_then(|answer| answer.get("access_token")).and_then(Value::as_str);
    let token = token.filter(|_| status == 200).ok_or(RehearsalFault::NoToken(status))?;
    let sample = vec![("status", Secret::new("train success")), ("rehearsal", Secret::new(mark))];
    match send_form(&http, address, Some(Secret::new(token)), sample).await? {
        (200, _) => Ok(()),
        (status, _) => Err(RehearsalFault::NotTaken(status)),
    }
}

async fn send_form(
    http: &VendorHttp,
    url: Url,
    bearer: Option<Secret>,
    form: Vec<(&'static str, Secret)>,
) -> Result<(u16, Vec<u8>), RehearsalFault> {
    let body = CallBody::Form(form);
    let call = Call { purpose: AnswerPurpose::Test, method: Method::POST, url, headers: &[], bearer, body };
    match http.send_call(call).await.result {
        Ok(answer) => Ok((answer.status, answer.secret_body().to_vec())),
        Err(fault) => Err(RehearsalFault::Unreachable(fault.to_string())),
    }
}
