//! `meta`: tells the run itself something.
use play_core::{Fault, Module, Plan, Touch, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tells the run itself something: run the handlers that are pending, end this host's or this play's tasks here.
///
/// # Example
///
/// ```yaml
/// - name: restart now what must be restarted
///   meta: flush_handlers
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// What to do.
    pub action: Action,
}

/// The actions of `meta`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    FlushHandlers,
    EndHost,
    EndPlay,
    EndRole,
    EndBatch,
    ClearHostErrors,
    ClearFacts,
    ResetConnection,
    RefreshInventory,
    Noop,
}

impl Module for Meta {
    fn plan(&self, _: &dyn View) -> Result<Plan, Fault> {
        Ok(Plan::nothing())
    }

    fn touches(&self) -> Vec<Touch> {
        match self.action {
            Action::Noop => Vec::new(),
            _ => vec![Touch::everything()],
        }
    }
}
