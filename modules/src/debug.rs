//! `debug`: shows a value.
use play_core::{Fault, Module, Plan, Touch, Value, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Shows a message or a variable's value while the playbook runs. Changes nothing, on no machine.
///
/// # Example
///
/// ```yaml
/// - name: say where the service is
///   debug:
///     msg: listening on port 8080
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Debug {
    /// The message; any value.
    #[serde(default)]
    pub msg: Option<Value>,
    /// The name of a variable, or an expression, whose value is shown instead of a message.
    #[serde(default)]
    pub var: Option<Value>,
    /// Show it only with this many `-v`.
    #[serde(default)]
    pub verbosity: u8,
}

impl Module for Debug {
    fn sensible(&self) -> Result<(), Fault> {
        if self.msg.is_some() && self.var.is_some() {
            return Err(Fault::arguments(
                "`msg` and `var` exclude each other; keep one",
            ));
        }
        Ok(())
    }

    fn plan(&self, _: &dyn View) -> Result<Plan, Fault> {
        self.sensible()?;
        let message = self
            .msg
            .clone()
            .or_else(|| self.var.clone())
            .unwrap_or_else(|| "Hello world!".into());
        Ok(Plan::nothing().with_output(serde_json::json!({ "msg": message })))
    }

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }
}
