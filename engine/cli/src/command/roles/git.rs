//! The `git` program: a repository of objects for as long as a command runs, and what is fetched into it.
use play_language::keyword;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

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

/// Variables that would make git work on another repository: hooks of git's have them set.
const FOREIGN: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SHALLOW_FILE",
];

/// Nothing of the user's runs for what is fetched, and a line that has gone dead ends.
const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=60",
];

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

    pub(super) fn contents(&self) -> Result<Contents, String> {
        let mut command = command(Some(&self.folder));
        command.args(["cat-file", "--batch"]);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| format!("git: {error}"))?;
        let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("git has no standard input".into());
        };
        Ok(Contents {
            child,
            ask: Some(ask),
            answer: BufReader::new(answer),
        })
    }
}

/// Objects, one after the other.
pub(super) struct Contents {
    child: Child,
    ask: Option<ChildStdin>,
    answer: BufReader<ChildStdout>,
}

impl Contents {
    pub(super) fn of(&mut self, object: &str) -> Result<Vec<u8>, String> {
        self.read(object)
            .map_err(|error| format!("git cat-file {object}: {error}"))
    }

    fn read(&mut self, object: &str) -> std::io::Result<Vec<u8>> {
        let broken = || std::io::Error::other("is not in the repository");
        writeln!(self.ask.as_mut().ok_or_else(broken)?, "{object}")?;
        let mut line = String::new();
        self.answer.read_line(&mut line)?;
        let length = line
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|word| word.parse().ok());
        let length: usize = length.ok_or_else(broken)?;
        let mut content = vec![0; length + 1];
        self.answer.read_exact(&mut content)?;
        content.pop();
        Ok(content)
    }
}

impl Drop for Contents {
    fn drop(&mut self) {
        self.ask = None;
        drop(self.child.wait());
    }
}

fn command(folder: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    for name in FOREIGN {
        command.env_remove(name);
    }
    // Set for every child: git's own children, such as those of the other side of a path, heed them, too.
    command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "https:ssh:file")
        .env("GIT_DEFAULT_HASH", "sha1")
        .env("LC_ALL", "C");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    if let Some(folder) = folder {
        command.arg("--git-dir").arg(folder);
    }
    command.stdin(Stdio::null());
    command
}

/// What it writes; where it fails, the end of its own words.
fn end(command: &mut Command) -> Result<Vec<u8>, String> {
    let ended = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            "there is no `git` here: roles are fetched with it".to_owned()
        }
        _ => format!("git: {error}"),
    })?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let words = String::from_utf8_lossy(&ended.stderr);
    let words: Vec<&str> = words
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = &words[words.len().saturating_sub(4)..];
    Err(match last {
        [] => format!("git ended with {}", ended.status),
        _ => format!("git says: {}", last.join("; ")),
    })
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
