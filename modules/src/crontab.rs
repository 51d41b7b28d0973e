//! A crontab, crontab(5), in which jobs have names.

use crate::lines::ended;

/// The comment that names the line below it: Ansible's, so that its jobs are taken over.
const NAME: &str = "#Ansible: ";

/// The lines of a crontab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crontab {
    lines: Vec<String>,
}

/// When, as whom, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    /// Five fields, or a word with `@`.
    pub time: String,
    /// In files of /etc/cron.d.
    pub user: Option<String>,
    pub command: String,
}

impl Job {
    fn line(&self) -> String {
        match &self.user {
            Some(user) => format!("{} {user} {}", self.time, self.command),
            None => format!("{} {}", self.time, self.command),
        }
    }
}

impl Crontab {
    pub(crate) fn parse(text: &str) -> Self {
        Self {
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    pub(crate) fn text(&self) -> String {
        ended(&self.lines)
    }

    /// The job of this name, once, and as given.
    pub(crate) fn keep(&mut self, name: &str, job: &Job, disabled: bool) {
        let line = job.line();
        let line = if disabled { format!("#{line}") } else { line };
        if let Some(at) = self.named(name) {
            if at + 1 < self.lines.len() && !self.lines[at + 1].starts_with(NAME) {
                self.lines[at + 1] = line;
            } else {
                self.lines.insert(at + 1, line);
            }
            return;
        }
        let heading = format!("{NAME}{name}");
        match self.unnamed(&job.line()) {
            Some(at) => {
                self.lines[at] = line;
                self.lines.insert(at, heading);
            }
            None => self.lines.extend([heading, line]),
        }
    }

    pub(crate) fn forget(&mut self, name: &str) {
        while let Some(at) = self.named(name) {
            let below = at + 1 < self.lines.len() && !self.lines[at + 1].starts_with(NAME);
            self.lines.drain(at..=at + usize::from(below));
        }
    }

    /// A variable, before the jobs: it holds for what stands below it.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let line = format!("{name}=\"{value}\"");
        match self
            .lines
            .iter()
            .position(|line| variable(line) == Some(name))
        {
            Some(at) if unquoted(&self.lines[at]) == Some(value) => {}
            Some(at) => self.lines[at] = line,
            None => self.lines.insert(0, line),
        }
    }

    pub(crate) fn forget_variable(&mut self, name: &str) {
        self.lines.retain(|line| variable(line) != Some(name));
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.lines
            .iter()
            .position(|line| line.strip_prefix(NAME) == Some(name))
    }

    /// A line that says the same and has no name above it.
    fn unnamed(&self, wanted: &str) -> Option<usize> {
        let words = |line: &str| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        (0..self.lines.len()).find(|&at| {
            words(&self.lines[at]) == words(wanted)
                && (at == 0 || !self.lines[at - 1].starts_with(NAME))
        })
    }
}

/// The name of the variable a line sets.
fn variable(line: &str) -> Option<&str> {
    let name = line.split_once('=')?.0.trim();
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(good)).then_some(name)
}

fn unquoted(line: &str) -> Option<&str> {
    Some(line.split_once('=')?.1.trim().trim_matches('"'))
}
