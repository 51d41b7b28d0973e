//! Archives.
use crate::Context;
use play_core::{Effect, Fault, Value};
pub fn entries(_: &str) -> Result<Value, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn unpack(
    _: &str,
    _: &str,
    _: u32,
    _: Option<&str>,
    _: Option<&str>,
    _: &Context,
) -> Result<Effect, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
