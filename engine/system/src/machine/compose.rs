//! Docker Compose projects.
use crate::Context;
use play_core::{Effect, Fault, State, Value};

fn nothing<T>() -> Result<T, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn look(_: &str) -> Result<State, Fault> {
    nothing()
}
pub fn resolve(
    _: &str,
    _: &[String],
    _: &str,
    _: &[String],
    _: &[String],
    _: &[(String, String)],
) -> Result<Value, Fault> {
    nothing()
}
pub fn images(_: &[String]) -> Result<Value, Fault> {
    nothing()
}
pub fn apply(_: &play_core::act::Compose, _: &Context) -> Result<Effect, Fault> {
    nothing()
}
