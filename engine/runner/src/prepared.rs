//! A task made ready for one host: rendered, its conditions judged, its loop laid out.
use play_core::{Diagnostic, Value};
use std::path::PathBuf;

/// What is to be done, item by item.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// The task's name, rendered.
    pub name: String,
    /// More than one, or none, only where the task has a loop.
    pub items: Vec<Item>,
    pub looped: bool,
    /// The turns of a loop that a condition without an item left out as a whole: what `register` has of them.
    pub left_out: Option<Vec<Vec<(String, Value)>>>,
    pub ignore_errors: bool,
    /// Content the host may ask for, by SHA-256.
    pub blobs: Vec<(String, PathBuf)>,
    pub retries: u32,
    /// Seconds between tries.
    pub delay: f64,
}

/// One item of a loop, or the whole of a task without one.
#[derive(Clone, Debug)]
pub struct Item {
    /// How it is called in what is shown; None without a loop.
    pub label: Option<String>,
    /// Loop variables.
    pub bindings: Vec<(String, Value)>,
    pub verdict: Verdict,
    pub arguments: Value,
    pub environment: Vec<(String, String)>,
    /// The host `delegate_to` names.
    pub on: Option<String>,
    /// `become_user` other than root.
    pub acts_as: Option<String>,
    /// Why a rollback is to leave what it changes.
    pub irreversible: Option<String>,
    /// Handlers of the play it notifies, where it changes something.
    pub notify: Vec<usize>,
}

impl Item {
    /// The host it acts on; `own` is that of its step.
    pub fn host<'a>(&'a self, own: &'a str) -> &'a str {
        self.on.as_deref().unwrap_or(own)
    }

    pub fn is_skipped(&self) -> bool {
        matches!(self.verdict, Verdict::Skip(_))
    }
}

impl Prepared {
    /// Whether any item acts on another host than its step's own.
    pub fn acts_elsewhere(&self, own: &str) -> bool {
        let mut items = self.items.iter().filter(|item| !item.is_skipped());
        items.any(|item| item.host(own) != own)
    }
}

/// What its conditions say.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Run,
    /// The condition that does not hold.
    Skip(String),
    /// It cannot be known whether it runs.
    Maybe(String),
}

/// Why a task cannot be made ready.
#[derive(Clone, Debug)]
pub enum Problem {
    /// What was written is wrong, and it could not be known before.
    Wrong(Diagnostic),
    /// It depends on something not known in this check.
    Unknown(String),
}
