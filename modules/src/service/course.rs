//! A unit on its way to what is asked of it.
use play_core::act::UnitVerb;
use play_core::change::Transition;
use play_core::state::{Active, Enabled, Unit};
use play_core::{Act, Change, Fault, Resource, State};

/// Units the line to a host goes through: what they read when they start or stop can cut it.
const LINE: &[&str] = &[
    "ssh.service",
    "sshd.service",
    "ssh.socket",
    "sshd.socket",
    "networking.service",
    "systemd-networkd.service",
    "NetworkManager.service",
    "nftables.service",
    "netfilter-persistent.service",
    "firewalld.service",
    "ufw.service",
];

/// Its `ExecStop` in Debian is `nft flush ruleset`: every table goes, whosever it is.
pub(crate) const FLUSHES: &str = "nftables.service";

fn carries_line(unit: &str) -> bool {
    LINE.contains(&unit) || unit.starts_with("wg-quick@")
}

/// The verbs by which a unit starts, stops or reads its files.
fn moves(verb: UnitVerb) -> bool {
    matches!(
        verb,
        UnitVerb::Start | UnitVerb::Stop | UnitVerb::Restart | UnitVerb::Reload
    )
}

/// A unit: the state the changes so far leave, and the changes.
pub(crate) struct Course {
    name: String,
    now: State,
    unit: Unit,
    /// What is not known of the unit is taken to need the change.
    imagined: bool,
    pub(crate) changes: Vec<Change>,
    pub(crate) notes: Vec<String>,
}

impl Course {
    pub(crate) fn known(name: &str, unit: Unit) -> Self {
        Self {
            name: name.to_owned(),
            now: State::Unit(unit.clone()),
            unit,
            imagined: false,
            changes: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A unit whose file is on the disk, and that the service manager has not loaded.
    pub(crate) fn fresh(name: &str, enabled: Enabled) -> Self {
        let unit = Unit {
            active: Active::Inactive,
            enabled,
            stale: false,
        };
        Self {
            now: State::Absent,
            ..Self::known(name, unit)
        }
    }

    /// A unit that something only imagined may have brought.
    pub(crate) fn imagined(name: &str, now: State) -> Self {
        Self {
            now,
            imagined: true,
            ..Self::fresh(name, Enabled::Disabled)
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.unit.active == Active::Active
    }

    /// Adds a verb that leaves the unit as `self.unit` now says.
    fn act(&mut self, verb: UnitVerb, reason: Option<String>) {
        let after = State::Unit(self.unit.clone());
        let mut change = Change::new(Act::Unit {
            unit: self.name.clone(),
            verb,
        });
        if after != self.now {
            change.leaves.push(Transition {
                resource: Resource::Unit(self.name.clone()),
                before: std::mem::replace(&mut self.now, after.clone()),
                after,
            });
        }
        change.reason = reason;
        change.cuts_line = carries_line(&self.name) && moves(verb);
        self.changes.push(change);
    }

    pub(crate) fn stop(&mut self) {
        if self.unit.active == Active::Active || self.imagined {
            self.warn_of_flush();
            self.unit.active = Active::Inactive;
            self.act(UnitVerb::Stop, None);
        }
    }

    fn warn_of_flush(&mut self) {
        if self.name == FLUSHES {
            self.notes.push(format!(
                "unit {FLUSHES} removes every table when it stops, also those of Docker and of others; the module nftables changes one table alone"
            ));
        }
    }

    pub(crate) fn mask(&mut self) {
        if self.unit.enabled != Enabled::Masked {
            self.unit.enabled = Enabled::Masked;
            self.act(UnitVerb::Mask, None);
        }
    }

    /// The links that enable a unit outlast its masking.
    pub(crate) fn unmask(&mut self, enabled: Enabled) {
        if self.unit.enabled == Enabled::Masked {
            self.unit.enabled = enabled;
            self.act(UnitVerb::Unmask, None);
        }
    }

    pub(crate) fn enable(&mut self, enabled: bool) -> Result<(), Fault> {
        let what = format!("unit {}", self.name);
        match (self.unit.enabled, enabled) {
            (Enabled::Masked, true) => Err(Fault::refused(
                what,
                "it is masked; add `masked: false` to unmask it",
            )),
            (Enabled::Static, true) if self.name.contains("@.") => {
                self.notes.push(format!(
                    "{what} is a template: it is its instances that are enabled, {}",
                    self.name.replace("@.", "@NAME.")
                ));
                Ok(())
            }
            (Enabled::Static, true) => {
                self.notes.push(format!(
                    "{what} has no [Install] section: it cannot be enabled, something else starts it"
                ));
                Ok(())
            }
            (Enabled::Disabled, true) => {
                self.unit.enabled = Enabled::Enabled;
                self.act(UnitVerb::Enable, None);
                Ok(())
            }
            (now, false) if now == Enabled::Enabled || self.imagined => {
                self.unit.enabled = Enabled::Disabled;
                self.act(UnitVerb::Disable, None);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn start(&mut self) -> Result<(), Fault> {
        if self.unit.active == Active::Active && !self.imagined {
            return Ok(());
        }
        self.startable()?;
        let reason = (self.unit.active == Active::Failed).then(|| "it had failed".to_owned());
        self.unit.active = Active::Active;
        self.act(UnitVerb::Start, reason);
        Ok(())
    }

    pub(crate) fn restart(&mut self) -> Result<(), Fault> {
        let stale = self.unit.stale;
        self.startable()?;
        if self.unit.active == Active::Active {
            self.warn_of_flush();
        }
        let reason = match self.unit.active {
            Active::Active if stale => Some("its unit file changed".to_owned()),
            Active::Failed => Some("it had failed".to_owned()),
            Active::Active => None,
            Active::Inactive => Some("it was not running".to_owned()),
        };
        self.unit.active = Active::Active;
        self.act(UnitVerb::Restart, reason);
        Ok(())
    }

    /// `systemctl reload` fails for a unit that does not run; Ansible starts it, and so is it here.
    pub(crate) fn reload(&mut self) -> Result<(), Fault> {
        if self.unit.active != Active::Active {
            return self.start();
        }
        self.startable()?;
        self.act(UnitVerb::Reload, None);
        Ok(())
    }

    /// Refuses masked units, and reads unit files anew where this one's changed.
    fn startable(&mut self) -> Result<(), Fault> {
        if self.unit.enabled == Enabled::Masked {
            return Err(Fault::refused(
                format!("unit {}", self.name),
                "it is masked and cannot be started; add `masked: false` to unmask it",
            ));
        }
        self.read_anew();
        Ok(())
    }

    pub(crate) fn read_anew(&mut self) {
        if !self.unit.stale {
            return;
        }
        self.unit.stale = false;
        let after = State::Unit(self.unit.clone());
        let before = std::mem::replace(&mut self.now, after.clone());
        self.changes.push(
            Change::new(Act::DaemonReload)
                .leaving(Resource::Unit(self.name.clone()), before, after)
                .because("its unit file changed since it was loaded"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(name: &str, to: impl Fn(&mut Course)) -> bool {
        let mut course = Course::known(
            name,
            Unit {
                active: Active::Active,
                enabled: Enabled::Disabled,
                stale: false,
            },
        );
        to(&mut course);
        course.changes.iter().any(|change| change.cuts_line)
    }

    #[test]
    fn what_restarts_sshd_or_the_network_can_cut_the_line() {
        for unit in ["ssh.service", "networking.service", "wg-quick@wg0.service"] {
            assert!(cuts(unit, |course| drop(course.restart())), "{unit}");
            assert!(cuts(unit, |course| drop(course.reload())), "{unit}");
            assert!(cuts(unit, Course::stop), "{unit}");
            assert!(!cuts(unit, |course| drop(course.enable(true))), "{unit}");
        }
        assert!(!cuts("cron.service", |course| drop(course.restart())));
    }
}
