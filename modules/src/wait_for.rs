//! `wait_for`: waits for a port or a path.
use crate::path::HostPath;
use crate::pattern;
use play_core::probe::{Observation, Probe};
use play_core::touch::{Access, What};
use play_core::{Act, Change, Fault, Module, Plan, Query, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Waits until a port accepts connections or no longer does, or until a path is there or gone; and fails with what it saw
/// last when time is up. Nothing is changed. In a check it looks once and does not wait.
///
/// # Example
///
/// ```yaml
/// - name: the database answers
///   wait_for:
///     port: 5432
///     timeout: 60
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitFor {
    /// The host whose port is meant, as the managed host reaches it.
    #[serde(default = "local")]
    pub host: String,
    /// TCP port.
    #[serde(default)]
    pub port: Option<u16>,
    /// A path instead of a port.
    #[serde(default)]
    pub path: Option<HostPath>,
    /// What is waited for.
    #[serde(default)]
    pub state: Awaited,
    /// Expression that the file's text must match too.
    #[serde(default)]
    pub search_regex: Option<String>,
    /// Seconds.
    #[serde(default = "patience")]
    pub timeout: u64,
    /// Seconds between two looks.
    #[serde(default = "interval")]
    pub sleep: u64,
    /// What to say instead when time is up.
    #[serde(default)]
    pub msg: Option<String>,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Awaited {
    /// The port is open; the path is there.
    #[default]
    Started,
    /// The same.
    Present,
    /// The port is closed; the path is gone.
    Stopped,
    /// The same.
    Absent,
}

fn local() -> String {
    "127.0.0.1".into()
}

fn patience() -> u64 {
    300
}

fn interval() -> u64 {
    1
}

impl Module for WaitFor {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let probe = self.probe()?;
        let answer = view.ask(&Query::Probe(probe.clone()))?;
        let seen: Observation = serde_json::from_value(answer).map_err(|error| Fault::Bug {
            message: error.to_string(),
        })?;
        if seen.holds {
            return Ok(Plan::nothing());
        }
        if view.imagined() {
            return Ok(Plan::unknown(format!("waiting; now: {}", seen.seen)));
        }
        let wait = Change::new(Act::Wait {
            probe,
            seconds: self.timeout,
            interval_ms: self.sleep.saturating_mul(1000).max(100),
            message: self.msg.clone(),
        });
        Ok(wait.into())
    }

    fn touches(&self) -> Vec<Touch> {
        match &self.path {
            Some(path) => vec![Touch::read(path.resource())],
            // Who listens on a port may be anything this play sets up before.
            None => vec![Touch {
                access: Access::Read,
                what: What::Everything,
            }],
        }
    }

    fn settles(&self) -> bool {
        false
    }
}

impl WaitFor {
    fn probe(&self) -> Result<Probe, Fault> {
        let present = matches!(self.state, Awaited::Started | Awaited::Present);
        match (self.port, &self.path) {
            (Some(port), None) if self.search_regex.is_none() => Ok(Probe::Tcp {
                host: self.host.clone(),
                port,
                open: present,
            }),
            (Some(_), None) => Err(Fault::arguments(
                "search_regex is for a path; what a port says is not read",
            )),
            (None, Some(path)) => {
                if let Some(regex) = &self.search_regex {
                    pattern::compile_lines("search_regex", regex)?;
                }
                Ok(Probe::Path {
                    path: path.to_string(),
                    present,
                    pattern: self.search_regex.clone(),
                })
            }
            _ => Err(Fault::arguments("give either port or path")),
        }
    }
}
