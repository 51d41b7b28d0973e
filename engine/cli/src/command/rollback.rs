//! `play rollback RUN`: a playbook of one task, planned, shown, asked about and run as any other.
use super::run;
use crate::argument::rollback::Rollback;
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use std::path::PathBuf;

/// What the playbook is called where a place is named.
const NAME: &str = "play rollback";

pub(crate) fn run(arguments: &Rollback) -> Exit {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = &arguments.run;
    if name.is_empty() || !name.chars().all(plain) {
        terminal::say(&format!("error: `{name}` is no name of a run"));
        return Exit::Wrong;
    }
    let text = format!(
        "- name: rollback\n  hosts: all\n  gather_facts: false\n  become: {}\n  become_user: root\n  tasks:\n    - name: undo what the run {name} changed\n      rollback: {{run: \"{name}\"}}\n",
        !arguments.no_become
    );
    disk::vault().provide(NAME.as_ref(), &text);
    run::run(&arguments.as_run(PathBuf::from(NAME)))
}
