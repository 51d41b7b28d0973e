//! The host's name.
use play_core::{Fault, State};
pub fn look() -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn put(_: &State) -> Result<(), Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
