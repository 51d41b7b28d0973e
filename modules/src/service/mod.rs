//! `service`: a unit of the service manager, as it runs now and as it starts at boot.
pub(crate) mod course;

use crate::list::List;
use course::Course;
use play_core::resource::Kind;
use play_core::state::Enabled;
use play_core::{Act, Change, Fault, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Starts, stops, enables, masks and restarts units of systemd.
///
/// What runs now and what starts at boot are compared each for itself. Where a unit's file changed since it was loaded, unit files are
/// read anew before it is started: `daemon_reload` is seldom needed. `restarted` and `reloaded` act each time; use them in handlers.
/// A unit that failed counts as stopped and is started.
///
/// # Example
///
/// ```yaml
/// - name: the web server runs, and after a boot too
///   service:
///     name: nginx
///     state: started
///     enabled: true
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The unit, or several; `.service` is added where there is no suffix. A list may turn out empty.
    #[serde(default, alias = "unit", alias = "service")]
    #[schemars(extend("aliases" = ["unit", "service"]))]
    pub name: Option<List>,
    /// What it does now.
    #[serde(default)]
    pub state: Option<Desired>,
    /// Whether it starts at boot.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Whether it can be started at all.
    #[serde(default)]
    pub masked: Option<bool>,
    /// Read unit files anew before anything else. It is done by itself where a unit's file changed.
    #[serde(default, alias = "daemon-reload")]
    #[schemars(extend("aliases" = ["daemon-reload"]))]
    pub daemon_reload: bool,
}

/// What a unit does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    Started,
    Stopped,
    Restarted,
    Reloaded,
}

impl Module for Service {
    fn sensible(&self) -> Result<(), Fault> {
        if self.name.is_none() && !self.daemon_reload {
            return Err(Fault::arguments("`name` is needed: the unit"));
        }
        if self.masked == Some(true)
            && (self.enabled == Some(true)
                || matches!(self.state, Some(state) if state != Desired::Stopped))
        {
            return Err(Fault::arguments(
                "a masked unit can be neither enabled nor started; use `state: stopped` and no `enabled`",
            ));
        }
        let template = |name: &String| name.contains("@.");
        if self.state.is_some()
            && let Some(name) = self.names().iter().find(|name| template(name))
        {
            return Err(Fault::arguments(format!(
                "{name} is a template, of which only instances run: name one, such as {}",
                name.replace("@.", "@one.")
            )));
        }
        Ok(())
    }

    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        self.sensible()?;
        if self.name.is_none() {
            return Ok(Change::new(Act::DaemonReload).into());
        }
        let mut plan = Plan::nothing();
        for name in self.names() {
            self.plan_one(&name, view, &mut plan)?;
        }
        Ok(plan)
    }

    /// What a unit runs reads whatever it likes: a start stays after all that was written before it.
    fn touches(&self) -> Vec<Touch> {
        if self.name.is_none() {
            return vec![
                Touch::write_every(Kind::Unit),
                Touch::read_every(Kind::File),
            ];
        }
        if self.state.is_some() {
            return std::iter::once(Touch::write_every(Kind::Unit))
                .chain(RUNS_ON.iter().map(|kind| Touch::read_every(*kind)))
                .collect();
        }
        self.names()
            .into_iter()
            .map(|name| Touch::write(Resource::Unit(name)))
            .chain(
                FOLDERS
                    .iter()
                    .map(|folder| Touch::read(Resource::File((*folder).to_owned()))),
            )
            .chain([Touch::read_every(Kind::Package)])
            .collect()
    }

    fn settles(&self) -> bool {
        self.name.is_some() && !matches!(self.state, Some(Desired::Restarted | Desired::Reloaded))
    }
}

/// What a program that is started may depend on.
const RUNS_ON: &[Kind] = &[
    Kind::File,
    Kind::Package,
    Kind::User,
    Kind::Group,
    Kind::Sysctl,
    Kind::Hostname,
    Kind::Table,
    Kind::Tunnel,
    Kind::Project,
    Kind::Checkout,
];

impl Service {
    fn names(&self) -> Vec<String> {
        let names = self.name.as_deref().unwrap_or_default();
        names.iter().map(|name| unit_name(name)).collect()
    }

    fn plan_one(&self, name: &str, view: &dyn View, plan: &mut Plan) -> Result<(), Fault> {
        let resource = Resource::Unit(name.to_owned());
        let before = view.look(&resource)?;
        let mut course = match &before {
            State::Unit(unit) => Course::known(name, unit.clone()),
            State::Unknown(reason) => {
                plan.notes
                    .push(format!("unit {name} will exist after {reason}"));
                Course::imagined(name, before.clone())
            }
            _ => match enablement(view, name)? {
                Some(enabled) => Course::fresh(name, enabled),
                None if self.masked == Some(true) => Course::fresh(name, Enabled::Disabled),
                None if self.holds_without_unit() => return Ok(()),
                None => return Err(missing(name, resource)),
            },
        };
        if self.masked == Some(false) {
            course.unmask(enablement(view, name)?.unwrap_or(Enabled::Disabled));
        }
        if self.masked == Some(true) {
            maskable(view, name)?;
        }
        self.steer(&mut course)?;
        plan.changes.extend(course.changes);
        plan.notes.extend(course.notes);
        Ok(())
    }

    /// What is asked of a unit that is not there holds where it is only asked not to run.
    fn holds_without_unit(&self) -> bool {
        let stopped = matches!(self.state, None | Some(Desired::Stopped));
        stopped
            && self.enabled != Some(true)
            && (self.state.is_some() || self.masked == Some(false) || self.enabled == Some(false))
    }

    fn steer(&self, course: &mut Course) -> Result<(), Fault> {
        if self.daemon_reload {
            course.read_anew();
        }
        if self.state == Some(Desired::Stopped) {
            course.stop();
        }
        if self.masked == Some(true) {
            course.mask();
        } else if let Some(enabled) = self.enabled {
            course.enable(enabled)?;
        }
        match self.state {
            Some(Desired::Started) => course.start(),
            Some(Desired::Restarted) => course.restart(),
            Some(Desired::Reloaded) => course.reload(),
            Some(Desired::Stopped) | None => Ok(()),
        }
    }
}

/// Where unit files lie, systemd.unit(5), the first that has one wins.
const FOLDERS: &[&str] = &[
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// A mask is a link in the place where units of one's own lie: where such a file is, systemd does not lay it.
fn maskable(view: &dyn View, name: &str) -> Result<(), Fault> {
    let path = format!("{}/{name}", FOLDERS[0]);
    match view.look(&Resource::File(path.clone()))? {
        State::File(file) if file.content().is_some() => Err(Fault::refused(
            format!("masking {name}"),
            format!(
                "its file {path} is where the mask would be; use `enabled: false`, or remove the file first"
            ),
        )),
        _ => Ok(()),
    }
}

/// Whether a unit that has a file will start at boot, read from the disk: its links, and whether it has an `[Install]` section at all.
/// None where it has no file.
fn enablement(view: &dyn View, name: &str) -> Result<Option<Enabled>, Fault> {
    let Some(text) = unit_file(view, name)? else {
        return Ok(None);
    };
    if !text.lines().any(|line| line.trim() == "[Install]") {
        return Ok(Some(Enabled::Static));
    }
    for folder in view.list(FOLDERS[0])? {
        let kind = folder.rsplit_once('.').map(|(_, kind)| kind);
        if !matches!(kind, Some("wants" | "requires")) {
            continue;
        }
        let link = format!("{}/{folder}/{name}", FOLDERS[0]);
        if !view.look(&Resource::File(link))?.is_absent() {
            return Ok(Some(Enabled::Enabled));
        }
    }
    Ok(Some(Enabled::Disabled))
}

/// The text of a unit's file; for `name@instance.service`, of the template too.
fn unit_file(view: &dyn View, name: &str) -> Result<Option<String>, Fault> {
    let template = name
        .split_once('@')
        .zip(name.rsplit_once('.'))
        .map(|((stem, _), (_, suffix))| format!("{stem}@.{suffix}"));
    for folder in FOLDERS {
        for file in std::iter::once(name).chain(template.as_deref()) {
            let state = view.look(&Resource::File(format!("{folder}/{file}")))?;
            if let State::File(file) = state
                && let Some(text) = file.content().and_then(|content| content.text())
            {
                return Ok(Some(text.to_owned()));
            }
        }
    }
    Ok(None)
}

/// The name with its suffix.
pub(crate) fn unit_name(name: &str) -> String {
    const SUFFIXES: &[&str] = &[
        "service",
        "socket",
        "target",
        "timer",
        "path",
        "mount",
        "automount",
        "swap",
        "slice",
        "scope",
        "device",
    ];
    match name.rsplit_once('.') {
        Some((_, suffix)) if SUFFIXES.contains(&suffix) => name.to_owned(),
        _ => format!("{name}.service"),
    }
}

fn missing(name: &str, resource: Resource) -> Fault {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Fault::Missing {
        resource,
        hint: Some(format!(
            "install the package that brings it or put its file in /etc/systemd/system first; `systemctl list-unit-files '*{stem}*'` shows what there is"
        )),
    }
}
