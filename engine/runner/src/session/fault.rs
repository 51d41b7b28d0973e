//! How a session ends before its time.
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionFault {
    #[error("the agent on {host} ended: {how}{}", Said(.said))]
    Ended {
        host: String,
        how: String,
        /// The last lines it printed on standard error.
        said: String,
        /// It ended with status 0.
        well: bool,
    },
    #[error("the connection to {host} was lost: {reason}")]
    Lost { host: String, reason: String },
    #[error("{host} sent a frame of {length} bytes, more than the {limit} allowed")]
    TooLong {
        host: String,
        length: u64,
        limit: u32,
    },
    #[error("{host} sent a frame that is not understood: {message}")]
    Malformed { host: String, message: String },
    #[error("{host} sends faster than its replies are read")]
    Flood { host: String },
    #[error("{host}: {what} within {seconds} s")]
    Stalled {
        host: String,
        what: &'static str,
        seconds: u64,
    },
    #[error("a request to {host} cannot be sent: {message}")]
    Unsendable { host: String, message: String },
}

struct Said<'a>(&'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            said => write!(out, "; it said: {said}"),
        }
    }
}

/// The end, once it is known, for both directions.
#[derive(Clone, Default)]
pub(crate) struct End(Arc<Mutex<Option<SessionFault>>>);

impl End {
    pub(crate) fn set(&self, fault: &SessionFault) {
        let mut end = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        end.get_or_insert_with(|| fault.clone());
    }

    pub(crate) fn known(&self) -> Option<SessionFault> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
