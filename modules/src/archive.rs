//! What is in an archive, next to what is on disk.
use crate::{digest, ownership, path};
use play_core::state::{File, FileKind};
use play_core::{Act, Change, Content, Fault, Plan, Resource, State, View};
use serde::Deserialize;
use std::collections::BTreeSet;

/// One entry, as [`play_core::Query::Archive`] lists it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Entry {
    pub path: String,
    #[serde(default)]
    pub size: u64,
    #[serde(default)]
    pub mode: u32,
    pub kind: EntryKind,
    #[serde(default)]
    pub target: Option<String>,
    #[serde(default)]
    pub sha256: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntryKind {
    #[serde(alias = "regular")]
    File,
    Directory,
    #[serde(alias = "symlink")]
    Link,
    /// The same content as another entry's.
    Hard,
    #[serde(other)]
    Other,
}

/// Which archive goes where, and whose it is then.
pub(crate) struct Extraction<'a> {
    pub archive: &'a str,
    pub directory: &'a str,
    pub strip: u32,
    pub owner: Option<&'a str>,
    pub group: Option<&'a str>,
}

impl Extraction<'_> {
    pub(crate) fn plan(&self, view: &dyn View, entries: &[Entry]) -> Result<Plan, Fault> {
        let mut plan = Plan::nothing();
        let mut unpack = Change::new(Act::Unpack {
            archive: self.archive.to_owned(),
            directory: self.directory.to_owned(),
            strip: self.strip,
            owner: self.owner.map(str::to_owned),
            group: self.group.map(str::to_owned),
        });
        let mut begun = BTreeSet::new();
        for entry in entries {
            let Some(below) = self.stripped(&entry.path)? else {
                continue;
            };
            let to = path::join(self.directory, &below);
            if entry.kind == EntryKind::Directory {
                self.directory(view, &to, Some(entry.mode), &mut plan, &mut begun)?;
                continue;
            }
            self.directory(view, path::parent(&to), None, &mut plan, &mut begun)?;
            let resource = Resource::File(to.clone());
            let before = view.look(&resource)?;
            if let Some(after) = self.file(view, entry, &to, &before)? {
                unpack = unpack.leaving(resource, before, State::File(after));
            }
        }
        if !unpack.leaves.is_empty() {
            plan.changes.push(unpack);
        }
        Ok(plan)
    }

    /// The entry's path below the directory; None for one that is stripped away.
    fn stripped(&self, entry: &str) -> Result<Option<String>, Fault> {
        let escapes = entry.starts_with('/') || entry.split('/').any(|part| part == "..");
        if escapes {
            return Err(Fault::refused(
                format!("unpacking {}", self.archive),
                format!("its entry `{entry}` would land outside {}", self.directory),
            ));
        }
        let parts: Vec<&str> = entry
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .skip(self.strip as usize)
            .collect();
        Ok((!parts.is_empty()).then(|| parts.join("/")))
    }

    fn owned(&self, view: &dyn View, kind: FileKind, mode: u32) -> Result<File, Fault> {
        let owner = match self.owner {
            Some(owner) => owner.to_owned(),
            None => view.acts_as().unwrap_or_else(|| "root".into()),
        };
        let group = match self.group {
            Some(group) => ownership::group_name(view, group)?,
            None => ownership::primary_group(view, &owner)?,
        };
        Ok(File {
            kind,
            mode,
            owner,
            group,
        })
    }

    /// Directories are made before anything is unpacked into them.
    fn directory(
        &self,
        view: &dyn View,
        to: &str,
        mode: Option<u32>,
        plan: &mut Plan,
        begun: &mut BTreeSet<String>,
    ) -> Result<(), Fault> {
        if to.len() <= self.directory.len() || begun.contains(to) {
            return Ok(());
        }
        self.directory(view, path::parent(to), None, plan, begun)?;
        begun.insert(to.to_owned());
        let real = path::resolve(view, to)?;
        let resource = Resource::File(real);
        let before = view.look(&resource)?;
        if matches!(&before, State::File(file) if file.kind == FileKind::Directory) {
            return Ok(());
        }
        if !before.is_absent() && before.unknown().is_none() {
            return Err(Fault::refused(to, "it is not a directory"));
        }
        let mode = mode.unwrap_or(0o755) & 0o777;
        let after = State::File(self.owned(view, FileKind::Directory, mode)?);
        plan.changes.push(Change::put(resource, before, after));
        Ok(())
    }

    /// The file as it will be; None where it is so, or where there is nothing to compare.
    fn file(
        &self,
        view: &dyn View,
        entry: &Entry,
        to: &str,
        before: &State,
    ) -> Result<Option<File>, Fault> {
        let current = match before {
            State::File(file) => Some(file),
            _ => None,
        };
        let after = match entry.kind {
            EntryKind::Link => {
                let target = entry.target.clone().unwrap_or_default();
                self.owned(view, FileKind::Link(target), 0o777)?
            }
            EntryKind::File => {
                let content = Content::Large {
                    size: entry.size,
                    sha256: entry.sha256.clone().unwrap_or_default(),
                };
                let same = current
                    .and_then(File::content)
                    .filter(|current| digest::same(current, &content));
                let content = same.cloned().unwrap_or(content);
                self.owned(view, FileKind::Regular(content), entry.mode & 0o777)?
            }
            EntryKind::Hard | EntryKind::Directory => return Ok(None),
            EntryKind::Other => {
                return Err(Fault::refused(
                    format!("unpacking {}", self.archive),
                    format!("its entry for {to} is a device or pipe"),
                ));
            }
        };
        Ok((current != Some(&after)).then_some(after))
    }
}
