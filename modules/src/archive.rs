//! What is in an archive, next to what is on disk.
use crate::{digest, ownership, path};
use play_core::state::{File, FileKind};
use play_core::{Act, Change, Content, Fault, Plan, Resource, State, View};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

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
    #[serde(rename = "hard link", alias = "hard")]
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
        let whose = self.whose(view)?;
        let mut plan = Plan::nothing();
        let mut unpack = Change::new(Act::Unpack {
            archive: self.archive.to_owned(),
            directory: self.directory.to_owned(),
            strip: self.strip,
            owner: Some(whose.owner.clone()),
            group: Some(whose.group.clone()),
        });
        let mut begun = BTreeSet::new();
        let places = self.places(entries)?;
        for (at, entry) in entries.iter().enumerate() {
            let Some(below) = self.stripped(&entry.path)? else {
                continue;
            };
            // A file that was added to an archive once more is there twice: the last one is what is left on the disk.
            if places.get(&below) != Some(&at) {
                continue;
            }
            let to = path::join(self.directory, &below);
            if entry.kind == EntryKind::Directory {
                self.above(view, &to, &whose, &mut plan, &mut begun)?;
                begun.insert(to.clone());
                let after = whose.file(FileKind::Directory, entry.mode);
                plan.changes.extend(directory(view, &to, after)?);
                continue;
            }
            self.above(view, &to, &whose, &mut plan, &mut begun)?;
            let resource = Resource::File(to.clone());
            let before = view.look(&resource)?;
            let after = State::File(self.file(entry, entries, &before, &whose)?);
            if before != after {
                unpack = unpack.leaving(resource, before, after);
            }
        }
        if !unpack.leaves.is_empty() {
            plan.changes.push(unpack);
        }
        Ok(plan)
    }

    /// The last entry of each path.
    fn places(&self, entries: &[Entry]) -> Result<BTreeMap<String, usize>, Fault> {
        let mut places = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            if let Some(below) = self.stripped(&entry.path)? {
                places.insert(below, at);
            }
        }
        Ok(places)
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

    fn whose(&self, view: &dyn View) -> Result<Whose, Fault> {
        let owner = match self.owner {
            Some(owner) => ownership::account(view, owner)?,
            None => view.acts_as().unwrap_or_else(|| "root".into()),
        };
        let group = match self.group {
            Some(group) => ownership::group_name(view, group)?,
            None => ownership::primary_group(view, &owner)?,
        };
        Ok(Whose { owner, group })
    }

    /// The directories above an entry that the archive does not list, before anything is unpacked into them.
    fn above(
        &self,
        view: &dyn View,
        to: &str,
        whose: &Whose,
        plan: &mut Plan,
        begun: &mut BTreeSet<String>,
    ) -> Result<(), Fault> {
        let above = path::parent(to);
        if above.len() <= self.directory.len() || begun.contains(above) {
            return Ok(());
        }
        self.above(view, above, whose, plan, begun)?;
        begun.insert(above.to_owned());
        let state = view.look(&Resource::File(path::resolve(view, above)?))?;
        if !matches!(&state, State::File(file) if file.kind == FileKind::Directory) {
            let after = whose.file(FileKind::Directory, 0o755);
            plan.changes.extend(directory(view, above, after)?);
        }
        Ok(())
    }

    /// The file or link as it will be.
    fn file(
        &self,
        entry: &Entry,
        entries: &[Entry],
        before: &State,
        whose: &Whose,
    ) -> Result<File, Fault> {
        match entry.kind {
            EntryKind::Link => {
                let target = entry.target.clone().unwrap_or_default();
                Ok(whose.file(FileKind::Link(target), 0o777))
            }
            EntryKind::Hard => {
                let same = |other: &&Entry| {
                    other.kind == EntryKind::File && Some(&other.path) == entry.target.as_ref()
                };
                match entries.iter().rev().find(same) {
                    Some(other) => Ok(whose.regular(other, before)),
                    None => Err(self.refused(entry, "is a hard link to no entry of it")),
                }
            }
            EntryKind::Other | EntryKind::Directory => {
                Err(self.refused(entry, "is neither file, directory nor link"))
            }
            EntryKind::File => Ok(whose.regular(entry, before)),
        }
    }

    fn refused(&self, entry: &Entry, why: &str) -> Fault {
        Fault::refused(
            format!("unpacking {}", self.archive),
            format!("its entry `{}` {why}", entry.path),
        )
    }
}

/// The owner and group of all that is unpacked.
struct Whose {
    owner: String,
    group: String,
}

impl Whose {
    fn file(&self, kind: FileKind, mode: u32) -> File {
        File {
            kind,
            mode: mode & 0o777,
            owner: self.owner.clone(),
            group: self.group.clone(),
        }
    }

    /// A file of the archive; its content is known by its digest, and is the one there where that is the same.
    fn regular(&self, entry: &Entry, before: &State) -> File {
        let listed = Content::Large {
            size: entry.size,
            sha256: entry.sha256.clone().unwrap_or_default(),
        };
        let current = match before {
            State::File(file) => file.content(),
            _ => None,
        };
        let content = current.filter(|current| digest::same(current, &listed));
        let content = content.cloned().unwrap_or(listed);
        self.file(FileKind::Regular(content), entry.mode)
    }
}

/// The change that makes a directory so.
fn directory(view: &dyn View, to: &str, after: File) -> Result<Option<Change>, Fault> {
    let resource = Resource::File(path::resolve(view, to)?);
    let before = view.look(&resource)?;
    if matches!(&before, State::File(file) if file.kind != FileKind::Directory) {
        return Err(Fault::refused(to, "it is not a directory"));
    }
    let after = State::File(after);
    Ok((before != after).then(|| Change::put(resource, before, after)))
}
