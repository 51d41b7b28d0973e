//! `include_tasks`: tasks of another file, decided while the playbook runs.
use play_core::{Fault, Module, Plan, Touch, Value, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Runs the tasks of another file here. `when` and `loop` on it decide whether and how often; `import_tasks` is decided beforehand.
///
/// # Example
///
/// ```yaml
/// - name: the steps of this system
///   include_tasks: debian.yml
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncludeTasks {
    /// The file, beside the file of this task or in the role's `tasks`.
    pub file: String,
    /// Keywords every included task gets: `tags`, `become` ….
    #[serde(default)]
    pub apply: Option<Value>,
}

impl Module for IncludeTasks {
    fn plan(&self, _: &dyn View) -> Result<Plan, Fault> {
        Ok(Plan::nothing())
    }

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::everything()]
    }
}
