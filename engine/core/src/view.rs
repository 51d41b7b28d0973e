//! A machine, as modules see it and as changes alter it.
use crate::{Change, Fault, Query, Resource, State, Value};

/// What a module may look at. It cannot alter anything through this.
pub trait View {
    /// The state of one resource. On an imagined machine this may be `State::Unknown`.
    fn look(&self, resource: &Resource) -> Result<State, Fault>;

    /// The names in a directory, sorted; empty where there is none.
    fn list(&self, directory: &str) -> Result<Vec<String>, Fault>;

    /// Runs one of the known read-only questions.
    fn ask(&self, query: &Query) -> Result<Value, Fault>;

    /// True on a machine where changes are only imagined, in a check: what waits need not wait there.
    fn imagined(&self) -> bool;

    /// The reason, where something was only imagined that may have brought resources of this kind: "package docker.io".
    fn blurred(&self, kind: crate::resource::Kind) -> Option<String>;

    /// The account a step without `become` of its own acts for: owner of what it creates. None is the agent's own.
    fn acts_as(&self) -> Option<String> {
        None
    }

    /// The text of a regular file; None where there is none.
    fn text(&self, path: &str) -> Result<Option<String>, Fault> {
        match self.look(&Resource::File(path.to_owned()))? {
            State::File(file) => match file.content() {
                Some(content) => match content.text() {
                    Some(text) => Ok(Some(text.to_owned())),
                    None => Err(Fault::NotText {
                        path: path.to_owned(),
                    }),
                },
                None => Err(Fault::NotRegular {
                    path: path.to_owned(),
                }),
            },
            State::Unknown(reason) => Err(Fault::Unknown { reason }),
            _ => Ok(None),
        }
    }
}

/// What applying a change left behind besides the change itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effect {
    /// Merged into the task's output: `stdout`, `stderr`, `rc` of a command, and the like. An object or null.
    pub output: Value,
}

/// A machine that changes can be applied to: a real one, one in memory, or one imagined.
pub trait System: View {
    /// Applies one change. `Fault::Raced` where a resource is not as the change saw it.
    fn apply(&mut self, change: &Change) -> Result<Effect, Fault>;
}
