//! Running a program: argv without a shell, a limit on its time, its whole process group ended with it.
mod drain;
mod ended;
mod switched;

pub use ended::Ended;

use crate::Context;
use crate::machine::account::Account;
use drain::Drain;
use play_core::Fault;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{ErrorKind, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use switched::switched;

/// Bytes kept of what a program says that users see and register, of its beginning and of its end each: with its lines, as
/// text and twice it must fit into a frame.
const KEPT: usize = 1 << 20;
/// The same of programs whose words only we read.
const READ: usize = 32 << 20;

/// A program to be run.
pub struct Program {
    command: Command,
    name: String,
    stdin: Option<Vec<u8>>,
    limit: Option<Duration>,
    output: Option<Lines>,
    account: Option<Account>,
}

/// Whoever is told each line a program prints, as it comes.
pub type Lines = Arc<dyn Fn(&str) + Send + Sync>;

impl Program {
    /// A program by name or path, with a plain environment: C.UTF-8, no stdin.
    pub fn new(name: &str) -> Self {
        let mut command = Command::new(name);
        command
            .env("LC_ALL", "C.UTF-8")
            .env("LANG", "C.UTF-8")
            .process_group(0);
        command.env("PATH", search_path(std::env::var("PATH").ok()));
        Self {
            command,
            name: name.to_owned(),
            stdin: None,
            limit: None,
            output: None,
            account: None,
        }
    }

    #[must_use]
    pub fn args<S: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    #[must_use]
    pub fn directory(mut self, path: &str) -> Self {
        self.command.current_dir(path);
        self
    }

    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// A limit on its time, after which its process group is killed.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(self.limit.map_or(limit, |known| known.min(limit)));
        self
    }

    /// The step's environment and limit; its output lines are passed on.
    #[must_use]
    pub fn within(mut self, context: &Context) -> Self {
        for (name, value) in &context.environment {
            self.command.env(name, value);
        }
        if let Some(limit) = context.timeout {
            self = self.limit(limit);
        }
        self.output = Some(context.output.clone());
        self
    }

    /// Runs as another account: its numbers and groups, and its HOME, USER, LOGNAME and SHELL.
    #[must_use]
    pub fn account(mut self, account: &Account) -> Self {
        self.command
            .env("HOME", &account.home)
            .env("USER", &account.name)
            .env("LOGNAME", &account.name)
            .env("SHELL", &account.shell);
        if account.uid != rustix::process::geteuid().as_raw() {
            self.account = Some(account.clone());
        }
        self
    }

    /// Runs it to its end, whatever its exit code.
    pub fn run(mut self) -> Result<Ended, Fault> {
        if let Some(account) = self.account.take() {
            self.command = switched(&self.command, &self.name, &account)?;
        }
        let piped = if self.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        self.command
            .stdin(piped)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.spawn()?;
        if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), self.stdin.take()) {
            std::thread::spawn(move || drop(pipe.write_all(&bytes)));
        }
        let kept = if self.output.is_some() { KEPT } else { READ };
        let stdout = child
            .stdout
            .take()
            .map(|pipe| Drain::of(pipe, &self.output, kept));
        let stderr = child
            .stderr
            .take()
            .map(|pipe| Drain::of(pipe, &self.output, kept));
        let code = wait(&mut child, self.limit, &self.name)?;
        let collect = |drain: Option<Drain>| drain.map(Drain::collect).unwrap_or_default();
        let ended = Ended {
            name: self.name,
            code,
            stdout: collect(stdout),
            stderr: collect(stderr),
        };
        match ended.code {
            127 if ended.err().starts_with("setpriv: failed to execute") => {
                Err(absent(&ended.name))
            }
            _ => Ok(ended),
        }
    }

    /// A script just written is busy for as long as another thread's child, not yet replaced by its program, holds it open.
    fn spawn(&mut self) -> Result<Child, Fault> {
        for _ in 0..100 {
            match self.command.spawn() {
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(error) if error.kind() == ErrorKind::NotFound || self.nowhere(&error) => {
                    return Err(absent(&self.name));
                }
                Err(error) => return Err(Fault::file("run", &self.name, &error)),
                Ok(child) => return Ok(child),
            }
        }
        Err(Fault::file("run", &self.name, &"it is being written"))
    }

    /// A folder of the path that we may not enter hides from execvp(3) that the program is in none of the others.
    fn nowhere(&self, error: &std::io::Error) -> bool {
        let path = search_path(std::env::var("PATH").ok());
        let there = |folder: &str| std::path::Path::new(folder).join(&self.name).exists();
        error.kind() == ErrorKind::PermissionDenied
            && !self.name.contains('/')
            && !path.split(':').any(there)
    }

    /// Runs it; any exit code but 0 is a fault with its last words.
    pub fn succeed(self) -> Result<Ended, Fault> {
        let ended = self.run()?;
        if ended.code == 0 {
            Ok(ended)
        } else {
            Err(ended.fault())
        }
    }
}

fn absent(name: &str) -> Fault {
    Fault::Unsupported {
        what: format!("the program {name}"),
        hint: None,
    }
}

/// Where programs are looked for: our own path, and what only root's usually has.
fn search_path(ours: Option<String>) -> String {
    let mut path = ours.unwrap_or_default();
    for folder in [
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
    ] {
        if !path.split(':').any(|known| known == folder) {
            if !path.is_empty() {
                path.push(':');
            }
            path.push_str(folder);
        }
    }
    path
}

fn wait(child: &mut Child, limit: Option<Duration>, name: &str) -> Result<i32, Fault> {
    let begun = Instant::now();
    let mut pause = Duration::from_micros(500);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                return Ok(status
                    .code()
                    .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)));
            }
            Ok(None) => {}
            Err(error) => return Err(Fault::file("wait for", name, &error)),
        }
        if let Some(limit) = limit.filter(|limit| begun.elapsed() >= *limit) {
            if let Some(pid) = Pid::from_raw(i32::try_from(child.id()).unwrap_or(0)) {
                let _ = kill_process_group(pid, Signal::KILL);
            }
            drop(child.wait());
            return Err(Fault::Timeout {
                what: format!("the end of {name}"),
                seconds: limit.as_secs(),
                seen: None,
            });
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
