//! Whether something shall be there.
use schemars::JsonSchema;
use serde::Deserialize;

/// There or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It shall be there.
    #[default]
    Present,
    /// It shall not be there.
    Absent,
}
