//! The two directions of a program on a host, the same over SSH and on this machine.
use std::fmt;
use tokio::io::AsyncWrite;
use tokio::sync::mpsc;

/// What a program sends, in the order it came.
#[derive(Debug)]
pub(crate) enum Output {
    Standard(Vec<u8>),
    Error(Vec<u8>),
    /// Always the last.
    Ended(Ending),
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Status(u32),
    /// Without `SIG`.
    Signal(String),
    /// The connection ended first.
    Lost(String),
}

impl fmt::Display for Ending {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(out, "it ended with status {status}"),
            Self::Signal(name) => match number(name) {
                Some(number) => write!(out, "it was killed (signal {number}, {name})"),
                None => write!(out, "it was killed (signal {name})"),
            },
            Self::Lost(reason) => write!(out, "the connection was lost: {reason}"),
        }
    }
}

fn number(name: &str) -> Option<i32> {
    const NAMES: [(&str, i32); 10] = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("ILL", 4),
        ("ABRT", 6),
        ("FPE", 8),
        ("KILL", 9),
        ("SEGV", 11),
        ("PIPE", 13),
        ("TERM", 15),
    ];
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, number)| *number)
}

/// The other way round.
pub(crate) fn signal_name(number: i32) -> String {
    match number {
        9 => "KILL".into(),
        15 => "TERM".into(),
        11 => "SEGV".into(),
        6 => "ABRT".into(),
        other => other.to_string(),
    }
}

/// A running program. Dropping it closes its input and, where nothing else uses it, the connection.
pub(crate) struct Pipe {
    pub(crate) input: Box<dyn AsyncWrite + Send + Unpin>,
    pub(crate) output: mpsc::Receiver<Output>,
    pub(crate) keeper: Keeper,
}

/// Whatever must live as long as the pipe.
pub(crate) type Keeper = Box<dyn std::any::Any + Send>;
