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
        let line = format!("{name}={}", quoted(value).unwrap_or_default());
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
    let value = line.split_once('=')?.1.trim();
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    Some(inner('"').or(inner('\'')).unwrap_or(value))
}

/// A variable's value between quotes it does not have itself, since nothing can be escaped between them; None where it has both kinds.
pub(crate) fn quoted(value: &str) -> Option<String> {
    let quote = ['"', '\'']
        .into_iter()
        .find(|quote| !value.contains(*quote))?;
    Some(format!("{quote}{value}{quote}"))
}

/// Names that stand for numbers, crontab(5), and where they begin.
const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Refuses fields that cron does not understand: for one of them it passes over the whole file, with every job in it.
pub(crate) fn refuse_times(fields: [&str; 5]) -> Result<(), String> {
    const KINDS: [(&str, u32, u32, &[&str]); 5] = [
        ("minute", 0, 59, &[]),
        ("hour", 0, 23, &[]),
        ("day", 1, 31, &[]),
        ("month", 1, 12, MONTHS),
        ("weekday", 0, 7, DAYS),
    ];
    for (field, (kind, least, most, names)) in fields.into_iter().zip(KINDS) {
        let number = |text: &str| {
            let named = names
                .iter()
                .position(|name| text.eq_ignore_ascii_case(name));
            let number = match named {
                Some(at) => u32::try_from(at).ok()? + least,
                None => text.parse().ok()?,
            };
            (least..=most).contains(&number).then_some(number)
        };
        let range = |text: &str| match text.split_once(['-', '~']) {
            Some((from, to)) => matches!((number(from), number(to)), (Some(a), Some(b)) if a <= b),
            None => text == "*" || number(text).is_some(),
        };
        let item = |text: &str| match text.split_once('/') {
            Some((from, step)) => range(from) && step.parse().is_ok_and(|step: u32| step > 0),
            None => range(text),
        };
        if !field.split(',').all(item) {
            return Err(format!(
                "{kind} `{field}`: cron knows {least} to {most}, `*`, lists (1,2), ranges (1-5) and steps (*/5)"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_cron_would_choke_on_are_told_from_those_it_reads() {
        for good in [
            ["*", "*", "*", "*", "*"],
            ["*/5", "0-23/2", "1,15", "jan-mar", "Mon-Fri"],
            ["59", "23", "31", "12", "7"],
        ] {
            assert_eq!(refuse_times(good), Ok(()));
        }
        for bad in ["60", "-1", "5-1", "*/0", "a", "1,,2", "jan"] {
            assert!(refuse_times([bad, "*", "*", "*", "*"]).is_err(), "{bad}");
        }
        assert!(refuse_times(["0", "24", "*", "*", "*"]).is_err());
        assert!(refuse_times(["0", "0", "0", "*", "*"]).is_err());
    }

    #[test]
    fn a_value_with_quotes_is_put_between_the_others() {
        assert_eq!(quoted("a\"b").as_deref(), Some("'a\"b'"));
        assert_eq!(quoted("a\"b'c"), None);
        assert_eq!(unquoted("X='a\"b'"), Some("a\"b"));
    }
}
