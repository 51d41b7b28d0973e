//! The only code that touches a machine: the real one, one in memory, one imagined.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the crate that touches machines"
)]

pub mod confirm;
pub mod context;
pub mod journal;
pub mod leftover;
pub mod lock;
pub mod machine;
pub mod memory;
pub mod overlay;
pub mod program;
pub mod secrecy;
pub mod staged;
mod state_folder;
pub mod task;

pub use context::{Blobs, Context};
pub use journal::Journal;
pub use lock::{Lock, Refused};
pub use machine::Machine;
pub use memory::Memory;
pub use overlay::Overlay;
pub use task::{NoWitness, Witness, run, run_step};
