//! `lineinfile`: one line of a text file.
use crate::body::Body;
use crate::lines::{Anchor, Lines};
use crate::ownership::Ownership;
use crate::path::HostPath;
use crate::pattern;
use crate::presence::Presence;
use crate::written::{self, Written};
use play_core::{Fault, FileMode, Module, Plan, Resource, Touch, View, unknown};
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

/// Keeps one line in a text file, or keeps lines out of it.
///
/// With `regexp`, the last line it matches becomes `line`; where none matches, `line` is added. A `regexp` that does not
/// match its own `line` is refused, because every later change of the value would add one more line. In sshd_config a new
/// line goes above the first `Match` block, where it holds for everybody, unless `insertafter` says otherwise.
/// A link at `path` is followed.
///
/// # Example
///
/// ```yaml
/// - name: no root over ssh
///   lineinfile:
///     path: /etc/ssh/sshd_config
///     regexp: "^#?PermitRootLogin "
///     line: PermitRootLogin no
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lineinfile {
    /// The file.
    #[serde(alias = "dest", alias = "destfile", alias = "name")]
    pub path: HostPath,
    /// The line, without its end.
    #[serde(default, alias = "value")]
    pub line: Option<Body>,
    /// Regular expression that finds the line whatever its value; Rust's syntax, which has no look-around.
    #[serde(default, alias = "regex")]
    pub regexp: Option<String>,
    /// Text that finds the line, instead of `regexp`.
    #[serde(default)]
    pub search_string: Option<String>,
    /// Whether the line shall be there.
    #[serde(default)]
    pub state: Presence,
    /// A new line goes after the last line this matches, or to the end (`EOF`).
    #[serde(default)]
    pub insertafter: Option<String>,
    /// A new line goes before the last line this matches, or to the beginning (`BOF`).
    #[serde(default)]
    pub insertbefore: Option<String>,
    /// Groups of `regexp` (`\1`, `\g<name>`) are filled into `line`; where nothing matches, nothing is added.
    #[serde(default)]
    pub backrefs: bool,
    /// The first match counts instead of the last.
    #[serde(default)]
    pub firstmatch: bool,
    /// Make the file where there is none.
    #[serde(default)]
    pub create: bool,
    /// Keep what was there beside it.
    #[serde(default)]
    pub backup: bool,
    /// Command line that refuses bad content; `%s` is the new file.
    #[serde(default)]
    pub validate: Option<String>,
    /// Permission bits.
    #[serde(default)]
    pub mode: Option<FileMode>,
    /// Name of the owner.
    #[serde(default)]
    pub owner: Option<String>,
    /// Name of the group.
    #[serde(default)]
    pub group: Option<String>,
}

impl Module for Lineinfile {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let finder = self.finder()?;
        let (path, text) = written::editable(view, &self.path)?;
        if text.is_none() && self.state == Presence::Absent {
            return Ok(Plan::nothing());
        }
        if text.is_none() && !self.create {
            return Err(Fault::Missing {
                resource: Resource::File(path),
                hint: Some("create: true makes it".into()),
            });
        }
        let mut lines = Lines::parse(text.as_deref().unwrap_or_default());
        let mut found = Found::default();
        match self.state {
            Presence::Absent => {
                lines.lines.retain(|line| !finder.matches(line));
            }
            Presence::Present => self.keep(&path, &finder, &mut lines, &mut found)?,
        }
        let new = match text {
            Some(text) if Lines::parse(&text).lines == lines.lines => text,
            _ => lines.text(),
        };
        let mut written = Written::new(&path, new);
        written.ownership = self.ownership();
        written.validate = self.validate.as_deref();
        written.backup = self.backup;
        let mut plan = written.plan(view)?;
        plan.unknown = plan.unknown.or(found.unknown);
        plan.notes.extend(found.note);
        Ok(plan)
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.ownership().touches();
        touches.push(Touch::write(self.path.resource()));
        touches
    }
}

/// What is to be said besides the new lines.
#[derive(Default)]
struct Found {
    unknown: Option<String>,
    note: Option<String>,
}

/// How the line is recognised.
enum Finder<'a> {
    Pattern(Regex),
    Part(&'a str),
    Exact(&'a str),
}

impl Finder<'_> {
    fn matches(&self, line: &str) -> bool {
        match self {
            Self::Pattern(regex) => regex.is_match(line),
            Self::Part(part) => line.contains(part),
            Self::Exact(exact) => line == *exact,
        }
    }
}

impl Lineinfile {
    fn ownership(&self) -> Ownership<'_> {
        Ownership {
            mode: self.mode.as_ref(),
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        }
    }

    fn line(&self) -> Option<&str> {
        let line = self.line.as_deref()?;
        Some(line.strip_suffix('\n').unwrap_or(line))
    }

    fn finder(&self) -> Result<Finder<'_>, Fault> {
        if self.line().is_some_and(|line| line.contains('\n')) {
            return Err(Fault::arguments(
                "line is more than one line; use blockinfile, or one task a line",
            ));
        }
        let finder = match (&self.regexp, &self.search_string, self.line()) {
            (Some(_), Some(_), _) => {
                return Err(Fault::arguments(
                    "give either regexp or search_string, not both",
                ));
            }
            (Some(regexp), ..) => Finder::Pattern(pattern::compile("regexp", regexp)?),
            (_, Some(part), _) => Finder::Part(part),
            (.., Some(line)) => Finder::Exact(line),
            _ => return Err(Fault::arguments("give line, regexp or search_string")),
        };
        self.refuse_growth(&finder)?;
        Ok(finder)
    }

    fn refuse_growth(&self, finder: &Finder) -> Result<(), Fault> {
        if self.state == Presence::Absent {
            return Ok(());
        }
        let line = self
            .line()
            .ok_or_else(|| Fault::arguments("state: present needs line"))?;
        if self.backrefs && self.regexp.is_none() {
            return Err(Fault::arguments("backrefs needs regexp"));
        }
        if self.backrefs || unknown::reason(line).is_some() || finder.matches(line) {
            return Ok(());
        }
        let how = self.regexp.as_ref().or(self.search_string.as_ref());
        Err(Fault::arguments(format!(
            "`{}` does not match the line `{line}`, so each new value would add a line instead of \
             replacing the old one; make it match both",
            how.map_or("", |how| how.as_str())
        )))
    }

    fn keep(
        &self,
        path: &str,
        finder: &Finder,
        lines: &mut Lines,
        found: &mut Found,
    ) -> Result<(), Fault> {
        let line = self.line().unwrap_or_default();
        let mut matching = (0..lines.lines.len()).filter(|at| finder.matches(&lines.lines[*at]));
        let at = if self.firstmatch {
            matching.next()
        } else {
            matching.next_back()
        };
        match at {
            Some(at) => {
                lines.lines[at] = self.expanded(finder, &lines.lines[at], line);
                return Ok(());
            }
            None if self.backrefs => return Ok(()),
            None => {}
        }
        if let Some(reason) = unknown::reason(line) {
            let candidate = lines.lines.iter().any(|old| unknown::may_equal(line, old));
            found.unknown = candidate.then(|| reason.to_owned());
        }
        let at = self.place(path, lines, line, found)?;
        lines.lines.insert(at, line.to_owned());
        Ok(())
    }

    fn expanded(&self, finder: &Finder, old: &str, line: &str) -> String {
        match finder {
            Finder::Pattern(regex) if self.backrefs => {
                let mut out = String::new();
                match regex.captures(old) {
                    Some(captures) => captures.expand(&pattern::replacement(line), &mut out),
                    None => out.push_str(old),
                }
                out
            }
            _ => line.to_owned(),
        }
    }

    fn place(
        &self,
        path: &str,
        lines: &Lines,
        line: &str,
        found: &mut Found,
    ) -> Result<usize, Fault> {
        let at = lines.place(&Anchor {
            after: self.insertafter.as_deref(),
            before: self.insertbefore.as_deref(),
            first: self.firstmatch,
        })?;
        let opens = line.trim_start().to_ascii_lowercase().starts_with("match ");
        let Some(block) = lines
            .match_block(path)
            .filter(|block| *block < at && !opens)
        else {
            return Ok(at);
        };
        let heading = &lines.lines[block];
        if self.insertafter.is_some() || self.insertbefore.is_some() {
            found.note = Some(format!(
                "the line goes below `{heading}`, so it holds for what that matches only"
            ));
            return Ok(at);
        }
        found.note = Some(format!(
            "the line goes above `{heading}`; below it, it would hold for what that matches only"
        ));
        Ok(block)
    }
}
