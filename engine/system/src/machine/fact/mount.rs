//! Mounted filesystems that hold data, and the room on them.
use super::text;
use play_core::Value;
use rustix::fs::statvfs;
use serde_json::json;

/// Filesystems of the kernel's own making: they hold no data of anybody's.
const KERNELS: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "ramfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
];

/// Asking a server that is gone for its free space would hang.
const REMOTE: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "ceph",
    "glusterfs",
    "9p",
    "fuse.sshfs",
    "afs",
];

/// `[{mount, device, fstype, options, size_mb, free_mb}]`; sizes are null for filesystems that are elsewhere.
pub(super) fn mounts() -> Value {
    let table = text("/proc/self/mounts");
    let mut seen = std::collections::HashSet::new();
    table
        .lines()
        .filter_map(entry)
        .filter(|entry| holds_data(entry) && seen.insert(entry.mount.clone()))
        .map(|entry| {
            let (size, free) = room(&entry);
            json!({
                "mount": entry.mount, "device": entry.device, "fstype": entry.kind,
                "options": entry.options, "size_mb": size, "free_mb": free,
            })
        })
        .collect()
}

/// Not what the kernel or the service manager mounts for itself, nor a single file that is mounted over another.
fn holds_data(entry: &Entry<'_>) -> bool {
    let own = ["/proc", "/sys", "/dev", "/run"].iter().any(|folder| {
        let rest = entry.mount.strip_prefix(folder);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let remote = REMOTE.contains(&entry.kind);
    !own && !KERNELS.contains(&entry.kind)
        && (remote || std::path::Path::new(&entry.mount).is_dir())
}

struct Entry<'a> {
    device: String,
    mount: String,
    kind: &'a str,
    options: &'a str,
}

fn entry(line: &str) -> Option<Entry<'_>> {
    let fields: Vec<&str> = line.split(' ').collect();
    let [device, mount, kind, options, ..] = fields[..] else {
        return None;
    };
    Some(Entry {
        device: unescape(device),
        mount: unescape(mount),
        kind,
        options,
    })
}

/// proc(5): blanks and backslashes are written in octal.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

fn room(entry: &Entry<'_>) -> (Option<u64>, Option<u64>) {
    if REMOTE.contains(&entry.kind) {
        return (None, None);
    }
    match statvfs(entry.mount.as_str()) {
        Ok(status) => {
            let megabytes = |blocks: u64| blocks.saturating_mul(status.f_frsize) >> 20;
            (
                Some(megabytes(status.f_blocks)),
                Some(megabytes(status.f_bavail)),
            )
        }
        Err(_) => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_blank_in_its_path() {
        let entry = entry("/dev/sda1 /srv/my\\040disk ext4 rw,relatime 0 0").expect("an entry");
        assert_eq!((entry.mount.as_str(), entry.kind), ("/srv/my disk", "ext4"));
    }
}
