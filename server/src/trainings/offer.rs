//! What a vendor is told of where to call back to: on disk before it is told, masked before it is shown.
//! Sends nothing; `send` does.

use super::callbacks::client_id_of;
use super::send::failure;
use super::{TrainingFault, Trainings};
use crate::connections::{ConnectionEntry, ConnectionFault};
use crate::secret::Secret;
use crate::store::trainings::StoredTraining;
use crate::vendors::vendor::CallbackOffer;
use app::model::error::{AppError, FieldFault};
use app::model::ids::ConnectionId;
use app::model::training::Failure;
use app::paths;
use app::vendors::TrainingRequest;
use app::vendors::address::is_loopback_address;
use app::vendors::callback::{CallbackElsewhere, CallbackWish};

/// What stands where a secret would stand.
const HIDDEN: &str = "[secret]";

impl Trainings {
    /// What the vendor is to be told. The inner error: it cannot be told any more, for this reason.
    pub(super) async fn make_offer(
        &self,
        stored: &StoredTraining,
        request: &TrainingRequest,
    ) -> Result<Result<Option<CallbackOffer>, Failure>, TrainingFault> {
        match request.callback() {
            None => Ok(Ok(None)),
            // Promised before it is told: whatever comes there from then on, after a crash too, is known to be ours.
            Some(CallbackWish::Ours(_)) => Ok(Ok(Some(self.promise_callback(&stored.training.id).await?))),
            Some(CallbackWish::Elsewhere(receiver)) => {
                let name = &receiver.client_secret_ref;
                let opened = self.inner.connections.reveal_kept_secret(&stored.training.connection, name).await;
                let problem = match opened {
                    Ok(Some(secret)) => return Ok(Ok(Some(offer_elsewhere(receiver, secret)))),
                    Ok(None) => format!("The kept secret \"{name}\" of the callback is not there any more."),
                    Err(ConnectionFault::Store(error)) => return Err(error.into()),
                    Err(fault) => AppError::from(fault).message,
                };
                let hint = "An admin can keep it again under this name. Then retry the training.";
                Ok(Err(failure("invalid", &problem, Some(hint), true)))
            }
        }
    }

    /// The same as people may see it, before there is a training: neither a secret nor the secret part of an address.
    pub(super) fn show_offer(&self, connection: &ConnectionId, request: &TrainingRequest) -> Option<CallbackOffer> {
        match request.callback()? {
            CallbackWish::Ours(_) => {
                let address = format!("{}{}/{HIDDEN}", self.inner.callbacks.public_url, paths::CALLBACKS);
                Some(CallbackOffer {
                    identity_address: Secret::new(format!("{address}/identity")),
                    address: Secret::new(address),
                    client_id: client_id_of(connection),
                    client_secret: Secret::new(HIDDEN),
                })
            }
            CallbackWish::Elsewhere(receiver) => Some(offer_elsewhere(receiver, Secret::new(HIDDEN))),
        }
    }

    /// What somebody should know of the callback before sending. Never a block but for what `check_offer` refuses.
    pub(super) async fn warn_of_offer(
        &self,
        entry: &ConnectionEntry,
        request: &TrainingRequest,
    ) -> Result<Vec<FieldFault>, TrainingFault> {
        let mut warnings = self.check_offer(&entry.id, request).await?;
        let url = &self.inner.callbacks.public_url;
        let is_ours = matches!(request.callback(), Some(CallbackWish::Ours(_)));
        if is_ours && !entry.sandbox && is_loopback_address(url) {
            let message = format!(
                "{} cannot call back: this server's own address is {url}, which only this machine reaches. Progress is \
                 asked for as always. An admin can set server.public_url.",
                entry.name
            );
            warnings.push(FieldFault::new("request.callback", message));
        }
        if is_ours && entry.sandbox && !(url.starts_with("http://") && is_loopback_address(url)) {
            let message = format!(
                "The fake vendors call back to this machine over plain http only, and this server's own address is {url}: \
                 no callback will come. Progress is asked for as always."
            );
            warnings.push(FieldFault::new("request.callback", message));
        }
        Ok(warnings)
    }

    /// Why a callback cannot be told to the vendor; empty where it can.
    pub(super) async fn check_offer(
        &self,
        connection: &ConnectionId,
        request: &TrainingRequest,
    ) -> Result<Vec<FieldFault>, TrainingFault> {
        let Some(CallbackWish::Elsewhere(receiver)) = request.callback() else { return Ok(Vec::new()) };
        let kept = match self.inner.connections.list_kept_secrets(connection).await {
            Ok(kept) => kept,
            Err(ConnectionFault::Store(error)) => return Err(error.into()),
            // Without its connection a request has another fault.
            Err(_) => return Ok(Vec::new()),
        };
        if kept.iter().any(|kept| kept.name == receiver.client_secret_ref) {
            return Ok(Vec::new());
        }
        let message = "No secret of this name is kept for the connection. An admin can keep one.";
        Ok(vec![FieldFault::new("request.callback.client_secret_ref", message)])
    }
}

fn offer_elsewhere(receiver: &CallbackElsewhere, client_secret: Secret) -> CallbackOffer {
    CallbackOffer {
        address: Secret::new(receiver.address.as_str()),
        identity_address: Secret::new(receiver.identity_address.as_str()),
        client_id: receiver.client_id.clone(),
        client_secret,
    }
}
