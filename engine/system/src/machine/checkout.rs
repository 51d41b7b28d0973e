//! Git working trees, always with the eyes and hands of the account they belong to.
use super::account::{self, Account};
use crate::Context;
use crate::program::{Ended, Program};
use play_core::{Effect, Fault, Resource, State, Value};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

/// A working tree as it should be.
pub struct Wanted<'a> {
    pub repository: &'a str,
    pub path: &'a str,
    pub commit: &'a str,
    pub depth: Option<u32>,
    pub user: Option<&'a str>,
    pub force: bool,
}

/// Clones of large repositories take minutes.
const LIMIT: Duration = Duration::from_secs(1800);
/// What a URL may make git do; `ext::` would run any program.
const PROTOCOLS: &str = "https:http:ssh:git:file";
/// How many changed files are named in a refusal.
const NAMED: usize = 5;

/// The commit that is checked out; absent where there is no working tree.
pub fn look(path: &str, _: &Context) -> Result<State, Fault> {
    if !Path::new(path).join(".git").exists() {
        return Ok(State::Absent);
    }
    let head = git(
        path,
        owner(path)?.as_ref(),
        &["rev-parse", "--verify", "--quiet", "HEAD"],
    )
    .run()?;
    match head.code {
        0 => Ok(State::Text(head.out().trim().to_owned())),
        1 => Ok(State::Absent),
        _ => Err(head.fault()),
    }
}

/// The commit a remote's branch, tag or HEAD points to; a full commit id is itself; null where the remote has no such name.
pub fn remote(repository: &str, version: &str, user: Option<&str>) -> Result<Value, Fault> {
    let (repository, version) = (external(repository)?, external(version)?);
    if version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Value::String(version.to_lowercase()));
    }
    let account = user.map(account::require).transpose()?;
    let peeled = format!("{version}^{{}}");
    let listed = git(
        "/",
        account.as_ref(),
        &["ls-remote", "--", repository, version, &peeled],
    )
    .succeed()?;
    let listing = listed.out();
    let rows: Vec<(&str, &str)> = listing
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let wanted = [
        format!("refs/heads/{version}"),
        format!("refs/tags/{version}^{{}}"),
        format!("refs/tags/{version}"),
        version.to_owned(),
    ];
    let found = wanted
        .iter()
        .find_map(|name| rows.iter().find(|(_, known)| known == name));
    Ok(found.map_or(Value::Null, |(commit, _)| {
        Value::String((*commit).to_owned())
    }))
}

/// Clones, or moves what is there. Changes somebody made are refused to be lost unless `force` says so.
pub fn apply(wanted: &Wanted, context: &Context) -> Result<Effect, Fault> {
    let repository = external(wanted.repository)?;
    let commit = external(wanted.commit)?;
    let user = wanted.user.or(context.acts_as.as_deref());
    let account = user.map(account::require).transpose()?;
    let tree = Tree {
        path: wanted.path,
        account: account.as_ref(),
        context,
    };
    let before = look(wanted.path, context)?;
    if Path::new(wanted.path).join(".git").exists() {
        tree.unchanged(wanted.force)?;
        tree.git(&["remote", "set-url", "origin", repository])
            .or_else(|_| tree.git(&["remote", "add", "origin", repository]))?;
    } else {
        tree.start(repository)?;
    }
    tree.fetch(commit, wanted.depth)?;
    let mut checkout = vec!["checkout", "--quiet", "--detach"];
    if wanted.force {
        checkout.push("--force");
    }
    checkout.extend([commit, "--"]);
    tree.git(&checkout)?;
    if Path::new(wanted.path).join(".gitmodules").exists() {
        tree.git(&["submodule", "update", "--init", "--recursive", "--quiet"])?;
    }
    let text = |state: &State| match state {
        State::Text(commit) => Value::String(commit.clone()),
        _ => Value::Null,
    };
    let after = look(wanted.path, context)?;
    Ok(Effect {
        output: serde_json::json!({ "before": text(&before), "after": text(&after) }),
    })
}

/// A working tree and who works on it.
struct Tree<'a> {
    path: &'a str,
    account: Option<&'a Account>,
    context: &'a Context,
}

impl Tree<'_> {
    fn git(&self, arguments: &[&str]) -> Result<Ended, Fault> {
        self.context.proceed()?;
        git(self.path, self.account, arguments)
            .within(self.context)
            .succeed()
    }

    /// An empty repository in a folder that is new or empty.
    fn start(&self, repository: &str) -> Result<(), Fault> {
        let fault = |error: std::io::Error| Fault::file("create", self.path, &error);
        if Path::new(self.path).exists() {
            if std::fs::read_dir(self.path)
                .map_err(fault)?
                .next()
                .is_some()
            {
                return Err(Fault::refused(
                    Resource::Checkout(self.path.to_owned()).to_string(),
                    "the folder has files of others in it; empty it or choose another",
                ));
            }
        } else {
            std::fs::create_dir_all(self.path).map_err(fault)?;
        }
        if let Some(account) = self.account {
            std::os::unix::fs::chown(self.path, Some(account.uid), Some(account.gid))
                .map_err(fault)?;
        }
        self.git(&["init", "--quiet"])?;
        self.git(&["remote", "add", "origin", repository]).map(drop)
    }

    fn unchanged(&self, force: bool) -> Result<(), Fault> {
        let status = self.git(&["status", "--porcelain", "--untracked-files=no"])?;
        let changed = status.out();
        if force || changed.trim().is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = changed.lines().take(NAMED).map(str::trim).collect();
        Err(Fault::refused(
            Resource::Checkout(self.path.to_owned()).to_string(),
            format!(
                "files were changed in it ({}); commit them, or set `force: true` to lose them",
                names.join(", ")
            ),
        ))
    }

    /// The one commit where the server gives it out by itself, else everything.
    fn fetch(&self, commit: &str, depth: Option<u32>) -> Result<(), Fault> {
        let object = format!("{commit}^{{commit}}");
        if self.git(&["cat-file", "-e", &object]).is_ok() {
            return Ok(());
        }
        if let Some(depth) = depth {
            let depth = format!("--depth={depth}");
            if self
                .git(&["fetch", "--quiet", &depth, "origin", commit])
                .is_ok()
            {
                return Ok(());
            }
        }
        let heads = "+refs/heads/*:refs/remotes/origin/*";
        self.git(&["fetch", "--quiet", "--tags", "--force", "origin", heads])?;
        if self.git(&["cat-file", "-e", &object]).is_ok() {
            return Ok(());
        }
        self.git(&["fetch", "--quiet", "origin", commit]).map(drop)
    }
}

/// git as an account, asking nobody anything, with no protocol that runs programs.
fn git(path: &str, account: Option<&Account>, arguments: &[&str]) -> Program {
    let mut program = Program::new("git")
        .args([
            "-c",
            "safe.directory=*",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "advice.detachedHead=false",
            "-C",
            path,
        ])
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", PROTOCOLS)
        .env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
        .limit(LIMIT);
    let own = rustix::process::geteuid().as_raw();
    if let Some(account) = account.filter(|account| account.uid != own) {
        program = program.account(account);
    }
    program
}

/// The account a working tree belongs to: its hooks and settings run with no more than that.
fn owner(path: &str) -> Result<Option<Account>, Fault> {
    let uid = std::fs::symlink_metadata(path)
        .map_err(|error| Fault::file("look at", path, &error))?
        .uid();
    if uid == rustix::process::geteuid().as_raw() {
        return Ok(None);
    }
    let shown = Program::new("getent")
        .args(["passwd", &uid.to_string()])
        .run()?;
    let row = shown.out();
    match row.split(':').next().filter(|name| !name.is_empty()) {
        Some(name) => account::require(name).map(Some),
        None => Err(Fault::refused(
            path,
            format!("it belongs to the number {uid}, which no account has"),
        )),
    }
}

/// Nothing from outside is taken for an option.
fn external(text: &str) -> Result<&str, Fault> {
    let helper = text
        .split_once("::")
        .is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if text.is_empty() || text.starts_with('-') || helper || text.contains(char::is_control) {
        return Err(Fault::arguments(format!(
            "not a repository, branch, tag or commit: `{text}`"
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(path: &Path, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
        let ended = Program::new("git")
            .args(["-C", &path.to_string_lossy()])
            .args(identity)
            .args(arguments)
            .succeed();
        ended.expect("git").out().trim().to_owned()
    }

    #[test]
    fn a_tree_is_cloned_moved_and_not_lost() {
        let folder = std::env::temp_dir().join(format!("play-checkout-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        let (origin, tree) = (folder.join("origin"), folder.join("tree"));
        std::fs::create_dir_all(&origin).expect("made");
        command(&origin, &["init", "-q", "-b", "main"]);
        let mut commits = Vec::new();
        for text in ["one", "two"] {
            std::fs::write(origin.join("file"), text).expect("written");
            command(&origin, &["add", "file"]);
            command(&origin, &["commit", "-qm", text]);
            commits.push(command(&origin, &["rev-parse", "HEAD"]));
        }
        command(&origin, &["tag", "-a", "-m", "x", "v1", &commits[0]]);
        let (url, path) = (origin.to_string_lossy(), tree.to_string_lossy());
        assert_eq!(
            remote(&url, "main", None).ok(),
            Some(Value::from(commits[1].clone()))
        );
        assert_eq!(
            remote(&url, "v1", None).ok(),
            Some(Value::from(commits[0].clone()))
        );
        assert_eq!(remote(&url, "none", None).ok(), Some(Value::Null));
        assert!(remote("ext::sh -c true", "main", None).is_err());
        let context = Context::default();
        let wanted = |commit, force| Wanted {
            repository: &url,
            path: &path,
            commit,
            depth: None,
            user: None,
            force,
        };
        for commit in [&commits[0], &commits[1]] {
            apply(&wanted(commit, false), &context).expect("checked out");
            assert_eq!(
                look(&path, &context).ok(),
                Some(State::Text(commit.clone()))
            );
        }
        std::fs::write(tree.join("file"), "mine").expect("written");
        let fault = apply(&wanted(&commits[0], false), &context).expect_err("refused");
        assert!(fault.to_string().contains("force: true"), "{fault}");
        apply(&wanted(&commits[0], true), &context).expect("forced");
        assert_eq!(std::fs::read(tree.join("file")).expect("read"), b"one");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
