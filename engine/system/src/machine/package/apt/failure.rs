//! Why apt failed, in its own words and with what it does not say.
use crate::program::Ended;
use play_core::Fault;
use std::os::unix::fs::MetadataExt;

/// The locks of dpkg and apt, as they are taken.
const LOCKS: &[&str] = &[
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
];

/// The fault an apt or dpkg call ended with.
pub(super) fn of(ended: &Ended) -> Fault {
    ended.fault().reworded(|words| explained(ended, words))
}

/// apt's errors, after what led to them and before what can be done.
fn explained(ended: &Ended, last: String) -> String {
    let (said, out) = (ended.err(), ended.out());
    let error = |line: &&str| {
        ["E:", "Err:", "dpkg: error"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let errors: Vec<&str> = said.lines().filter(error).collect();
    let errors = if errors.is_empty() {
        last
    } else {
        errors.join("\n")
    };
    let mut words: Vec<String> = Vec::new();
    words.extend(script(ended));
    words.extend(unmet(&out));
    words.push(errors);
    if said.contains("lock") {
        words.extend(holder().map(|owner| format!("the lock is held by {owner}")));
    }
    if said.contains("Held packages were changed") {
        let hint = |held| format!("held: {held} (`apt-mark unhold` lets go)");
        words.extend(held(&out).map(hint));
    }
    if said.contains("Packages need to be removed but remove is disabled") {
        let hint = "it would remove packages that the plan did not show; run again to see which";
        words.push(hint.into());
    }
    words.join("\n")
}

/// Which packages stand in each other's way, where apt could not find a solution.
fn unmet(out: &str) -> Option<String> {
    let (_, rest) = out.split_once("have unmet dependencies:\n")?;
    let lines: Vec<&str> = rest
        .lines()
        .take_while(|line| line.starts_with(' '))
        .take(10)
        .collect();
    Some(lines.join("\n"))
}

/// `The following held packages will be changed:` and their names, indented.
fn held(out: &str) -> Option<String> {
    let (_, rest) = out.split_once("held packages will be changed:\n")?;
    let names = rest.lines().take_while(|line| line.starts_with(' '));
    Some(
        names
            .flat_map(str::split_whitespace)
            .collect::<Vec<_>>()
            .join(", "),
    )
}

/// What a package's own script said before it failed: the lines before dpkg's verdict.
fn script(ended: &Ended) -> Option<String> {
    let all = format!("{}{}", ended.out(), ended.err());
    let lines: Vec<&str> = all.lines().collect();
    let verdict = lines
        .iter()
        .position(|line| line.starts_with("dpkg: error processing"))?;
    let before = &lines[verdict.saturating_sub(3)..verdict];
    Some(before.join("\n"))
}

/// The program that holds one of apt's locks, by /proc/locks.
fn holder() -> Option<String> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let pid = LOCKS.iter().find_map(|path| {
        let inode = std::fs::metadata(path).ok()?.ino();
        owner(&locks, inode)
    })?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(format!("process {pid} ({})", name.trim()))
}

/// `1: POSIX  ADVISORY  WRITE 2130 fe:01:1443 0 EOF`
fn owner(locks: &str, inode: u64) -> Option<u32> {
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, _, pid, file, ..] = fields[..] else {
            return None;
        };
        let found: u64 = file.rsplit(':').next()?.parse().ok()?;
        (found == inode).then(|| pid.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_lock_is_found_by_its_inode() {
        let locks = "1: POSIX  ADVISORY  WRITE 2130 fe:01:1443 0 EOF\n2: FLOCK  ADVISORY  WRITE 77 fe:01:9 0 EOF\n";
        assert_eq!(owner(locks, 1443), Some(2130));
        assert_eq!(owner(locks, 5), None);
    }
}
