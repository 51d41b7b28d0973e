//! What runs as an account, by the rules of userdel(8): any of a process's three user ids, and the same root directory as ours.
use super::database;
use play_core::{Fault, Value};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The processes of an account: `[{"pid","name"}]`.
pub fn of(user: &str) -> Result<Value, Fault> {
    let Some(row) = database::user(user) else {
        return Ok(Value::Array(Vec::new()));
    };
    let entries =
        std::fs::read_dir("/proc").map_err(|error| Fault::file("list", "/proc", &error))?;
    let mut found: Vec<(u32, String)> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, name(pid, row.uid)?)))
        .collect();
    found.sort();
    let shown = |(pid, name): (u32, String)| serde_json::json!({ "pid": pid, "name": name });
    Ok(found.into_iter().map(shown).collect())
}

/// The name of a process, where it is one of the account's. It may end while we look.
fn name(pid: u32, uid: u32) -> Option<String> {
    let folder = Path::new("/proc").join(pid.to_string());
    let status = std::fs::read_to_string(folder.join("status")).ok()?;
    let name = belongs(&status, uid)?;
    let root = |path: &Path| {
        let status = std::fs::metadata(path).ok()?;
        Some((status.dev(), status.ino()))
    };
    (root(&folder.join("root"))? == root(Path::new("/"))?).then_some(name)
}

/// `Name:` of a process one of whose real, effective and saved user ids is this one.
fn belongs(status: &str, uid: u32) -> Option<String> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    let mut ids = field("Uid:")?.split_whitespace().take(3);
    ids.any(|id| id.parse() == Ok(uid))
        .then(|| field("Name:").unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_of_three_ids_makes_a_process_the_accounts() {
        let status = "Name:\tsleep\nState:\tS (sleeping)\nUid:\t0\t1000\t0\t7\n";
        assert_eq!(belongs(status, 1000).as_deref(), Some("sleep"));
        assert_eq!((belongs(status, 7), belongs(status, 100)), (None, None));
    }
}
