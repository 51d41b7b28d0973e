//! WireGuard interfaces.
use crate::Context;
use play_core::{Effect, Fault, State, Value};
pub fn look(_: &str) -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn public_key(_: &str) -> Result<Value, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn apply(_: &str, _: &str, _: &play_core::Change, _: &Context) -> Result<Effect, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn private_key(_: &str, _: play_core::act::KeyKind, _: &Context) -> Result<Effect, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
