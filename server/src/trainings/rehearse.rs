//! The rehearsal of a callback: a sample goes out as a vendor would send it, through our own public address, and must
//! arrive in the inbox. No training is touched.

use super::{TrainingFault, Trainings};
use crate::vendors::http::HttpLimits;
use crate::vendors::rehearsal::play_callback;
use app::model::callback::{CallbackProof, CallbackTiming};
use app::model::connection::ConnectionTest;
use app::model::ids::ConnectionId;
use std::time::Duration;

/// Two calls, each with its time to connect, must fit into the time a request of ours may take.
const CONNECT: Duration = Duration::from_secs(5);
const ASK: Duration = Duration::from_secs(15);

impl Trainings {
    /// Rehearses for one connection; `None`: there is no such connection.
    pub async fn rehearse_callback(&self, connection: &ConnectionId) -> Result<Option<ConnectionTest>, TrainingFault> {
        if self.inner.connections.find_connection(connection).is_none() {
            return Ok(None);
        }
        let began = self.inner.clock.now();
        let offer = self.offer_rehearsal(connection).await?;
        let mut bytes = [0_u8; 8];
        let _ = getrandom::fill(&mut bytes);
        let mark = format!("{:016x}", u64::from_be_bytes(bytes));
        let limits = HttpLimits { connect: CONNECT, ask: ASK, ..HttpLimits::default() };
        let played = play_callback(&offer, &mark, limits, self.inner.clock.clone()).await;
        let (ok, message) = match played {
            Err(fault) => (false, fault.to_string()),
            Ok(()) if self.has_arrived(&mark).await? => {
                (true, "A callback as a vendor sends it arrived here, with a token of ours.".to_owned())
            }
            Ok(()) => (
                false,
                "Somebody took the sample, but it did not arrive here. Another server may stand at server.public_url."
                    .to_owned(),
            ),
        };
        let took_ms = self.inner.clock.now().millis_since(began);
        Ok(Some(ConnectionTest { ok, message, warnings: Vec::new(), took_ms }))
    }

    async fn has_arrived(&self, mark: &str) -> Result<bool, TrainingFault> {
        let kept = self.list_callbacks_of(None).await?;
        Ok(kept.iter().any(|callback| {
            callback.timing == CallbackTiming::Rehearsal
                && callback.proof == CallbackProof::Token
                && callback.body.contains(mark)
        }))
    }
}
