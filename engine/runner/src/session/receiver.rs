//! The way from the agent: a task of its own reads always, so that no connection is ever blocked by a slow reader.
use super::SessionFault;
use super::fault::End;
use super::frames::Frames;
use super::trips::Trips;
use crate::bootstrap::{Started, last_words};
use crate::connection::{Ending, Output, Pipe};
use play_core::frame::LONGEST;
use play_core::message::Reply;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::AsyncWrite;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// Bytes of replies that may wait to be received.
const BACKLOG: usize = 256 << 20;
/// Bytes of the agent's standard error that are kept.
const WORDS: usize = 16 << 10;

type Item = Result<(Reply, usize), SessionFault>;
type Input = Box<dyn AsyncWrite + Send + Unpin>;

/// Receives replies. Dropping it closes the connection.
pub struct Receiver {
    replies: mpsc::UnboundedReceiver<Item>,
    backlog: Arc<AtomicUsize>,
    pub(super) trips: Trips,
    host: String,
    end: End,
    reader: AbortHandle,
}

impl Receiver {
    pub(super) fn start(started: Started, host: &str, trips: Trips, end: End) -> (Input, Self) {
        let Pipe {
            input,
            output,
            keeper,
        } = started.pipe;
        let (to, replies) = mpsc::unbounded_channel();
        let backlog = Arc::new(AtomicUsize::new(0));
        let mut frames = Frames::default();
        frames.add(&started.rest);
        let reader = Reader {
            host: host.to_owned(),
            output,
            frames,
            error: started.error,
            to,
            backlog: backlog.clone(),
        };
        let known = end.clone();
        let task = tokio::spawn(async move {
            reader.run(&known).await;
            drop(keeper);
        });
        let receiver = Self {
            replies,
            backlog,
            trips,
            host: host.to_owned(),
            end,
            reader: task.abort_handle(),
        };
        (input, receiver)
    }

    /// As `Session::receive`.
    pub async fn receive(&mut self) -> Result<Reply, SessionFault> {
        let item = if let Ok(item) = self.replies.try_recv() {
            Some(item)
        } else {
            self.trips.waits();
            self.replies.recv().await
        };
        match item {
            Some(Ok((reply, length))) => {
                self.backlog.fetch_sub(length, Ordering::Relaxed);
                Ok(reply)
            }
            Some(Err(fault)) => Err(fault),
            None => Err(self.end.known().unwrap_or_else(|| SessionFault::Lost {
                host: self.host.clone(),
                reason: "it is closed".into(),
            })),
        }
    }

    /// As `Session::round_trips`.
    pub fn round_trips(&self) -> u64 {
        self.trips.count()
    }

    /// Receives until the end; a good end is `Ok`.
    pub(crate) async fn finish(&mut self) -> Result<(), SessionFault> {
        loop {
            match self.receive().await {
                Ok(_) => {}
                Err(SessionFault::Ended { well: true, .. }) => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

struct Reader {
    host: String,
    output: mpsc::Receiver<Output>,
    frames: Frames,
    error: Vec<u8>,
    to: mpsc::UnboundedSender<Item>,
    backlog: Arc<AtomicUsize>,
}

impl Reader {
    async fn run(mut self, end: &End) {
        let fault = self.read().await;
        end.set(&fault);
        let _ = self.to.send(Err(fault));
    }

    async fn read(&mut self) -> SessionFault {
        loop {
            if let Err(fault) = self.hand_out() {
                return fault;
            }
            match self.output.recv().await {
                Some(Output::Standard(bytes)) => self.frames.add(&bytes),
                Some(Output::Error(bytes)) => self.hear(&bytes),
                Some(Output::Ended(ending)) => return self.ended(&ending),
                None => return self.ended(&Ending::Lost("it ended".into())),
            }
        }
    }

    fn hand_out(&mut self) -> Result<(), SessionFault> {
        loop {
            let host = || self.host.clone();
            let frame = match self.frames.next() {
                Ok(None) => return Ok(()),
                Ok(Some(frame)) => frame,
                Err(length) => {
                    return Err(SessionFault::TooLong {
                        host: host(),
                        length,
                        limit: LONGEST,
                    });
                }
            };
            let length = frame.len();
            let reply = rmp_serde::from_slice(frame).map_err(|error| SessionFault::Malformed {
                host: host(),
                message: error.to_string(),
            })?;
            if self.backlog.fetch_add(length, Ordering::Relaxed) + length > BACKLOG {
                return Err(SessionFault::Flood { host: host() });
            }
            let _ = self.to.send(Ok((reply, length)));
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.error.extend_from_slice(bytes);
        if self.error.len() > WORDS {
            self.error.drain(..self.error.len() - WORDS / 2);
        }
    }

    fn ended(&self, ending: &Ending) -> SessionFault {
        let host = self.host.clone();
        match ending {
            Ending::Lost(reason) => SessionFault::Lost {
                host,
                reason: reason.clone(),
            },
            ending => SessionFault::Ended {
                host,
                how: ending.to_string(),
                said: last_words(&self.error),
                well: *ending == Ending::Status(0),
            },
        }
    }
}
