//! What `command`, `shell` and `script` have in common: a program that is run unless a path says it need not be.
use crate::path;
use play_core::act::Command;
use play_core::change::ALL_KINDS;
use play_core::{Act, Change, Fault, Plan, Resource, State, View};
use regex::Regex;
use serde_json::json;

/// Paths that say whether the program need be run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard<'a> {
    pub creates: Option<&'a str>,
    pub removes: Option<&'a str>,
    /// Relative paths are below it.
    pub directory: Option<&'a str>,
}

/// The plan to run a program.
pub(crate) fn run(view: &dyn View, guard: &Guard, command: Command) -> Result<Plan, Fault> {
    if let Some(reason) = guard.spared(view)? {
        return Ok(Plan::nothing().with_output(json!({
            "rc": 0, "stdout": reason, "stderr": "", "stdout_lines": [reason], "stderr_lines": [],
        })));
    }
    let change = Change::new(Act::Command(command)).blurring(ALL_KINDS);
    Ok(change.into())
}

impl Guard<'_> {
    /// Why it need not be run.
    fn spared(&self, view: &dyn View) -> Result<Option<String>, Fault> {
        if let Some(path) = self.creates
            && self.exists(view, path)?
        {
            return Ok(Some(format!("skipped, since {path} exists")));
        }
        if let Some(path) = self.removes
            && !self.exists(view, path)?
        {
            return Ok(Some(format!("skipped, since {path} does not exist")));
        }
        Ok(None)
    }

    /// Whether a path, or anything a pattern in its last part means, is there.
    fn exists(&self, view: &dyn View, written: &str) -> Result<bool, Fault> {
        let full = match (written.starts_with('/'), self.directory) {
            (true, _) => written.to_owned(),
            (false, Some(directory)) => format!("{directory}/{written}"),
            (false, None) => {
                return Err(Fault::arguments(format!(
                    "`{written}` is not an absolute path, and there is no chdir it could be below"
                )));
            }
        };
        let full = path::join("/", &full);
        let name = path::name(&full);
        if name.contains(['*', '?', '[']) {
            let pattern = glob(name)?;
            let names = view.list(path::parent(&full))?;
            return Ok(names.iter().any(|name| pattern.is_match(name)));
        }
        match view.look(&Resource::File(full))? {
            State::Absent => Ok(false),
            State::Unknown(reason) => Err(Fault::Unknown { reason }),
            _ => Ok(true),
        }
    }
}

/// The regular expression of a shell pattern, glob(7).
pub(crate) fn glob(pattern: &str) -> Result<Regex, Fault> {
    let mut text = String::from("^");
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' => text.push_str(".*"),
            '?' => text.push('.'),
            '[' => {
                text.push('[');
                if characters.next_if_eq(&'!').is_some() {
                    text.push('^');
                }
            }
            ']' => text.push(']'),
            '-' => text.push('-'),
            other => text.push_str(&regex::escape(&other.to_string())),
        }
    }
    text.push('$');
    Regex::new(&text).map_err(|_| Fault::arguments(format!("`{pattern}` is not a pattern")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_a_shell_means_by_it() {
        let pattern = glob("*.[ch]").unwrap();
        assert!(pattern.is_match("a.c"));
        assert!(!pattern.is_match("a.o"));
    }
}
