//! A directory with all that is in it, to be copied below another.
use crate::copy::Blob;
use crate::link::Link;
use crate::ownership::Ownership;
use crate::path;
use crate::written::Written;
use play_core::state::FileKind;
use play_core::{Change, Content, Fault, FileMode, Plan, Resource, State, View};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// One path of a directory to be copied; one of `content`, `blob`, `link` and `directory` says what it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// Below the destination; empty is the destination itself.
    pub path: String,
    /// Permission bits of the source.
    #[serde(default)]
    pub mode: Option<FileMode>,
    /// A text file.
    #[serde(default)]
    pub content: Option<String>,
    /// A large or binary file.
    #[serde(default)]
    pub blob: Option<Blob>,
    /// A symbolic link's target.
    #[serde(default)]
    pub link: Option<String>,
    /// A directory.
    #[serde(default)]
    pub directory: bool,
    /// A file's bytes, where it is copied within the host.
    #[serde(skip)]
    pub bytes: Option<Content>,
    /// The file it is copied from, within the host.
    #[serde(skip)]
    pub on_host: Option<String>,
}

/// Branches and where they shall be.
pub(crate) struct Tree<'a> {
    pub root: &'a str,
    pub branches: &'a [Branch],
    /// Modes of the source.
    pub preserve: bool,
    pub ownership: Ownership<'a>,
    pub directory_mode: Option<&'a FileMode>,
    pub force: bool,
    pub backup: bool,
}

impl Tree<'_> {
    pub(crate) fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let mut plan = Plan::nothing();
        let mut begun = BTreeSet::new();
        self.directory(view, self.root, None, &mut plan, &mut begun)?;
        for branch in self.branches {
            let path = path::join(self.root, &branch.path);
            if branch.directory {
                let mode = branch.mode.as_ref();
                self.directory(view, &path, mode, &mut plan, &mut begun)?;
                continue;
            }
            self.directory(view, path::parent(&path), None, &mut plan, &mut begun)?;
            let part = self.leaf(view, branch, &path, begun.contains(path::parent(&path)))?;
            plan.changes.extend(part.changes);
            plan.unknown = plan.unknown.or(part.unknown);
        }
        Ok(plan)
    }

    /// Makes a directory and those above it, unless an earlier branch did.
    fn directory(
        &self,
        view: &dyn View,
        path: &str,
        mode: Option<&FileMode>,
        plan: &mut Plan,
        begun: &mut BTreeSet<String>,
    ) -> Result<(), Fault> {
        if begun.contains(path) || path == "/" {
            return Ok(());
        }
        let real = path::resolve(view, path)?;
        let resource = Resource::File(real.clone());
        let before = view.look(&resource)?;
        match &before {
            State::File(file) if file.kind == FileKind::Directory => return Ok(()),
            State::File(_) => return Err(Fault::refused(path, "it is not a directory")),
            _ => {}
        }
        self.directory(view, path::parent(path), None, plan, begun)?;
        let ownership = Ownership {
            mode: self.directory_mode.or(mode.filter(|_| self.preserve)),
            ..self.ownership
        };
        let after = ownership.file(view, &real, &before, FileKind::Directory)?;
        plan.changes
            .push(Change::put(resource, before, State::File(after)));
        begun.insert(path.to_owned());
        Ok(())
    }

    fn leaf(
        &self,
        view: &dyn View,
        branch: &Branch,
        path: &str,
        directory_comes: bool,
    ) -> Result<Plan, Fault> {
        let before = view.look(&Resource::File(path.to_owned()))?;
        if !self.force && !before.is_absent() {
            return Ok(Plan::nothing());
        }
        if let Some(target) = &branch.link {
            return self.link(view, path, target, before);
        }
        let content = match (&branch.content, &branch.blob, &branch.bytes) {
            (Some(text), ..) => text.as_str().into(),
            (_, Some(blob), _) => blob.content(),
            (.., Some(bytes)) => bytes.clone(),
            _ => {
                return Err(Fault::arguments(format!(
                    "tree: `{}` is neither content, blob, link nor directory",
                    branch.path
                )));
            }
        };
        let mut written = Written::new(path, content);
        written.ownership = self.ownership;
        if self.preserve {
            written.ownership.mode = branch.mode.as_ref();
        }
        written.backup = self.backup;
        written.on_host = branch.on_host.as_deref();
        written.directory_comes = directory_comes;
        written.plan(view)
    }

    fn link(
        &self,
        view: &dyn View,
        path: &str,
        target: &str,
        before: State,
    ) -> Result<Plan, Fault> {
        if !before.is_absent() {
            let link = Link {
                path,
                src: Some(target),
                force: true,
                ownership: self.ownership,
            };
            return link.plan(view);
        }
        let kind = FileKind::Link(target.to_owned());
        let after = self.ownership.file(view, path, &before, kind)?;
        let resource = Resource::File(path.to_owned());
        Ok(Change::put(resource, before, State::File(after)).into())
    }
}

/// The branches of a directory on the host.
pub(crate) fn grow(
    view: &dyn View,
    directory: &str,
    below: &str,
    branches: &mut Vec<Branch>,
) -> Result<(), Fault> {
    let mode = match view.look(&Resource::File(directory.to_owned()))? {
        State::File(file) => Some(FileMode::Bits(file.mode)),
        _ => None,
    };
    branches.push(Branch {
        path: below.to_owned(),
        mode,
        directory: true,
        ..Branch::default()
    });
    for name in view.list(directory)? {
        let from = path::join(directory, &name);
        let to = format!("{below}/{name}");
        match view.look(&Resource::File(from.clone()))? {
            State::Unknown(reason) => return Err(Fault::Unknown { reason }),
            State::File(file) => match file.kind {
                FileKind::Directory => grow(view, &from, &to, branches)?,
                FileKind::Link(target) => branches.push(Branch {
                    path: to,
                    link: Some(target),
                    ..Branch::default()
                }),
                FileKind::Regular(content) => branches.push(Branch {
                    path: to,
                    mode: Some(FileMode::Bits(file.mode)),
                    bytes: Some(content),
                    on_host: Some(from),
                    ..Branch::default()
                }),
                FileKind::Other(_) => {}
            },
            _ => path::refuse_unreadable(directory, &name)?,
        }
    }
    Ok(())
}
