//! Reaches hosts and runs what was planned on them.
pub mod bootstrap;
pub mod connection;
pub mod escalation;
pub mod session;

pub use connection::{
    AgentImage, AskPassphrase, ConnectFault, HostKeys, Kind, Options, Stage, Target,
};
pub use escalation::{Escalation, Password};
pub use session::{Receiver, Sender, Session, SessionFault};
