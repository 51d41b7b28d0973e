//! What a module answers.
use crate::{Change, Value};

/// What must change for the task to hold, and what the task reports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub changes: Vec<Change>,
    /// An object merged into the task's registered value, known in a check too; or null.
    pub output: Value,
    /// Things a person should know, shown with the task: "2 other files set this key".
    pub notes: Vec<String>,
    /// Why it cannot be said what must change; then `changes` is what is known of it.
    pub unknown: Option<String>,
}

impl Plan {
    pub fn nothing() -> Self {
        Self::default()
    }

    pub fn unknown(reason: impl Into<String>) -> Self {
        Self {
            unknown: Some(reason.into()),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn with_output(mut self, output: Value) -> Self {
        self.output = output;
        self
    }

    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

impl FromIterator<Change> for Plan {
    fn from_iter<I: IntoIterator<Item = Change>>(changes: I) -> Self {
        Self {
            changes: changes.into_iter().collect(),
            ..Self::default()
        }
    }
}

impl From<Change> for Plan {
    fn from(change: Change) -> Self {
        Self {
            changes: vec![change],
            ..Self::default()
        }
    }
}
