//! Running a program: argv without a shell, a limit on its time, its whole process group ended with it.
use crate::Context;
use play_core::{Fault, Value};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Who gets each line a program prints.
pub type Lines = std::sync::Arc<dyn Fn(&str) + Send + Sync>;

/// A program to be run.
pub struct Program {
    command: Command,
    name: String,
    stdin: Option<Vec<u8>>,
    limit: Option<Duration>,
    output: Option<Lines>,
}

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
        if std::env::var_os("PATH").is_none() {
            command.env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            );
        }
        Self {
            command,
            name: name.to_owned(),
            stdin: None,
            limit: None,
            output: None,
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

    /// Runs as another account: its numbers, and its HOME, USER and LOGNAME.
    #[must_use]
    pub fn account(mut self, account: &crate::machine::account::Account) -> Self {
        self.command.uid(account.uid).gid(account.gid);
        self.command
            .env("HOME", &account.home)
            .env("USER", &account.name)
            .env("LOGNAME", &account.name);
        self
    }

    /// Runs it to its end, whatever its exit code.
    pub fn run(mut self) -> Result<Ended, Fault> {
        let piped = if self.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        self.command
            .stdin(piped)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Fault::Unsupported {
                what: format!("the program {}", self.name),
                hint: None,
            },
            _ => Fault::file("run", &self.name, &error),
        })?;
        if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), self.stdin.take()) {
            std::thread::spawn(move || drop(pipe.write_all(&bytes)));
        }
        let stdout = child
            .stdout
            .take()
            .map(|pipe| drain(pipe, self.output.clone()));
        let stderr = child
            .stderr
            .take()
            .map(|pipe| drain(pipe, self.output.clone()));
        let code = wait(&mut child, self.limit, &self.name)?;
        let collect = |lines: Option<mpsc::Receiver<Vec<u8>>>| {
            lines
                .and_then(|lines| lines.recv_timeout(Duration::from_secs(2)).ok())
                .unwrap_or_default()
        };
        Ok(Ended {
            name: self.name,
            code,
            stdout: collect(stdout),
            stderr: collect(stderr),
        })
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

/// Reads a pipe to its end on a thread; whole lines are passed on as they come.
fn drain(pipe: impl Read + Send + 'static, output: Option<Lines>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut all = Vec::new();
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            if let Some(output) = &output {
                output(String::from_utf8_lossy(&line).trim_end());
            }
            all.append(&mut line);
        }
        drop(sender.send(all));
    });
    receiver
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
