//! Compose reading files that are only planned: in a mount namespace of its own, where they lie over what is there.
use crate::machine::compose::LIMIT;
use crate::program::{Ended, Program};
use play_core::Fault;
use std::path::{Path, PathBuf};

/// The planned files come as a tar on stdin, one folder for each folder they are laid over. What it mounts, nobody else sees.
const LAY_OVER: &str = r#"count=$1; shift
mount -t tmpfs -o mode=0700 play /dev/shm && cd /dev/shm && tar -xf - || exit 97
at=0
while [ "$at" -lt "$count" ]; do
  mkdir "work$at" && mount -t overlay -o "lowerdir=$1,upperdir=/dev/shm/$at,workdir=/dev/shm/work$at" play "$1" || exit 97
  shift; at=$((at+1))
done
cd "$1" || exit 97
shift; exec "$@""#;
const NOT_LAID: i32 = 97;

/// Runs a program that only reads, in a folder, as if the planned files were there.
pub(super) fn run(
    words: &[String],
    directory: &str,
    staged: &[(String, String)],
) -> Result<Ended, Fault> {
    let folders = folders(staged)?;
    let archive = archive(&folders, staged).map_err(|error| Fault::Bug {
        message: format!("planned files make no archive: {error}"),
    })?;
    let mut arguments = vec!["--mount"];
    if !rustix::process::geteuid().is_root() {
        arguments.extend(["--user", "--map-root-user"]);
    }
    let count = folders.len().to_string();
    arguments.extend(["--", "sh", "-c", LAY_OVER, "sh", &count]);
    let ended = Program::new("unshare")
        .args(arguments)
        .args(&folders)
        .args([directory])
        .args(words)
        .env("COMPOSE_ANSI", "never")
        .stdin(archive)
        .limit(LIMIT)
        .run()?;
    if ended.code == NOT_LAID || ended.err().starts_with("unshare:") {
        return Err(Fault::Unknown {
            reason: format!(
                "the planned files are written (they cannot be laid over {directory} here: {})",
                ended.err().trim()
            ),
        });
    }
    Ok(ended)
}

/// The topmost folders there are that hold all of the files.
fn folders(staged: &[(String, String)]) -> Result<Vec<PathBuf>, Fault> {
    let mut found: Vec<PathBuf> = Vec::new();
    for (path, _) in staged {
        let there = Path::new(path)
            .ancestors()
            .skip(1)
            .find(|folder| folder.is_dir());
        match there {
            Some(folder) if folder != Path::new("/") => found.push(folder.to_owned()),
            _ => {
                return Err(Fault::Unknown {
                    reason: format!("the folder of {path} is made"),
                });
            }
        }
    }
    found.sort();
    found.dedup_by(|later, earlier| later.starts_with(earlier));
    Ok(found)
}

fn archive(folders: &[PathBuf], staged: &[(String, String)]) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for at in 0..folders.len() {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_mode(0o755);
        header.set_size(0);
        builder.append_data(&mut header, format!("{at}/"), std::io::empty())?;
    }
    for (path, text) in staged {
        let below = folders.iter().enumerate().find_map(|(at, folder)| {
            let below = Path::new(path).strip_prefix(folder).ok()?;
            Some(Path::new(&at.to_string()).join(below))
        });
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o600);
        header.set_size(text.len() as u64);
        builder.append_data(&mut header, below.unwrap_or_default(), text.as_bytes())?;
    }
    builder.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_topmost_folders_are_laid_over() {
        let file = |path: &str| (path.to_owned(), String::new());
        let found = folders(&[
            file("/etc/none/x"),
            file("/etc/ssl/y"),
            file("/var/lib/z/q"),
        ]);
        assert_eq!(
            found.ok(),
            Some(vec![PathBuf::from("/etc"), PathBuf::from("/var/lib")])
        );
        assert!(folders(&[file("/no-such-folder-here/x")]).is_err());
    }
}
