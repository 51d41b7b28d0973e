//! Includes whose file is only known when their step comes.
use crate::memory::{Files, Modules, loaded, mistakes};
use play_language::play::{Item, Notify};
use play_language::{Project, include};
use serde_json::json;

const SITE: &str = "- hosts: web\n  vars: {os: debian}\n  tasks:\n    - include_tasks: \"{{ os }}.yml\"\n      loop: [1]\n      tags: t\n    - debug: {msg: \"{{ out }} {{ set }}\"}\n  handlers:\n    - {name: h, command: x}\n";
const TASKS: &str =
    "- command: ls\n  register: out\n  notify: h\n- set_fact: {set: \"{{ item }}\"}\n";

#[test]
fn names_of_every_file_it_may_mean_are_known() {
    assert_eq!(
        mistakes(&[("site.yml", SITE), ("debian.yml", TASKS)]),
        [""; 0]
    );
    let found = mistakes(&[("site.yml", SITE), ("debian.yml", "[]")]);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn it_becomes_items_with_the_loops_variables() {
    let files = [("site.yml", SITE), ("debian.yml", TASKS)];
    let (project, _, _) = loaded(&files, |_| {});
    let mut project = project.unwrap();
    let task = Project::tasks(&project.plays[0])[0].clone();
    assert_eq!(task.module, "include_tasks");
    let next = project.next_task;
    let loader = Files::new(&files);
    let variables = [("item".to_owned(), json!("{{ data }}"))];
    let arguments = json!({"file": "debian.yml"});
    let items = include::tasks(
        &mut project,
        0,
        &task,
        &arguments,
        &variables,
        &loader,
        &Modules,
    )
    .unwrap();
    let [Item::Task(first), Item::Task(second)] = items.as_slice() else {
        panic!("{items:?}")
    };
    assert!(matches!(&first.notify[0], Notify::Handlers(list) if list == &[0]));
    assert_eq!(
        (first.id, second.id, project.next_task),
        (next, next + 1, next + 2)
    );
    assert_eq!(first.tags, ["t"]);
    assert_eq!(second.variables[0].value.tag.as_deref(), Some("!unsafe"));
    let arguments = json!({"file": "other.yml"});
    let error = include::tasks(
        &mut project,
        0,
        &task,
        &arguments,
        &variables,
        &loader,
        &Modules,
    )
    .unwrap_err();
    assert_eq!(error[0].message, "no file of tasks `other.yml`");
    assert_eq!(project.plays[0].handlers.len(), 1);
}

#[test]
fn an_included_role_brings_its_handlers() {
    let site =
        "- hosts: web\n  tasks:\n    - include_role: {name: \"{{ which }}\"}\n      vars: {p: 1}\n";
    let files = [
        ("site.yml", site),
        (
            "roles/a/tasks/main.yml",
            "- command: \"{{ p }}\"\n  notify: r\n",
        ),
        ("roles/a/handlers/main.yml", "- {name: r, command: x}\n"),
    ];
    let (project, found, _) = loaded(&files, |_| {});
    let mut project = project.unwrap_or_else(|| panic!("{found:?}"));
    let task = Project::tasks(&project.plays[0])[0].clone();
    let arguments = json!({"name": "a"});
    let loader = Files::new(&files);
    let items = include::tasks(&mut project, 0, &task, &arguments, &[], &loader, &Modules).unwrap();
    assert_eq!(
        (
            items.len(),
            project.plays[0].handlers.len(),
            project.roles.len()
        ),
        (1, 1, 1)
    );
    assert_eq!(project.roles[0].parameters[0].name, "p");
    let again = include::tasks(&mut project, 0, &task, &arguments, &[], &loader, &Modules).unwrap();
    assert_eq!((again.len(), project.plays[0].handlers.len()), (1, 1));
}
