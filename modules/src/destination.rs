//! Where a file from elsewhere goes: the path asked for, or a name within the directory asked for.
use crate::ownership::Ownership;
use crate::path::{self, HostPath};
use crate::written::Written;
use play_core::state::FileKind;
use play_core::{Change, Fault, FileMode, Plan, Resource, State, View};

/// Where it goes and how the place is treated.
pub(crate) struct Destination<'a> {
    pub dest: &'a HostPath,
    /// The source's path, for its name.
    pub src: Option<&'a str>,
    /// Write through a link instead of replacing it.
    pub follow: bool,
    /// Replace what is there.
    pub force: bool,
    pub directory_mode: Option<&'a FileMode>,
}

impl Destination<'_> {
    /// The plan to write a file there. `written.path` is not yet the path.
    pub(crate) fn plan(&self, view: &dyn View, written: Written) -> Result<Plan, Fault> {
        let mut plan = Plan::nothing();
        let path = self.path(view, &mut plan)?;
        let path = if self.follow {
            path::resolve(view, &path)?
        } else {
            path
        };
        let before = view.look(&Resource::File(path.clone()))?;
        if !self.force {
            match before {
                State::Absent => {}
                State::Unknown(reason) => return Ok(Plan::unknown(reason)),
                _ => return Ok(Plan::nothing()),
            }
        }
        let written = Written {
            path: &path,
            directory_comes: !plan.changes.is_empty(),
            ..written
        };
        let rest = written.plan(view)?;
        if matches!(&before, State::File(file) if matches!(file.kind, FileKind::Link(_))) {
            plan.notes.push(format!(
                "{path} is a link and becomes a file; follow: true writes to where it leads"
            ));
        }
        plan.changes.extend(rest.changes);
        plan.unknown = plan.unknown.or(rest.unknown);
        plan.output = serde_json::json!({ "dest": path, "path": path });
        Ok(plan)
    }

    /// The file's path. A directory that is meant and is not there is made.
    fn path(&self, view: &dyn View, plan: &mut Plan) -> Result<String, Fault> {
        let real = path::resolve(view, self.dest)?;
        let state = view.look(&Resource::File(real))?;
        let directory = matches!(&state, State::File(file) if file.kind == FileKind::Directory);
        if !directory && !self.dest.slash {
            return Ok(self.dest.to_string());
        }
        let name = self.src.map(path::name).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| {
            Fault::arguments(format!(
                "{} is a directory, and content has no name of its own; say the file's path",
                &**self.dest
            ))
        })?;
        if state.is_absent() {
            plan.changes
                .extend(made(view, self.dest, self.directory_mode)?);
        }
        Ok(path::join(self.dest, name))
    }
}

/// The change that makes one directory.
fn made(view: &dyn View, path: &str, mode: Option<&FileMode>) -> Result<Option<Change>, Fault> {
    if path::parent_unknown(view, path)?.is_some() {
        return Ok(None);
    }
    let ownership = Ownership {
        mode,
        ..Ownership::default()
    };
    let file = ownership.file(view, path, &State::Absent, FileKind::Directory)?;
    Ok(Some(Change::put(
        Resource::File(path.to_owned()),
        State::Absent,
        State::File(file),
    )))
}
