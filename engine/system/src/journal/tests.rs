//! Journals in a folder of their own.
use super::*;
use play_core::content::Content;
use play_core::state::{File as FileState, FileKind, User};
use play_core::{Act, Resource, State};
use std::os::unix::fs::PermissionsExt;

fn change(before: &str, after: &str) -> Change {
    Change::put(
        Resource::File("/etc/thing".into()),
        State::File(FileState::regular(before, 0o644)),
        State::File(FileState::regular(after, 0o644)),
    )
}

fn text(state: &State) -> &str {
    let State::File(file) = state else {
        panic!("{state:?}")
    };
    file.content().and_then(Content::text).expect("text")
}

#[test]
fn changes_are_kept_and_secrets_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let mask = Mask::new(["hunter22".to_owned()]);
    let journal = Journal::open_in(folder.path(), "7f3a").expect("opened");
    journal
        .record("one at site.yml:3", &change("old\n", "new\n"), &mask, None)
        .expect("recorded");
    journal
        .record(
            "two at site.yml:9",
            &change("pw=hunter22\n", "pw=x\n"),
            &mask,
            None,
        )
        .expect("recorded");
    let path = folder.path().join("journal/7f3a.jsonl");
    let written = std::fs::read_to_string(&path).expect("read");
    assert!(!written.contains("hunter22"), "{written}");
    assert_eq!(
        std::fs::metadata(&path)
            .expect("status")
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    let entries = read_in(folder.path(), "7f3a").expect("read");
    assert_eq!(entries[0].label, "one at site.yml:3");
    assert_eq!(text(&entries[0].steps[0].before), "old\n");
    assert_eq!(entries[0].steps[0].lost, None);
    assert!(entries[1].steps[0].lost.is_some());
    assert_eq!(runs_in(folder.path()).ok(), Some(vec!["7f3a".to_owned()]));
}

#[test]
fn a_name_that_holds_a_secret_is_none_to_roll_back_by() {
    let folder = tempfile::tempdir().expect("a folder");
    let mask = Mask::new(["hunter22".to_owned()]);
    let journal = Journal::open_in(folder.path(), "run").expect("opened");
    let path = Resource::File("/srv/hunter22/page".into());
    let made = State::File(FileState::regular("x", 0o644));
    journal
        .record("page", &Change::put(path, State::Absent, made), &mask, None)
        .expect("recorded");
    let written = std::fs::read_to_string(folder.path().join("journal/run.jsonl")).expect("read");
    assert!(!written.contains("hunter22"), "{written}");
    let entries = read_in(folder.path(), "run").expect("read");
    assert!(entries[0].steps[0].lost.is_some());
}

#[test]
fn secrets_no_vault_knows_are_left_out_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let mask = Mask::new(["the-new-one".to_owned()]);
    let journal = Journal::open_in(folder.path(), "run").expect("opened");
    let rotated = change("# x\npassword=the-old-one\n", "# x\npassword=the-new-one\n");
    journal
        .record("rotated", &rotated, &mask, None)
        .expect("recorded");
    let key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n";
    let owner = change(key, key);
    journal
        .record("its owner", &owner, &mask, None)
        .expect("recorded");
    let written = std::fs::read_to_string(folder.path().join("journal/run.jsonl")).expect("read");
    assert!(
        !written.contains("the-old") && !written.contains("MIGH"),
        "{written}"
    );
    let entries = read_in(folder.path(), "run").expect("read");
    assert!(entries.iter().all(|entry| entry.steps[0].lost.is_some()));
    let shown = serde_json::to_string(&change(key, "").diffs()).expect("text");
    assert!(!shown.contains("MIGH"), "{shown}");
}

#[test]
fn large_and_binary_content_and_passwords_are_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::open_in(folder.path(), "run").expect("opened");
    let big = "x".repeat(300 << 10);
    journal
        .record("big", &change(&big, "small"), &Mask::default(), None)
        .expect("recorded");
    let user = User {
        password: Some("$6$salt$hash".into()),
        ..User::default()
    };
    let user =
        Change::new(Act::Put).leaving(Resource::User("a".into()), State::User(user), State::Absent);
    journal
        .record("user", &user, &Mask::default(), None)
        .expect("recorded");
    let entries = read_in(folder.path(), "run").expect("read");
    let State::File(file) = &entries[0].steps[0].before else {
        panic!("a file")
    };
    assert!(matches!(
        &file.kind,
        FileKind::Regular(Content::Large { size: 307_200, .. })
    ));
    assert!(entries[0].steps[0].lost.is_some() && entries[1].steps[0].lost.is_some());
    let written = std::fs::read_to_string(folder.path().join("journal/run.jsonl")).expect("read");
    assert!(!written.contains("$6$salt"), "{written}");
}

#[test]
fn a_line_cut_short_is_skipped() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::open_in(folder.path(), "run").expect("opened");
    journal
        .record("one", &change("a", "b"), &Mask::default(), None)
        .expect("recorded");
    (&journal.file)
        .write_all(b"{\"time\":\"2026")
        .expect("written");
    assert_eq!(read_in(folder.path(), "run").expect("read").len(), 1);
}

#[test]
fn notifications_outlive_the_run_that_made_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Journal::open_in(folder.path(), "one").expect("opened");
    first
        .notify(&["restart nginx".into(), "reload ssh".into()])
        .expect("noted");
    first.notify(&["restart nginx".into()]).expect("noted");
    drop(first);
    let second = Journal::open_in(folder.path(), "two").expect("opened");
    assert_eq!(second.pending(), ["restart nginx", "reload ssh"]);
    second.finish("restart nginx").expect("noted");
    assert_eq!(second.pending(), ["reload ssh"]);
    second.finish("reload ssh").expect("noted");
    assert!(second.pending().is_empty());
    assert!(!folder.path().join("pending.json").exists());
}

#[test]
fn a_run_is_not_a_path() {
    let folder = tempfile::tempdir().expect("a folder");
    for run in ["", "../x", "a/b", ".hidden"] {
        assert!(Journal::open_in(folder.path(), run).is_err(), "{run}");
    }
}

/// A host on which these runs came one after the other; one without a size changed nothing.
fn ran(folder: &Path, runs: &[(&str, usize)]) -> Journal {
    for (age, (run, size)) in runs.iter().rev().enumerate() {
        let journal = Journal::open_in(folder, run).expect("opened");
        (&journal.file)
            .write_all(&vec![b'x'; *size])
            .expect("written");
        let hours = std::time::Duration::from_secs(3600 * age as u64);
        let written = std::time::SystemTime::now() - hours;
        journal.file.set_modified(written).expect("dated");
    }
    let (last, _) = runs.last().expect("a run");
    Journal::open_in(folder, last).expect("opened")
}

#[test]
fn the_newest_runs_that_changed_something_are_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let last = ran(
        folder.path(),
        &[("a", 9), ("b", 9), ("idle", 0), ("c", 9), ("d", 9)],
    );
    std::fs::write(folder.path().join("journal/note.txt"), "").expect("written");
    last.prune(3).expect("pruned");
    assert_eq!(runs_in(folder.path()).expect("runs"), ["b", "c", "d"]);
    assert!(folder.path().join("journal/note.txt").exists());
    // one of a host whose clock was ahead looks newer than the run that ends
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    let early = Journal::open_in(folder.path(), "b").expect("opened");
    early.file.set_modified(ahead).expect("dated");
    last.prune(0).expect("pruned");
    assert_eq!(runs_in(folder.path()).expect("runs"), ["d"]);
    let idle = tempfile::tempdir().expect("a folder");
    ran(idle.path(), &[("e", 9), ("f", 9), ("g", 0)])
        .prune(1)
        .expect("pruned");
    assert_eq!(runs_in(idle.path()).expect("runs"), ["f"]);
}

#[test]
fn large_journals_push_out_the_oldest_and_never_the_last_ten() {
    let folder = tempfile::tempdir().expect("a folder");
    let names: Vec<String> = (10..32).map(|number| format!("run{number}")).collect();
    let runs: Vec<_> = names.iter().map(|name| (name.as_str(), 100)).collect();
    let last = ran(folder.path(), &runs);
    last.prune_to(100, 1500).expect("pruned");
    assert_eq!(runs_in(folder.path()).expect("runs"), names[7..]);
    last.prune_to(100, 1).expect("pruned");
    assert_eq!(runs_in(folder.path()).expect("runs"), names[12..]);
}
