//! Why a task failed on its host.
use crate::Resource;
use serde::{Deserialize, Serialize};

/// What failed on a host, in words that name the thing and the way out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    #[error("{resource} is not there{}", way_out(.hint))]
    Missing {
        resource: Resource,
        hint: Option<String>,
    },
    #[error("{resource} changed between plan and apply; run again to plan with what is there now")]
    Raced { resource: Resource },
    #[error("not converged: after the change {remaining}")]
    NotConverged { remaining: String },
    /// Never shown as a failure: the outcome of the step is `Unknown`.
    #[error("known after {reason}")]
    Unknown { reason: String },
    #[error("invalid arguments: {message}")]
    Arguments { message: String },
    #[error("{path} is not text, or too large to be changed in parts")]
    NotText { path: String },
    #[error("{path} is not a regular file")]
    NotRegular { path: String },
    #[error("{operation} {path}: {message}")]
    File {
        operation: String,
        path: String,
        message: String,
    },
    /// A program ended badly. `words` are its last lines, already masked by whoever prints.
    #[error("{program}: {words} ({status})")]
    Program {
        program: String,
        status: String,
        words: String,
        output: Box<crate::Value>,
    },
    #[error("{what} did not happen within {seconds} s{}", last_seen(.seen))]
    Timeout {
        what: String,
        seconds: u64,
        seen: Option<String>,
    },
    #[error("{what} is refused: {why}")]
    Refused { what: String, why: String },
    /// This machine has no means for it: no package manager, no docker.
    #[error("{what} is not available on this host{}", way_out(.hint))]
    Unsupported { what: String, hint: Option<String> },
    /// A check (assert, fail, validate) that did not hold.
    #[error("{message}")]
    Stated { message: String },
    #[error("undone: {why}")]
    Undone { why: String },
    #[error("interrupted before it was finished")]
    Interrupted,
    #[error("a bug in play: {message}; please report it")]
    Bug { message: String },
}

fn way_out(hint: &Option<String>) -> String {
    hint.as_ref()
        .map_or_else(String::new, |hint| format!(" ({hint})"))
}

fn last_seen(seen: &Option<String>) -> String {
    seen.as_ref()
        .map_or_else(String::new, |seen| format!("; last seen: {seen}"))
}

impl Fault {
    pub fn missing(resource: Resource) -> Self {
        Self::Missing {
            resource,
            hint: None,
        }
    }

    pub fn arguments(message: impl Into<String>) -> Self {
        Self::Arguments {
            message: message.into(),
        }
    }

    pub fn refused(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Refused {
            what: what.into(),
            why: why.into(),
        }
    }

    pub fn stated(message: impl Into<String>) -> Self {
        Self::Stated {
            message: message.into(),
        }
    }

    pub fn file(operation: &str, path: &str, error: &dyn std::fmt::Display) -> Self {
        Self::File {
            operation: operation.into(),
            path: path.into(),
            message: error.to_string(),
        }
    }

    /// What a program said, told in other words; any other fault is as it was.
    #[must_use]
    pub fn reworded(self, tell: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Program {
                program,
                status,
                words,
                output,
            } => Self::Program {
                program,
                status,
                words: tell(words),
                output,
            },
            fault => fault,
        }
    }

    /// The kind of resource that is absent, where absence is all that is wrong.
    pub fn absence(&self) -> Option<crate::resource::Kind> {
        match self {
            Self::Missing { resource, .. } => Some(resource.kind()),
            _ => None,
        }
    }
}
