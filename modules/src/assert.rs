//! `assert`: stops where something does not hold.
use play_core::{Fault, Module, Plan, Touch, Value, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Stops the host where one of the conditions does not hold.
///
/// The conditions are infix expressions as in `when`; they are evaluated on the controller, in a check too.
///
/// # Example
///
/// ```yaml
/// - name: the disk is large enough
///   assert:
///     that:
///       - facts.memory.total > 1024
///     fail_msg: this host needs more than 1 GiB of memory
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assert {
    /// One condition or a list of them; all must hold.
    pub that: Value,
    /// What to say where one does not hold.
    #[serde(default, alias = "msg")]
    #[schemars(extend("aliases" = ["msg"]))]
    pub fail_msg: Option<String>,
    /// What to say where all hold.
    #[serde(default)]
    pub success_msg: Option<String>,
    /// Say nothing where all hold.
    #[serde(default)]
    pub quiet: bool,
}

impl Assert {
    /// The first condition that is not true: its number from 1 and its text. The runner replaces conditions by their results.
    fn broken(&self) -> Option<(usize, String)> {
        let conditions = match &self.that {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        conditions
            .iter()
            .enumerate()
            .find(|(_, condition)| **condition != Value::Bool(true))
            .map(|(index, condition)| (index + 1, condition.to_string()))
    }
}

impl Module for Assert {
    fn plan(&self, _: &dyn View) -> Result<Plan, Fault> {
        match self.broken() {
            Some((number, condition)) => {
                Err(Fault::stated(self.fail_msg.clone().unwrap_or_else(|| {
                    format!("assertion {number} does not hold: {condition}")
                })))
            }
            None if self.quiet => Ok(Plan::nothing()),
            None => Ok(Plan::nothing().with_output(serde_json::json!({
                "msg": self.success_msg.as_deref().unwrap_or("all assertions hold")
            }))),
        }
    }

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }
}
