//! What this process knows stays in its memory.
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Keeps this process, which is told secrets, out of core dumps and closed to others of the same account. Programs it starts are
/// what they always are.
pub fn close_memory() {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
