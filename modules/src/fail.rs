//! `fail`: stops with a message.
use play_core::{Fault, Module, Plan, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Stops the host with a message; use it with `when`.
///
/// # Example
///
/// ```yaml
/// - name: refuse other systems
///   fail:
///     msg: this role is for Debian only
///   when: facts.os.family != "Debian"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// What to say.
    #[serde(default = "failed")]
    pub msg: String,
}

fn failed() -> String {
    "failed as asked".into()
}

impl Module for Fail {
    fn plan(&self, _: &dyn View) -> Result<Plan, Fault> {
        Err(Fault::stated(self.msg.clone()))
    }

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }
}
