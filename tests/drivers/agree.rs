//! A real machine and one in memory, side by side: every change to files, folders and links leaves the same view on both, and both
//! tell the same of it.
#![expect(
    clippy::unwrap_used,
    reason = "a real folder is what the law is about; tests stop at what they do not expect"
)]
use play_core::message::Report;
use play_core::state::File;
use play_core::{Resource, State, System, Value, View};
use play_system::{Machine, Memory, NoWitness, run};
use play_tests::random::Random;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Names below the folder that tasks write to and that are compared.
const NAMES: &[&str] = &["a", "a/b", "a/b/c", "d", "link", "e.conf"];

/// The two machines, and the folder both have.
struct Pair {
    folder: String,
    real: Machine,
    memory: Memory,
}

impl Pair {
    fn new(folder: &Path) -> Self {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let folder = folder.display().to_string();
        let real = Machine::default();
        let mut memory = Memory::default();
        // What stands above and at the folder is as it is on the machine: the same owner, the same mode.
        let mut path = folder.as_str();
        while !path.is_empty() {
            let resource = Resource::File(path.to_owned());
            let state = real.look(&resource).unwrap();
            memory.states.insert(resource, state);
            path = path.rsplit_once('/').map_or("", |(above, _)| above);
        }
        Self {
            folder,
            real,
            memory,
        }
    }

    /// One task on both; what each says of it.
    fn task(&mut self, module: &str, arguments: &Value) -> (Report, Report) {
        let entry = play_modules::find(module).unwrap();
        let once = |system: &mut dyn System| {
            let mut report = run(entry, arguments, system, &mut NoWitness);
            report.elapsed_ms = 0;
            report
        };
        (once(&mut self.real), once(&mut self.memory))
    }

    /// The names that are not the same on both.
    fn differences(&self) -> Vec<String> {
        let look = |view: &dyn View, name: &str| {
            let resource = Resource::File(format!("{}/{name}", self.folder));
            view.look(&resource).map(comparable)
        };
        let mut found: Vec<String> = NAMES
            .iter()
            .map(|name| (name, look(&self.real, name), look(&self.memory, name)))
            .filter(|(_, real, memory)| format!("{real:?}") != format!("{memory:?}"))
            .map(|(name, real, memory)| format!("{name}: {real:?}\n  in memory {memory:?}"))
            .collect();
        let listed = |view: &dyn View| {
            let mut names = view.list(&self.folder).unwrap();
            names.sort();
            names
        };
        let (real, memory) = (listed(&self.real), listed(&self.memory));
        if real != memory {
            found.push(format!("listed: {real:?}\n  in memory {memory:?}"));
        }
        found
    }
}

/// Whose a new thing is depends on who runs the tests; everything else must be the same.
fn comparable(state: State) -> State {
    match state {
        State::File(file) => State::File(File {
            owner: String::new(),
            group: String::new(),
            ..file
        }),
        other => other,
    }
}

#[test]
fn changes_to_files_leave_the_same_view_on_both() {
    let mut changed = 0;
    for seed in 0..60 {
        let folder = tempfile::tempdir().unwrap();
        let mut pair = Pair::new(folder.path());
        let mut random = Random::seeded(seed + 1);
        let mut told = Vec::new();
        for _ in 0..12 {
            let (module, arguments) = task(&pair.folder, &mut random);
            let (real, memory) = pair.task(module, &arguments);
            told.push(format!("{module} {arguments}: {}", real.outcome));
            let told = told.join("\n");
            assert_eq!(
                real.outcome, memory.outcome,
                "seed {seed}\n{told}\n{real:?}\n{memory:?}"
            );
            assert_eq!(
                real.changes.len(),
                memory.changes.len(),
                "seed {seed}\n{told}\n{real:?}\n{memory:?}"
            );
            let differences = pair.differences();
            assert!(
                differences.is_empty(),
                "seed {seed}\n{told}\n{}",
                differences.join("\n")
            );
            changed += usize::from(real.outcome == play_core::Outcome::Changed);
        }
    }
    assert!(changed > 150, "only {changed} tasks changed something");
}

fn task(folder: &str, random: &mut Random) -> (&'static str, Value) {
    let path = format!("{folder}/{}", random.choice(NAMES));
    let word = *random.choice(&["one", "two", "three"]);
    let mode = *random.choice(&["0600", "0644", "0755", "2775", "u=rw,go="]);
    match random.number(12) {
        0 | 1 => (
            "file",
            json!({ "path": path, "state": "directory", "mode": mode }),
        ),
        2 => ("file", json!({ "path": path, "state": "absent" })),
        3 => ("file", json!({ "path": path, "mode": mode })),
        4 => (
            "file",
            json!({ "path": format!("{folder}/link"), "src": random.choice(&["d", "gone"]), "state": "link" }),
        ),
        5 | 6 => (
            "copy",
            json!({ "dest": path, "content": format!("{word}\n"), "mode": mode }),
        ),
        7 => (
            "lineinfile",
            json!({ "path": path, "line": word, "create": true }),
        ),
        8 => (
            "blockinfile",
            json!({ "path": path, "block": word, "create": true }),
        ),
        9 => (
            "replace",
            json!({ "path": path, "regexp": "o", "replace": word }),
        ),
        10 => (
            "ini_file",
            json!({ "path": path, "section": "s", "option": word, "value": random.number(3) }),
        ),
        _ => (
            "file",
            json!({ "path": folder, "recurse": true, "mode": "u=rwX,go=rX" }),
        ),
    }
}
