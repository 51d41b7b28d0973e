//! The graph, the queue, the dispatcher, and the way to each host.
mod bootstrap;
pub mod connection;
mod dispatch;
pub mod escalation;
pub mod graph;
mod host;
pub mod language;
mod prepared;
mod queue;
mod registered;
pub mod run;
pub mod session;
pub mod settings;
mod verdict;
mod worker;
