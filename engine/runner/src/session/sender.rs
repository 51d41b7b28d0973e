//! The way to the agent.
use super::SessionFault;
use super::fault::End;
use super::frames;
use super::trips::Trips;
use play_core::message::Request;
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Sends requests. Dropping it alone does not end the session.
pub struct Sender {
    pub(super) host: String,
    pub(super) input: Box<dyn AsyncWrite + Send + Unpin>,
    /// A write of which the peer takes nothing for so long is a fault.
    pub(super) patience: Duration,
    pub(super) trips: Trips,
    pub(super) end: End,
}

impl Sender {
    /// Must not be cancelled: half a frame would be on its way.
    pub async fn send(&mut self, request: &Request) -> Result<(), SessionFault> {
        let frame = frames::encode(request).map_err(|message| SessionFault::Unsendable {
            host: self.host.clone(),
            message,
        })?;
        if !matches!(request, Request::Ping) {
            self.trips.sent();
        }
        let mut rest = frame.as_slice();
        while !rest.is_empty() {
            let written = match timeout(self.patience, self.input.write(rest)).await {
                Err(_) => return Err(self.stalled()),
                Ok(Ok(0)) => return Err(self.gone("it takes no more".into())),
                Ok(Ok(written)) => written,
                Ok(Err(error)) => return Err(self.gone(error.to_string())),
            };
            rest = &rest[written..];
        }
        match timeout(self.patience, self.input.flush()).await {
            Err(_) => Err(self.stalled()),
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.gone(error.to_string())),
        }
    }

    /// Ends the input. A failure is of no interest: the other direction tells how the agent ended.
    pub async fn finish(&mut self) {
        let _ = timeout(self.patience, self.input.shutdown()).await;
        // The pipe of a child is closed by nothing but dropping it.
        self.input = Box::new(tokio::io::sink());
    }

    fn stalled(&self) -> SessionFault {
        SessionFault::Stalled {
            host: self.host.clone(),
            what: "the agent took nothing of a request",
            seconds: self.patience.as_secs(),
        }
    }

    fn gone(&self, reason: String) -> SessionFault {
        let lost = SessionFault::Lost {
            host: self.host.clone(),
            reason,
        };
        self.end.known().unwrap_or(lost)
    }
}
