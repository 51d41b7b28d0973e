//! Paths on a host: absolute, without `.` or `..`, and what links make of them.
use play_core::state::FileKind;
use play_core::{Fault, Resource, State, View};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::ops::Deref;

/// A path as a user wrote it, in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPath {
    text: String,
    /// It was written with a slash at its end: a directory is meant.
    pub slash: bool,
}

impl HostPath {
    /// Reads what a user wrote.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('~') {
            return Err(format!(
                "`{text}`: `~` is not expanded; write the whole path, starting with /"
            ));
        }
        if !text.starts_with('/') {
            return Err(format!(
                "`{text}` is not an absolute path; it must start with /"
            ));
        }
        if text.contains('\0') {
            return Err("a path cannot hold a NUL".into());
        }
        Ok(Self {
            text: normal(text),
            slash: text.ends_with('/'),
        })
    }

    /// A file of /etc, for defaults.
    pub(crate) fn etc(name: &str) -> Self {
        Self {
            text: format!("/etc/{name}"),
            slash: false,
        }
    }

    pub fn resource(&self) -> Resource {
        Resource::File(self.text.clone())
    }
}

impl Deref for HostPath {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}

impl<'de> Deserialize<'de> for HostPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for HostPath {
    fn schema_name() -> Cow<'static, str> {
        "HostPath".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "path",
            "description": "an absolute path on the host"
        })
    }
}

/// The path without `.`, `..` and doubled slashes.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The directory a path is in; that of `/` is `/`.
pub(crate) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

/// The last part of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A path below a directory.
pub(crate) fn join(directory: &str, name: &str) -> String {
    normal(&format!("{directory}/{name}"))
}

/// What a link in a directory points to, as an absolute path.
pub(crate) fn target(link: &str, target: &str) -> String {
    if target.starts_with('/') {
        normal(target)
    } else {
        join(parent(link), target)
    }
}

/// Where a path leads once its last part is no link. A loop ends at the kernel's own limit of 40.
pub(crate) fn resolve(view: &dyn View, path: &str) -> Result<String, Fault> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        match view.look(&Resource::File(path.clone()))? {
            State::File(file) => match file.kind {
                FileKind::Link(to) => path = target(&path, &to),
                _ => return Ok(path),
            },
            _ => return Ok(path),
        }
    }
    Err(Fault::refused(path, "its links lead in a circle"))
}

/// Refuses a name that a directory lists and nobody can look at: it is no UTF-8, and to pass over it would go unseen.
pub(crate) fn refuse_unreadable(directory: &str, name: &str) -> Result<(), Fault> {
    if name.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Fault::refused(
            format!("the file `{name}` in {directory}"),
            "its name is no UTF-8; rename or remove it (`ls -b` shows its bytes)",
        ));
    }
    Ok(())
}

/// Nothing where the directory a path is in is there, else the fault or, in a check, why it cannot be known.
pub(crate) fn parent_unknown(view: &dyn View, path: &str) -> Result<Option<String>, Fault> {
    let directory = resolve(view, parent(path))?;
    if directory == "/" {
        return Ok(None);
    }
    let resource = Resource::File(directory);
    match view.look(&resource)? {
        State::Absent => Err(Fault::Missing {
            hint: Some(format!(
                "create it first with file: path={} state=directory",
                resource.name()
            )),
            resource,
        }),
        State::Unknown(reason) => Ok(Some(reason)),
        State::File(file) if file.kind == FileKind::Directory => Ok(None),
        _ => Err(Fault::refused(
            path,
            format!("{} is not a directory", resource.name()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_brought_into_normal_form() {
        let path = HostPath::parse("/etc//nginx/./../motd/").unwrap();
        assert_eq!(&*path, "/etc/motd");
        assert!(path.slash);
        assert_eq!(&*HostPath::parse("/..").unwrap(), "/");
        assert!(HostPath::parse("etc/motd").is_err());
        assert!(HostPath::parse("~/x").unwrap_err().contains('~'));
        assert_eq!(target("/etc/localtime", "../usr/x"), "/usr/x");
        assert_eq!(parent("/etc"), "/");
    }
}
