//! The test hosts as a test sees them: programs run on a host, on the machine, or at the address outside.
#![expect(
    clippy::disallowed_methods,
    reason = "an end-to-end test runs ssh and reads what it wrote, as a user would"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder that `tests/testbed/testbed` keeps its keys, `ssh_config` and disks in.
pub(crate) fn state() -> PathBuf {
    std::env::var_os("PLAY_TESTBED")
        .map_or_else(|| PathBuf::from("/var/lib/play-testbed"), PathBuf::from)
}

/// The written ssh configuration: by it, vps2 and vps3 are reached by way of vps1.
pub(crate) fn ssh_config() -> PathBuf {
    state().join("ssh_config")
}

/// Runs a shell script on a host as `user`, over ssh.
///
/// # Panics
/// Where ssh cannot be started.
pub(crate) fn ssh(user: &str, host: &str, script: &str) -> Output {
    finish(
        Command::new("ssh")
            .arg("-F")
            .arg(ssh_config())
            .args(["-l", user, host, script]),
    )
}

/// Runs a shell script on a host as root and returns what it printed, trimmed.
///
/// # Panics
/// Where the script fails: its output is in the message.
pub(crate) fn sh(host: &str, script: &str) -> String {
    let output = ssh("root", host, script);
    assert!(
        output.status.success(),
        "on {host}, `{script}` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs the test bed's own command, such as `["reset", "vps3"]`.
///
/// # Panics
/// Where it cannot be started.
pub(crate) fn testbed(arguments: &[&str]) -> Output {
    finish(
        Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("testbed/testbed")).args(arguments),
    )
}

/// Whether a TCP connection to the port is taken, from the machine or from the address `outside`.
pub(crate) fn port_answers(outside: bool, address: &str, port: u16) -> bool {
    let port = port.to_string();
    let scan = ["nc", "-z", "-w", "2", address, &port];
    let output = if outside {
        testbed(&[&["outside"], &scan[..]].concat())
    } else {
        finish(Command::new(scan[0]).args(&scan[1..]))
    };
    output.status.success()
}

fn finish(command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}
