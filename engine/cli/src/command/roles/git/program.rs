//! How `git` is started: without a shell, without questions, and on no other repository than the one that is meant.
use std::path::Path;
use std::process::{Command, Stdio};

/// Variables that would make git work on another repository: hooks of git's have them set.
const FOREIGN: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SHALLOW_FILE",
];

/// Nothing of the user's runs for what is fetched, and a line that has gone dead ends.
const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=60",
];

pub(super) fn command(folder: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    for name in FOREIGN {
        command.env_remove(name);
    }
    // Set for every child: git's own children, such as those of the other side of a path, heed them, too.
    command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "https:ssh:file")
        .env("GIT_DEFAULT_HASH", "sha1")
        .env("LC_ALL", "C");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    if let Some(folder) = folder {
        command.arg("--git-dir").arg(folder);
    }
    command.stdin(Stdio::null());
    command
}

/// What it writes; where it fails, the end of its own words.
pub(super) fn end(command: &mut Command) -> Result<Vec<u8>, String> {
    let ended = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            "there is no `git` here: roles are fetched with it".to_owned()
        }
        _ => format!("git: {error}"),
    })?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let words = String::from_utf8_lossy(&ended.stderr);
    let words: Vec<&str> = words
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = &words[words.len().saturating_sub(4)..];
    Err(match last {
        [] => format!("git ended with {}", ended.status),
        _ => format!("git says: {}", last.join("; ")),
    })
}
