//! What well-formed projects become.
use crate::memory::{loaded, project};
use play_language::Project;
use play_language::play::{Item, LoopKind, Notify};

fn names(project: &Project, play: usize) -> Vec<String> {
    let tasks = Project::tasks(&project.plays[play]);
    tasks
        .iter()
        .map(|task| task.name.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_simple_playbook() {
    let text = "- hosts: web\n  become: yes\n  tasks:\n    - name: motd\n      copy: {dest: /etc/motd, content: hello, mode: 0644}\n      notify: restart\n    - command: ls -l creates=/x\n      tags: [a]\n  handlers:\n    - name: restart\n      service: name=ssh state=started\n";
    let project = project(&[("site.yml", text)]);
    let play = &project.plays[0];
    assert_eq!(play.hosts, ["web1", "web2"]);
    assert_eq!(names(&project, 0), ["motd", "command", "restart"]);
    let tasks = Project::tasks(play);
    assert_eq!(
        tasks[0].arguments.field("mode").unwrap().as_str(),
        Some("0644")
    );
    assert!(matches!(&tasks[0].notify[0], Notify::Handlers(list) if list == &[0]));
    assert_eq!(
        tasks[1].arguments.field("cmd").unwrap().as_str(),
        Some("ls -l")
    );
    assert_eq!(
        tasks[1].arguments.field("creates").unwrap().as_str(),
        Some("/x")
    );
    assert_eq!(tasks[1].r#become.on.as_ref().unwrap().text, "true");
    assert!(matches!(play.items.last(), Some(Item::Flush(_))));
}

const NGINX: &[(&str, &str)] = &[
    (
        "site.yml",
        "- hosts: all\n  vars: {x: 1}\n  roles:\n    - role: nginx\n      vars: {port: 80}\n      tags: web\n  tasks:\n    - block:\n        - include_tasks: more.yml\n          vars: {y: 2}\n      rescue:\n        - debug: {msg: failed}\n      when: x == 1\n",
    ),
    (
        "more.yml",
        "- debug: {msg: hi}\n  loop: [1, 2]\n  loop_control: {loop_var: one, label: l}\n  when: one > 1\n",
    ),
    (
        "roles/nginx/tasks/main.yml",
        "- import_tasks: install\n- template: {src: a.conf, dest: /a}\n  notify: reload\n",
    ),
    (
        "roles/nginx/tasks/install.yml",
        "- name: install\n  command: apt\n",
    ),
    ("roles/nginx/templates/a.conf", "x"),
    ("roles/nginx/defaults/main.yml", "d: 1\n"),
    (
        "roles/nginx/handlers/main.yml",
        "- name: reload nginx\n  listen: reload\n  command: reload\n",
    ),
    ("roles/nginx/meta/main.yml", "dependencies: [common]\n"),
    (
        "roles/common/tasks/main.yml",
        "- name: common\n  command: x\n",
    ),
];

#[test]
fn roles_imports_blocks_and_loops() {
    let project = project(NGINX);
    assert_eq!(
        names(&project, 0),
        [
            "common",
            "install",
            "template",
            "debug",
            "debug",
            "reload nginx"
        ]
    );
    let tasks = Project::tasks(&project.plays[0]);
    assert_eq!(tasks[1].tags, ["web"]);
    let role = &project.roles[tasks[1].role.unwrap()];
    assert_eq!(
        (
            role.name.as_str(),
            role.parameters.len(),
            role.defaults.len()
        ),
        ("nginx", 1, 1)
    );
    assert_eq!(project.roles[tasks[0].role.unwrap()].parents.len(), 1);
    let conditions: Vec<&str> = tasks[3].when.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(conditions, ["x == 1", "one > 1"]);
    assert_eq!(tasks[3].variables[0].name, "y");
    let repeat = tasks[3].repeat.as_ref().unwrap();
    assert!(repeat.variable == "one" && matches!(repeat.kind, LoopKind::List(_)));
}

#[test]
fn tags_choose_at_load() {
    let text = "- hosts: web\n  tasks:\n    - {name: a, command: x, tags: one}\n    - {name: b, command: x}\n    - {name: c, command: x, tags: [never, wipe]}\n    - {name: d, command: x, tags: always}\n";
    let with = |only: &str| {
        let (project, _, _) = loaded(&[("site.yml", text)], |request| {
            request.tags = vec![only.to_owned()];
        });
        names(&project.unwrap(), 0)
    };
    assert_eq!(with("one"), ["a", "d"]);
    assert_eq!(with("wipe"), ["c", "d"]);
    assert_eq!(with("all"), ["a", "b", "d"]);
}

#[test]
fn inventories_of_every_kind_are_one() {
    let hosts = "all:\n  vars: {a: 1}\n  children:\n    prod:\n      children:\n        shop:\n          hosts:\n            shop[1:2]: {b: 2}\n";
    let files = [
        ("site.yml", "- hosts: shop\n  tasks: []\n"),
        ("inv/hosts.yml", hosts),
        ("inv/extra.ini", "[shop:vars]\nc=3\nflag=yes\n"),
        ("inv/group_vars/prod.yml", "d: 4\n"),
        ("inv/host_vars/shop1/x.yml", "e: 5\n"),
        ("group_vars/all.yml", "a: 9\n"),
    ];
    let (project, found, _) = loaded(&files, |request| {
        request.inventories = vec!["inv".into(), "lone,".into()];
    });
    assert_eq!(found, []);
    let inventory = project.unwrap().inventory;
    assert_eq!(inventory.hosts["shop1"].groups, ["all", "prod", "shop"]);
    assert_eq!(inventory.hosts["lone"].groups, ["all", "ungrouped"]);
    assert_eq!(inventory.groups["prod"].hosts, ["shop1", "shop2"]);
    let names: Vec<&str> = inventory.hosts["shop1"]
        .variables
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["b", "e"]);
    let values: Vec<_> = inventory.groups["all"]
        .variables
        .iter()
        .map(|one| one.value.value())
        .collect();
    assert_eq!(values, [1, 9]);
    assert_eq!(inventory.groups["shop"].variables[1].value.value(), true);
}

#[test]
fn playbooks_import_playbooks_and_hand_down() {
    let site = "- import_playbook: sub/web.yml\n  vars: {a: 1}\n  tags: t\n- hosts: localhost\n  tasks:\n    - command: x\n";
    let web = "- hosts: web\n  vars: {a: 2}\n  vars_files: v.yml\n  serial: [1, 50%]\n  remote_user: me\n  roles: [r]\n";
    let project = project(&[
        ("site.yml", site),
        ("sub/web.yml", web),
        ("sub/v.yml", "b: 1"),
        ("sub/roles/r/tasks/main.yml", "- command: x\n"),
    ]);
    let play = &project.plays[0];
    let names: Vec<&str> = play.variables.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["ansible_user", "a", "a"]);
    assert_eq!((play.serial.len(), play.file_variables.len()), (2, 1));
    assert_eq!(Project::tasks(play)[0].tags, ["t"]);
    assert_eq!(project.plays[1].hosts, ["localhost"]);
    assert_eq!(project.inventory.hosts["localhost"].groups, ["all"]);
    assert!(
        !project.inventory.groups["all"]
            .hosts
            .contains(&"localhost".to_owned())
    );
}

#[test]
fn extra_variables_choose_hosts_and_files() {
    let site = "- hosts: \"{{ target | default('db') }}\"\n  vars_files: [\"{{ kind }}.yml\"]\n  tasks: []\n";
    let files = [
        ("site.yml", site),
        ("prod.yml", "a: 1\n"),
        ("more.yml", "kind: prod\n"),
    ];
    let (project, found, _) = loaded(&files, |request| {
        request.extra = vec!["@more.yml".into(), "x=1 y='a b'".into(), "{z: [1]}".into()];
    });
    let project = project.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(project.plays[0].hosts, ["db1"]);
    let names: Vec<&str> = project.extra.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["kind", "x", "y", "z"]);
    let (_, found, _) = loaded(&files, |request| request.extra = vec!["just words".into()]);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn commands_in_one_line_keep_their_words() {
    let text = "- hosts: web\n  tasks:\n    - command: |\n        a  b=c\n        d creates=/x\n    - include_role: name=r tasks_from=t\n    - local_action: command ls -l\n";
    let project = project(&[
        ("site.yml", text),
        ("roles/r/tasks/t.yml", "- debug: msg=\"{{ 'a b' }}\"\n"),
    ]);
    let tasks = Project::tasks(&project.plays[0]);
    assert_eq!(
        tasks[0].arguments.field("cmd").unwrap().as_str(),
        Some("a  b=c\nd")
    );
    assert_eq!(
        tasks[1].arguments.field("msg").unwrap().as_str(),
        Some("{{ 'a b' }}")
    );
    assert_eq!(
        tasks[2].delegate_to.as_ref().unwrap().as_str(),
        Some("localhost")
    );
}
