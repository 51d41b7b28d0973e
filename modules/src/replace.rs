//! `replace`: every match of an expression in a text file.
use crate::ownership::Ownership;
use crate::path::HostPath;
use crate::pattern;
use crate::written::{self, Written};
use play_core::{Fault, FileMode, Module, Plan, Resource, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;
use std::ops::Range;

/// Replaces every match of a regular expression in a text file.
///
/// `^` and `$` mean the ends of every line. A replacement that would be made again at each run is refused. A link at
/// `path` is followed.
///
/// # Example
///
/// ```yaml
/// - name: the new name of the mirror
///   replace:
///     path: /etc/apt/sources.list
///     regexp: 'http://old\.example/'
///     replace: "https://new.example/"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replace {
    /// The file.
    #[serde(alias = "dest", alias = "destfile", alias = "name")]
    pub path: HostPath,
    /// The regular expression; Rust's syntax, which has no look-around.
    pub regexp: String,
    /// What comes in place of a match; `\1` and `\g<name>` are groups of it. Empty removes the match.
    #[serde(default)]
    pub replace: String,
    /// Only what follows the first match of this expression, in which `.` matches line ends too.
    #[serde(default)]
    pub after: Option<String>,
    /// Only what comes before the first match of this expression, in which `.` matches line ends too.
    #[serde(default)]
    pub before: Option<String>,
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

impl Module for Replace {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let (path, text) = written::editable(view, &self.path)?;
        let text = text.ok_or_else(|| Fault::missing(Resource::File(path.clone())))?;
        let new = self.replaced(&text)?;
        if self.replaced(&new)? != new {
            return Err(Fault::arguments(format!(
                "regexp `{}` matches its own replacement, which would be replaced again at each run; \
                 make it match the old text only",
                self.regexp
            )));
        }
        let mut written = Written::new(&path, new);
        written.ownership = self.ownership();
        written.validate = self.validate.as_deref();
        written.backup = self.backup;
        written.plan(view)
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.ownership().touches();
        touches.push(Touch::write(self.path.resource()));
        touches
    }
}

impl Replace {
    fn ownership(&self) -> Ownership<'_> {
        Ownership {
            mode: self.mode.as_ref(),
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        }
    }

    fn replaced(&self, text: &str) -> Result<String, Fault> {
        let regex = pattern::compile_lines("regexp", &self.regexp)?;
        let replacement = pattern::replacement(&self.replace);
        let Some(section) = self.section(text)? else {
            return Ok(text.to_owned());
        };
        let new = regex.replace_all(&text[section.clone()], replacement.as_str());
        Ok([&text[..section.start], &new, &text[section.end..]].concat())
    }

    /// The part between `after` and `before`; None where one of them is not found.
    fn section(&self, text: &str) -> Result<Option<Range<usize>>, Fault> {
        let mut section = 0..text.len();
        if let Some(after) = &self.after {
            let regex = pattern::compile("after", &format!("(?s){after}"))?;
            match regex.find(text) {
                Some(found) => section.start = found.end(),
                None => return Ok(None),
            }
        }
        if let Some(before) = &self.before {
            let regex = pattern::compile("before", &format!("(?s){before}"))?;
            match regex.find(&text[section.start..]) {
                Some(found) => section.end = section.start + found.start(),
                None => return Ok(None),
            }
        }
        Ok(Some(section))
    }
}
