//! HTTP, as far as downloads and probes need it.
use crate::Context;
use play_core::{Effect, Fault};
pub fn download(
    _: &str,
    _: &str,
    _: Option<&str>,
    _: &[(String, String)],
    _: u64,
    _: &play_core::Change,
    _: &Context,
) -> Result<Effect, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
