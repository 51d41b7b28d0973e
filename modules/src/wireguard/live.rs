//! What runs, and the changes that bring it to what is asked for.
use super::{Wireguard, address, configuration};
use crate::service::course::Course;
use play_core::act::Command;
use play_core::state::{Active, Tunnel, Unit};
use play_core::{Act, Change, Fault, Plan, Resource, State, View, unknown};
use std::collections::BTreeMap;

impl Wireguard {
    fn course(&self, view: &dyn View, plan: &mut Plan) -> Result<Course, Fault> {
        let name = self.unit();
        let resource = Resource::Unit(name.clone());
        match view.look(&resource)? {
            State::Unit(unit) => Ok(Course::known(&name, unit)),
            State::Unknown(reason) => {
                plan.notes
                    .push(format!("unit {name} will exist after {reason}"));
                Ok(Course::imagined(&name, State::Unknown(reason)))
            }
            _ => Err(Fault::Missing {
                resource,
                hint: Some("install the package wireguard-tools first".into()),
            }),
        }
    }

    /// From nothing: enabled, then started.
    pub(super) fn start(
        &self,
        view: &dyn View,
        live: State,
        key: &str,
        plan: &mut Plan,
    ) -> Result<(), Fault> {
        let mut course = self.course(view, plan)?;
        course.enable(true)?;
        // The unit says it is active, and its interface is gone: only a restart brings it back.
        if matches!(
            view.look(&Resource::Unit(self.unit()))?,
            State::Unit(Unit {
                active: Active::Active,
                ..
            })
        ) {
            course.restart()?;
        } else {
            course.start()?;
        }
        let wanted = State::Tunnel(self.wanted(view, key, None)?);
        if let Some(change) = course.changes.pop() {
            course
                .changes
                .push(change.leaving(self.resource(), live, wanted));
        }
        plan.changes.extend(course.changes);
        Ok(())
    }

    /// An interface that is up: live first, since that can be undone; then the file.
    pub(super) fn alter(
        &self,
        view: &dyn View,
        live: &Tunnel,
        key: &str,
        (old, text): (Option<String>, &str),
        write: Option<Change>,
        plan: &mut Plan,
    ) -> Result<(), Fault> {
        if let Some(reason) = unknown::reason(text)
            && old
                .as_deref()
                .is_some_and(|old| old != text && unknown::may_equal(text, old))
        {
            plan.unknown = Some(reason.to_owned());
        }
        let mut course = self.course(view, plan)?;
        if !course.is_running() {
            plan.notes.push(format!(
                "{} is up, and {} did not start it",
                self.resource(),
                self.unit()
            ));
        }
        course.enable(true)?;
        plan.changes.append(&mut course.changes);
        let before = State::Tunnel(live.clone());
        let wanted = self.wanted(view, key, Some((live, old.as_deref())))?;
        let differs = wanted != *live;
        let why = old
            .as_deref()
            .and_then(|old| configuration::restarts(old, text))
            .or_else(|| self.moves_default(live, &wanted));
        let after = State::Tunnel(wanted);
        if let Some((reason, takes_down)) = why {
            let leaving = |change: Change| {
                if differs {
                    change.leaving(self.resource(), before, after)
                } else {
                    change
                }
            };
            restart(course, (reason, takes_down), write, leaving, plan)?;
            return Ok(());
        }
        if differs {
            let act = Act::Tunnel {
                interface: self.interface.clone(),
                configuration: text.to_owned(),
            };
            plan.changes.push(
                Change::new(act)
                    .leaving(self.resource(), before, after)
                    .cutting_line(),
            );
        }
        plan.changes.extend(write);
        Ok(())
    }

    /// Why it must be restarted where a default route comes to it, leaves it or is gone: wg-quick(8) makes and removes the policy rules it needs.
    fn moves_default(&self, live: &Tunnel, wanted: &Tunnel) -> Option<(String, bool)> {
        let by_hand = self.table.as_ref().is_some_and(|table| table.0 != "auto");
        let moved = ["0.0.0.0/0", "::/0"].into_iter().find(|route| {
            let gone = live.unrouted.iter().any(|known| known == route);
            gone || leads(live, route) != leads(wanted, route)
        })?;
        let words = format!("the route {moved} needs rules that are made when it starts");
        (!by_hand).then_some((words, false))
    }

    /// The live state asked for. Against a live one, what nobody asks for stays as it is.
    fn wanted(
        &self,
        view: &dyn View,
        key: &str,
        live: Option<(&Tunnel, Option<&str>)>,
    ) -> Result<Tunnel, Fault> {
        let (live, written) = live.map_or((None, None), |(live, written)| (Some(live), written));
        let mut addresses: Vec<String> = self
            .addresses
            .iter()
            .map(|text| address::interface(text))
            .collect::<Result<_, _>>()?;
        addresses.sort();
        addresses.dedup();
        let mut peers = BTreeMap::new();
        for peer in &self.peers {
            let there = live.and_then(|live| live.peers.get(&peer.public_key));
            let kept = written.is_some_and(|text| configuration::has_endpoint(text, peer));
            peers.insert(peer.public_key.clone(), peer.wanted(view, there, kept)?);
        }
        let known = unknown::reason(key).is_none();
        Ok(Tunnel {
            public_key: match live {
                Some(live) if !known => live.public_key.clone(),
                _ => key.to_owned(),
            },
            listen_port: self.listen_port.or(live.and_then(|live| live.listen_port)),
            addresses,
            mtu: self.mtu.or(live.and_then(|live| live.mtu)),
            peers,
            unrouted: Vec::new(),
        })
    }

    pub(super) fn stop(&self, view: &dyn View, live: State, plan: &mut Plan) -> Result<(), Fault> {
        let unit = view.look(&Resource::Unit(self.unit()))?;
        if let State::Unit(unit) = unit {
            let running = unit.active == Active::Active;
            let mut course = Course::known(&self.unit(), unit);
            course.stop();
            if running
                && !live.is_absent()
                && let Some(change) = course.changes.pop()
            {
                course
                    .changes
                    .push(change.leaving(self.resource(), live, State::Absent));
                course.enable(false)?;
                plan.changes.extend(course.changes);
                return Ok(());
            }
            course.enable(false)?;
            plan.changes.extend(course.changes);
        }
        if let State::Tunnel(_) = &live {
            let command = Command {
                argv: ["ip", "link", "delete", "dev", &self.interface]
                    .map(str::to_owned)
                    .to_vec(),
                ..Command::default()
            };
            plan.changes.push(
                Change::new(Act::Command(command))
                    .leaving(self.resource(), live, State::Absent)
                    .because("it was not started by its unit"),
            );
        }
        Ok(())
    }

    pub(super) fn leave(&self, view: &dyn View, plan: &mut Plan) -> Result<(), Fault> {
        let live = view.look(&self.resource())?;
        self.stop(view, live, plan)?;
        let file = self.configuration_file();
        let before = view.look(&file)?;
        if !before.is_absent() {
            plan.changes.push(Change::put(file, before, State::Absent));
        }
        if matches!(view.look(&Resource::File(self.key_path()))?, State::File(_)) {
            plan.notes
                .push(format!("the private key {} stays", self.key_path()));
        }
        Ok(())
    }
}

/// Whether some peer has this network.
fn leads(tunnel: &Tunnel, network: &str) -> bool {
    let mut peers = tunnel.peers.values();
    peers.any(|peer| peer.allowed_ips.iter().any(|known| known == network))
}

/// Down with the old file where it changes what is done then; up with the new one.
fn restart(
    mut course: Course,
    (reason, takes_down): (String, bool),
    write: Option<Change>,
    leaving: impl FnOnce(Change) -> Change,
    plan: &mut Plan,
) -> Result<(), Fault> {
    if takes_down {
        course.stop();
        plan.changes.append(&mut course.changes);
        plan.changes.extend(write);
        course.start()?;
    } else {
        plan.changes.extend(write);
        course.restart()?;
    }
    if let Some(change) = course.changes.pop() {
        plan.changes.append(&mut course.changes);
        plan.changes.push(leaving(change).because(reason));
    }
    Ok(())
}
