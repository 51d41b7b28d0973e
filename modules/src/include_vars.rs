//! `include_vars`: variables from files of the controller.
use crate::list::List;
use play_core::{Fault, Module, Plan, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Reads variables from a YAML or JSON file, or from all files of a folder, beside the playbook or in the role's `vars`.
///
/// # Example
///
/// ```yaml
/// - name: the packages of this system
///   include_vars: debian.yml
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncludeVars {
    /// The file.
    #[serde(default)]
    pub file: Option<String>,
    /// A folder, instead of a file: every file in it, in the order of their names.
    #[serde(default)]
    pub dir: Option<String>,
    /// Put the variables below this one instead of beside the others.
    #[serde(default)]
    pub name: Option<String>,
    /// With `dir`: only files with these extensions.
    #[serde(default = "extensions")]
    pub extensions: List,
}

fn extensions() -> List {
    List(["yaml", "yml", "json"].map(str::to_owned).to_vec())
}

impl Module for IncludeVars {
    fn sensible(&self) -> Result<(), Fault> {
        if self.file.is_some() == self.dir.is_some() {
            return Err(Fault::arguments(
                "exactly one of `file` and `dir` is needed",
            ));
        }
        Ok(())
    }

    /// The runner reads the files; what is left to say here is whether exactly one source is named.
    fn plan(&self, _: &dyn View) -> Result<Plan, Fault> {
        self.sensible()?;
        Ok(Plan::nothing())
    }

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }
}
