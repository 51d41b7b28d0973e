//! A symbolic link as a task asks for it.
use crate::ownership::Ownership;
use crate::path;
use play_core::state::{File, FileKind};
use play_core::{Change, Fault, Plan, Resource, State, View};

pub(crate) struct Link<'a> {
    pub path: &'a str,
    /// The target as it stands in the link; None keeps the one there is.
    pub src: Option<&'a str>,
    /// Also to nowhere, and in place of a regular file.
    pub force: bool,
    pub ownership: Ownership<'a>,
}

impl Link<'_> {
    pub(crate) fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let resource = Resource::File(self.path.to_owned());
        let before = view.look(&resource)?;
        let target = self.target(&before)?;
        self.refuse_loss(view, &before)?;
        if before.is_absent()
            && let Some(reason) = path::parent_unknown(view, self.path)?
        {
            return Ok(Plan::unknown(reason));
        }
        if !self.force {
            self.require_target(view, &target)?;
        }
        let kind = FileKind::Link(target);
        let kept = match &before {
            // Another target is the same link with another aim: its owner stays.
            State::File(file) if matches!(file.kind, FileKind::Link(_)) => State::File(File {
                kind: kind.clone(),
                ..file.clone()
            }),
            other => other.clone(),
        };
        let after = State::File(self.ownership.file(view, self.path, &kept, kind)?);
        if before == after {
            return Ok(Plan::nothing());
        }
        Ok(Change::put(resource, before, after).into())
    }

    fn target(&self, before: &State) -> Result<String, Fault> {
        match (self.src, before) {
            (Some(src), _) => Ok(src.to_owned()),
            (
                None,
                State::File(File {
                    kind: FileKind::Link(target),
                    ..
                }),
            ) => Ok(target.clone()),
            _ => Err(Fault::arguments("a link needs src: what it points to")),
        }
    }

    fn refuse_loss(&self, view: &dyn View, before: &State) -> Result<(), Fault> {
        let State::File(file) = before else {
            return Ok(());
        };
        let why = match &file.kind {
            FileKind::Link(_) => return Ok(()),
            FileKind::Regular(_) if self.force => return Ok(()),
            FileKind::Regular(_) => "a regular file is there; force: true replaces it",
            FileKind::Directory if self.force && view.list(self.path)?.is_empty() => return Ok(()),
            FileKind::Directory => "a directory is there; remove it first with file: state=absent",
            FileKind::Other(_) => "something that is no file is there",
        };
        Err(Fault::refused(format!("the link {}", self.path), why))
    }

    fn require_target(&self, view: &dyn View, target: &str) -> Result<(), Fault> {
        let resource = Resource::File(path::target(self.path, target));
        if view.look(&resource)?.is_absent() {
            return Err(Fault::Missing {
                resource,
                hint: Some("a link to it would lead nowhere; force: true makes it anyway".into()),
            });
        }
        Ok(())
    }
}
