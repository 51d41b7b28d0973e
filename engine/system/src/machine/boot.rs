//! The running system.
use crate::Context;
use play_core::{Effect, Fault, State};
pub fn look() -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn reboot(_: u64, _: &Context) -> Result<Effect, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
