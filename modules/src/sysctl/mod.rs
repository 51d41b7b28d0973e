//! `sysctl`: a kernel parameter, as it is and as it will be after a boot.
mod boot;
mod drop_in;
mod key;

use crate::text::Text;
use boot::Boot;
use drop_in::DropIn;
use key::Key;
use play_core::{Change, Fault, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sets a kernel parameter, live and for the next boot.
///
/// Both are compared: the live value, and the one a boot would set, by the order of sysctl.d(5) over all folders. Only the one line in
/// `sysctl_file` is written. Where a file that sorts later sets another value, that is refused with its file and line, since the value
/// would be gone after a boot. The live value is written alone; other lines of other files are not loaded again.
///
/// # Example
///
/// ```yaml
/// - name: forward packets
///   sysctl:
///     name: net.ipv4.ip_forward
///     value: "1"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sysctl {
    /// The parameter: `net.ipv4.ip_forward`, or with slashes where a part of it has dots: `net/ipv4/conf/eth0.5/forwarding`.
    #[serde(alias = "key")]
    #[schemars(extend("aliases" = ["key"]))]
    pub name: String,
    /// Its value; `yes` and `no` are 1 and 0. Needed unless absent.
    #[serde(default, alias = "val")]
    #[schemars(extend("aliases" = ["val"]))]
    pub value: Option<Text>,
    /// Whether `sysctl_file` sets it. Removing the line leaves the live value as it is.
    #[serde(default)]
    pub state: Desired,
    /// Set the live value too.
    #[serde(default = "yes")]
    pub reload: bool,
    /// Set the live value even with `reload: false`.
    #[serde(default)]
    pub sysctl_set: bool,
    /// The file that keeps it for the next boot.
    #[serde(default = "own_file")]
    pub sysctl_file: String,
    /// Go on where the running kernel does not know the parameter.
    #[serde(default)]
    pub ignoreerrors: bool,
}

fn yes() -> bool {
    true
}

fn own_file() -> String {
    "/etc/sysctl.d/90-play.conf".into()
}

/// Whether a file sets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    #[default]
    Present,
    Absent,
}

impl Module for Sysctl {
    fn sensible(&self) -> Result<(), Fault> {
        if !self.sysctl_file.starts_with('/') {
            return Err(Fault::arguments("`sysctl_file` is an absolute path"));
        }
        Key::parse(&self.name)?;
        match self.state {
            Desired::Present => self.value().map(drop),
            Desired::Absent => Ok(()),
        }
    }

    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        self.sensible()?;
        let key = Key::parse(&self.name)?;
        let file = DropIn::look(view, &self.sysctl_file)?;
        match self.state {
            Desired::Absent => Ok(file.without(&key).into_iter().collect()),
            Desired::Present => {
                let value = self.value()?;
                let mut plan = Plan::nothing();
                if self.reload || self.sysctl_set {
                    self.live(view, &key, &value, &mut plan)?;
                }
                Boot::look(view)?.refuse(&key, &value, &file)?;
                if let Some(change) = file.with(&key, &value) {
                    plan.changes.extend(file.folder(view)?);
                    plan.changes.push(change);
                }
                Ok(plan)
            }
        }
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches: Vec<Touch> = boot::FOLDERS
            .iter()
            .map(|folder| Touch::read(Resource::File((*folder).to_owned())))
            .collect();
        touches.push(Touch::write(Resource::File(self.sysctl_file.clone())));
        if let Ok(key) = Key::parse(&self.name) {
            touches.push(Touch::write(Resource::Sysctl(key.name())));
        }
        touches
    }
}

impl Sysctl {
    fn value(&self) -> Result<String, Fault> {
        let value = self.value.as_ref().map(|value| {
            let value = normal(&value.0);
            match value.to_lowercase().as_str() {
                "yes" | "true" | "on" => "1".to_owned(),
                "no" | "false" | "off" => "0".to_owned(),
                _ => value,
            }
        });
        value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Fault::arguments("`value` is needed with `state: present`"))
    }

    fn live(&self, view: &dyn View, key: &Key, value: &str, plan: &mut Plan) -> Result<(), Fault> {
        let resource = Resource::Sysctl(key.name());
        let before = view.look(&resource)?;
        match &before {
            State::Text(text) if normal(text) == value => return Ok(()),
            State::Absent if self.ignoreerrors => {
                plan.notes
                    .push(format!("the running kernel has no {}", key.name()));
                return Ok(());
            }
            State::Absent => {
                return Err(Fault::Missing {
                    resource,
                    hint: Some(key.hint()),
                });
            }
            _ => {}
        }
        let change = Change::put(resource, before, State::Text(value.to_owned()));
        plan.changes.push(if key.cuts_line() {
            change.cutting_line()
        } else {
            change
        });
        Ok(())
    }
}

/// A value with its parts one space apart, as the kernel compares it.
fn normal(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
