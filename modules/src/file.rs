//! `file`: directories, links, and who may do what with a path.
use crate::link::Link;
use crate::ownership::Ownership;
use crate::path::{self, HostPath};
use crate::written::Written;
use play_core::state::FileKind;
use play_core::{Change, Fault, FileMode, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Makes directories and links, removes paths, and sets owner, group and mode.
///
/// New files get mode 0644 and new directories 0755, whatever the umask; what exists keeps what is not asked for.
/// Two meanings differ from Ansible's: `state: touch` makes an empty file where there is none and leaves times alone, so
/// a second run changes nothing; and with `recurse` an octal mode without `x` for the owner is refused, because it would
/// lock every directory: write `u=rwX,go=rX`. Hard links are not made.
///
/// # Example
///
/// ```yaml
/// - name: a directory for the data
///   file:
///     path: /srv/data
///     state: directory
///     owner: root
///     mode: "0750"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The path.
    #[serde(alias = "dest", alias = "name")]
    pub path: HostPath,
    /// What shall be there. Without it: whatever is there, which must exist; with `recurse`, a directory; with `src`, a link.
    #[serde(default)]
    pub state: Option<Kind>,
    /// What a link points to, as it shall stand in the link; relative to the link's own directory.
    #[serde(default)]
    pub src: Option<String>,
    /// Permission bits.
    #[serde(default)]
    pub mode: Option<FileMode>,
    /// Name of the owner.
    #[serde(default)]
    pub owner: Option<String>,
    /// Name of the group.
    #[serde(default)]
    pub group: Option<String>,
    /// Owner, group and mode also of everything below a directory; links in it are not followed.
    #[serde(default)]
    pub recurse: bool,
    /// For a link: also where its target is missing, and in place of a regular file.
    #[serde(default)]
    pub force: bool,
    /// Where the path is a link, mean what it points to.
    #[serde(default = "yes")]
    pub follow: bool,
}

/// What a path shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing; a directory goes with all that is in it.
    Absent,
    /// A directory; those above it are made too.
    Directory,
    /// A regular file, which must be there already.
    File,
    /// A symbolic link.
    Link,
    /// A regular file; an empty one is made.
    Touch,
}

fn yes() -> bool {
    true
}

impl Module for File {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let kind = match self.state {
            Some(kind) => kind,
            None if self.src.is_some() => Kind::Link,
            None if self.recurse => Kind::Directory,
            None => Kind::File,
        };
        match kind {
            Kind::Absent => self.remove(view),
            Kind::Directory => self.directory(view),
            Kind::File => self.existing(view),
            Kind::Link => Link {
                path: &self.path,
                src: self.src.as_deref(),
                force: self.force,
                ownership: self.ownership(),
            }
            .plan(view),
            Kind::Touch => self.touch(view),
        }
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.ownership().touches();
        touches.push(Touch::write(self.path.resource()));
        touches.extend(
            made_on_the_way(&self.path)
                .map(|folder| Touch::write(Resource::File(folder.to_owned()))),
        );
        if let Some(src) = &self.src {
            let target = path::target(&self.path, src);
            touches.push(Touch::link(self.path.to_string(), target.clone()));
            touches.push(Touch::read(Resource::File(target)));
        }
        touches
    }
}

/// Folders that every system has: nobody makes them, and what lies in them need not wait for each other.
const STANDING: &[&str] = &[
    "/etc/apt",
    "/etc/cron.d",
    "/etc/default",
    "/etc/ssh",
    "/etc/systemd",
    "/etc/systemd/system",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/sbin",
    "/usr/share",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/tmp",
];

/// The folders a path lies in that may have to be made first: a directory is made with all that leads to it.
fn made_on_the_way(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .map(|(at, _)| &path[..at])
        .filter(|folder| folder.matches('/').count() > 1 && !STANDING.contains(folder))
}

impl File {
    fn ownership(&self) -> Ownership<'_> {
        Ownership {
            mode: self.mode.as_ref(),
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        }
    }

    fn real_path(&self, view: &dyn View) -> Result<String, Fault> {
        if self.follow {
            path::resolve(view, &self.path)
        } else {
            Ok(self.path.to_string())
        }
    }

    fn remove(&self, view: &dyn View) -> Result<Plan, Fault> {
        if &*self.path == "/" {
            return Err(Fault::refused("removing /", "it is the whole machine"));
        }
        let before = view.look(&self.path.resource())?;
        let reason = match &before {
            State::Absent => return Ok(Plan::nothing()),
            State::Unknown(reason) => return Ok(Plan::unknown(reason)),
            State::File(file) if file.kind == FileKind::Directory => {
                refuse_mount(view, &self.path)?;
                contents(&view.list(&self.path)?)
            }
            _ => None,
        };
        let mut change = Change::put(self.path.resource(), before, State::Absent);
        change.reason = reason;
        Ok(change.into())
    }

    fn existing(&self, view: &dyn View) -> Result<Plan, Fault> {
        let path = self.real_path(view)?;
        let resource = Resource::File(path.clone());
        let before = view.look(&resource)?;
        match &before {
            State::File(file) => self.owned(view, &path, file.kind.clone()),
            State::Unknown(reason) => Ok(Plan::unknown(reason)),
            _ => Err(Fault::Missing {
                resource,
                hint: Some("state: directory or touch makes it, copy gives it content".into()),
            }),
        }
    }

    fn touch(&self, view: &dyn View) -> Result<Plan, Fault> {
        let path = self.real_path(view)?;
        if let State::File(file) = view.look(&Resource::File(path.clone()))? {
            return self.owned(view, &path, file.kind);
        }
        let mut written = Written::new(&path, "");
        written.ownership = self.ownership();
        written.plan(view)
    }

    /// Owner, group and mode of something that is there, or a directory that may not be.
    fn owned(&self, view: &dyn View, path: &str, kind: FileKind) -> Result<Plan, Fault> {
        let resource = Resource::File(path.to_owned());
        let before = view.look(&resource)?;
        let after = State::File(self.ownership().file(view, path, &before, kind)?);
        if before == after {
            return Ok(Plan::nothing());
        }
        Ok(Change::put(resource, before, after).into())
    }

    fn directory(&self, view: &dyn View) -> Result<Plan, Fault> {
        let path = self.real_path(view)?;
        let mut plan = Plan::nothing();
        for directory in absent_above(view, &path)? {
            self.add_directory(view, &directory, &mut plan)?;
        }
        self.add_directory(view, &path, &mut plan)?;
        if self.recurse {
            self.refuse_locking()?;
            self.descend(view, &path, &mut plan)?;
        }
        Ok(plan)
    }

    fn add_directory(&self, view: &dyn View, path: &str, plan: &mut Plan) -> Result<(), Fault> {
        match view.look(&Resource::File(path.to_owned()))? {
            State::File(file) if file.kind != FileKind::Directory => Err(Fault::refused(
                format!("making the directory {path}"),
                "something that is no directory is there; remove it first with file: state=absent",
            )),
            _ => {
                let owned = self.owned(view, path, FileKind::Directory)?;
                plan.changes.extend(owned.changes);
                Ok(())
            }
        }
    }

    fn refuse_locking(&self) -> Result<(), Fault> {
        match &self.mode {
            Some(FileMode::Bits(bits)) if bits & 0o100 == 0 => Err(Fault::arguments(format!(
                "mode 0{bits:o} with recurse would lock every directory; \
                 write u=rwX,go=rX, where X is x for directories only"
            ))),
            _ => Ok(()),
        }
    }

    fn descend(&self, view: &dyn View, directory: &str, plan: &mut Plan) -> Result<(), Fault> {
        for name in view.list(directory)? {
            let path = path::join(directory, &name);
            match view.look(&Resource::File(path.clone()))? {
                State::File(file) => match file.kind {
                    FileKind::Link(_) | FileKind::Other(_) => {}
                    kind => {
                        let directory = kind == FileKind::Directory;
                        let owned = self.owned(view, &path, kind)?;
                        plan.changes.extend(owned.changes);
                        if directory {
                            self.descend(view, &path, plan)?;
                        }
                    }
                },
                State::Unknown(reason) => plan.unknown = Some(reason),
                _ => path::refuse_unreadable(directory, &name)?,
            }
        }
        Ok(())
    }
}

/// The directories above a path that are not there, the topmost first.
fn absent_above(view: &dyn View, path: &str) -> Result<Vec<String>, Fault> {
    let mut absent = Vec::new();
    let mut above = path::parent(path);
    while above != "/" {
        let real = path::resolve(view, above)?;
        if !view.look(&Resource::File(real))?.is_absent() {
            break;
        }
        absent.insert(0, above.to_owned());
        above = path::parent(above);
    }
    Ok(absent)
}

/// What is mounted at a directory or below it belongs to somebody else.
fn refuse_mount(view: &dyn View, path: &str) -> Result<(), Fault> {
    // proc(5); a blank in a path stands there as its octal number.
    let Ok(Some(mounts)) = view.text("/proc/self/mountinfo") else {
        return Ok(());
    };
    let mut places = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    let below = places.find_map(|place| {
        let place = place.replace("\\040", " ");
        let rest = place.strip_prefix(path)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(place)
    });
    below.map_or(Ok(()), |place| {
        Err(Fault::refused(
            format!("removing {path}"),
            format!("{place} is a mount point; unmount it first"),
        ))
    })
}

/// What goes with a directory, in words.
fn contents(names: &[String]) -> Option<String> {
    let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1..=5 => Some(format!("with all in it: {shown}")),
        more => Some(format!("with all in it: {shown} and {} more", more - 5)),
    }
}
