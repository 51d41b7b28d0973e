//! `reboot`: restarts the machine.
use play_core::{Act, Change, Fault, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Restarts the machine, waits until it is there again with another boot id, and goes on.
///
/// It restarts each time the task runs; say when with `when`.
///
/// # Example
///
/// ```yaml
/// - name: start the new kernel
///   reboot:
///     reboot_timeout: 300
///   when: kernel is changed
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reboot {
    /// Seconds within which the machine must be there again.
    #[serde(default = "patience")]
    pub reboot_timeout: u64,
    /// Why, shown with the task.
    #[serde(default)]
    pub msg: Option<String>,
}

fn patience() -> u64 {
    600
}

impl Module for Reboot {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let before = view.look(&Resource::Boot)?;
        let mut change = Change::new(Act::Reboot {
            seconds: self.reboot_timeout,
        })
        .leaving(Resource::Boot, before, State::Unknown("the reboot".into()));
        if let Some(reason) = &self.msg {
            change = change.because(reason);
        }
        Ok(change.into())
    }

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::everything()]
    }

    fn settles(&self) -> bool {
        false
    }
}
