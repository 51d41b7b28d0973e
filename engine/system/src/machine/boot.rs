//! The running system, and starting it anew.
use super::unit;
use crate::Context;
use crate::program::Program;
use play_core::{Effect, Fault, State};

/// The kernel's boot id: another one after every start.
pub fn look() -> Result<State, Fault> {
    let path = "/proc/sys/kernel/random/boot_id";
    let text = std::fs::read_to_string(path).map_err(|error| Fault::file("read", path, &error))?;
    Ok(State::Text(text.trim().to_owned()))
}

/// Orders a restart a second from now and returns at once, so that the answer still reaches the controller. How long the
/// machine may take to come back is the controller's to watch.
pub fn reboot(_seconds: u64, context: &Context) -> Result<Effect, Fault> {
    let program = if unit::manages() {
        // As a unit of its own: it must not end with the session it was ordered from.
        Program::new("systemd-run").args([
            "--quiet",
            "--collect",
            "--on-active=1",
            "--timer-property=AccuracySec=100ms",
            "--",
            "systemctl",
            "reboot",
        ])
    } else {
        Program::new("setsid").args(["-f", "sh", "-c", "sleep 1; exec reboot"])
    };
    program.within(context).succeed()?;
    Ok(Effect::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_has_an_id() {
        assert!(matches!(look(), Ok(State::Text(id)) if id.len() == 36));
    }
}
