//! A regular file as a task asks for it: content, owner and mode; compared with what is there.
use crate::ownership::Ownership;
use crate::{digest, path, validator};
use play_core::act::Command;
use play_core::state::{File, FileKind};
use play_core::{Act, Change, Content, Fault, Plan, Resource, State, View, unknown};

/// A regular file as it shall be.
pub(crate) struct Written<'a> {
    pub path: &'a str,
    pub content: Content,
    pub ownership: Ownership<'a>,
    /// A command line that accepts or refuses the new content; `%s` is the file.
    pub validate: Option<&'a str>,
    /// Keep what was there beside it.
    pub backup: bool,
    /// An earlier change of the same plan makes the directory.
    pub directory_comes: bool,
    /// The file on the host it is copied from, where it is.
    pub on_host: Option<&'a str>,
}

impl<'a> Written<'a> {
    pub(crate) fn new(path: &'a str, content: impl Into<Content>) -> Self {
        Self {
            path,
            content: content.into(),
            ownership: Ownership::default(),
            validate: None,
            backup: false,
            directory_comes: false,
            on_host: None,
        }
    }

    /// What must change for the file to be so.
    pub(crate) fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let resource = Resource::File(self.path.to_owned());
        let before = view.look(&resource)?;
        if before.is_absent()
            && !self.directory_comes
            && let Some(reason) = path::parent_unknown(view, self.path)?
        {
            return Ok(Plan::unknown(reason));
        }
        refuse_others(self.path, &before)?;
        let rewritten = !holds(&before, &self.content);
        let content = match (&before, rewritten) {
            (State::File(file), false) => file.content().unwrap_or(&self.content).clone(),
            _ => self.content.clone(),
        };
        let file =
            self.ownership
                .file(view, self.path, &before, FileKind::Regular(content.clone()))?;
        let after = State::File(file);
        if before == after {
            return Ok(Plan::nothing());
        }
        let mut changes = Vec::new();
        if rewritten {
            validator::validate(view, self.path, &content, self.validate)?;
            changes.extend(self.kept(&before));
        }
        let unknown = unknown_reason(&before, &content);
        changes.push(self.change(resource, before, after, rewritten));
        let mut plan: Plan = changes.into_iter().collect();
        plan.unknown = unknown;
        Ok(plan)
    }

    fn change(&self, resource: Resource, before: State, after: State, rewritten: bool) -> Change {
        let act = match (&self.content, self.on_host) {
            (Content::Large { .. }, Some(from)) if rewritten => install(from, self.path, &after),
            (Content::Large { sha256, .. }, None) if rewritten => Act::PutBlob {
                sha256: sha256.clone(),
            },
            _ => Act::Put,
        };
        let change = Change::new(act).leaving(resource, before, after);
        if validator::can_cut_line(self.path) {
            change.cutting_line()
        } else {
            change
        }
    }

    /// The copy of what was there, named by its digest so that the same task twice keeps it once.
    fn kept(&self, before: &State) -> Option<Change> {
        let State::File(file) = before else {
            return None;
        };
        let content = file.content().filter(|_| self.backup)?;
        // Large content cannot be put; the journal of the run keeps it anyway.
        let Content::Bytes(_) = content else {
            return None;
        };
        let name = format!("{}.{}~", self.path, &digest::sha256(content)[..12]);
        Some(
            Change::put(Resource::File(name), State::Absent, before.clone())
                .because("what was there, kept as asked"),
        )
    }
}

/// Large content that is on the host already does not travel: install(1) copies it, owner and mode at once.
fn install(from: &str, to: &str, after: &State) -> Act {
    let mut argv = vec!["install".to_owned(), "-T".into()];
    if let State::File(file) = after {
        argv.extend(["-m".into(), format!("{:04o}", file.mode)]);
        argv.extend(["-o".into(), file.owner.clone(), "-g".into()]);
        argv.push(file.group.clone());
    }
    argv.extend(["--".into(), from.into(), to.into()]);
    Act::Command(Command {
        argv,
        ..Command::default()
    })
}

fn refuse_others(path: &str, before: &State) -> Result<(), Fault> {
    match before {
        State::File(File {
            kind: FileKind::Directory,
            ..
        }) => Err(Fault::refused(path, "it is a directory")),
        State::File(File {
            kind: FileKind::Other(kind),
            ..
        }) => Err(Fault::refused(path, format!("it is a {kind}"))),
        _ => Ok(()),
    }
}

fn holds(before: &State, content: &Content) -> bool {
    match before {
        State::File(file) => file
            .content()
            .is_some_and(|current| digest::same(current, content)),
        _ => false,
    }
}

/// Why nobody can say whether the content differs: it has parts to be known later that may be what is there.
fn unknown_reason(before: &State, content: &Content) -> Option<String> {
    let wanted = content.text()?;
    let reason = unknown::reason(wanted)?;
    match before {
        State::File(file) => {
            let current = file.content()?.text()?;
            unknown::may_equal(wanted, current).then(|| reason.to_owned())
        }
        _ => None,
    }
}

/// The text of a file that is to be edited, links followed: the path it is really at, and its text; None where there is none.
pub(crate) fn editable(view: &dyn View, path: &str) -> Result<(String, Option<String>), Fault> {
    let path = path::resolve(view, path)?;
    if let State::File(file) = view.look(&Resource::File(path.clone()))?
        && file.content().is_some_and(|content| !digest::seen(content))
    {
        return Err(Fault::Unknown {
            reason: format!("{path} is downloaded"),
        });
    }
    let text = view.text(&path)?;
    Ok((path, text))
}
