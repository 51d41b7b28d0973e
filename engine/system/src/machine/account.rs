//! Accounts and groups.
use crate::Context;
use play_core::{Fault, State, Value};
/// An account's numbers.
pub struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
}
pub fn look_user(_: &str) -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn look_group(_: &str) -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn password_fits(_: &str, _: &str) -> Result<Value, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn put_user(_: &str, _: &State, _: &State, _: &Context) -> Result<(), Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn put_group(_: &str, _: &State, _: &State, _: &Context) -> Result<(), Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
