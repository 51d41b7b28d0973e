//! Validators over staged content.
use play_core::{Fault, Value};
pub fn validate(_: &str, _: &str, _: &[String]) -> Result<Value, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
