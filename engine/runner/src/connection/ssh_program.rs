//! What ~/.ssh/config says about a host: asked of `ssh -G`, or read in part where there is no `ssh`.
use super::ssh_config;
use super::{ConnectFault, Options, Target};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tokio::process::Command;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

/// `keyword value` pairs, keywords in lower case; the first of a keyword counts.
pub(crate) type Lines = Vec<(String, String)>;

/// Answers of `ssh -G` and how many are asked for at once.
pub(crate) struct ConfigCache {
    lines: Mutex<HashMap<Vec<String>, Lines>>,
    running: Semaphore,
}

impl Default for ConfigCache {
    fn default() -> Self {
        Self {
            lines: Mutex::default(),
            running: Semaphore::new(16),
        }
    }
}

/// Everything that is configured for the host.
pub(crate) async fn lines(
    target: &Target,
    options: &Options,
    home: &Path,
) -> Result<Lines, ConnectFault> {
    let asked = match &options.ssh_program {
        Some(program) => ask(program, target, options).await?,
        None => None,
    };
    match asked {
        Some(lines) => Ok(lines),
        None => read(target, options, home).await,
    }
}

/// Asks `ssh -G`; `None` where there is no such program.
async fn ask(
    program: &Path,
    target: &Target,
    options: &Options,
) -> Result<Option<Lines>, ConnectFault> {
    let mut words = vec!["-G".to_owned()];
    if let Some(config) = &options.ssh_config {
        words.extend(["-F".to_owned(), config.to_string_lossy().into_owned()]);
    }
    if let Some(port) = target.port {
        words.extend(["-p".to_owned(), port.to_string()]);
    }
    if let Some(user) = &target.user {
        words.extend(["-l".to_owned(), user.clone()]);
    }
    words.extend(["--".to_owned(), target.host.clone()]);
    let cache = &options.shared.configs;
    if let Some(lines) = cache.lines.lock().await.get(&words) {
        return Ok(Some(lines.clone()));
    }
    let _permit = cache.running.acquire().await;
    let run = Command::new(program)
        .args(&words)
        .kill_on_drop(true)
        .output();
    let refused = |message: String| ConnectFault::Configuration {
        place: format!("ssh -G {}", target.host),
        message,
    };
    let output = match timeout(options.connect_timeout, run).await {
        Err(_) => {
            return Err(refused(
                "no answer; does ~/.ssh/config run a program (Match exec)?".into(),
            ));
        }
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Ok(Err(error)) => return Err(refused(error.to_string())),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        return Err(refused(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    let lines: Lines = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    cache.lines.lock().await.insert(words, lines.clone());
    Ok(Some(lines))
}

async fn read(target: &Target, options: &Options, home: &Path) -> Result<Lines, ConnectFault> {
    let files = match &options.ssh_config {
        Some(file) => vec![file.clone()],
        None => vec![home.join(".ssh/config"), "/etc/ssh/ssh_config".into()],
    };
    let (host, home) = (target.host.clone(), home.to_owned());
    let reading =
        tokio::task::spawn_blocking(move || ssh_config::lines(&files, &host, &home, &read_files));
    reading.await.unwrap_or_else(|error| {
        Err(ConnectFault::Configuration {
            place: "~/.ssh/config".into(),
            message: error.to_string(),
        })
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the controller's own ~/.ssh/config"
)]
fn read_files(path: &Path) -> Vec<(PathBuf, String)> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let mut paths = vec![path.to_owned()];
    if let (Some(name), Some(folder)) =
        (name.filter(|name| name.contains(['*', '?'])), path.parent())
    {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        paths = entries
            .filter(|entry| super::pattern::matches(&name, &entry.file_name().to_string_lossy()))
            .map(|entry| entry.path())
            .collect();
        paths.sort();
    }
    let read = |path: PathBuf| std::fs::read_to_string(&path).ok().map(|text| (path, text));
    paths.into_iter().filter_map(read).collect()
}
