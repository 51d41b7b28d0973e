//! Git repositories of a case: each commit has a fixed author and date, so that its name is the same everywhere.
use serde::Deserialize;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Commits, oldest first, by the repository's folder.
pub(crate) type Repositories = BTreeMap<String, Vec<Commit>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Commit {
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    executable: Vec<String>,
    /// Links, with what they lead to.
    #[serde(default)]
    links: BTreeMap<String, String>,
    #[serde(default)]
    removed: Vec<String>,
    /// Folders that are submodules, as far as the commit knows.
    #[serde(default)]
    submodules: Vec<String>,
    /// A tag, which is moved where it is there.
    tag: Option<String>,
}

pub(crate) fn commit(folder: &Path, repositories: &Repositories) {
    for (name, commits) in repositories {
        let repository = folder.join(name);
        if !repository.join(".git").exists() {
            std::fs::create_dir_all(&repository).unwrap();
            git(&repository, &["init", "--quiet", "--initial-branch=main"]);
        }
        for commit in commits {
            make(&repository, commit);
        }
    }
}

fn make(repository: &Path, commit: &Commit) {
    super::write(repository, &commit.files);
    for file in &commit.executable {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(repository.join(file), mode).unwrap();
    }
    for (link, target) in &commit.links {
        let link = repository.join(link);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, link).unwrap();
    }
    for file in &commit.removed {
        std::fs::remove_file(repository.join(file)).unwrap();
    }
    git(repository, &["add", "--all"]);
    for submodule in &commit.submodules {
        let entry = format!("160000,{},{submodule}", "1".repeat(40));
        git(
            repository,
            &["update-index", "--add", "--cacheinfo", &entry],
        );
    }
    git(
        repository,
        &["commit", "--quiet", "--allow-empty", "--message=change"],
    );
    if let Some(tag) = &commit.tag {
        git(
            repository,
            &["tag", "--force", "--annotate", "--message=tag", tag],
        );
    }
}

fn git(repository: &Path, words: &[&str]) {
    let ended = Command::new("git")
        .args(words)
        .current_dir(repository)
        .envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z"),
        ])
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(
        ended.status.success(),
        "git {words:?}: {}",
        String::from_utf8_lossy(&ended.stderr)
    );
}
