//! Kernel parameters.
use play_core::{Fault, State};
pub fn look(_: &str) -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn put(_: &str, _: &State) -> Result<(), Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
