//! What `systemctl show` says of a unit, as a state.
use crate::program::Program;
use play_core::state::{Active, Enabled, Unit};
use play_core::{Fault, State};
use std::collections::HashMap;
use std::time::{Duration, Instant};

const PROPERTIES: &str = "LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,Result,NRestarts,Type,ExecMainStatus";

/// How long a unit on its way is waited for.
const SETTLES: Duration = Duration::from_secs(5);

/// What systemd says of a unit, by property.
pub(super) struct Shown(HashMap<String, String>);

impl Shown {
    pub(super) fn of(name: &str) -> Result<Self, Fault> {
        let ended = Program::new("systemctl")
            .args(["show", "--no-pager", "-p", PROPERTIES, "--", name])
            .limit(Duration::from_secs(30))
            .succeed()?;
        Ok(Self::parse(&ended.out()))
    }

    fn parse(text: &str) -> Self {
        let pair = |line: &str| {
            let (name, value) = line.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        Self(text.lines().filter_map(pair).collect())
    }

    pub(super) fn property(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A crash loop: systemd waits before it starts it once more.
    pub(super) fn loops(&self) -> bool {
        self.property("SubState").starts_with("auto-restart")
    }

    fn on_its_way(&self) -> bool {
        matches!(
            self.property("ActiveState"),
            "activating" | "deactivating" | "reloading" | "refreshing"
        )
    }

    fn active(&self) -> Active {
        match self.property("ActiveState") {
            "failed" => Active::Failed,
            "inactive" | "maintenance" | "" => Active::Inactive,
            _ if self.loops() => Active::Failed,
            // Still starting or stopping after the wait: it is there.
            _ => Active::Active,
        }
    }

    fn state(&self, name: &str) -> State {
        let gone = self.property("LoadState") == "not-found";
        if gone && matches!(self.property("ActiveState"), "inactive" | "") {
            return State::Absent;
        }
        let word = match self.property("LoadState") {
            "masked" => "masked",
            _ => self.property("UnitFileState"),
        };
        State::Unit(Unit {
            active: self.active(),
            enabled: enabled(word, name),
            stale: self.property("NeedDaemonReload") == "yes",
        })
    }
}

fn enabled(word: &str, name: &str) -> Enabled {
    match word {
        "enabled" => Enabled::Enabled,
        // Until the next start only, or merely linked: `enable` still has something to do.
        "disabled" | "enabled-runtime" | "linked" | "linked-runtime" => Enabled::Disabled,
        "masked" | "masked-runtime" => Enabled::Masked,
        "indirect" if !name.contains("@.") => also(name),
        "generated" => initscript(name).unwrap_or(Enabled::Static),
        _ => Enabled::Static,
    }
}

/// A unit whose `[Install]` section only names others (`Also=`) is enabled where all of them are.
fn also(name: &str) -> Enabled {
    let ask = |arguments: &[&str]| {
        let ended = Program::new("systemctl")
            .args(arguments)
            .limit(Duration::from_secs(30))
            .run();
        ended.map(|ended| ended.out()).unwrap_or_default()
    };
    let text = ask(&["cat", "--no-pager", "--", name]);
    let others: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Also="))
        .flat_map(str::split_whitespace)
        .collect();
    if others.is_empty() {
        return Enabled::Static;
    }
    let states = ask(&[&["is-enabled", "--"], others.as_slice()].concat());
    let enabled = |word: &str| matches!(word, "enabled" | "static" | "alias" | "indirect");
    if states.lines().count() == others.len() && states.lines().all(enabled) {
        Enabled::Enabled
    } else {
        Enabled::Disabled
    }
}

/// A unit made of an init script is enabled where a runlevel has a start link to it.
fn initscript(name: &str) -> Option<Enabled> {
    let script = name.strip_suffix(".service")?;
    if !std::path::Path::new("/etc/init.d").join(script).exists() {
        return None;
    }
    let starts = |level: &str| {
        let names = crate::machine::file::list(&format!("/etc/rc{level}.d")).unwrap_or_default();
        let mut names = names.iter().filter(|name| name.starts_with('S'));
        names.any(|name| name.get(3..) == Some(script))
    };
    let enabled = ["2", "3", "4", "5"].into_iter().any(starts);
    Some(if enabled {
        Enabled::Enabled
    } else {
        Enabled::Disabled
    })
}

/// The state of a unit once it has settled.
pub(super) fn state(name: &str) -> Result<State, Fault> {
    if name.contains("@.") {
        return template(name);
    }
    settled(name).map(|shown| shown.state(name))
}

/// What is shown of a unit that is no longer on its way, or still is after a few seconds.
pub(super) fn settled(name: &str) -> Result<Shown, Fault> {
    let begun = Instant::now();
    loop {
        let shown = Shown::of(name)?;
        if !shown.on_its_way() || shown.loops() || begun.elapsed() > SETTLES {
            return Ok(shown);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A template has a file and no life: only its instances run.
fn template(name: &str) -> Result<State, Fault> {
    let ended = Program::new("systemctl")
        .args(["list-unit-files", "--no-legend", "--no-pager", "--", name])
        .limit(Duration::from_secs(30))
        .run()?;
    let out = ended.out();
    let word = out
        .lines()
        .find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
    Ok(word.map_or(State::Absent, |word| {
        State::Unit(Unit {
            active: Active::Inactive,
            enabled: enabled(word, name),
            stale: false,
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> State {
        Shown::parse(text).state("thing.service")
    }

    #[test]
    fn the_words_of_systemd_are_states() {
        let text = "LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nNeedDaemonReload=yes\n";
        let expected = Unit {
            active: Active::Active,
            enabled: Enabled::Enabled,
            stale: true,
        };
        assert_eq!(unit(text), State::Unit(expected));
        assert_eq!(
            unit("LoadState=not-found\nActiveState=inactive\n"),
            State::Absent
        );
        let masked = unit("LoadState=masked\nActiveState=inactive\nUnitFileState=masked\n");
        assert!(matches!(masked, State::Unit(unit) if unit.enabled == Enabled::Masked));
        let looping = unit(
            "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nUnitFileState=static\n",
        );
        assert!(matches!(looping, State::Unit(unit) if unit.active == Active::Failed));
        let running = unit("LoadState=not-found\nActiveState=active\n");
        assert!(matches!(running, State::Unit(unit) if unit.active == Active::Active));
    }
}
