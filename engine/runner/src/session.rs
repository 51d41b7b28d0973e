//! A session: requests to the agent of one host, replies from it.
mod fault;
mod frames;
mod receiver;
mod sender;
mod trips;

pub use fault::SessionFault;
pub use receiver::Receiver;
pub use sender::Sender;

use crate::bootstrap;
use crate::{ConnectFault, Options, Target};
use play_core::message::{Reply, Request};
use std::time::Duration;
use trips::Trips;

/// How long `close` waits for the agent to end by itself.
pub(crate) const GOODBYE: Duration = Duration::from_secs(10);

/// An agent that runs and has greeted. Dropping it closes the connection; the agent then ends by its own rules.
pub struct Session {
    sender: Sender,
    receiver: Receiver,
    /// Whether the agent's program had to be sent to the host.
    pub agent_sent: bool,
}

impl Session {
    /// Connects, logs in, finds or installs the agent and starts it.
    pub async fn open(target: &Target, options: &Options) -> Result<Self, ConnectFault> {
        let started = bootstrap::serve(target, options).await?;
        let trips = Trips::new(started.round_trips);
        let end = fault::End::default();
        let agent_sent = started.agent_sent;
        let (input, receiver) = Receiver::start(started, &target.name, trips.clone(), end.clone());
        let sender = Sender {
            host: target.name.clone(),
            input,
            patience: options.write_timeout,
            trips,
            end,
        };
        Ok(Self {
            sender,
            receiver,
            agent_sent,
        })
    }

    /// Proves over a connection of its own that the host can still be reached, and so keeps an armed change.
    pub async fn confirm(
        target: &Target,
        options: &Options,
        token: &str,
    ) -> Result<(), ConnectFault> {
        bootstrap::confirm(target, options, token).await
    }

    pub async fn send(&mut self, request: &Request) -> Result<(), SessionFault> {
        self.sender.send(request).await
    }

    /// The next reply; the end of the agent is a fault. Has no deadline of its own: steps may take hours, and a dead
    /// connection is found by its keepalives. Cancelling it loses nothing.
    pub async fn receive(&mut self) -> Result<Reply, SessionFault> {
        self.receiver.receive().await
    }

    /// How often something was sent and an answer waited for since the login, the bootstrap included.
    pub fn round_trips(&self) -> u64 {
        self.receiver.trips.count()
    }

    /// Both directions, to be used at the same time.
    pub fn split(self) -> (Sender, Receiver) {
        (self.sender, self.receiver)
    }

    /// Ends the input and waits for the agent to end well.
    pub async fn close(mut self) -> Result<(), SessionFault> {
        self.sender.finish().await;
        match tokio::time::timeout(GOODBYE, self.receiver.finish()).await {
            Ok(end) => end,
            Err(_) => Err(SessionFault::Stalled {
                host: self.sender.host.clone(),
                what: "the agent did not end",
                seconds: GOODBYE.as_secs(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
