//! Who owns a path and who may do what with it, as far as a task asks for it.
use crate::path;
use play_core::state::{File, FileKind};
use play_core::{Fault, FileMode, Resource, State, Touch, View};

/// What is asked for; what is not asked for stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ownership<'a> {
    pub mode: Option<&'a FileMode>,
    pub owner: Option<&'a str>,
    pub group: Option<&'a str>,
}

/// What new files get where nothing is asked; not left to the umask, which differs from host to host.
const NEW_FILE: u32 = 0o644;
const NEW_DIRECTORY: u32 = 0o755;
const SET_ID: u32 = 0o6000;
const SET_GROUP_ID: u32 = 0o2000;

impl Ownership<'_> {
    /// The file of this kind at this path, owned and protected as asked, given what is there.
    pub(crate) fn file(
        &self,
        view: &dyn View,
        path: &str,
        before: &State,
        kind: FileKind,
    ) -> Result<File, Fault> {
        let current = match before {
            State::File(file) if alike(&file.kind, &kind) => Some(file),
            _ => None,
        };
        let owner = match (self.owner, current) {
            (Some(owner), _) => account(view, owner)?,
            (None, Some(file)) => file.owner.clone(),
            (None, None) => view.acts_as().unwrap_or_else(|| "root".into()),
        };
        let inherited = inherited_group(view, path, current)?;
        let group = match (self.group, current) {
            (Some(group), _) => group_name(view, group)?,
            (None, Some(file)) => file.group.clone(),
            (None, None) => match &inherited {
                Some(group) => group.clone(),
                None => primary_group(view, &owner)?,
            },
        };
        let mode = self.bits(current, &kind, inherited.is_some());
        Ok(File {
            kind,
            mode,
            owner,
            group,
        })
    }

    fn bits(&self, current: Option<&File>, kind: &FileKind, inherits: bool) -> u32 {
        let directory = *kind == FileKind::Directory;
        if matches!(kind, FileKind::Link(_)) {
            return 0o777;
        }
        let there = match current {
            // New content does not inherit the old one's right to act as somebody else.
            Some(file) if file.kind != *kind => file.mode & !SET_ID,
            Some(file) => file.mode,
            None if directory && inherits => NEW_DIRECTORY | SET_GROUP_ID,
            None if directory => NEW_DIRECTORY,
            None => NEW_FILE,
        };
        let asked = self.mode.map_or(there, |mode| mode.bits(there, directory));
        // chmod(1) keeps a directory's set-group-id where an octal mode does not speak of it.
        if directory && matches!(self.mode, Some(FileMode::Bits(bits)) if *bits < 0o1000) {
            asked | (there & SET_GROUP_ID)
        } else {
            asked
        }
    }

    /// The accounts it speaks of.
    pub(crate) fn touches(&self) -> Vec<Touch> {
        let owner = self
            .owner
            .map(|name| Touch::read(Resource::User(name.into())));
        let group = self
            .group
            .map(|name| Touch::read(Resource::Group(name.into())));
        owner.into_iter().chain(group).collect()
    }
}

/// The group a set-group-id directory hands to what is made in it.
fn inherited_group(
    view: &dyn View,
    path: &str,
    current: Option<&File>,
) -> Result<Option<String>, Fault> {
    if current.is_some() {
        return Ok(None);
    }
    Ok(
        match view.look(&Resource::File(path::parent(path).to_owned()))? {
            State::File(file) if file.mode & SET_GROUP_ID != 0 => Some(file.group),
            _ => None,
        },
    )
}

fn alike(one: &FileKind, two: &FileKind) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(two)
}

/// The account's name; a number is looked up, because a file's owner is shown by name.
pub(crate) fn account(view: &dyn View, name: &str) -> Result<String, Fault> {
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(named(view, "/etc/passwd", name)?.unwrap_or_else(|| name.to_owned()));
    }
    let resource = Resource::User(name.to_owned());
    if name != "root" && view.look(&resource)?.is_absent() {
        return Err(Fault::Missing {
            resource,
            hint: Some(format!("create it first with user: name={name}")),
        });
    }
    Ok(name.to_owned())
}

/// The group's name, likewise.
pub(crate) fn group_name(view: &dyn View, name: &str) -> Result<String, Fault> {
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(named(view, "/etc/group", name)?.unwrap_or_else(|| name.to_owned()));
    }
    let resource = Resource::Group(name.to_owned());
    if name != "root" && view.look(&resource)?.is_absent() {
        return Err(Fault::Missing {
            resource,
            hint: Some(format!("create it first with group: name={name}")),
        });
    }
    Ok(name.to_owned())
}

/// The group an account's new files have.
pub(crate) fn primary_group(view: &dyn View, owner: &str) -> Result<String, Fault> {
    if owner == "root" {
        return Ok("root".into());
    }
    Ok(match view.look(&Resource::User(owner.to_owned()))? {
        State::User(user) => user.group,
        // A number without an account may still be a group's.
        _ if owner.bytes().all(|byte| byte.is_ascii_digit()) => group_name(view, owner)?,
        _ => owner.to_owned(),
    })
}

/// Refuses a number that another account or group has: what belongs to the one would belong to the other.
pub(crate) fn refuse_taken(
    view: &dyn View,
    file: &str,
    name: &str,
    number: u32,
) -> Result<(), Fault> {
    match named(view, file, &number.to_string()) {
        Ok(Some(other)) if other != name => Err(Fault::refused(
            format!("giving {name} the number {number}"),
            format!("{other} has it; choose another"),
        )),
        _ => Ok(()),
    }
}

/// The name with this number in a file like passwd(5) or group(5), which both have the number in the third field. None where a check cannot
/// know the file yet: a number needs no name to own something.
fn named(view: &dyn View, file: &str, number: &str) -> Result<Option<String>, Fault> {
    let text = match view.text(file) {
        Err(Fault::Unknown { .. }) => None,
        text => text?,
    };
    let text = text.unwrap_or_default();
    Ok(text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(number)).then(|| name.to_owned())
    }))
}
