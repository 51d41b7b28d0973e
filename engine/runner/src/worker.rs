//! One host's line: requests in, replies out, on a task of its own, so that the dispatcher never waits for a host.
use crate::connection::{ConnectFault, Options, Target};
use crate::session::{GOODBYE, Receiver, Sender, Session, SessionFault};
use play_core::frame::PIECE;
use play_core::message::{PING, Reply, Request};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What comes to the dispatcher.
pub(crate) enum Incoming {
    /// A session is open.
    Connected {
        host: String,
        elapsed_ms: u64,
        agent_sent: bool,
        round_trips: u64,
    },
    /// No session could be opened.
    Refused {
        host: String,
        fault: ConnectFault,
    },
    Reply {
        host: String,
        reply: Reply,
    },
    /// A line was closed on purpose, after so many round trips.
    Closed {
        round_trips: u64,
    },
    /// The line broke.
    Lost {
        host: String,
        message: String,
    },
    /// A pause before the next try is over.
    Again {
        node: petgraph::graph::NodeIndex,
    },
    /// The user wants the run to end.
    Interrupted,
}

/// What goes out over a line.
pub(crate) enum Order {
    Request(Request),
    /// Content the agent asked for: one copy for all hosts, cut into pieces on its way only.
    Content {
        sha256: String,
        bytes: Arc<Vec<u8>>,
    },
}

/// The dispatcher's end of a line.
#[derive(Clone)]
pub(crate) struct Line(UnboundedSender<Order>);

impl Line {
    /// A line to whoever receives there.
    #[cfg(test)]
    pub(crate) fn to(sender: UnboundedSender<Order>) -> Self {
        Self(sender)
    }

    /// Sends; a line that is gone reports itself as lost.
    pub(crate) fn send(&self, request: Request) {
        drop(self.0.send(Order::Request(request)));
    }

    /// Sends content, of any size.
    pub(crate) fn send_content(&self, sha256: &str, bytes: Arc<Vec<u8>>) {
        let sha256 = sha256.to_owned();
        drop(self.0.send(Order::Content { sha256, bytes }));
    }
}

/// Opens a session on a task of its own; everything about it arrives in the inbox.
pub(crate) fn open(target: Target, options: Options, inbox: UnboundedSender<Incoming>) -> Line {
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(work(target, options, receiver, inbox));
    Line(sender)
}

/// The same after a pause: a machine that restarts is not there at once.
pub(crate) fn open_after(
    pause: std::time::Duration,
    target: Target,
    options: Options,
    inbox: UnboundedSender<Incoming>,
) -> Line {
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        tokio::time::sleep(pause).await;
        work(target, options, receiver, inbox).await;
    });
    Line(sender)
}

async fn work(
    target: Target,
    options: Options,
    orders: UnboundedReceiver<Order>,
    inbox: UnboundedSender<Incoming>,
) {
    let host = target.name.clone();
    // It is never closed: without a turn there would be none to wait for either.
    let turn = options.shared.openings.0.acquire().await;
    let begun = std::time::Instant::now();
    let opened = Session::open(&target, &options).await;
    drop(turn);
    let session = match opened {
        Ok(session) => session,
        Err(fault) => {
            drop(inbox.send(Incoming::Refused { host, fault }));
            return;
        }
    };
    let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (agent_sent, round_trips) = (session.agent_sent, session.round_trips());
    drop(inbox.send(Incoming::Connected {
        host: host.clone(),
        elapsed_ms,
        agent_sent,
        round_trips,
    }));
    converse(host, session, orders, inbox).await;
}

async fn converse(
    host: String,
    session: Session,
    mut orders: UnboundedReceiver<Order>,
    inbox: UnboundedSender<Incoming>,
) {
    let (mut sender, mut receiver) = session.split();
    // Something was sent that is answered with nothing.
    let mut unheard = false;
    let mut ping = tokio::time::interval_at(tokio::time::Instant::now() + PING, PING);
    ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let order = tokio::select! {
            order = orders.recv() => order,
            _ = ping.tick() => Some(Order::Request(Request::Ping)),
            reply = receiver.receive() => {
                let (told, over) = match reply {
                    Ok(reply) => (Incoming::Reply { host: host.clone(), reply }, false),
                    Err(fault) => (lost(&host, &fault), true),
                };
                drop(inbox.send(told));
                if over {
                    return;
                }
                continue;
            }
        };
        let stop = |order: &Order| matches!(order, Order::Request(Request::Stop));
        let Some(order) = order.filter(|order| !stop(order)) else {
            return end(sender, receiver, &inbox, unheard).await;
        };
        unheard |= matches!(order, Order::Request(Request::Forget { .. }));
        let sent = match order {
            Order::Request(request) => sender.send(&request).await,
            Order::Content { sha256, bytes } => send_content(&mut sender, &sha256, &bytes).await,
        };
        if let Err(fault) = sent {
            drop(inbox.send(lost(&host, &fault)));
            return;
        }
    }
}

/// Ends a line. This process may end as soon as it is closed, and what is still on its way with it: the agent is waited for where
/// it has to hear something.
async fn end(
    mut sender: Sender,
    mut receiver: Receiver,
    inbox: &UnboundedSender<Incoming>,
    unheard: bool,
) {
    let round_trips = receiver.round_trips();
    if !unheard {
        drop(inbox.send(Incoming::Closed { round_trips }));
    }
    drop(sender.send(&Request::Stop).await);
    sender.finish().await;
    if unheard {
        drop(tokio::time::timeout(GOODBYE, receiver.finish()).await);
        drop(inbox.send(Incoming::Closed { round_trips }));
    }
}

async fn send_content(sender: &mut Sender, sha256: &str, bytes: &[u8]) -> Result<(), SessionFault> {
    let mut rest = bytes;
    loop {
        let (piece, behind) = rest.split_at(rest.len().min(PIECE));
        let request = Request::Blob {
            sha256: sha256.to_owned(),
            bytes: piece.to_vec(),
            last: behind.is_empty(),
        };
        sender.send(&request).await?;
        if behind.is_empty() {
            return Ok(());
        }
        rest = behind;
    }
}

fn lost(host: &str, fault: &SessionFault) -> Incoming {
    Incoming::Lost {
        host: host.to_owned(),
        message: fault.to_string(),
    }
}
