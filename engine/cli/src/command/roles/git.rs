//! The `git` program: a repository of objects for as long as a command runs, and what is fetched into it.
mod contents;
mod program;

use play_language::keyword;
use program::{command, end};
use std::path::{Path, PathBuf};

/// Where a version leads.
pub(super) struct Resolved {
    pub(super) commit: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tag,
    Branch,
    Commit,
}

/// What stands in a tree.
pub(super) struct Entry {
    /// As git writes it: `100755`.
    pub(super) mode: String,
    pub(super) object: String,
    pub(super) path: PathBuf,
}

pub(super) struct Git {
    folder: PathBuf,
}

impl Git {
    pub(super) fn new(work: &Path) -> Result<Self, String> {
        let folder = work.join("git");
        let git = Self { folder };
        let made = ["init", "--quiet", "--bare", "--template=", "--"].map(str::to_owned);
        let made = made.into_iter().chain([git.folder.display().to_string()]);
        end(command(None).args(made))?;
        Ok(git)
    }

    fn run(&self, words: &[&str]) -> Result<Vec<u8>, String> {
        end(command(Some(&self.folder)).args(words))
    }

    /// The commit that a version is now.
    pub(super) fn resolve(&self, source: &str, version: Option<&str>) -> Result<Resolved, String> {
        if let Some(version) = version
            && is_commit(version)
        {
            return Ok(resolved(version.to_lowercase(), Kind::Commit));
        }
        let asked = [
            "ls-remote",
            "--",
            source,
            "HEAD",
            "refs/heads/*",
            "refs/tags/*",
        ];
        let text = String::from_utf8_lossy(&self.run(&asked)?).into_owned();
        let references: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .filter(|(commit, _)| is_commit(commit))
            .collect();
        let find = |name: &str| {
            let mut all = references.iter();
            let found = all.find(|(_, reference)| *reference == name);
            found.map(|(commit, _)| (*commit).to_owned())
        };
        let Some(version) = version else {
            let commit =
                find("HEAD").ok_or("the repository has no branch of its own: say `version:`")?;
            return Ok(resolved(commit, Kind::Branch));
        };
        // A tag with a message is an object of its own; behind `^{}` is its commit.
        let tag = format!("refs/tags/{version}");
        if let Some(commit) = find(&format!("{tag}^{{}}")).or_else(|| find(&tag)) {
            return Ok(resolved(commit, Kind::Tag));
        }
        if let Some(commit) = find(&format!("refs/heads/{version}")) {
            return Ok(resolved(commit, Kind::Branch));
        }
        self.short(source, version)?.ok_or_else(|| {
            let names = references
                .iter()
                .filter_map(|(_, name)| name.splitn(3, '/').nth(2));
            let near = keyword::hint(version, names);
            let near = near.map(|near| format!(" ({near})")).unwrap_or_default();
            format!("`{version}` is no tag, branch or commit of {source}{near}")
        })
    }

    /// A commit by its first digits.
    fn short(&self, source: &str, version: &str) -> Result<Option<Resolved>, String> {
        let is_short = version.len() >= 7 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_short {
            return Ok(None);
        }
        self.bring_all(source)?;
        let name = format!("{version}^{{commit}}");
        let asked = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &name,
        ];
        let found = self.run(&asked).ok();
        let commit = found.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
        Ok(commit.map(|commit| resolved(commit, Kind::Commit)))
    }

    /// Fetches a commit: alone where the other side gives single ones, else with all that branches and tags lead to.
    pub(super) fn bring(&self, source: &str, commit: &str) -> Result<(), String> {
        let there = || {
            let name = format!("{commit}^{{commit}}");
            self.run(&["cat-file", "-e", &name]).is_ok()
        };
        if there() {
            return Ok(());
        }
        let one = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--depth=1",
            "--",
            source,
            commit,
        ];
        if self.run(&one).is_ok() && there() {
            return Ok(());
        }
        self.bring_all(source)?;
        if there() {
            return Ok(());
        }
        Err(format!("{source} has no commit {commit} (any more)"))
    }

    fn bring_all(&self, source: &str) -> Result<(), String> {
        let options = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
        let what = [
            "--",
            source,
            "+refs/heads/*:refs/all/heads/*",
            "+refs/tags/*:refs/all/tags/*",
        ];
        self.run(&[&options[..], &what].concat()).map(drop)
    }

    /// Everything below a folder of a commit.
    pub(super) fn entries(&self, commit: &str, path: Option<&str>) -> Result<Vec<Entry>, String> {
        let tree = format!("{commit}:{}", path.unwrap_or_default());
        let listed = self.run(&["ls-tree", "-r", "-z", "--full-tree", &tree]);
        let listed = listed.map_err(|words| match path {
            Some(path) => format!("there is no folder `{path}` in commit {commit}"),
            None => words,
        })?;
        let lines = listed.split(|byte| *byte == 0);
        let lines = lines.filter(|line| !line.is_empty());
        lines
            .map(|line| entry(line).ok_or_else(|| "git lists what is no tree".to_owned()))
            .collect()
    }
}

fn entry(line: &[u8]) -> Option<Entry> {
    use std::os::unix::ffi::OsStrExt;
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let head = std::str::from_utf8(&line[..tab]).ok()?;
    let mut words = head.split(' ');
    let (mode, _, object) = (words.next()?, words.next()?, words.next()?);
    Some(Entry {
        mode: mode.to_owned(),
        object: object.to_owned(),
        path: std::ffi::OsStr::from_bytes(&line[tab + 1..]).into(),
    })
}

fn resolved(commit: String, kind: Kind) -> Resolved {
    Resolved { commit, kind }
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
