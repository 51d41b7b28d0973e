//! Files, directories and links.
use crate::Context;
use play_core::{Effect, Fault, State};
pub fn look(_: &str) -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn list(_: &str) -> Result<Vec<String>, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn put(_: &str, _: &State, _: &State) -> Result<(), Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn put_blob(_: &play_core::Change, _: &str, _: &Context) -> Result<Effect, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
