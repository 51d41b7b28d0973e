//! Units of the service manager, by way of systemctl(1).
mod health;
mod show;

use crate::Context;
use crate::program::Program;
use play_core::act::UnitVerb;
use play_core::{Effect, Fault, State, Value};
use std::path::Path;
use std::time::Duration;

/// A unit as it is; absent where the service manager cannot find it. One that is on its way is waited for.
pub fn look(name: &str) -> Result<State, Fault> {
    require()?;
    show::state(name)
}

/// Whether systemd is what manages this machine, and not merely installed (sd_booted(3)).
pub(crate) fn manages() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

fn require() -> Result<(), Fault> {
    if manages() {
        return Ok(());
    }
    Err(Fault::Unsupported {
        what: "systemd".into(),
        hint: Some("process 1 there is another program, as in a container or a chroot".into()),
    })
}

/// The next run of a calendar expression, or what is wrong with it.
pub fn calendar(expression: &str) -> Result<Value, Fault> {
    let ended = Program::new("systemd-analyze")
        .args(["calendar", "--iterations=1", "--", expression])
        .limit(Duration::from_secs(10))
        .run()?;
    let out = ended.out();
    if ended.code != 0 {
        let said = ended.err();
        let words = said.trim();
        return Ok(
            serde_json::json!({ "error": if words.is_empty() { "systemd does not understand it" } else { words } }),
        );
    }
    let next = out.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        (name.trim() == "Next elapse").then(|| value.trim().to_owned())
    });
    Ok(Value::String(next.unwrap_or_else(|| "never".into())))
}

/// One verb on one unit; a service that is started must also stay up.
pub fn apply(unit: &str, verb: UnitVerb, context: &Context) -> Result<Effect, Fault> {
    require()?;
    let ended = Program::new("systemctl")
        .args([verb.word(), "--no-ask-password", "--", unit])
        .within(context)
        .run()?;
    if ended.code != 0 {
        return Err(health::failure(unit, verb.word(), &ended));
    }
    if matches!(verb, UnitVerb::Start | UnitVerb::Restart | UnitVerb::Reload) {
        health::stays(unit, verb.word())?;
    }
    Ok(Effect::default())
}

/// Reads unit files anew.
pub fn daemon_reload(context: &Context) -> Result<Effect, Fault> {
    require()?;
    Program::new("systemctl")
        .args(["daemon-reload", "--no-ask-password"])
        .within(context)
        .succeed()
        .map(|_| Effect::default())
}
