//! Files a container is given to write: whether it still sees the one that lies at the path.
use super::attribute::{content, items, planned_at};
use play_core::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A bind of something the container may write to, as the resolved files have it.
pub(super) fn is_writable(volume: &Value) -> bool {
    volume["type"] == "bind" && volume["read_only"] != true
}

/// Files that were replaced since the container started, by path. A bind of a file is one of its inode: who writes into it, the container
/// for one, alters what both see; who puts another file in its place, as this program does, is not seen in there before it is made anew.
/// Only root may look; to others nothing is replaced.
pub(super) fn replaced(shown: &Value) -> Vec<String> {
    let pid = shown["State"]["Pid"].as_u64().unwrap_or_default();
    if pid == 0 {
        return Vec::new();
    }
    let folder = Path::new("/proc").join(pid.to_string());
    let mounted = std::fs::read_to_string(folder.join("mountinfo")).unwrap_or_default();
    let outdated = |mount: &Value| {
        let (source, target) = (mount["Source"].as_str()?, mount["Destination"].as_str()?);
        let binds = mount["Type"] == "bind" && mount["RW"] == true;
        // A target below a link would be looked up out here.
        let plain = mounted.lines().any(|line| point(line) == Some(target));
        (binds
            && plain
            && differ(
                source,
                &folder.join("root").join(target.trim_start_matches('/')),
            ))
        .then(|| source.to_owned())
    };
    items(&shown["Mounts"])
        .iter()
        .filter_map(outdated)
        .collect()
}

/// The mount point of a line of proc_pid_mountinfo(5).
fn point(line: &str) -> Option<&str> {
    line.split(' ').nth(4)
}

/// Whether two paths are two files; not where one is a folder, or not there.
fn differ(source: &str, inside: &Path) -> bool {
    let file = |path: &Path| {
        let status = std::fs::metadata(path).ok()?;
        status.is_file().then(|| (status.dev(), status.ino()))
    };
    match (file(Path::new(source)), file(inside)) {
        (Some(one), Some(two)) => one != two,
        _ => false,
    }
}

/// Files given to a service to write that are only planned, by path with the planned content's SHA-256, and planned with another content
/// than they have: they will be replaced.
pub(super) fn planned(
    service: &Value,
    directory: &str,
    planned: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let volumes = items(&service["volumes"]).iter();
    let writable = volumes.filter(|volume| is_writable(volume));
    let paths = writable
        .map(|volume| Path::new(directory).join(volume["source"].as_str().unwrap_or_default()));
    let replaced = paths.filter_map(|path| {
        let (after, before) = (planned_at(&path, planned)?, content(&path)?);
        (*after != before).then(|| (path.to_string_lossy().into_owned(), after.clone()))
    });
    replaced.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_read_only_can_be_written() {
        assert!(is_writable(&json!({ "type": "bind", "source": "/a" })));
        assert!(!is_writable(&json!({ "type": "bind", "read_only": true })));
        assert!(!is_writable(&json!({ "type": "volume" })));
    }

    #[test]
    fn a_mount_point_is_the_fifth_field() {
        let line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw";
        assert_eq!(point(line), Some("/mnt2"));
    }
}
