//! `timezone`: the host's time zone.
use crate::link::Link;
use crate::ownership::Ownership;
use crate::path;
use crate::written::Written;
use play_core::state::{File, FileKind};
use play_core::{Fault, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Sets the host's time zone: /etc/localtime, and /etc/timezone where the host has it.
///
/// # Example
///
/// ```yaml
/// - name: clocks show UTC
///   timezone:
///     name: Etc/UTC
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timezone {
    /// The zone's name (`Europe/Berlin`); `timedatectl list-timezones` lists them.
    pub name: String,
}

const LOCALTIME: &str = "/etc/localtime";
const TIMEZONE: &str = "/etc/timezone";
const ZONES: &str = "/usr/share/zoneinfo";

impl Module for Timezone {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let zone = path::join(ZONES, &self.name);
        if !zone.starts_with(ZONES) || self.name.starts_with('/') || self.name.is_empty() {
            return Err(Fault::arguments(format!(
                "`{}` is no name of a time zone",
                self.name
            )));
        }
        require(view, &zone)?;
        let mut plan = Plan::nothing();
        if !leads_there(view, &zone)? {
            let target = format!("..{zone}");
            let link = Link {
                path: LOCALTIME,
                src: Some(&target),
                force: true,
                ownership: Ownership::default(),
            };
            plan = link.plan(view)?;
        }
        if let State::File(_) = view.look(&Resource::File(TIMEZONE.into()))? {
            let written = Written::new(TIMEZONE, format!("{}\n", self.name));
            plan.changes.extend(written.plan(view)?.changes);
        }
        Ok(plan)
    }

    fn touches(&self) -> Vec<Touch> {
        let file = |path: &str| Resource::File(path.to_owned());
        vec![
            Touch::write(file(LOCALTIME)),
            Touch::write(file(TIMEZONE)),
            Touch::read(file(ZONES)),
        ]
    }
}

fn require(view: &dyn View, zone: &str) -> Result<(), Fault> {
    let resource = Resource::File(zone.to_owned());
    if !view.look(&resource)?.is_absent() {
        return Ok(());
    }
    let hint = match view.look(&Resource::File(ZONES.into()))? {
        State::Absent => "install the package tzdata",
        _ => "timedatectl list-timezones lists the zones there are",
    };
    Err(Fault::Missing {
        resource,
        hint: Some(hint.into()),
    })
}

/// Whether the link is right already, however its target is written.
fn leads_there(view: &dyn View, zone: &str) -> Result<bool, Fault> {
    Ok(match view.look(&Resource::File(LOCALTIME.into()))? {
        State::File(File {
            kind: FileKind::Link(target),
            ..
        }) => path::target(LOCALTIME, &target) == zone,
        _ => false,
    })
}
