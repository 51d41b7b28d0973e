//! What hosts see.
use super::*;
use crate::inventory::{Group, Host};
use crate::yaml;
use play_core::{Mask, unknown};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Some files, and a vault's memory.
#[derive(Default)]
struct Files(Mutex<Vec<String>>);

impl Loader for Files {
    fn learn(&self, secret: &str) {
        lock(&self.0).push(secret.to_owned());
    }
    fn derive(&self, from: &[&Value], made: &Value) {
        let derived = Mask::new(self.secrets()).derived(from, made);
        lock(&self.0).extend(derived);
    }
    fn secrets(&self) -> Vec<String> {
        lock(&self.0).clone()
    }
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        match path.to_str() {
            Some("roles/web/files/key") => Ok(b"KEY\n".to_vec()),
            Some("roles/web/templates/t") => Ok(b"port {{port}}".to_vec()),
            _ => Err("not found".into()),
        }
    }
    fn is_file(&self, path: &Path) -> bool {
        self.read(path).is_ok()
    }
    fn is_directory(&self, _: &Path) -> bool {
        false
    }
    fn list(&self, _: &Path) -> Vec<String> {
        Vec::new()
    }
    fn environment(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/me".into())
    }
    fn is_executable(&self, _: &Path) -> bool {
        false
    }
    fn current_directory(&self) -> PathBuf {
        PathBuf::from("/")
    }
}

fn node(text: &str) -> Node {
    let (node, diagnostics) = yaml::parse("t.yml", text.as_bytes());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    node.expect("a tree")
}

fn definitions(file: &str, text: &str) -> Vec<Definition> {
    let (node, _) = yaml::parse(file, text.as_bytes());
    let node = node.expect("a tree");
    let entries = node.as_map().expect("a mapping").iter();
    let define = |(name, (place, value)): (&String, &(Place, Node))| Definition {
        name: name.clone(),
        place: place.clone(),
        value: value.clone(),
    };
    entries.map(define).collect()
}

fn host(name: &str, groups: &[&str], variables: &str) -> (String, Host) {
    let host = Host {
        name: name.into(),
        place: Place {
            file: "inv/hosts.yml".into(),
            line: 1,
            ..Place::default()
        },
        groups: groups.iter().map(ToString::to_string).collect(),
        variables: definitions("host.yml", variables),
    };
    (name.into(), host)
}

fn group(name: &str, hosts: &[&str], variables: &str) -> (String, Group) {
    let group = Group {
        name: name.into(),
        hosts: hosts.iter().map(ToString::to_string).collect(),
        variables: definitions("group.yml", variables),
        ..Group::default()
    };
    (name.into(), group)
}

fn project() -> Project {
    let mut project = Project::default();
    project.inventory.hosts.extend([
        host("a.example", &["all", "web"], "l2: host\nl3: host\nl4: host\nip: 10.0.0.1\nport: 80\nurl: \"http://{{ ip }}:{{port}}\"\nx: \"{{ y }}\"\ny: \"{{ z }}\"\nz: \"{{ x }}\"\nbad: \"{{ nope }}\"\nround: \"{{ hostvars['b'].round }}\"\nraw: !unsafe \"{{ x }}\""),
        host("b", &["all"], "ip: 10.0.0.2\nname: \"{{ inventory_hostname }} {{ facts.os.family }}\"\nround: \"{{ hostvars['a.example'].round }}\""),
    ]);
    project.inventory.groups.extend([
        group("all", &["a.example", "b"], "l1: all\nl2: all\nwho: all"),
        group("web", &["a.example"], "l1: web\nwho: web"),
    ]);
    project.extra = definitions("extra", "l9: extra");
    project.roles.push(RoleScope {
        name: "web".into(),
        folder: "roles/web".into(),
        defaults: definitions("defaults.yml", "l0: default\nl1: default\nl2: default"),
        vars: definitions("vars.yml", "l5: role\nl6: role"),
        parameters: definitions("play.yml", "l6: parameter"),
        ..RoleScope::default()
    });
    project
}

fn play() -> Play {
    Play {
        vacant: false,
        name: "site".into(),
        place: Place::default(),
        hosts: vec!["a.example".into(), "b".into()],
        variables: definitions("play.yml", "l3: play\nl4: play"),
        file_variables: definitions("file.yml", "l4: file\nl5: file"),
        gather_facts: true,
        folder: "books".into(),
        ..Play::default()
    }
}

fn task() -> Task {
    Task {
        role: Some(0),
        variables: definitions("task.yml", "l7: task\nl8: task\nl9: task"),
        ..Task::bare("debug", node("x"), node("{}"))
    }
}

fn learned() -> Learned {
    let mut learned = Learned::default();
    let own = learned.host("b");
    own.facts = json!({"os": {"family": "Debian"}, "memory": {"total_mb": 512}});
    let own = learned.host("a.example");
    own.variables.insert("l8".into(), json!("learned"));
    own.variables.insert("l9".into(), json!("learned"));
    own.variables.insert("data".into(), json!("{{ port }}"));
    own.variables
        .insert("late".into(), json!({"stdout": unknown::mark("wg")}));
    learned
}

fn with_scope(run: impl FnOnce(&Scope<'_>)) {
    with_files(&Files::default(), run);
}

fn with_files(files: &Files, run: impl FnOnce(&Scope<'_>)) {
    let (project, play, task, learned) = (project(), play(), task(), learned());
    run(&Scope::new(
        &project,
        files,
        &learned,
        "a.example",
        Some(&play),
        Some(&task),
    ));
}

fn render(scope: &Scope<'_>, text: &str) -> Value {
    scope
        .render(&node(text))
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(scope: &Scope<'_>, text: &str) -> Diagnostic {
    scope
        .render(&node(text))
        .err()
        .unwrap_or_else(|| panic!("{text} is accepted"))
}

#[test]
fn each_layer_wins_over_the_ones_below() {
    with_scope(|scope| {
        let expected = [
            "default",
            "web",
            "host",
            "play",
            "file",
            "role",
            "parameter",
            "task",
            "learned",
            "extra",
        ];
        for (number, value) in expected.iter().enumerate() {
            let name = format!("l{number}");
            assert_eq!(scope.lookup(&name), Ok(Some(json!(value))), "{name}");
            let explained = scope.explain(&name);
            assert!(
                explained
                    .last()
                    .is_some_and(|last| last.wins && last.shown == *value),
                "{explained:?}"
            );
        }
        assert_eq!(scope.explain("l2").len(), 3);
        assert_eq!(scope.explain("l1")[1].layer, "group all");
    });
}

#[test]
fn variables_are_rendered_when_looked_up() {
    with_scope(|scope| {
        assert_eq!(render(scope, "\"{{ url }}\""), json!("http://10.0.0.1:80"));
        assert_eq!(
            render(
                scope,
                "{a: \"{{port}}\", b: \"{{omit}}\", \"{{who}}\": [1, \"{{ omit }}\"]}"
            ),
            json!({"a": 80, "web": [1]})
        );
        assert_eq!(render(scope, "\"{{ data }}\""), json!("{{ port }}"));
        assert_eq!(render(scope, "\"{{ raw }}\""), json!("{{ x }}"));
        assert_eq!(
            scope
                .with("item", json!({"n": 1}))
                .render(&node("\"{{ item.n }}\"")),
            Ok(json!(1))
        );
        assert_eq!(
            scope.with("port", json!(1)).render(&node("\"{{url}}\"")),
            Ok(json!("http://10.0.0.1:1"))
        );
        assert_eq!(
            render(scope, "\"{{ late.stdout | upper }}\""),
            json!(unknown::mark("wg"))
        );
    });
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn magic_variables() {
    with_scope(|scope| {
        let table = [
            ("inventory_hostname", json!("a.example")),
            ("inventory_hostname_short", json!("a")),
            ("group_names", json!(["web"])),
            ("groups.web", json!(["a.example"])),
            ("play_hosts", json!(["a.example", "b"])),
            ("playbook_dir", json!("/books")),
            ("role_path", json!("/roles/web")),
            ("role_name", json!("web")),
            ("inventory_dir", json!("/inv")),
            ("ansible_check_mode", json!(false)),
            ("hostvars['b'].ip", json!("10.0.0.2")),
            ("hostvars.b.name", json!("b Debian")),
            ("hostvars['b'].ansible_memtotal_mb", json!(512)),
            (
                "hostvars['b']['ansible_facts']['os_family']",
                json!("Debian"),
            ),
            (
                "groups['all'] | map('extract', hostvars, 'ip') | join(',')",
                json!("10.0.0.1,10.0.0.2"),
            ),
            ("hostvars[groups['all'][1]].ip", json!("10.0.0.2")),
            ("hostvars.b.facts.os.family", json!("Debian")),
            ("hostvars.b.facts.os", json!({"family": "Debian"})),
            ("groups.web[0]", json!("a.example")),
            ("late.stdout is defined", json!(true)),
            ("l8", json!("learned")),
            ("l9", json!("extra")),
            ("lookup('file', 'key')", json!("KEY")),
            ("lookup('template', 't')", json!("port 80")),
            ("lookup('env', 'HOME')", json!("/home/me")),
        ];
        for (text, expected) in table {
            assert_eq!(
                render(scope, &format!("\"{{{{ {text} }}}}\"")),
                expected,
                "{text}"
            );
        }
        assert_eq!(
            scope.render_text(
                "t",
                "{{#each groups.all}}{{lookup (lookup hostvars this) \"ip\"}} {{/each}}"
            ),
            Ok("10.0.0.1 10.0.0.2 ".into())
        );
        assert_eq!(
            scope.render_text(
                "t",
                "{{#each groups.all as |h|}}{{ hostvars[h].ip }} {{/each}}"
            ),
            Ok("10.0.0.1 10.0.0.2 ".into())
        );
    });
}

#[test]
fn what_is_wrong_is_told_where_it_is() {
    with_scope(|scope| {
        let circle = refused(scope, "\"{{ x }}\"");
        assert!(circle.message.contains("`x` → `y` → `z` → `x`"), "{circle}");
        assert!(
            refused(scope, "\"{{ round }}\"")
                .message
                .contains("need each other")
        );
        let facts = refused(scope, "\"{{ facts.os.family }}\"");
        assert_eq!(missing_facts(&facts), Some("a.example"));
        assert_eq!(
            missing_facts(&refused(
                scope,
                "\"{{ ansible_os_family | default('x') }}\""
            )),
            Some("a.example")
        );
        let bad = refused(scope, "\"{{ bad }}\"");
        assert_eq!(bad.message, "undefined variable `nope`");
        assert_eq!(
            bad.place.as_ref().map(|place| place.file.to_string()),
            Some("host.yml".into())
        );
        assert_eq!(bad.also.len(), 1);
        let here = refused(scope, "a: \"x {{ prot }}\"");
        assert_eq!(
            here.place.as_ref().map(|place| (place.line, place.column)),
            Some((1, 7))
        );
        assert!(here.hint.is_some_and(|hint| hint.contains("port")));
        let file = scope
            .render_text("t.conf", "a\nb {{ prot | upper }}\n")
            .expect_err("undefined");
        assert_eq!(
            file.place.map(|place| place.to_string()),
            Some("t.conf:2:6".into())
        );
        assert!(
            refused(scope, "\"{{ lookup('file', 'none') }}\"")
                .message
                .contains("roles/web/files/none")
        );
        assert!(
            refused(scope, "\"{{ hostvars.c.ip }}\"")
                .message
                .contains("hostvars.c")
        );
    });
}

#[test]
fn conditions_in_a_scope() {
    with_scope(|scope| {
        let ask = |text: &str| {
            let place = Place {
                file: "p".into(),
                line: 2,
                column: 9,
                start: 20,
                end: 20 + text.len(),
            };
            scope.condition(&Condition {
                place,
                text: text.into(),
            })
        };
        assert_eq!(ask("'web' in group_names and port == 80"), Ok(Truth::True));
        assert_eq!(ask("late.stdout == 'x'"), Ok(Truth::Unknown("wg".into())));
        let wrong = ask("port == 80 and prot == 1").expect_err("undefined");
        assert_eq!(wrong.place.map(|place| place.column), Some(24));
        let wrong = ask("{{ prot }}").expect_err("undefined");
        assert_eq!(wrong.place.map(|place| place.column), Some(12));
        assert_eq!(
            ask("nope is defined or hostvars['b'].ip is defined"),
            Ok(Truth::True)
        );
    });
}

#[test]
fn what_a_secret_signs_or_hashes_is_a_secret() {
    let files = Files(Mutex::new(vec!["hunter22".into()]));
    with_files(&files, |scope| {
        for text in [
            "'text' | hmac('another')",
            "'another' | password_hash(salt='abc')",
        ] {
            render(scope, &format!("\"{{{{ {text} }}}}\""));
            assert_eq!(files.secrets().len(), 1, "{text}");
        }
        for text in [
            "'text' | hmac('hunter22', encoding='base64url')",
            "'user:hunter22' | hmac('another')",
            "'hunter22' | password_hash(salt='abc')",
        ] {
            let made = render(scope, &format!("\"{{{{ {text} }}}}\""));
            assert_eq!(files.secrets().last().map(String::as_str), made.as_str());
        }
    });
}

#[test]
fn long_chains_of_variables_are_refused() {
    let mut project = project();
    let links: Vec<String> = (0..500)
        .map(|n| format!("c{n}: \"{{{{ [[c{}]] }}}}\"\n", n + 1))
        .collect();
    project.extra = definitions("extra", &(links.concat() + "c500: 1"));
    let learned = Learned::default();
    let files = Files::default();
    let scope = Scope::new(&project, &files, &learned, "b", None, None);
    let long = refused(&scope, "\"{{ c0 }}\"");
    assert!(long.message.contains("chain"), "{long}");
    assert_eq!(scope.lookup("c450").map(|found| found.is_some()), Ok(true));
}

#[test]
fn a_host_that_is_unknown_has_no_variables_but_says_so() {
    let (project, learned) = (project(), Learned::default());
    let files = Files::default();
    let scope = Scope::new(&project, &files, &learned, "nobody", None, None);
    assert_eq!(scope.lookup("port"), Ok(None));
    assert_eq!(scope.lookup("l9"), Ok(Some(json!("extra"))));
    assert_eq!(scope.lookup("role_path"), Ok(None));
}

#[test]
fn what_came_from_a_vault_is_not_explained() {
    let mut project = project();
    project.extra = definitions("extra", "password: {a: [!vault hunter22]}");
    let learned = Learned::default();
    let files = Files::default();
    let scope = Scope::new(&project, &files, &learned, "b", None, None);
    assert_eq!(scope.explain("password")[0].shown, "(from the vault)");
}

#[test]
fn facts_are_found_under_both_names() {
    let (mut project, learned) = (project(), learned());
    let files = Files::default();
    let scope = Scope::new(&project, &files, &learned, "b", None, None);
    for (text, expected) in [
        ("facts.os.family", json!("Debian")),
        ("ansible_facts.os_family", json!("Debian")),
        ("ansible_facts.os.family", json!("Debian")),
        ("ansible_os_family", json!("Debian")),
    ] {
        assert_eq!(
            render(&scope, &format!("\"{{{{ {text} }}}}\"")),
            expected,
            "{text}"
        );
    }
    assert!(
        refused(&scope, "\"{{ facts.os.famly }}\"")
            .hint
            .is_some_and(|hint| hint.contains("family"))
    );
    assert!(
        refused(&scope, "\"{{ ansible_facts.nope }}\"")
            .message
            .contains("ansible_facts.nope")
    );
    project.extra = definitions("extra", "ansible_os_family: other");
    let files = Files::default();
    let scope = Scope::new(&project, &files, &learned, "b", None, None);
    assert_eq!(scope.lookup("ansible_os_family"), Ok(Some(json!("other"))));
}
