//! What is said of what is wrong: words, place and way out.
use crate::memory::{loaded, mistakes};

fn of(text: &str) -> Vec<String> {
    mistakes(&[("site.yml", text)])
}

/// The mistakes of a playbook whose only task this is; it begins at line 3, column 7.
fn of_task(task: &str) -> Vec<String> {
    of(&format!(
        "- hosts: web\n  tasks:\n    - {}\n",
        task.replace('\n', "\n      ")
    ))
}

#[test]
fn one_mistake_hides_no_other() {
    let text = "- hosts: wbe\n  tasks:\n    - fil: {path: /x}\n    - command: ls\n      notfy: x\n    - name: nothing\n";
    assert_eq!(
        of(text),
        [
            "site.yml:1:10: no host or group `wbe` in the inventory (did you mean `web`?)",
            "site.yml:3:7: unknown module `fil` (did you mean `file`?)",
            "site.yml:5:7: unknown key `notfy` in task (did you mean `notify`?)",
            "site.yml:6:7: task has no module (a task names one module, such as `copy:` or `command:`)",
        ]
    );
}

#[test]
fn unknown_keys_with_the_nearest() {
    assert_eq!(
        of("- hosts: web\n  taks: []\n"),
        ["site.yml:2:3: unknown key `taks` in play (did you mean `tasks`?)"]
    );
    let cases = [
        (
            "command: ls\nwehn: true",
            "4:7: unknown key `wehn` in task (did you mean `when`?)",
        ),
        (
            "block: []\nrescu: []",
            "4:7: unknown key `rescu` in block (did you mean `rescue`?)",
        ),
        (
            "command: ls\nloop: [1]\nloop_control: {lable: x}",
            "5:22: unknown key `lable` in `loop_control` (did you mean `label`?)",
        ),
        (
            "command: ls\nwith_itmes: [1]",
            "4:7: unknown loop `with_itmes` (did you mean `with_items`?)",
        ),
    ];
    for (task, expected) in cases {
        assert_eq!(of_task(task), [format!("site.yml:{expected}")]);
    }
    let role = "- hosts: web\n  roles:\n    - {role: r, wehn: 1}\n";
    let found = mistakes(&[("site.yml", role), ("roles/r/tasks/main.yml", "[]")]);
    assert_eq!(
        found,
        ["site.yml:3:17: unknown key `wehn` in role entry (did you mean `when`?)"]
    );
    let role = role.replace("wehn", "port");
    let found = mistakes(&[
        ("site.yml", role.as_str()),
        ("roles/r/tasks/main.yml", "[]"),
    ]);
    let hint = "a variable of the role stands under `vars:`";
    assert_eq!(
        found,
        [format!(
            "site.yml:3:17: unknown key `port` in role entry ({hint})"
        )]
    );
}

#[test]
fn modules_of_a_task() {
    let cases = [
        (
            "command: ls\ncopy: {dest: /x}",
            "4:7: task has two modules, `command` and `copy` (make two tasks of it)",
        ),
        (
            "ansible.builtin.fil: {path: /x}",
            "3:7: unknown module `ansible.builtin.fil` (did you mean `file`?)",
        ),
        (
            "local_action: cpy src=a",
            "3:21: unknown module `cpy` (did you mean `copy`?)",
        ),
        ("meta: flush", "3:13: unknown meta action `flush`"),
    ];
    for (task, expected) in cases {
        assert_eq!(of_task(task), [format!("site.yml:{expected}")]);
    }
    assert_eq!(of_task("community.general.systemd: {name: a}"), [""; 0]);
    assert_eq!(of_task("ansible.builtin.file: {path: /x}"), [""; 0]);
}

const ARGUMENTS: &[(&str, &str)] = &[
    (
        "file: {path: /x, owne: a}",
        "3:24: unknown argument `owne` of `file` (did you mean `owner`?)",
    ),
    (
        "file: {state: absent}",
        "3:7: `file` needs the argument `path`",
    ),
    (
        "file: {path: /x, state: directroy}",
        "3:31: `state` of `file` cannot be `directroy` (did you mean `directory`?)",
    ),
    (
        "file: {path: /x, state: xyz}",
        "3:31: `state` of `file` cannot be `xyz` (it can be `directory`, `absent`, `file`)",
    ),
    (
        "file: {path: /x, recurse: maybe}",
        "3:33: `recurse` of `file` must be true or false, not `maybe`",
    ),
    (
        "service: {name: a, port: eighty}",
        "3:32: `port` of `service` must be a whole number, not `eighty`",
    ),
    (
        "service: {name: a, port: 70000}",
        "3:32: `port` of `service` must be between 0 and 65535, not 70000",
    ),
    (
        "service: {name: yes}",
        "3:23: `name` of `service` must be text, not a boolean (put it into quotes)",
    ),
    (
        "service: {name: a, after: {b: c}}",
        "3:33: `after` of `service` must be a list, not a mapping",
    ),
    (
        "debug: {msg: a, var: b}",
        "3:15: `debug`: `msg` and `var` exclude each other",
    ),
    (
        "service: all",
        "3:16: `service` takes a mapping of arguments, not text (write them below it: `service:` and a line for each argument)",
    ),
];

#[test]
fn arguments_against_the_schema() {
    for (task, expected) in ARGUMENTS {
        assert_eq!(of_task(task), [format!("site.yml:{expected}")], "{task}");
    }
    for fine in [
        "file: {path: /x, dir: y}",
        "file: {path: 7, owner: 0, recurse: 'yes'}",
        "service: {name: a, port: '80', after: b}",
        "service: {unit: a}",
        "file: path=/x state=absent",
    ] {
        assert_eq!(of_task(fine), [""; 0], "{fine}");
    }
}

#[test]
fn modes_that_are_other_numbers() {
    assert_eq!(
        of_task("file: {path: /x, mode: 644}"),
        [
            "site.yml:3:30: `mode: 644` is a decimal number, not the mode it looks like (write \"0644\")"
        ]
    );
    for fine in ["0644", "'644'", "\"0644\"", "u=rw", "0o644"] {
        assert_eq!(
            of_task(&format!("file: {{path: /x, mode: {fine}}}")),
            [""; 0],
            "{fine}"
        );
    }
}

#[test]
fn conditions_and_templates_that_cannot_be_read() {
    let found = of_task("command: ls\nwhen: a ==");
    assert!(
        found.len() == 1 && found[0].starts_with("site.yml:4:"),
        "{found:?}"
    );
    let found = of_task("command: ls\nwhen: \"{{ a }} == 1\"");
    assert_eq!(
        found,
        [
            "site.yml:4:13: `when` is an expression already: no `{{ }}` in it (write the variable's name alone)"
        ]
    );
    let found = of_task("command: \"echo {% if x %}\"");
    assert!(
        found.len() == 1 && found[0].starts_with("site.yml:3:"),
        "{found:?}"
    );
    let site = "- hosts: web\n  tasks:\n    - template: {src: a, dest: /a}\n";
    let found = mistakes(&[("site.yml", site), ("templates/a", "one\n  {{ x\n")]);
    assert!(
        found.len() == 1 && found[0].starts_with("templates/a:2:"),
        "{found:?}"
    );
}

#[test]
fn files_that_are_not_there() {
    let cases = [
        (
            "template: {src: motd, dest: /x}",
            "3:23: no template `motd`",
        ),
        ("copy: {src: motd, dest: /x}", "3:19: no file `motd`"),
        (
            "include_vars: motd.yml",
            "3:21: no file of variables `motd.yml`",
        ),
        (
            "import_tasks: motd.yml",
            "3:21: no file of tasks `motd.yml`",
        ),
        ("include_role: {name: motd}", "3:28: no role `motd`"),
    ];
    for (task, expected) in cases {
        let found = of_task(task);
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("site.yml:{expected} (")),
            "{found:?}"
        );
    }
    let near = [
        (
            "site.yml",
            "- hosts: web\n  vars_files: [vars/man.yml]\n  roles: [ngnix]\n",
        ),
        ("vars/main.yml", "a: 1"),
        ("roles/nginx/tasks/main.yml", "[]"),
    ];
    assert_eq!(
        mistakes(&near),
        [
            "site.yml:2:16: no file of variables `vars/man.yml` (did you mean `main.yml`?)",
            "site.yml:3:11: no role `ngnix` (did you mean `nginx`?)",
        ]
    );
    assert_eq!(
        of("- import_playbook: other.yml\n"),
        ["site.yml:1:20: no playbook `other.yml`"]
    );
}

#[test]
fn handlers_that_are_not_there_or_twice() {
    let text = "- hosts: web\n  tasks:\n    - command: ls\n      notify: [restrat, b]\n  handlers:\n    - {name: restart, command: x}\n    - {name: b, command: x}\n    - {name: b, command: y}\n";
    assert_eq!(
        of(text),
        [
            "site.yml:4:16: no handler `restrat` (did you mean `restart`?)",
            "site.yml:8:14: two handlers are named `b`",
        ]
    );
}

#[test]
fn tags_and_limits_that_mean_nothing() {
    let site = [(
        "site.yml",
        "- hosts: web\n  tasks:\n    - {command: ls, tags: deploy}\n",
    )];
    let (_, found, _) = loaded(&site, |request| {
        request.tags = vec!["deplyo".into()];
        request.limit = Some("wbe".into());
    });
    let words: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "no host or group `wbe` in the inventory (--limit) (did you mean `web`?)",
            "no task has the tag `deplyo` (--tags) (did you mean `deploy`?)",
        ]
    );
    let (_, found, _) = loaded(&site, |request| request.limit = Some("web:&db".into()));
    assert_eq!(found[0].to_string(), "`--limit web:&db` leaves no host");
}

#[test]
fn what_comes_back_to_itself() {
    let found = mistakes(&[
        (
            "site.yml",
            "- hosts: web\n  tasks:\n    - import_tasks: a.yml\n",
        ),
        ("a.yml", "- import_tasks: b.yml\n"),
        ("b.yml", "- import_tasks: a.yml\n"),
    ]);
    assert_eq!(
        found,
        ["b.yml:1:17: an import comes back to itself: a.yml → b.yml → a.yml"]
    );
    let found = mistakes(&[
        ("site.yml", "- hosts: web\n  roles: [a]\n"),
        ("roles/a/meta/main.yml", "dependencies: [b]\n"),
        (
            "roles/b/meta/main.yml",
            "dependencies: [{role: a, vars: {x: 1}}]\n",
        ),
    ]);
    assert_eq!(
        found,
        ["roles/b/meta/main.yml:1:23: a role comes back to itself: roles/a → roles/b → roles/a"]
    );
    let found = mistakes(&[("site.yml", "- import_playbook: site.yml\n")]);
    assert_eq!(
        found,
        ["site.yml:1:20: a playbook comes back to itself: site.yml → site.yml"]
    );
}

#[test]
fn names_that_are_no_names() {
    let cases = [
        (
            "command: ls\nregister: a-b",
            "4:17: `register` must name a variable, and `a-b` cannot (use letters, digits and `_`, not starting with a digit)",
        ),
        (
            "set_fact: {a-b: 1}",
            "3:18: `a-b` cannot be a variable's name (use letters, digits and `_`)",
        ),
        (
            "command: ls\nvars: {a b: 1}",
            "4:14: `a b` cannot be a variable's name (use letters, digits and `_`)",
        ),
    ];
    for (task, expected) in cases {
        assert_eq!(of_task(task), [format!("site.yml:{expected}")]);
    }
}

#[test]
fn values_of_the_wrong_shape() {
    let cases = [
        (
            "command: ls\nrun_once: maybe",
            "4:17: `run_once` must be true or false, not text",
        ),
        (
            "command: ls\nloop: {a: 1}",
            "4:13: `loop` must be a list, not a mapping",
        ),
        (
            "command: ls\nloop: [1]\nwith_items: [2]",
            "5:7: a task can have one loop; `with_items` is the second",
        ),
        (
            "command: ls\nthrottle: lots",
            "4:17: `throttle` must be a whole number",
        ),
        ("just text", "3:7: a task must be a mapping, not text"),
        (
            "import_playbook: x.yml",
            "3:7: `import_playbook` stands beside plays, not among tasks",
        ),
    ];
    for (task, expected) in cases {
        assert_eq!(of_task(task), [format!("site.yml:{expected}")]);
    }
    assert_eq!(
        of("hosts: web\n"),
        [
            "site.yml:1:1: a playbook must be a list of plays, not a mapping (begin `site.yml` with `- hosts: …`)"
        ]
    );
    assert_eq!(
        of("- tasks: []\n"),
        [
            "site.yml:1:3: play does not say on which hosts it runs (write `hosts: all`, or the name of a group)"
        ]
    );
    assert_eq!(
        of("- hosts: web\n  serial: some\n"),
        ["site.yml:2:11: `serial` must be a number of hosts or a percentage, not `some`"]
    );
}

const INVENTORIES: &[(&str, &str, &str)] = &[
    (
        "i.ini",
        "[a:children]\nb\n[b:children]\na\n",
        "i.ini:4:1: groups contain each other: a → b → a (a group must not be a child of its own child)",
    ),
    (
        "i.ini",
        "[web:childen]\nx\n",
        "i.ini:1:1: unknown kind of section `[web:childen]` (did you mean `children`?)",
    ),
    (
        "i.ini",
        "[web]\nh1 oops\n",
        "i.ini:2:4: `oops` is not a variable of host `h1` (behind a host's name come `name=value` pairs)",
    ),
    (
        "i.ini",
        "-oProxyCommand=x\n",
        "i.ini:1:1: `-oProxyCommand=x` cannot be a host name: it starts with `-` and would read as an option",
    ),
    (
        "i.ini",
        "h x=\"open\n",
        "i.ini:1:5: the quote `\"` is never closed",
    ),
    (
        "i.ini",
        "web[5:1]\n",
        "i.ini:1:1: `[5:1]` is not a range: its last comes before its first",
    ),
    (
        "i.yml",
        "all:\n  hots: {}\n",
        "i.yml:2:3: unknown key `hots` in group `all` (did you mean `hosts`?)",
    ),
    (
        "i.yml",
        "all:\n  hosts: [a]\n",
        "i.yml:2:10: hosts of group `all` must be a mapping, not a list (write each host as a key: `web1:`)",
    ),
    (
        "i.yml",
        "all:\n  hosts:\n    a: {x-y: 1}\n",
        "i.yml:3:9: `x-y` cannot be a variable's name (use letters, digits and `_`)",
    ),
];

#[test]
fn inventories() {
    let with = |name: &str, text: &str| {
        let files = [("site.yml", "- hosts: all\n  tasks: []\n"), (name, text)];
        let (_, found, _) = loaded(&files, |request| request.inventories = vec![name.into()]);
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for (name, text, expected) in INVENTORIES {
        assert_eq!(with(name, text), [*expected]);
    }
}

#[test]
fn names_nothing_defines() {
    let site = "- hosts: web\n  vars: {port: 1, url: \"http://{{ hsot }}\"}\n  tasks:\n    - debug: {msg: \"{{ prot }}\"}\n    - debug: {msg: \"{{ url }}\"}\n    - command: ls\n      register: out\n    - debug: {msg: \"{{ out.stdout }} {{ ansible_host }} {{ inventory_hostname }}\"}\n    - debug: {msg: \"{{ item }}\"}\n      loop: [1]\n    - debug: {msg: \"{{ maybe }}\"}\n      when: maybe is defined\n    - template: {src: t, dest: /t}\n";
    let files = [
        ("site.yml", site),
        ("templates/t", "a\nb {{ nothing_at_all }}\n"),
    ];
    assert_eq!(
        mistakes(&files),
        [
            "site.yml:2:35: undefined variable `hsot` (set it in group_vars/all.yml or under `vars:`, or say what holds without it: `hsot | default(…)`)",
            "site.yml:4:24: undefined variable `prot` (did you mean `port`?)",
            "templates/t:2:6: undefined variable `nothing_at_all` (set it in group_vars/all.yml or under `vars:`, or say what holds without it: `nothing_at_all | default(…)`)",
        ]
    );
    let circle = "- hosts: web\n  vars: {a: \"{{ b }}\", b: \"{{ a }}\"}\n  tasks:\n    - debug: {msg: \"{{ a }}\"}\n";
    assert_eq!(
        of(circle),
        ["site.yml:2:13: a variable is defined by itself: a → b → a"]
    );
}

#[test]
fn hosts_and_names_that_are_referred_to() {
    let text = "- hosts: web\n  needs: [minoi@dbx]\n  tasks:\n    - {name: minio, command: x, delegate_to: db2}\n    - {command: y, delegate_to: localhost, needs: minio@db1}\n";
    assert_eq!(
        of(text),
        [
            "site.yml:2:11: no play, role, task or tag is named `minoi` (did you mean `minio`?)",
            "site.yml:2:11: no host `dbx` in the inventory (did you mean `db`?)",
            "site.yml:4:46: no host `db2` in the inventory (did you mean `db1`?)",
        ]
    );
}
