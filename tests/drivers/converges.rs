//! Modules on this very machine, in a folder of their own: what they plan is what the machine makes of it.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test makes what the modules find"
)]
use play_core::message::Report;
use play_core::{Outcome, Value};
use play_system::{Machine, NoWitness, run};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

fn once(module: &str, arguments: &Value) -> Report {
    let entry = play_modules::find(module).unwrap();
    run(entry, arguments, &mut Machine::default(), &mut NoWitness)
}

/// Runs a task twice: first it changes something, then nothing.
fn twice(module: &str, arguments: &Value) {
    for outcome in [Outcome::Changed, Outcome::Unchanged] {
        let report = once(module, arguments);
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
    let text = std::fs::read_to_string(at("a/b/motd")).unwrap();
    assert!(text.starts_with("threefold\n# BEGIN"), "{text}");
}

#[test]
fn links_trees_and_files_of_a_kind_settle() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("{}/{name}", folder.path().display());
    std::fs::create_dir_all(at("a/b")).unwrap();
    std::fs::write(at("a/b/motd"), "threefold\n").unwrap();
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
    twice(
        "ini_file",
        &json!({ "path": at("ini"), "section": "a", "option": "b", "value": 1 }),
    );
    let me = program("id", &["-un"]);
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me";
    twice(
        "authorized_key",
        &json!({ "user": me.trim(), "key": key, "path": at("keys") }),
    );
    twice("file", &json!({ "path": at("a"), "state": "absent" }));
    let text = std::fs::read_to_string(folder.path().join("c/b/motd")).unwrap();
    assert_eq!(text, "threefold\n");
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

/// Answers every request with this JSON, for as long as the tests run.
fn serve(body: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            while lines.next().is_some_and(|line| !line.is_empty()) {}
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            (&stream)
                .write_all(format!("{head}{body}").as_bytes())
                .unwrap();
        }
    });
    url
}

#[test]
fn downloads_settle_and_a_wrong_checksum_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("{}/{name}", folder.path().display());
    let url = serve("[1]");
    // printf '[1]' | sha256sum
    let right = "sha256:080a9ed428559ef602668b4c00f114f1a11c3f6b02a435f0bdc154578e4d7f22";
    let wrong = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    twice(
        "get_url",
        &json!({ "url": format!("{url}/a"), "dest": at("a"), "checksum": right, "mode": "0600" }),
    );
    let arguments = json!({ "url": format!("{url}/b"), "dest": at("b"), "checksum": wrong });
    let report = once("get_url", &arguments);
    assert_eq!(report.outcome, Outcome::Failed, "{report:?}");
    assert!(!Path::new(&at("b")).exists());
    let report = once("uri", &json!({ "url": url, "method": "POST", "body": "x" }));
    assert_eq!(report.outcome, Outcome::Unchanged, "{report:?}");
    assert_eq!(report.output["json"], json!([1]));
}

#[test]
fn waiting_changes_nothing_and_ends_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ready").display().to_string();
    let arguments = json!({ "path": path, "timeout": 0 });
    let report = once("wait_for", &arguments);
    assert_eq!(report.outcome, Outcome::Failed, "{report:?}");
    std::fs::write(&path, "").unwrap();
    let report = once("wait_for", &arguments);
    assert_eq!(report.outcome, Outcome::Unchanged, "{report:?}");
}

#[test]
fn programs_are_run_and_heard() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().display().to_string();
    let heard = |module: &str, arguments: &Value, words: &str| {
        let report = once(module, arguments);
        assert_eq!(report.outcome, Outcome::Changed, "{report:?}");
        assert_eq!(report.output["stdout"], words, "{report:?}");
    };
    heard(
        "command",
        &json!({ "argv": ["pwd"], "chdir": directory }),
        &directory,
    );
    heard(
        "shell",
        &json!({ "cmd": "cat | tr a b", "stdin": "aa" }),
        "bb",
    );
    heard(
        "script",
        &json!({ "cmd": "x.sh 'two words' \"it's\"", "content": "#!/bin/sh\necho \"$1,$2\"\n" }),
        "two words,it's",
    );
    let report = once("command", &json!({ "cmd": "false" }));
    assert_eq!(report.outcome, Outcome::Failed, "{report:?}");
}
