//! `ini_file`: settings of files in sections.
use crate::body::Body;
use crate::lines::Lines;
use crate::ownership::Ownership;
use crate::path::HostPath;
use crate::presence::Presence;
use crate::written::{self, Written};
use play_core::{Fault, FileMode, Module, Plan, Resource, Touch, View, unknown};
use schemars::JsonSchema;
use serde::Deserialize;

/// Keeps one setting of a file in sections (`[section]`, `option = value`), or keeps it out.
///
/// Comments and everything else stay as they are; a setting that stands in the section twice is there once afterwards. A
/// link at `path` is followed.
///
/// # Example
///
/// ```yaml
/// - name: the journal takes one gigabyte
///   ini_file:
///     path: /etc/systemd/journald.conf
///     section: Journal
///     option: SystemMaxUse
///     value: 1G
///     no_extra_spaces: true
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IniFile {
    /// The file.
    #[serde(alias = "dest")]
    pub path: HostPath,
    /// The section's name; without it, what stands before the first section.
    #[serde(default)]
    pub section: Option<String>,
    /// The setting; without it and with `state: absent`, the whole section.
    #[serde(default)]
    pub option: Option<String>,
    /// Its value.
    #[serde(default)]
    pub value: Option<Body>,
    /// Whether it shall be there.
    #[serde(default)]
    pub state: Presence,
    /// Write `option=value` instead of `option = value`.
    #[serde(default)]
    pub no_extra_spaces: bool,
    /// Make the file where there is none.
    #[serde(default = "yes")]
    pub create: bool,
    /// Keep what was there beside it.
    #[serde(default)]
    pub backup: bool,
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

fn yes() -> bool {
    true
}

impl Module for IniFile {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let line = self.line()?;
        let (path, text) = written::editable(view, &self.path)?;
        if text.is_none() && self.state == Presence::Absent {
            return Ok(Plan::nothing());
        }
        if text.is_none() && !self.create {
            return Err(Fault::missing(Resource::File(path)));
        }
        let mut lines = Lines::parse(text.as_deref().unwrap_or_default());
        self.edit(&mut lines.lines, line.as_deref());
        let new = match text {
            Some(text) if Lines::parse(&text).lines == lines.lines => text,
            _ => lines.text(),
        };
        let mut written = Written::new(&path, new);
        written.ownership = self.ownership();
        written.backup = self.backup;
        written.plan(view)
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.ownership().touches();
        touches.push(Touch::write(self.path.resource()));
        touches
    }
}

impl IniFile {
    fn ownership(&self) -> Ownership<'_> {
        Ownership {
            mode: self.mode.as_ref(),
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        }
    }

    /// The line as it shall be; None where none shall be.
    fn line(&self) -> Result<Option<String>, Fault> {
        match (self.state, &self.option, &self.value) {
            (Presence::Absent, None, _) if self.section.is_none() => {
                Err(Fault::arguments("give section or option"))
            }
            (Presence::Absent, ..) => Ok(None),
            (Presence::Present, Some(_), Some(value)) if value.trim_end().contains('\n') => {
                Err(Fault::arguments("value is more than one line"))
            }
            (Presence::Present, Some(option), Some(value)) => {
                let equals = if self.no_extra_spaces { "=" } else { " = " };
                Ok(Some(format!("{option}{equals}{}", value.trim_end())))
            }
            (Presence::Present, ..) => {
                Err(Fault::arguments("state: present needs option and value"))
            }
        }
    }

    fn edit(&self, lines: &mut Vec<String>, line: Option<&str>) {
        let Some((start, end)) = self.extent(lines) else {
            if let Some(line) = line {
                if let Some(section) = &self.section {
                    lines.push(format!("[{section}]"));
                }
                lines.push(line.to_owned());
            }
            return;
        };
        let Some(option) = &self.option else {
            lines.drain(start.saturating_sub(1)..end);
            return;
        };
        let all: Vec<usize> = (start..end)
            .filter(|at| name(&lines[*at]) == Some(option))
            .collect();
        match (line, all.as_slice()) {
            (Some(line), [first, more @ ..]) => {
                // A value that is right stays as it is spaced.
                if setting(&lines[*first]) != setting(line) || unknown::reason(line).is_some() {
                    line.clone_into(&mut lines[*first]);
                }
                more.iter().rev().for_each(|at| drop(lines.remove(*at)));
            }
            (Some(line), []) => {
                let used = (start..end).rev().find(|at| !lines[*at].trim().is_empty());
                lines.insert(used.map_or(start, |at| at + 1), line.to_owned());
            }
            (None, all) => all.iter().rev().for_each(|at| drop(lines.remove(*at))),
        }
    }

    /// The lines of the section, without its heading.
    fn extent(&self, lines: &[String]) -> Option<(usize, usize)> {
        let start = match &self.section {
            None => 0,
            Some(section) => {
                1 + lines
                    .iter()
                    .position(|line| heading(line) == Some(section))?
            }
        };
        let length = lines[start..]
            .iter()
            .position(|line| heading(line).is_some());
        Some((start, length.map_or(lines.len(), |length| start + length)))
    }
}

fn heading(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.strip_suffix(']')
}

/// The name and value of a line that sets something.
fn setting(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return None;
    }
    let (name, value) = line.split_once('=')?;
    Some((name.trim(), value.trim()))
}

fn name(line: &str) -> Option<&str> {
    setting(line).map(|(name, _)| name)
}
