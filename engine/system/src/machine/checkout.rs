//! Git working trees.
use crate::Context;
use play_core::{Effect, Fault, State, Value};
/// A working tree as it should be.
pub struct Wanted<'a> {
    pub repository: &'a str,
    pub path: &'a str,
    pub commit: &'a str,
    pub depth: Option<u32>,
    pub user: Option<&'a str>,
    pub force: bool,
}
pub fn look(_: &str, _: &Context) -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn remote(_: &str, _: &str, _: Option<&str>) -> Result<Value, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn apply(_: &Wanted, _: &Context) -> Result<Effect, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
