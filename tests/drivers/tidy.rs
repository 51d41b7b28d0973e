//! The house rules no compiler knows: sizes, first lines, words, names, which crate imports which, who touches a machine.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read the sources and ask cargo, and stop at what they do not expect"
)]
use play_core::Value;
use play_tests::case;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A source file: its path from the top of the repository, and its text.
struct Source {
    path: String,
    text: String,
}

fn top() -> PathBuf {
    case::folder().join("..")
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for area in ["engine", "modules", "tests"] {
        walk(&top().join(area), area, &mut found);
    }
    assert!(found.len() > 300, "only {} sources", found.len());
    found
}

fn walk(folder: &Path, shown: &str, found: &mut Vec<Source>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = format!("{shown}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && entry.file_name() != "target" {
            walk(&entry.path(), &path, found);
        } else if kind.is_file() && entry.path().extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            found.push(Source { path, text });
        }
    }
}

impl Source {
    /// Without the tests at its end.
    fn code(&self) -> &str {
        let tests = self.text.find("#[cfg(test)]\nmod tests {");
        &self.text[..tests.unwrap_or(self.text.len())]
    }

    fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
    }
}

fn none(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

#[test]
fn no_file_is_long() {
    let wrong: Vec<String> = sources()
        .iter()
        .map(|source| (source.code().lines().count(), &source.path))
        .filter(|(lines, _)| *lines > 500)
        .map(|(lines, path)| format!("{path}: {lines}"))
        .collect();
    none(&wrong, "at most 500 lines without inline tests");
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.path)
        .collect();
    none(&wrong, "a file opens with a `//!` sentence");
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not hold them.
    let words = [
        ["to", "do!"],
        ["unimple", "mented!"],
        ["db", "g!("],
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X"],
    ]
    .map(|parts| parts.concat());
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in source.text.lines().enumerate() {
            if words.iter().any(|word| has_word(line, word)) {
                wrong.push(format!("{}:{}: {line}", source.path, number + 1));
            }
        }
    }
    none(&wrong, "no notes for later, nothing unfinished");
}

/// Whether the text has the word by itself: `XXXX` of a name for mktemp is none.
fn has_word(line: &str, word: &str) -> bool {
    let part = |one: char| one.is_alphanumeric() || one == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(part)
            && !line[at + word.len()..].chars().next().is_some_and(part)
    })
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    const EMPTY: &[&str] = &[
        "util", "utils", "helper", "helpers", "manager", "common", "misc",
    ];
    let wrong: Vec<String> = sources()
        .into_iter()
        .map(|source| source.path)
        // Handlebars' own word for what it calls.
        .filter(|path| !path.starts_with("engine/language/src/template/helper"))
        .filter(|path| {
            let mut names = path.trim_end_matches(".rs").split('/');
            names.any(|name| EMPTY.contains(&name))
        })
        .collect();
    none(&wrong, "a name says what is in the file");
}

/// Which crates of the project each one may import; the vocabulary is everybody's.
const IMPORTS: &[(&str, &[&str])] = &[
    ("play-core", &[]),
    ("play-language", &["play-core"]),
    ("play-modules", &["play-core"]),
    ("play-system", &["play-core"]),
    ("play-agent", &["play-core", "play-modules", "play-system"]),
    ("play-runner", &["play-core", "play-language"]),
    ("play-report", &["play-core"]),
    (
        "play",
        &[
            "play-core",
            "play-language",
            "play-runner",
            "play-report",
            "play-modules",
        ],
    ),
    (
        "play-tests",
        &[
            "play-core",
            "play-language",
            "play-modules",
            "play-system",
            "play-runner",
            "play-report",
        ],
    ),
];

#[test]
fn crates_import_what_they_may() {
    let output = std::process::Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(top())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ours: BTreeMap<&str, BTreeSet<&str>> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["name"].as_str().unwrap(), imports(package)))
        .collect();
    let table: BTreeMap<&str, BTreeSet<&str>> = IMPORTS
        .iter()
        .map(|(name, may)| (*name, may.iter().copied().collect()))
        .collect();
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        table.keys().collect::<Vec<_>>(),
        "the crates there are"
    );
    for (name, imports) in &ours {
        let more: Vec<_> = imports.difference(&table[name]).collect();
        assert!(more.is_empty(), "{name} must not import {more:?}");
    }
}

fn imports(package: &Value) -> BTreeSet<&str> {
    package["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|dependency| dependency["name"].as_str())
        .filter(|name| *name == "play" || name.starts_with("play-"))
        .collect()
}

/// Modules with tasks that act each time they run; everything else is asked again after it was applied.
const ACT_EACH_TIME: &[&str] = &[
    "command",
    "docker_compose", // pull, build or recreate always; restarted
    "get_url",        // force without a checksum
    "package",        // lists refreshed each time, where newer packages may come of it
    "reboot",
    "script",
    "service", // restarted, reloaded
    "shell",
    "uri",
    "wait_for",
];

#[test]
fn modules_that_do_not_settle_are_the_ones_known() {
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.path.starts_with("modules/src/"))
        .filter(|source| source.code().contains("fn settles(&self)"))
        .map(|source| {
            let name = source.path.trim_start_matches("modules/src/");
            name.trim_end_matches(".rs")
                .trim_end_matches("/mod")
                .to_owned()
        })
        .collect();
    assert_eq!(found, ACT_EACH_TIME);
}

/// Who may reach beyond the program, and what for.
const MAY_REACH: &[(&str, &str)] = &[
    ("engine/system/", "the one crate that touches a machine"),
    ("engine/cli/src/disk.rs", "reads what the user wrote"),
    ("engine/cli/src/keys.rs", "reads the user's keys"),
    ("engine/cli/src/command/plan.rs", "a saved plan is a file"),
    (
        "engine/cli/src/command/vault",
        "files of the controller are what they are about",
    ),
    (
        "engine/cli/src/command/init.rs",
        "writes the project asked for",
    ),
    (
        "engine/cli/src/command/roles",
        "fetches roles of other repositories, and keeps them in the project",
    ),
    (
        "engine/cli/src/command/run.rs",
        "writes the report asked for",
    ),
    ("engine/cli/build.rs", "builds the agent"),
    (
        "engine/runner/src/connection/",
        "programs and sockets of connections, keys, known hosts",
    ),
];

#[test]
fn only_the_system_touches_a_machine() {
    const REACH: &[&str] = &[
        "std::fs",
        "fs::read",
        "fs::write",
        "fs::File",
        "process::Command",
        "tokio::fs",
        "tokio::process",
        "tokio::net",
        "TcpStream",
        "UdpSocket",
        "UnixStream",
        "TcpListener",
        "rustix::fs",
        "rustix::mount",
        "rustix::net",
    ];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        if MAY_REACH
            .iter()
            .any(|(path, _)| source.path.starts_with(path))
        {
            continue;
        }
        for (number, line) in source.code().lines().enumerate() {
            if !line.trim_start().starts_with("//") && REACH.iter().any(|word| line.contains(word))
            {
                wrong.push(format!("{}:{}: {line}", source.path, number + 1));
            }
        }
    }
    none(&wrong, "only play-system touches a machine");
}

#[test]
fn modules_have_no_means_to_alter_anything() {
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.path.starts_with("modules/src/"))
        .filter(|source| source.code().contains("dyn System") || source.code().contains(".apply("))
        .map(|source| source.path)
        .collect();
    none(&wrong, "a module has no means to alter anything");
}

/// A role's variables are told in three places: to people, to the language, and as what holds where nobody says anything.
#[test]
fn a_roles_table_its_defaults_and_its_specification_name_the_same_variables() {
    let begun = top().join("engine/cli/skeleton");
    let mut roles: Vec<PathBuf> = [top().join("roles"), begun.join("project/roles")]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .chain([begun.join("role")])
        .filter(|path| path.join("meta/argument_specs.yml").is_file())
        .collect();
    roles.sort();
    assert!(roles.len() >= 16, "only {} roles", roles.len());
    let wrong: Vec<String> = roles.iter().flat_map(|role| unlike(role)).collect();
    none(
        &wrong,
        "README, defaults/main.yml and meta/argument_specs.yml agree",
    );
}

fn unlike(role: &Path) -> Vec<String> {
    let name = role.file_name().unwrap().to_string_lossy();
    let yaml = |file: &str| -> Value {
        let text = std::fs::read_to_string(role.join(file)).unwrap_or_else(|_| "{}".into());
        serde_yaml::from_str(&text).unwrap_or_else(|wrong| panic!("{name}/{file}: {wrong}"))
    };
    let spec = yaml("meta/argument_specs.yml");
    let mut said = BTreeSet::new();
    // Required, or of a meaning of its own where nobody says it: neither has a default.
    let mut without_default = BTreeSet::new();
    let mut told = BTreeMap::new();
    for entry in spec["argument_specs"].as_object().unwrap().values() {
        for (variable, option) in entry["options"].as_object().into_iter().flatten() {
            said.insert(variable.clone());
            match option.get("default") {
                None => drop(without_default.insert(variable.clone())),
                Some(default) => drop(told.insert(variable.clone(), default.clone())),
            }
        }
    }
    let values = yaml("defaults/main.yml");
    let defaults = values.as_object().into_iter().flat_map(|map| map.keys());
    let defined: BTreeSet<String> = defaults.cloned().chain(without_default).collect();
    let text = std::fs::read_to_string(role.join("README.md")).unwrap();
    let shown = table(&text);
    let compare = |one: &BTreeSet<String>, what: &str, other: &BTreeSet<String>, place: &str| {
        let lacking: Vec<String> = one.difference(other).cloned().collect();
        let words = format!("{name}: {what} and not {place}: {}", lacking.join(", "));
        (!lacking.is_empty()).then_some(words)
    };
    [
        compare(&said, "specified", &shown, "in the table"),
        compare(&shown, "in the table", &said, "specified"),
        compare(
            &said,
            "specified",
            &defined,
            "without a default or with one",
        ),
        compare(&defined, "with a default", &said, "specified"),
    ]
    .into_iter()
    .flatten()
    .chain(other_defaults(&name, &told, &values))
    .collect()
}

/// What the specification tells of a default is what holds, or that it is computed.
fn other_defaults(role: &str, told: &BTreeMap<String, Value>, values: &Value) -> Vec<String> {
    let computed = |value: &Value| value.to_string().contains("{{");
    let unlike = told.iter().filter_map(|(name, told)| {
        let value = values.get(name)?;
        let same = value == told || computed(value) && !told.is_number();
        (!same).then(|| format!("{role}: {name} is {value}, and specified as {told}"))
    });
    unlike.collect()
}

/// A tag can be moved to another image by whoever publishes it.
#[test]
fn images_of_others_are_pinned_by_tag_and_digest() {
    let mut pinned = 0;
    let mut wrong = Vec::new();
    for role in std::fs::read_dir(top().join("roles")).unwrap() {
        let file = role.unwrap().path().join("defaults/main.yml");
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        let values: Value = serde_yaml::from_str(&text).unwrap();
        for (name, value) in values.as_object().into_iter().flatten() {
            // built on the host, out of the role
            if !name.ends_with("_image") || name == "hello_service_image" {
                continue;
            }
            let image = value.as_str().unwrap_or_default();
            let digest = image.split_once("@sha256:").map(|(tag, digest)| {
                tag.rsplit('/')
                    .next()
                    .is_some_and(|name| name.contains(':'))
                    && digest.len() == 64
                    && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
            });
            match digest {
                Some(true) => pinned += 1,
                _ => wrong.push(format!("{name}: {image}")),
            }
        }
    }
    none(&wrong, "an image is pinned by tag and digest");
    assert!(pinned >= 7, "only {pinned} images");
}

/// The names in the first column of a README's table of variables; `…_port` stands for the row's first name with `_port` behind it.
fn table(text: &str) -> BTreeSet<String> {
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("| variable |"));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    let mut names = BTreeSet::new();
    for row in rows {
        let cell = row.split('|').nth(1).unwrap_or_default();
        let row: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        for name in &row {
            names.insert(match name.strip_prefix('…') {
                Some(end) => format!("{}{end}", row[0]),
                None => (*name).to_owned(),
            });
        }
    }
    names
}
