//! The vocabulary of `play`: the words every part shares. No input or output happens here, and nothing is asynchronous.
pub mod act;
pub mod catalog;
pub mod change;
pub mod content;
pub mod diagnostic;
pub mod diff;
pub mod event;
pub mod fact;
pub mod fault;
pub mod frame;
pub mod message;
pub mod mode;
pub mod module;
pub mod outcome;
pub mod plan;
pub mod probe;
pub mod query;
pub mod recap;
pub mod resource;
pub mod secret;
pub mod state;
pub mod touch;
pub mod unknown;
pub mod view;

pub use act::Act;
pub use catalog::{Catalog, Description};
pub use change::{Change, Transition};
pub use content::Content;
pub use diagnostic::{Diagnostic, Place, Severity};
pub use diff::{Diff, DiffBody};
pub use event::{Event, Reporter};
pub use fault::Fault;
pub use mode::FileMode;
pub use module::{Entry, Module, Side};
pub use outcome::Outcome;
pub use plan::Plan;
pub use query::Query;
pub use recap::Recap;
pub use resource::Resource;
pub use secret::Mask;
pub use state::State;
pub use touch::{Access, Touch};
pub use view::{Effect, System, View};

/// What variables, facts, arguments and outputs are made of. Mappings keep the order they were written in.
pub type Value = serde_json::Value;
