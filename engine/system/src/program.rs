//! Running a program: argv without a shell, a limit on its time, its whole process group ended with it.
use crate::Context;
use crate::machine::account::Account;
use play_core::{Fault, Value};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

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

/// How it ended.
#[derive(Debug, Clone)]
pub struct Ended {
    pub name: String,
    /// The exit code; 128 + signal where it was killed.
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

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
        let stdout = child
            .stdout
            .take()
            .map(|pipe| Drain::of(pipe, &self.output));
        let stderr = child
            .stderr
            .take()
            .map(|pipe| Drain::of(pipe, &self.output));
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
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(absent(&self.name));
                }
                Err(error) => return Err(Fault::file("run", &self.name, &error)),
                Ok(child) => return Ok(child),
            }
        }
        Err(Fault::file("run", &self.name, &"it is being written"))
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

impl Ended {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// `stdout`, `stderr`, `rc` and the lines, as `register` has them.
    pub fn output(&self) -> Value {
        let (out, err) = (self.out(), self.err());
        let (out, err) = (out.trim_end_matches('\n'), err.trim_end_matches('\n'));
        serde_json::json!({
            "rc": self.code, "stdout": out, "stderr": err,
            "stdout_lines": out.lines().collect::<Vec<_>>(), "stderr_lines": err.lines().collect::<Vec<_>>(),
        })
    }

    /// The fault its ending is: the last lines it said.
    pub fn fault(&self) -> Fault {
        let said = if self.stderr.iter().any(|byte| !byte.is_ascii_whitespace()) {
            self.err()
        } else {
            self.out()
        };
        let lines: Vec<&str> = said
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        let words = lines[lines.len().saturating_sub(5)..].join("\n");
        let words = if words.is_empty() {
            "it said nothing".to_owned()
        } else {
            words
        };
        let status = if self.code > 128 {
            format!("killed by signal {}", self.code - 128)
        } else {
            format!("exit code {}", self.code)
        };
        Fault::Program {
            program: self.name.clone(),
            status,
            words,
            output: Box::new(self.output()),
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

/// The same program by way of setpriv(1), which takes on the account's numbers and groups as the machine knows them.
fn switched(command: &Command, name: &str, account: &Account) -> Result<Command, Fault> {
    if !rustix::process::geteuid().is_root() {
        return Err(Fault::refused(
            format!("running {name} as {}", account.name),
            "only root may; add `become: true`",
        ));
    }
    let mut switched = Command::new("setpriv");
    switched
        .args(["--reuid", &account.uid.to_string()])
        .args(["--regid", &account.gid.to_string()])
        .args(["--init-groups", "--"])
        .arg(command.get_program())
        .args(command.get_args())
        .process_group(0);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => switched.env(name, value),
            None => switched.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        switched.current_dir(directory);
    }
    Ok(switched)
}

/// A pipe that is read to its end on a thread; whole lines are passed on as they come.
struct Drain {
    said: Arc<Mutex<Vec<u8>>>,
    ended: mpsc::Receiver<()>,
}

impl Drain {
    fn of(pipe: impl Read + Send + 'static, output: &Option<Lines>) -> Self {
        let (sender, ended) = mpsc::channel::<()>();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (all, output) = (said.clone(), output.clone());
        std::thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(read) if read > 0) {
                if let Some(output) = &output {
                    output(String::from_utf8_lossy(&line).trim_end());
                }
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.append(&mut line);
            }
            drop(sender);
        });
        Self { said, ended }
    }

    /// All that was said. What the program left in the background may hold the pipe open; that is not waited for.
    fn collect(self) -> Vec<u8> {
        let _ = self.ended.recv_timeout(Duration::from_secs(1));
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut said)
    }
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
