//! `blockinfile`: some lines of a text file, between two marker lines.
use crate::body::Body;
use crate::lines::{Anchor, Lines};
use crate::ownership::Ownership;
use crate::path::HostPath;
use crate::presence::Presence;
use crate::written::{self, Written};
use play_core::{Fault, FileMode, Module, Plan, Resource, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Keeps a block of lines in a text file, between two marker lines by which it is found again.
///
/// Two blocks in one file need two markers. The markers are Ansible's, so that its blocks are taken over. A link at
/// `path` is followed.
///
/// # Example
///
/// ```yaml
/// - name: limits of the database
///   blockinfile:
///     path: /etc/security/limits.conf
///     marker: "# {mark} database"
///     block: |
///       postgres soft nofile 65536
///       postgres hard nofile 65536
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blockinfile {
    /// The file.
    #[serde(alias = "dest", alias = "destfile", alias = "name")]
    pub path: HostPath,
    /// The lines; none is the same as `state: absent`.
    #[serde(default, alias = "content")]
    pub block: Body,
    /// The marker lines; `{mark}` stands for `marker_begin` and `marker_end`.
    #[serde(default = "marker")]
    pub marker: String,
    /// What `{mark}` is in the first marker line.
    #[serde(default = "begin")]
    pub marker_begin: String,
    /// What `{mark}` is in the last marker line.
    #[serde(default = "end")]
    pub marker_end: String,
    /// Whether the block shall be there.
    #[serde(default)]
    pub state: Presence,
    /// A new block goes after the last line this matches, or to the end (`EOF`).
    #[serde(default)]
    pub insertafter: Option<String>,
    /// A new block goes before the last line this matches, or to the beginning (`BOF`).
    #[serde(default)]
    pub insertbefore: Option<String>,
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

fn marker() -> String {
    "# {mark} ANSIBLE MANAGED BLOCK".into()
}

fn begin() -> String {
    "BEGIN".into()
}

fn end() -> String {
    "END".into()
}

impl Module for Blockinfile {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let (first, last) = self.markers()?;
        let (path, text) = written::editable(view, &self.path)?;
        let wanted = self.wanted();
        refuse_marker(&wanted, &[&first, &last])?;
        if text.is_none() && wanted.is_empty() {
            return Ok(Plan::nothing());
        }
        if text.is_none() && !self.create {
            return Err(Fault::Missing {
                resource: Resource::File(path),
                hint: Some("create: true makes it".into()),
            });
        }
        let mut lines = Lines::parse(text.as_deref().unwrap_or_default());
        let mut plan = Plan::nothing();
        let at = match find(&path, &lines, &first, &last)? {
            Some((from, to)) => {
                lines.lines.drain(from..=to);
                from
            }
            None => self.place(&path, &lines, &mut plan)?,
        };
        if !wanted.is_empty() {
            let block = [vec![first], wanted, vec![last]].concat();
            lines.lines.splice(at..at, block);
        }
        let new = match text {
            Some(text) if Lines::parse(&text).lines == lines.lines => text,
            _ => lines.text(),
        };
        let mut written = Written::new(&path, new);
        written.ownership = self.ownership();
        written.validate = self.validate.as_deref();
        written.backup = self.backup;
        let rest = written.plan(view)?;
        if rest.changes.is_empty() {
            plan.notes.clear();
        }
        Ok(Plan {
            notes: plan.notes,
            ..rest
        })
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.ownership().touches();
        touches.push(Touch::write(self.path.resource()));
        touches
    }
}

impl Blockinfile {
    fn ownership(&self) -> Ownership<'_> {
        Ownership {
            mode: self.mode.as_ref(),
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        }
    }

    fn markers(&self) -> Result<(String, String), Fault> {
        let first = self.marker.replace("{mark}", &self.marker_begin);
        let last = self.marker.replace("{mark}", &self.marker_end);
        if first == last {
            return Err(Fault::arguments(format!(
                "marker `{}`: the first and the last marker line would be the same; it needs {{mark}}",
                self.marker
            )));
        }
        if first.contains('\n') || last.contains('\n') {
            return Err(Fault::arguments("a marker is one line"));
        }
        Ok((first, last))
    }

    fn wanted(&self) -> Vec<String> {
        if self.state == Presence::Absent {
            return Vec::new();
        }
        let block = self.block.trim_end_matches('\n');
        if block.is_empty() {
            return Vec::new();
        }
        Lines::parse(block).lines
    }

    fn place(&self, path: &str, lines: &Lines, plan: &mut Plan) -> Result<usize, Fault> {
        let at = lines.place(&Anchor {
            after: self.insertafter.as_deref(),
            before: self.insertbefore.as_deref(),
            first: false,
        })?;
        if let Some(block) = lines.match_block(path).filter(|block| *block < at) {
            plan.notes.push(format!(
                "the block goes below `{}`, so it holds for what that matches only",
                lines.lines[block]
            ));
        }
        Ok(at)
    }
}

/// A block that has its own marker in it ends where that is, at the next run.
fn refuse_marker(block: &[String], markers: &[&String]) -> Result<(), Fault> {
    let is_marker = |line: &&String| {
        let mut markers = markers.iter();
        markers.any(|marker| marker.trim_end() == line.trim_end())
    };
    block.iter().find(is_marker).map_or(Ok(()), |line| {
        Err(Fault::arguments(format!(
            "the block has its own marker `{line}` in it, and would not be found again; give it another marker"
        )))
    })
}

/// The indexes of the marker lines.
fn find(
    path: &str,
    lines: &Lines,
    first: &str,
    last: &str,
) -> Result<Option<(usize, usize)>, Fault> {
    let at = |marker: &str| -> Vec<usize> {
        let all = lines.lines.iter().enumerate();
        all.filter(|(_, line)| line.trim_end() == marker.trim_end())
            .map(|(at, _)| at)
            .collect()
    };
    match (at(first).as_slice(), at(last).as_slice()) {
        ([], []) => Ok(None),
        ([from], [to]) if from < to => Ok(Some((*from, *to))),
        (begins, ends) => Err(Fault::refused(
            format!("changing the block in {path}"),
            format!(
                "it has {} lines `{first}` and {} lines `{last}`, not one of each in this order; \
                 mend it by hand, or give each block a marker of its own",
                begins.len(),
                ends.len()
            ),
        )),
    }
}
