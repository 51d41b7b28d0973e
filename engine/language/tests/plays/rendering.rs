//! Tasks rendered for a host: arguments, loops, conditions, the files of the controller.
use crate::memory::{Files, HOSTS, Modules, loaded};
use play_core::{Diagnostic, Value};
use play_language::inventory::connection::{Connection, Kind};
use play_language::render::{self, Escalation, Items, Rendered};
use play_language::{Learned, LoadRequest, Project, Scope, Truth, load};
use serde_json::json;

/// Renders the first task of `site.yml` for web1.
fn rendered(files: &[(&str, &str)]) -> Result<Rendered, Diagnostic> {
    with(files, |scope, project, loader| {
        let play = &project.plays[0];
        render::render(
            scope,
            project,
            &play.folder,
            loader,
            Project::tasks(play)[0],
        )
    })
}

fn with<T>(files: &[(&str, &str)], act: impl FnOnce(&Scope, &Project, &Files) -> T) -> T {
    let mut all = vec![HOSTS];
    all.extend(files);
    let loader = Files::new(&all);
    let request = LoadRequest {
        playbooks: vec!["site.yml".into()],
        inventories: vec!["hosts.ini".into()],
        ..LoadRequest::default()
    };
    let (project, found, _) = load(&loader, &request, &Modules);
    let project = project.unwrap_or_else(|| panic!("{found:?}"));
    let learned = Learned::default();
    let play = &project.plays[0];
    let task = Project::tasks(play)[0];
    let scope = Scope::new(&project, &loader, &learned, "web1", Some(play), Some(task));
    act(&scope, &project, &loader)
}

fn site(task: &str) -> String {
    let vars = "vars: {port: '22', n: 3, who: web, list: [a, [b]], map: {x: 1, y: 2}}";
    format!(
        "- hosts: web\n  {vars}\n  tasks:\n    - {}\n",
        task.replace('\n', "\n      ")
    )
}

fn arguments(task: &str) -> Value {
    rendered(&[("site.yml", &site(task))]).unwrap().arguments
}

#[test]
fn arguments_get_the_types_the_module_wants() {
    assert_eq!(
        arguments("service: {name: \"{{ who }}\", port: \"{{ port }}\", enabled: \"{{ 'yes' }}\"}"),
        json!({"name": "web", "port": 22, "enabled": true})
    );
    assert_eq!(
        arguments("file: {path: \"/{{ n }}\", owner: \"{{ omit }}\", mode: 0640}"),
        json!({"path": "/3", "mode": "0640"})
    );
    assert_eq!(arguments("file: {path: \"{{ n }}\"}"), json!({"path": "3"}));
}

#[test]
fn keywords_are_rendered_too() {
    let task = "name: on {{ who }}\ncommand: ls\nbecome: \"{{ n == 3 }}\"\nbecome_user: \"{{ who }}\"\nenvironment: {A: \"{{ n }}\", B: x}\ndelegate_to: \"{{ 'db1' }}\"";
    let rendered = rendered(&[("site.yml", &site(task))]).unwrap();
    assert_eq!(rendered.name, "on web");
    assert_eq!(
        rendered.escalation,
        Escalation {
            on: Some(true),
            user: Some("web".into())
        }
    );
    assert_eq!(
        rendered.environment,
        [
            ("A".to_owned(), "3".to_owned()),
            ("B".to_owned(), "x".to_owned())
        ]
    );
    assert_eq!(rendered.delegate_to.as_deref(), Some("db1"));
}

#[test]
fn files_are_content() {
    let task = site("template: {src: motd.j2, dest: /etc/motd}");
    let found = rendered(&[
        ("site.yml", &task),
        ("templates/motd.j2", "host {{ inventory_hostname }}\n"),
    ])
    .unwrap();
    assert_eq!(
        found.arguments,
        json!({"src": "motd.j2", "dest": "/etc/motd", "content": "host web1\n"})
    );
    let task = site("copy: {src: tree, dest: /srv}");
    let found = rendered(&[
        ("site.yml", &task),
        ("files/tree/a", "A"),
        ("files/tree/b/run.sh", "B"),
    ])
    .unwrap();
    assert_eq!(
        found.arguments["tree"],
        json!([
            {"path": "tree", "directory": true},
            {"path": "tree/a", "mode": "0644", "content": "A"},
            {"path": "tree/b", "directory": true},
            {"path": "tree/b/run.sh", "mode": "0755", "content": "B"},
        ])
    );
    let task = site("copy: {src: big, dest: /srv}");
    let big = "x".repeat((1 << 20) + 1);
    let found = rendered(&[("site.yml", &task), ("files/big", &big)]).unwrap();
    assert_eq!(found.arguments["blob"]["size"], (1 << 20) + 1);
    assert_eq!(found.arguments["blob"]["sha256"], found.blobs[0].0);
    assert_eq!(found.blobs[0].1.to_str(), Some("files/big"));
}

#[test]
fn a_mistake_in_a_template_file_is_told_there() {
    let task = site("template: {src: t, dest: /t}\nwhen: x is defined");
    let error = rendered(&[("site.yml", &task), ("templates/t", "a\n{{ x }}\n")]).unwrap_err();
    assert!(error.to_string().starts_with("templates/t:2:"), "{error}");
}

fn labels(keywords: &str) -> Vec<(Value, String)> {
    let text = site(&format!("debug: {{msg: x}}\n{keywords}"));
    let files = [
        ("site.yml", text.as_str()),
        ("files/a.conf", ""),
        ("files/b.conf", ""),
        ("files/c", ""),
    ];
    with(&files, |scope, project, loader| {
        let play = &project.plays[0];
        let task = Project::tasks(play)[0];
        let repeat = task.repeat.as_ref().unwrap();
        match render::items(scope, project, &play.folder, loader, task, repeat) {
            Ok(Items::Known(turns)) => turns
                .into_iter()
                .map(|turn| (turn.item, turn.label))
                .collect(),
            other => panic!("{other:?}"),
        }
    })
}

fn items(keywords: &str) -> Value {
    labels(keywords).into_iter().map(|(item, _)| item).collect()
}

#[test]
fn every_kind_of_loop() {
    assert_eq!(items("loop: \"{{ list }}\""), json!(["a", ["b"]]));
    assert_eq!(items("with_items: \"{{ list }}\""), json!(["a", "b"]));
    assert_eq!(
        items("with_dict: \"{{ map }}\""),
        json!([{"key": "x", "value": 1}, {"key": "y", "value": 2}])
    );
    assert_eq!(
        items("with_nested: [[1, 2], [a]]"),
        json!([[1, "a"], [2, "a"]])
    );
    assert_eq!(
        items("with_together: [[1, 2], [a]]"),
        json!([[1, "a"], [2, null]])
    );
    assert_eq!(
        items("with_indexed_items: [a, b]"),
        json!([[0, "a"], [1, "b"]])
    );
    assert_eq!(
        items("with_sequence: start=1 end=3 format=w%02d"),
        json!(["w01", "w02", "w03"])
    );
    assert_eq!(items("with_sequence: count=2"), json!(["1", "2"]));
    assert_eq!(
        items("with_fileglob: '*.conf'"),
        json!(["/project/files/a.conf", "/project/files/b.conf"])
    );
    assert_eq!(
        items("with_first_found: [none, c]"),
        json!(["/project/files/c"])
    );
    assert_eq!(
        items("with_subelements: [[{n: 1, k: [a, b]}], k]"),
        json!([[{"n": 1, "k": ["a", "b"]}, "a"], [{"n": 1, "k": ["a", "b"]}, "b"]])
    );
    let found =
        labels("loop: [{name: a, p: 1}]\nloop_control: {loop_var: it, label: \"{{ it.p }}\"}");
    assert_eq!(found[0].1, "1");
    assert_eq!(labels("loop: [{name: a, p: 1}]")[0].1, "a");
}

#[test]
fn the_condition_that_does_not_hold_is_named() {
    let text = site("command: ls\nwhen: [n == 3, who == 'db', n > 5]");
    let found = with(&[("site.yml", &text)], |scope, project, _| {
        render::when(scope, Project::tasks(&project.plays[0])[0]).unwrap()
    });
    assert_eq!(found, (Truth::False, Some("who == 'db'".to_owned())));
}

#[test]
fn how_a_host_is_reached() {
    let (project, _, _) = loaded(&[("site.yml", "- hosts: all\n  tasks: []\n")], |_| {});
    let host = project.unwrap().inventory.hosts["db1"].clone();
    let variable = |name: &str| {
        let found = host.variables.iter().find(|one| one.name == name)?;
        Some(found.value.value())
    };
    let connection = Connection::of("db1", &|name| Ok(variable(name))).unwrap();
    // `port` is the application's.
    assert_eq!(
        (connection.address.as_deref(), connection.port),
        (Some("10.0.0.1"), None)
    );
    assert_eq!(connection.kind, Kind::Ssh);
    let port = |said: &'static str| {
        Connection::of("db1", &|name| {
            Ok((name == "ansible_ssh_port").then(|| json!(said)))
        })
    };
    assert_eq!(port("2222").unwrap().port, Some(2222));
    assert!(port("70000").is_err());
    let odd = |name: &str| Ok((name == "connection").then(|| json!("telnet")));
    let wrong = Connection::of("db1", &odd).unwrap_err();
    assert!(
        wrong
            .message
            .contains("host db1: unknown connection `telnet`")
    );
}
