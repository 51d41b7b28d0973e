//! One step of an undo: what brings one resource back to what it was.
use crate::machine::{Machine, rules, tunnel};
use crate::program::Program;
use play_core::act::UnitVerb;
use play_core::state::{Active, Enabled, FileKind};
use play_core::{Act, Change, Content, Fault, Resource, State, System, Transition, View, state};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Restarting a service takes at most this long before systemd gives up on it.
const LIMIT: Duration = Duration::from_secs(120);

/// What is done.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// A file, account, kernel parameter or host name as it was.
    Put { resource: Resource, before: State },
    /// The script that makes the table what it was.
    Table { script: String },
    /// The interface as it was, private key and all; None is that there was none.
    Tunnel {
        interface: String,
        configuration: Option<String>,
    },
    Unit {
        unit: String,
        before: Option<state::Unit>,
    },
}

impl Step {
    /// In this order: what is read by others comes back first.
    pub(super) const RANKS: [u8; 3] = [0, 1, 2];

    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Put { .. } => 0,
            Self::Table { .. } | Self::Tunnel { .. } => 1,
            Self::Unit { .. } => 2,
        }
    }

    pub(super) fn is_unit(&self) -> bool {
        matches!(self, Self::Unit { .. })
    }

    pub(super) fn is_file(&self) -> bool {
        matches!(
            self,
            Self::Put {
                resource: Resource::File(_),
                ..
            }
        )
    }

    pub(super) fn carry_out(&self) -> Result<(), Fault> {
        let mut machine = Machine::default();
        match self {
            Self::Put { resource, before } => {
                let now = machine.look(resource)?;
                if now == *before {
                    return Ok(());
                }
                machine
                    .apply(&Change::put(resource.clone(), now, before.clone()))
                    .map(drop)
            }
            Self::Table { script } => rules::load(script, &machine.context).map(drop),
            Self::Tunnel {
                interface,
                configuration,
            } => restore_tunnel(interface, configuration.as_deref()),
            Self::Unit { unit, before } => restore_unit(unit, before.as_ref()),
        }
    }
}

/// The steps that undo a change, seen before it is made. A change that cannot be undone is refused: it would not be safe to try.
pub(super) fn undoing(change: &Change) -> Result<Vec<Step>, Fault> {
    let mut steps = Vec::new();
    for leaf in &change.leaves {
        steps.push(restoring(leaf)?);
    }
    // A reload leaves the unit as it is and still brings what its files say.
    if let Act::Unit {
        unit,
        verb: UnitVerb::Reload | UnitVerb::Restart,
    } = &change.act
        && steps.is_empty()
    {
        let before = state::Unit {
            active: Active::Active,
            enabled: Enabled::Static,
            stale: false,
        };
        steps.push(Step::Unit {
            unit: unit.clone(),
            before: Some(before),
        });
    }
    if steps.is_empty() {
        return Err(refused(
            "this change",
            "does not say what it alters, so it cannot be undone",
        ));
    }
    Ok(steps)
}

fn restoring(leaf: &Transition) -> Result<Step, Fault> {
    let resource = leaf.resource.clone();
    Ok(match &leaf.resource {
        Resource::File(path) => match Machine::default().look(&resource)? {
            State::File(file) if matches!(file.kind, FileKind::Regular(Content::Large { .. })) => {
                return Err(refused(path, "is too large to be kept for an undo"));
            }
            before => Step::Put { resource, before },
        },
        Resource::User(_) | Resource::Group(_) | Resource::Sysctl(_) | Resource::Hostname => {
            let before = Machine::default().look(&resource)?;
            Step::Put { resource, before }
        }
        Resource::Table(name) => Step::Table {
            script: rules::restoring(name)?,
        },
        Resource::Tunnel(name) => Step::Tunnel {
            interface: name.clone(),
            configuration: tunnel::restoring(name)?,
        },
        Resource::Unit(name) => Step::Unit {
            unit: name.clone(),
            before: match &leaf.before {
                State::Unit(unit) => Some(unit.clone()),
                _ => None,
            },
        },
        other => return Err(refused(&other.to_string(), "cannot be undone")),
    })
}

fn refused(what: &str, why: &str) -> Fault {
    Fault::refused(what, format!("it can cut the line to this host and {why}"))
}

fn restore_tunnel(interface: &str, configuration: Option<&str>) -> Result<(), Fault> {
    let there = !tunnel::look(interface)?.is_absent();
    match configuration {
        Some(configuration) if there => tunnel::restore(interface, configuration),
        None if there => Program::new("ip")
            .args(["link", "delete", "dev", interface])
            .limit(LIMIT)
            .succeed()
            .map(drop),
        // Not up: its unit brings it back with the file, which is as it was again; or it never was there.
        _ => Ok(()),
    }
}

/// A unit that was active is made to read its files again; early in a start, when nothing may be waited for, it is only asked to.
fn restore_unit(unit: &str, before: Option<&state::Unit>) -> Result<(), Fault> {
    let systemctl = |words: &[&str]| {
        Program::new("systemctl")
            .args(["--no-ask-password", "--no-block"])
            .args(words)
            .args(["--", unit])
            .limit(LIMIT)
            .succeed()
            .map(drop)
    };
    Program::new("systemctl")
        .args(["daemon-reload"])
        .limit(LIMIT)
        .succeed()?;
    let Some(before) = before else {
        return systemctl(&["stop"]);
    };
    match before.enabled {
        Enabled::Enabled => systemctl(&["unmask"]).and_then(|()| systemctl(&["enable"]))?,
        Enabled::Disabled => systemctl(&["unmask"]).and_then(|()| systemctl(&["disable"]))?,
        Enabled::Masked => systemctl(&["mask"])?,
        Enabled::Static => {}
    }
    match before.active {
        Active::Active => systemctl(&["reload-or-restart"]),
        Active::Inactive | Active::Failed => systemctl(&["stop"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_undone_is_refused() {
        let change = Change::new(Act::DaemonReload);
        assert!(undoing(&change).is_err());
        let package = Change::new(Act::DaemonReload).leaving(
            Resource::Package("openssh-server".into()),
            State::Absent,
            State::Absent,
        );
        let fault = undoing(&package).err().expect("refused");
        assert!(fault.to_string().contains("cannot be undone"), "{fault}");
    }

    #[test]
    fn a_reload_without_transitions_is_undone_by_another() {
        let verb = UnitVerb::Reload;
        let change = Change::new(Act::Unit {
            unit: "ssh.service".into(),
            verb,
        });
        let steps = undoing(&change).expect("undoable");
        assert!(matches!(&steps[..], [Step::Unit { unit, .. }] if unit == "ssh.service"));
    }
}
