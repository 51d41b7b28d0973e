//! What a boot would set: the files of sysctl.d(5), in their order.
use super::drop_in::DropIn;
use super::key::Key;
use super::normal;
use play_core::state::{File, FileKind};
use play_core::{Fault, Resource, State, View};
use std::collections::BTreeMap;

/// The folders, the first wins among files of one name.
pub(super) const FOLDERS: &[&str] = &[
    "/etc/sysctl.d",
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
];

/// Every file a boot reads.
pub(super) struct Boot {
    /// By name: the path under which it is found, where it really lies, and its text.
    files: BTreeMap<String, (String, String, String)>,
}

/// `path:line` and the value there.
struct Setting {
    place: String,
    value: String,
}

impl Boot {
    pub(super) fn look(view: &dyn View) -> Result<Self, Fault> {
        let mut files = BTreeMap::new();
        for folder in FOLDERS {
            for name in view.list(folder)? {
                if name.strip_suffix(".conf").is_some() && !files.contains_key(&name) {
                    let path = format!("{folder}/{name}");
                    let (real, text) = read(view, &path)?;
                    files.insert(name, (path, real, text));
                }
            }
        }
        Ok(Self { files })
    }

    /// Refuses where a boot would not end with this value although our file has it.
    pub(super) fn refuse(&self, key: &Key, value: &str, ours: &DropIn) -> Result<(), Fault> {
        let what = || format!("sysctl {}", key.name());
        let name = self.name_of(ours).ok_or_else(|| {
            Fault::refused(
                what(),
                format!("{} is not read at boot; use a file such as /etc/sysctl.d/90-play.conf as `sysctl_file`", ours.path),
            )
        })?;
        match self.last_after(&name, key) {
            Some(setting) if setting.value != value => Err(Fault::refused(
                what(),
                format!(
                    "{} sets {} later than {}, so {value} would be gone after a boot; remove that line, or use a `sysctl_file` that sorts after it",
                    setting.place, setting.value, ours.path
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The name under which our file is read, where it is; a new file is read under its own.
    fn name_of(&self, ours: &DropIn) -> Option<String> {
        let is_ours =
            |(path, real, _): &&(String, String, String)| *path == ours.path || *real == ours.path;
        if let Some((name, _)) = self.files.iter().find(|(_, file)| is_ours(file)) {
            return Some(name.clone());
        }
        let (folder, name) = ours.path.rsplit_once('/')?;
        let place = FOLDERS.iter().position(|known| *known == folder)?;
        let shadowed = self
            .files
            .get(name)
            .is_some_and(|(path, ..)| FOLDERS[..place].iter().any(|known| path.starts_with(known)));
        (name.strip_suffix(".conf").is_some() && !shadowed).then(|| name.to_owned())
    }

    /// The last explicit setting in files that sort after this name. Patterns never win over an explicit one.
    fn last_after(&self, name: &str, key: &Key) -> Option<Setting> {
        self.files
            .range::<str, _>((std::ops::Bound::Excluded(name), std::ops::Bound::Unbounded))
            .rev()
            .find_map(|(_, (path, _, text))| {
                settings(text)
                    .filter(|(_, name, _)| key.is(name))
                    .last()
                    .map(|(line, _, value)| Setting {
                        place: format!("{path}:{line}"),
                        value: normal(value),
                    })
            })
    }
}

/// Where a path really lies, through one link, and its text; empty where it is masked or not text.
fn read(view: &dyn View, path: &str) -> Result<(String, String), Fault> {
    let mut real = path.to_owned();
    for _ in 0..8 {
        match view.look(&Resource::File(real.clone()))? {
            State::File(File {
                kind: FileKind::Link(target),
                ..
            }) => real = join(&real, &target),
            State::File(file) => {
                let text = file.content().and_then(|content| content.text());
                return Ok((real, text.unwrap_or_default().to_owned()));
            }
            _ => break,
        }
    }
    Ok((real, String::new()))
}

/// A link's target, seen from where the link is.
pub(super) fn join(link: &str, target: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
        folder.split('/').filter(|part| !part.is_empty()).collect()
    };
    for part in target.split('/') {
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

/// The settings of a file: line from 1, parameter, value. A `-` before the name only says that a failure is ignored.
pub(super) fn settings(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    text.lines().enumerate().filter_map(|(at, line)| {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            return None;
        }
        let (name, value) = line.split_once('=')?;
        let name = name.trim();
        Some((at + 1, name.strip_prefix('-').unwrap_or(name), value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_dashes_are_read_as_systemd_does() {
        let text = "# a.b = 1\n; a.b = 2\n-a.b=3\nc/d = 4 5\n-e.f\n";
        let found: Vec<_> = settings(text).collect();
        assert_eq!(found, [(3, "a.b", "3"), (4, "c/d", "4 5")]);
    }

    #[test]
    fn a_link_is_followed_from_where_it_is() {
        assert_eq!(
            join("/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf"),
            "/etc/sysctl.conf"
        );
        assert_eq!(join("/etc/sysctl.d/x.conf", "/dev/null"), "/dev/null");
    }
}
