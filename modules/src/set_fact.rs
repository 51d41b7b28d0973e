//! `set_fact`: variables of a host from here on.
use play_core::{Fault, Module, Plan, Touch, Value, View};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Map;

/// Sets variables for this host, for the tasks after this one. Every key is a variable.
///
/// # Example
///
/// ```yaml
/// - name: where the service listens
///   set_fact:
///     service_port: 8080
///     service_address: 10.0.0.1
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetFact {
    /// Accepted for compatibility: facts last for one run.
    #[serde(default)]
    pub cacheable: bool,
    /// The variables.
    #[serde(flatten)]
    pub variables: Map<String, Value>,
}

impl Module for SetFact {
    fn sensible(&self) -> Result<(), Fault> {
        if self.variables.is_empty() {
            return Err(Fault::arguments("no variable is named"));
        }
        if let Some(name) = self.variables.keys().find(|name| !is_name(name)) {
            return Err(Fault::arguments(format!(
                "`{name}` cannot be a variable's name: letters, digits and `_`, not beginning with a digit"
            )));
        }
        Ok(())
    }

    fn plan(&self, _: &dyn View) -> Result<Plan, Fault> {
        self.sensible()?;
        Ok(Plan::nothing().with_output(serde_json::json!({ "facts": self.variables })))
    }

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }
}

fn is_name(name: &str) -> bool {
    name.chars()
        .enumerate()
        .all(|(at, c)| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit()))
}
