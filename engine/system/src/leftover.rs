//! What agents that were killed have left behind: folders that name the process they belong to.
use crate::machine::staging;
use crate::state_folder;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A folder's name that says whose it is.
pub(crate) fn named(what: &str) -> String {
    format!("{what}-{}", std::process::id())
}

/// Removes the folders of agents that are no more; they may hold scripts with secrets, or content of any size.
pub fn remove() {
    remove_in(&state_folder::path());
    for base in staging::bases() {
        remove_in(&base);
    }
}

fn remove_in(base: &Path) {
    let own = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        // A home may be shared with other machines, which have processes of their own.
        let ours = entry.metadata().is_ok_and(|status| {
            status.is_dir() && (own == 0 || (status.uid() == own && is_old(&status)))
        });
        if ours && name.to_str().and_then(owner).is_some_and(is_gone) {
            drop(std::fs::remove_dir_all(entry.path()));
        }
    }
}

/// The process such a name names.
fn owner(name: &str) -> Option<u32> {
    let (what, process) = name.rsplit_once('-')?;
    let random = what.len() == 16 && what.bytes().all(|byte| byte.is_ascii_hexdigit());
    (what == "staged" || random)
        .then(|| process.parse().ok())
        .flatten()
}

fn is_old(status: &std::fs::Metadata) -> bool {
    let age = status.modified().ok().and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > DAY)
}

fn is_gone(process: u32) -> bool {
    !Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_nobody_any_more_goes_and_nothing_else() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        // the largest number of a process is lower
        let stays = [
            named("staged"),
            "agent-4194999".into(),
            "confirm".into(),
            "staged".into(),
        ];
        let goes = ["staged-4194999", "0123456789abcdef-4194999"];
        for name in stays.iter().map(String::as_str).chain(goes) {
            std::fs::create_dir(folder.path().join(name)).expect("made");
        }
        std::fs::write(folder.path().join(goes[1]).join("script"), "x").expect("written");
        remove_in(folder.path());
        let there = |name: &str| folder.path().join(name).exists();
        assert!(stays.iter().all(|name| there(name)));
        assert!(!goes.into_iter().any(there));
    }
}
