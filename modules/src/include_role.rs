//! `include_role`: a role, decided while the playbook runs.
use play_core::{Fault, Module, Plan, Touch, Value, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Runs a role here. `when` and `loop` on it decide whether and how often; `import_role` is decided beforehand.
///
/// # Example
///
/// ```yaml
/// - name: a web server
///   include_role:
///     name: nginx
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncludeRole {
    /// The role.
    pub name: String,
    /// The file of the role's `tasks` to begin with.
    #[serde(default = "main")]
    pub tasks_from: String,
    /// The file of the role's `vars`.
    #[serde(default = "main")]
    pub vars_from: String,
    /// The file of the role's `defaults`.
    #[serde(default = "main")]
    pub defaults_from: String,
    /// The file of the role's `handlers`.
    #[serde(default = "main")]
    pub handlers_from: String,
    /// Keywords every included task gets: `tags`, `become` ….
    #[serde(default)]
    pub apply: Option<Value>,
    /// Let the tasks after this one see the role's variables and defaults.
    #[serde(default)]
    pub public: bool,
}

fn main() -> String {
    "main".into()
}

impl Module for IncludeRole {
    fn plan(&self, _: &dyn View) -> Result<Plan, Fault> {
        Ok(Plan::nothing())
    }

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::everything()]
    }
}
