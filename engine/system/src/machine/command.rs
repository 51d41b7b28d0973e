//! Programs users name.
use crate::Context;
use play_core::{Effect, Fault, Value};
pub fn reads(_: &[String], _: Option<&str>, _: Option<&str>) -> Result<Value, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn run(_: &play_core::act::Command, _: &Context) -> Result<Effect, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
