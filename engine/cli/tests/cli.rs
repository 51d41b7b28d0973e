//! The command line as users meet it: each case of `tests/cli` is files, arguments, and what comes of them.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program, and stop at what they do not expect"
)]
mod repository;

use repository::Repositories;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Files there are, by name.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Git repositories there are, by folder.
    #[serde(default)]
    git: Repositories,
    /// Calls in a row, in the same folder.
    calls: Vec<Call>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    /// The words behind `play`.
    arguments: Vec<String>,
    /// Files that are written before it.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Files and folders that are removed before it.
    #[serde(default)]
    removed: Vec<String>,
    /// Commits that are made before it.
    #[serde(default)]
    git: Repositories,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    exit: i32,
    /// Texts stdout contains.
    #[serde(default)]
    stdout: Vec<String>,
    /// Texts stderr contains.
    #[serde(default)]
    stderr: Vec<String>,
    /// Texts neither contains.
    #[serde(default)]
    never: Vec<String>,
    /// Texts that files contain after it.
    #[serde(default)]
    holds: BTreeMap<String, String>,
    /// Files and folders there are not after it.
    #[serde(default)]
    absent: Vec<String>,
    /// Stdout is one JSON value a line.
    #[serde(default)]
    json: bool,
}

#[test]
fn what_users_type_does_what_they_expect() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() >= 10, "only {} cases", cases.len());
    let failures: Vec<String> = cases.iter().flat_map(|path| failures(path)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn failures(path: &Path) -> Vec<String> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let case: Case = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap())
        .unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    // A machine takes one run at a time: tests that run on this one take turns, whichever copy of the project they belong to.
    let local = case
        .files
        .values()
        .any(|text| text.contains("connection: local"));
    let turn = std::fs::File::create(std::env::temp_dir().join("play-tests-here.lock")).unwrap();
    if local {
        turn.lock().unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &case.files);
    repository::commit(folder.path(), &case.git);
    let calls = case.calls.iter();
    calls
        .flat_map(|call| failures_of(call, folder.path()))
        .map(|words| format!("{name}: {words}"))
        .collect()
}

pub(crate) fn write(folder: &Path, files: &BTreeMap<String, String>) {
    for (file, text) in files {
        let file = folder.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

fn prepare(call: &Call, folder: &Path) {
    for path in &call.removed {
        let path = folder.join(path);
        let removed = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
        removed.unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
    }
    write(folder, &call.files);
    repository::commit(folder, &call.git);
}

fn failures_of(call: &Call, folder: &Path) -> Vec<String> {
    prepare(call, folder);
    let ended = Command::new(env!("CARGO_BIN_EXE_play"))
        .args(&call.arguments)
        .current_dir(folder)
        .env_remove("PLAY_INVENTORY")
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("COLUMNS", "120")
        .envs(&call.environment)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr),
    );
    let mut wrong = Vec::new();
    if ended.status.code() != Some(call.exit) {
        wrong.push(format!("it is {} instead of {}", ended.status, call.exit));
    }
    let missing = |texts: &[String], text: &str, stream: &str| -> Vec<String> {
        let lacking = texts.iter().filter(|part| !text.contains(*part));
        lacking
            .map(|part| format!("no {part:?} on {stream}"))
            .collect()
    };
    wrong.extend(missing(&call.stdout, &out, "stdout"));
    wrong.extend(missing(&call.stderr, &err, "stderr"));
    for part in &call.never {
        if out.contains(part) || err.contains(part) {
            wrong.push(format!("{part:?} is shown"));
        }
    }
    wrong.extend(left_wrong(call, folder));
    if call.json {
        let bad = out
            .lines()
            .find(|line| serde_json::from_str::<serde_json::Value>(line).is_err());
        wrong.extend(bad.map(|line| format!("no JSON: {line}")));
    }
    if wrong.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "play {}: {}\nstdout:\n{out}\nstderr:\n{err}",
        call.arguments.join(" "),
        wrong.join("; ")
    )]
}

/// What is wrong with the files it leaves.
fn left_wrong(call: &Call, folder: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, part) in &call.holds {
        let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        if !text.contains(part) {
            wrong.push(format!("no {part:?} in {file}, which is\n{text}"));
        }
    }
    let there = call.absent.iter();
    let there = there.filter(|path| folder.join(path).symlink_metadata().is_ok());
    wrong.extend(there.map(|path| format!("{path} is there")));
    wrong
}

/// The picture in the documentation is the one the graph gives.
#[test]
fn the_platforms_picture_is_drawn_from_its_graph() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let words = "graph playbooks/site.yml --overview --format mermaid";
    let drawn = Command::new(env!("CARGO_BIN_EXE_play"))
        .args(words.split(' '))
        .current_dir(&top)
        .env_remove("PLAY_INVENTORY")
        .output()
        .unwrap();
    let drawn = String::from_utf8(drawn.stdout).unwrap();
    assert!(drawn.contains("clickhouse"), "{drawn}");
    let page = std::fs::read_to_string(top.join("docs/platform.md")).unwrap();
    assert!(
        page.contains(&format!("```mermaid\n{drawn}```")),
        "docs/platform.md has another picture than `play {words}`:\n{drawn}"
    );
}

/// Hosts left out of a run leave many tasks that are over before their turn; none of that may take long.
#[test]
fn one_host_of_the_whole_site_is_planned_like_all_of_them() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let planned = Command::new(env!("CARGO_BIN_EXE_play"))
        .args(["playbooks/site.yml", "--limit", "vps3", "--check"])
        .current_dir(&top)
        .env_remove("PLAY_INVENTORY")
        .output()
        .unwrap();
    let text = String::from_utf8(planned.stdout).unwrap();
    assert!(planned.status.success(), "{text}");
    assert!(text.contains("\n1 host would change"), "{text}");
}

/// Who begins a project gets the skeleton's files, every one of them, as they are.
#[test]
fn a_project_begins_with_all_of_the_skeleton() {
    let skeleton = Path::new(env!("CARGO_MANIFEST_DIR")).join("skeleton");
    for (words, from, to, name) in [
        (vec!["init", "new"], "project", "new", "ROLE"),
        (vec!["init", "--role", "web"], "role", "roles/web", "web"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(env!("CARGO_BIN_EXE_play"))
            .args(words)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let expected: BTreeMap<String, String> = texts(&skeleton.join(from))
            .into_iter()
            .map(|(path, text)| (path.replace("ROLE", name), text.replace("ROLE", name)))
            .collect();
        assert!(expected.len() > 5, "{expected:?}");
        assert_eq!(texts(&folder.path().join(to)), expected);
    }
}

/// The files below a folder, by their names in it.
fn texts(top: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![top.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(top).unwrap().display().to_string();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}
