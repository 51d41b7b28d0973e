//! What undoes a change when its time is up, and what does where the host went down before.
use super::record::durable;
use crate::program::Program;
use play_core::Fault;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);
const UNIT: &str = "/etc/systemd/system/play-undo.service";
const WANTED: &str = "/etc/systemd/system/multi-user.target.wants/play-undo.service";

/// A copy of this program that is there when the time is up, and after a restart: the one that runs may be in memory only.
pub(super) fn keep_agent(folder: &Path) -> Result<PathBuf, Fault> {
    use std::os::unix::fs::PermissionsExt;
    let agent = folder.join("agent");
    let staged = folder.join("agent.new");
    let copy = || {
        let bytes = std::fs::read("/proc/self/exe")?;
        if std::fs::read(&agent).is_ok_and(|known| known == bytes) {
            return Ok(());
        }
        durable(&staged, &bytes, false)?;
        std::fs::set_permissions(&staged, std::fs::Permissions::from_mode(0o700))?;
        std::fs::rename(&staged, &agent)?;
        std::fs::File::open(folder)?.sync_all()
    };
    copy()
        .map_err(|error: std::io::Error| Fault::file("write", &agent.to_string_lossy(), &error))?;
    Ok(agent)
}

/// A unit for the next start: before the network is up and before the services that read what is brought back.
pub(super) fn stand_by(agent: &Path) -> Result<(), Fault> {
    if !systemd() {
        return Ok(());
    }
    let text = format!(
        "[Unit]\nDescription=Undo changes by play that nobody confirmed\nDefaultDependencies=no\nAfter=local-fs.target\n\
         Before=network-pre.target nftables.service ssh.service sshd.service\nWants=network-pre.target\n\n\
         [Service]\nType=oneshot\nExecStart={} undo --all\n\n[Install]\nWantedBy=multi-user.target\n",
        agent.display()
    );
    let install = || {
        durable(Path::new(UNIT), text.as_bytes(), false)?;
        let wants = Path::new(WANTED).parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(wants)?;
        match std::os::unix::fs::symlink(UNIT, WANTED) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => std::fs::File::open(wants)?.sync_all(),
        }
    };
    install().map_err(|error| Fault::file("write", UNIT, &error))
}

/// Nothing is left to be undone.
pub(super) fn stand_down() -> Result<(), Fault> {
    for path in [WANTED, UNIT] {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Fault::file("remove", path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A timer of the service manager; where there is none, a process of its own that outlives this one.
pub(super) fn set_timer(agent: &Path, token: &str, seconds: u64) -> Result<(), Fault> {
    let agent = agent.to_string_lossy();
    if systemd() {
        let unit = format!("--unit={}", name(token));
        let after = format!("--on-active={seconds}s");
        let set = Program::new("systemd-run")
            .args([
                "--quiet",
                "--collect",
                "--timer-property=AccuracySec=100ms",
                &unit,
                &after,
            ])
            .args(["--", &*agent, "undo", token])
            .limit(LIMIT)
            .run();
        if set.is_ok_and(|ended| ended.code == 0) {
            return Ok(());
        }
    }
    // setsid goes on in a session of its own; without pipes, which would be waited for.
    Program::new("sh")
        .args([
            "-c",
            r#"exec setsid -- "$@" </dev/null >/dev/null 2>&1"#,
            "sh",
        ])
        .args([&*agent, "undo-after", &seconds.to_string(), token])
        .limit(LIMIT)
        .succeed()
        .map(drop)
}

/// Whether it was one of the service manager or not: what has been removed is not undone.
pub(super) fn stop_timer(token: &str) {
    if systemd() {
        let timer = format!("{}.timer", name(token));
        drop(
            Program::new("systemctl")
                .args(["stop", "--", &timer])
                .limit(LIMIT)
                .run(),
        );
    }
}

fn name(token: &str) -> String {
    format!("play-undo-{token}")
}

fn systemd() -> bool {
    Path::new("/run/systemd/system").is_dir()
}
