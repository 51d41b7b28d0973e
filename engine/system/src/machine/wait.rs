//! Waiting for something to hold.
use crate::Context;
use play_core::{Effect, Fault, Value};
pub fn observe(_: &play_core::probe::Probe) -> Result<Value, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn wait(_: &play_core::probe::Probe, _: u64, _: u64, _: &Context) -> Result<Effect, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
