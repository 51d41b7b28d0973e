//! Modules on this very machine, in a folder of their own: what they plan is what the machine makes of it.
#![expect(
    clippy::disallowed_methods,
    reason = "the test makes what the modules find"
)]
use play_core::{Outcome, Value};
use play_system::{Machine, NoWitness, run};
use serde_json::json;
use std::path::Path;

/// Runs a task twice: first it changes something, then nothing.
fn twice(module: &str, arguments: &Value) {
    let entry = play_modules::find(module).unwrap();
    for outcome in [Outcome::Changed, Outcome::Unchanged] {
        let mut machine = Machine::default();
        let report = run(entry, arguments, &mut machine, &mut NoWitness);
        assert_eq!(report.outcome, outcome, "{module} {arguments}: {report:?}");
    }
}

fn program(name: &str, arguments: &[&str]) -> String {
    let ended = std::process::Command::new(name)
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{name} {arguments:?}: {words}");
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn files_settle() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("{}/{name}", folder.path().display());
    twice(
        "file",
        &json!({ "path": at("a/b"), "state": "directory", "mode": "0750" }),
    );
    twice(
        "copy",
        &json!({ "dest": at("a/b/motd"), "content": "one\ntwo\n", "mode": "0640" }),
    );
    twice(
        "copy",
        &json!({ "dest": at("a/b/motd"), "content": "three\n", "backup": true }),
    );
    twice(
        "lineinfile",
        &json!({ "path": at("a/b/motd"), "regexp": "^thr", "line": "threefold" }),
    );
    twice(
        "blockinfile",
        &json!({ "path": at("a/b/motd"), "block": "x\ny\n" }),
    );
    twice(
        "replace",
        &json!({ "path": at("a/b/motd"), "regexp": "^x$", "replace": "z" }),
    );
    twice(
        "file",
        &json!({ "path": at("link"), "src": "a/b/motd", "state": "link" }),
    );
    twice(
        "copy",
        &json!({ "src": at("a/"), "dest": at("c"), "remote_src": true, "mode": "preserve" }),
    );
    twice(
        "file",
        &json!({ "path": at("c"), "recurse": true, "mode": "u=rwX,go=" }),
    );
    twice(
        "hosts",
        &json!({ "path": at("hosts"), "address": "10.0.0.1", "names": ["db"] }),
    );
    twice("file", &json!({ "path": at("a"), "state": "absent" }));
    let text = std::fs::read_to_string(folder.path().join("c/b/motd")).unwrap();
    assert!(text.starts_with("threefold\n# BEGIN"), "{text}");
}

#[test]
fn large_files_within_the_host_settle() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("{}/{name}", folder.path().display());
    std::fs::write(at("large"), vec![7; 3 << 20]).unwrap();
    twice(
        "copy",
        &json!({ "src": at("large"), "dest": at("copy"), "remote_src": true, "mode": "0600" }),
    );
    assert_eq!(std::fs::metadata(at("copy")).unwrap().len(), 3 << 20);
}

#[test]
fn archives_settle() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("{}/{name}", folder.path().display());
    std::fs::create_dir_all(at("top/bin")).unwrap();
    std::fs::write(at("top/bin/run"), "#!/bin/sh\n").unwrap();
    std::fs::hard_link(at("top/bin/run"), at("top/same")).unwrap();
    std::os::unix::fs::symlink("bin/run", at("top/link")).unwrap();
    program("chmod", &["4755", &at("top/bin/run")]);
    let folder = folder.path().display().to_string();
    program("tar", &["-czf", &at("a.tar.gz"), "-C", &folder, "top"]);
    std::fs::create_dir(at("out")).unwrap();
    let arguments = json!({
        "src": at("a.tar.gz"), "dest": at("out"), "remote_src": true, "strip_components": 1,
    });
    twice("unarchive", &arguments);
    std::fs::write(at("out/bin/run"), "changed\n").unwrap();
    twice("unarchive", &arguments);
}

#[test]
fn checkouts_settle() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("{}/{name}", folder.path().display());
    let origin = at("origin");
    std::fs::create_dir(Path::new(&origin)).unwrap();
    let git = |arguments: &[&str]| {
        let identity = [
            "-C",
            &origin,
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.org",
        ];
        program("git", &[&identity[..], arguments].concat())
    };
    git(&["init", "-q", "-b", "main"]);
    for number in ["1", "2"] {
        git(&["commit", "-q", "--allow-empty", "-m", number]);
        git(&["tag", &format!("v{number}")]);
    }
    for version in ["v1", "main"] {
        twice(
            "git",
            &json!({ "repo": origin, "dest": at("tree"), "version": version }),
        );
    }
}
