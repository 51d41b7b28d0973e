//! `play` as a user runs it: a playbook of this folder, its exit code, and what it said as JSON lines.
#![expect(
    clippy::disallowed_methods,
    reason = "an end-to-end test runs play as a user would"
)]

use crate::testbed::ssh_config;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Files of a case: `tests/end/CASE`.
pub(crate) fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("end").join(case)
}

/// A run to be: the playbook and the command line.
pub(crate) struct Play {
    command: Command,
}

impl Play {
    /// The program under test: cargo puts it beside the folder of the test programs.
    pub(crate) fn program() -> PathBuf {
        let own = std::env::current_exe().expect("a test is a program");
        let program = own
            .ancestors()
            .nth(2)
            .expect("tests lie in the target folder")
            .join("play");
        assert!(
            program.exists(),
            "{} is not built; tests/run end builds it",
            program.display()
        );
        program
    }

    /// `tests/end/BOOK` against the test hosts, as JSON lines; words are added to the command line.
    pub(crate) fn book(book: &str, words: &[&str]) -> Self {
        let mut play = Self::people(&folder(book), words);
        play.command.args(["--output", "json"]);
        play
    }

    /// The folder of the repository.
    pub(crate) fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// A playbook of the repository on its inventory of the test hosts, as JSON lines; it may take so many seconds.
    pub(crate) fn repository(book: &str, words: &[&str], seconds: u32) -> Self {
        let inventory = Self::root()
            .join("inventories/testbed")
            .display()
            .to_string();
        let words = [&["-i", &inventory, "--output", "json"], words].concat();
        Self::limited(&Self::root().join("playbooks").join(book), &words, seconds)
    }

    /// A playbook anywhere, with the output people get.
    pub(crate) fn people(book: &Path, words: &[&str]) -> Self {
        Self::limited(book, words, 100)
    }

    fn limited(book: &Path, words: &[&str], seconds: u32) -> Self {
        // a run that never ends is a failure, not a test that never ends
        let mut command = Command::new("timeout");
        command.args(["--foreground", "-s", "KILL", &seconds.to_string()]);
        command.arg(Self::program()).arg(book);
        if !words.contains(&"-F") {
            command.arg("-F").arg(ssh_config());
        }
        if !words.contains(&"-i") {
            command.arg("-i").arg(folder("hosts.yml"));
        }
        command.args(words).env_remove("PLAY_BECOME_PASSWORD");
        Self { command }
    }

    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// A command of `play`, as it is.
    pub(crate) fn plain(words: &[&str]) -> Self {
        let mut command = Command::new("timeout");
        command.args(["--foreground", "-s", "KILL", "100"]);
        command.arg(Self::program()).args(words);
        Self { command }
    }

    /// Started in this folder.
    pub(crate) fn inside(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Run {
        self.start().end()
    }

    /// Starts it; events are read by `until` and `end`.
    pub(crate) fn start(mut self) -> Started {
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("play starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut error = child.stderr.take().expect("a pipe");
        let error = std::thread::spawn(move || {
            let mut text = String::new();
            drop(error.read_to_string(&mut text));
            text
        });
        Started {
            child,
            lines: Box::new(lines),
            events: Vec::new(),
            error,
        }
    }
}

/// A run under way. One that a failed test leaves behind is ended.
pub(crate) struct Started {
    child: Child,
    lines: Box<dyn Iterator<Item = std::io::Result<String>>>,
    events: Vec<Value>,
    error: std::thread::JoinHandle<String>,
}

impl Started {
    /// Reads events until one fits.
    ///
    /// # Panics
    /// Where the run ends without it.
    pub(crate) fn until(&mut self, fits: impl Fn(&Value) -> bool) {
        while let Some(event) = self.next() {
            if fits(&event) {
                return;
            }
        }
        let last = self.events.len().saturating_sub(8);
        panic!(
            "the run ended before the event: {}\nthe last it said: {:#?}",
            messages(&self.events),
            &self.events[last..]
        );
    }

    /// Reads events until a task of this name begins to run for real.
    pub(crate) fn until_started(&mut self, task: &str) {
        self.until(|event| event["event"] == "run_started" && event["mode"] == "apply");
        self.until(|event| event["event"] == "task_started" && event["task"] == task);
    }

    fn next(&mut self) -> Option<Value> {
        let line = self.lines.next()?.expect("play writes text");
        // what is for people is kept as it is
        let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
        self.events.push(event.clone());
        Some(event)
    }

    /// The run's name, as hosts know it.
    pub(crate) fn name(&self) -> String {
        let named = self.events.iter().find_map(|event| event["run"].as_str());
        named.expect("a run has a name").to_owned()
    }

    /// Sends a signal to `play` alone.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .expect("kill starts");
        assert!(sent.success(), "play is gone already");
    }

    /// Reads to the end.
    pub(crate) fn end(mut self) -> Run {
        while self.next().is_some() {}
        let status = self.child.wait().expect("play ends");
        Run {
            code: status.code(),
            events: self.events,
            error: self.error.join().expect("the reader ends"),
        }
    }
}

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) events: Vec<Value>,
    /// What it said on standard error.
    pub(crate) error: String,
}

impl Run {
    /// Everything said in words that a person would have to read to understand a failure.
    pub(crate) fn words(&self) -> String {
        format!("{}\n{}", messages(&self.events), self.error)
    }

    /// # Panics
    /// Where the exit code is another; what was said is in the message.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "{}\n{:#?}",
            self.words(),
            self.trouble()
        );
        self
    }

    /// Events that tell of something failed, or of a result that is not what the plan showed.
    fn trouble(&self) -> Vec<&Value> {
        self.events
            .iter()
            .filter(|event| {
                event["outcome"] == "failed"
                    || event["event"] == "host_failed"
                    || event["differs"] == true
            })
            .collect()
    }

    pub(crate) fn of(&self, kind: &str) -> Vec<&Value> {
        self.events
            .iter()
            .filter(|event| event["event"] == kind)
            .collect()
    }

    /// Results of a task in the plan (`task_planned`) or in the apply (`task_finished`).
    pub(crate) fn task(&self, kind: &str, host: &str, name: &str) -> &Value {
        self.of(kind)
            .into_iter()
            .find(|event| event["host"] == host && event["task"] == name)
            .unwrap_or_else(|| panic!("no {kind} of `{name}` on {host}: {}", self.words()))
    }

    /// The last sum of a host, such as `["changed"]`.
    pub(crate) fn count(&self, host: &str, what: &str) -> u64 {
        let last = self.of("run_finished");
        let last = last
            .last()
            .unwrap_or_else(|| panic!("the run has no sum: {}", self.words()));
        last["recap"][host][what].as_u64().unwrap_or(0)
    }

    /// What tasks of one kind of event changed or would change, each as `host: task: resource action`.
    pub(crate) fn changes(&self, kind: &str) -> Vec<String> {
        let mut list = Vec::new();
        for event in self.of(kind) {
            let of = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            for change in event["changes"].as_array().into_iter().flatten() {
                list.push(format!(
                    "{}: {}{}: {} {}",
                    of("host"),
                    of("task"),
                    event["item"]
                        .as_str()
                        .map_or_else(String::new, |item| format!(" ({item})")),
                    change["resource"].as_str().unwrap_or_default(),
                    change["action"].as_str().unwrap_or_default()
                ));
            }
        }
        list.sort();
        list
    }

    /// # Panics
    /// Where anything changed, would change or cannot be known.
    #[track_caller]
    pub(crate) fn expect_nothing_to_do(&self) {
        self.expect_still(&["task_planned", "task_finished"]);
    }

    /// # Panics
    /// Where anything changed; the plan may have been unsure.
    #[track_caller]
    pub(crate) fn expect_nothing_done(&self) {
        self.expect_still(&["task_finished"]);
    }

    #[track_caller]
    fn expect_still(&self, kinds: &[&str]) {
        let moved: Vec<_> = kinds
            .iter()
            .flat_map(|kind| self.of(kind))
            .filter(|event| event["ignored"] != true)
            .filter(|event| {
                matches!(
                    event["outcome"].as_str(),
                    Some("changed" | "unknown" | "failed")
                )
            })
            .map(|event| {
                format!(
                    "{} {} {}: {} {}",
                    event["host"],
                    event["task"],
                    event["outcome"],
                    event["message"],
                    event["changes"]
                )
            })
            .collect();
        assert!(moved.is_empty(), "{}", moved.join("\n"));
    }
}

/// The messages of events, one a line, each with its host and its hint.
fn messages(events: &[Value]) -> String {
    events
        .iter()
        .filter(|event| event["event"] != "output" && event["message"].is_string())
        .map(|event| {
            format!(
                "{}: {} ({})",
                event["host"], event["message"], event["hint"]
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}
