//! The graph, the queue, the dispatcher, and the way to each host.
mod bootstrap;
pub mod connection;
mod dispatch;
pub mod escalation;
pub mod graph;
mod host;
pub mod language;
pub mod limits;
pub mod password;
mod prepared;
mod queue;
mod registered;
pub mod run;
pub mod saved;
pub mod secrecy;
pub mod session;
pub mod settings;
mod verdict;
mod worker;

pub use connection::{
    AgentImage, AskPassphrase, ConnectFault, HostKeys, Kind, Options, Stage, Target,
};
pub use escalation::Escalation;
pub use password::Password;
pub use session::{Receiver, Sender, Session, SessionFault};
