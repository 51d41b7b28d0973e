//! Secrets planted in a playbook of many modules: whatever is shown, and however the run ends, none of them is in it.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test runs `play` in a folder of its own"
)]
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What must never be seen, in any of its forms.
const SECRETS: &[&str] = &[
    "pw-Q7x\"9'z/é+K",
    "file-secret-0f1e2d",
    "AKIAVERYSECRETKEY",
    "second-line-of-a-key",
    "9182736450",
];
/// Parts of those forms that would be enough to tell.
const TRACES: &[&str] = &["Q7x", "0f1e2d", "VERYSECRET", "second-line", "91827364"];
/// What is made of them in the playbook: in capitals, backwards, a hash.
const DERIVED: &[&str] = &["Q7X", "0F1E2D", "d2e1f0", "b180a46c78aa817d"];

/// The program, built as it is now; or the one `PLAY_PROGRAM` names.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(built) = std::env::var_os("PLAY_PROGRAM") {
            return built.into();
        }
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "-p", "play"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(built.unwrap().success());
        // <target>/debug/deps/secrets-…
        let own = std::env::current_exe().unwrap();
        own.ancestors().nth(2).unwrap().join("play")
    })
}

struct Project(tempfile::TempDir);

impl Project {
    /// A folder with an identity, an inventory with sealed values and a sealed file, and playbooks.
    fn new() -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.play(&["vault", "init"], "").succeeds();
        let mut group = String::from("visible: plain-to-see\n");
        for (name, value) in [
            ("password", SECRETS[0]),
            ("key", &format!("{}\n  {}\n", SECRETS[2], SECRETS[3])),
        ] {
            let sealed = project.play(
                &["vault", "encrypt", "--value", name],
                &format!("{value}\n"),
            );
            group.push_str(&sealed.succeeds());
        }
        project.write("group_vars/all.yml", &group);
        let sealed = format!(
            "in_file: {}\nnumber: {}\nshort: abc\n",
            SECRETS[1], SECRETS[4]
        );
        project.write("group_vars/web.yml", &sealed);
        project.write("files/token.age", &format!("{}\n", SECRETS[1]));
        project
            .play(
                &["vault", "encrypt", "group_vars/web.yml", "files/token.age"],
                "",
            )
            .succeeds();
        project.write(
            "hosts.yml",
            "web: {hosts: {one: {ansible_connection: simulated}, two: {ansible_connection: simulated}}}\n",
        );
        project.write(
            "templates/config",
            "url = postgres://a:{{ password }}@db/{{ in_file }}\nseen = {{ visible }}\n",
        );
        project.write("good.yml", GOOD);
        for (name, task) in BAD {
            let text = format!("- hosts: one\n  tasks:\n    - name: it goes wrong\n      {task}\n");
            project.write(&format!("{name}.yml"), &text);
        }
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.path().join(path)).unwrap()
    }

    fn play(&self, arguments: &[&str], input: &str) -> Ended {
        use std::io::Write;
        use std::process::Stdio;
        let mut child = Command::new(program())
            .args(arguments)
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Ended(child.wait_with_output().unwrap())
    }
}

struct Ended(Output);

impl Ended {
    fn all(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!("{}\n{}", text(&self.0.stdout), text(&self.0.stderr))
    }

    #[track_caller]
    fn succeeds(&self) -> String {
        assert!(self.0.status.success(), "{}", self.all());
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    #[track_caller]
    fn exits(&self, code: i32) {
        assert_eq!(self.0.status.code(), Some(code), "{}", self.all());
    }
}

#[track_caller]
fn nothing_shows(text: &str, whose: &str) {
    for trace in SECRETS.iter().chain(TRACES).chain(DERIVED) {
        if let Some(at) = text.find(trace) {
            let start = text[..at]
                .char_indices()
                .rev()
                .nth(80)
                .map_or(0, |(at, _)| at);
            panic!(
                "{whose}: `{trace}` is in it: {}",
                &text[start..at + trace.len()]
            );
        }
    }
    // How the first secret would begin in base64, alone and behind `user:`.
    for trace in ["cHctUTd4", "dzLVE3e", "B3LVE3eC"] {
        assert!(!text.contains(trace), "{whose}: base64 {trace}");
    }
}

const GOOD: &str = r#"
- hosts: web
  vars:
    derived: "user:{{ password }}"
  tasks:
    - name: "a name with {{ password }}"
      copy: {content: "{{ password }} {{ visible }}\n", dest: /etc/a, mode: "0600"}
    - template: {src: config, dest: /etc/config, mode: "0600"}
    - copy: {src: token.age, dest: /etc/, mode: "0600"}
    - copy: {content: "{{ {'p': password, 'k': key} | to_json }}\n{{ derived | b64encode }}\n{{ password | urlencode }}\n", dest: /etc/forms}
    - file: {path: "/srv/{{ in_file }}", state: directory}
    - lineinfile: {path: /etc/a, line: "also {{ in_file }} {{ number }}"}
    - blockinfile: {path: /etc/a, block: "{{ key }}"}
    - ini_file: {path: /etc/b.ini, section: s, option: password, value: "{{ password }}"}
    - hosts: {address: 10.0.0.9, names: ["{{ in_file }}"]}
    - debug: {msg: "see {{ password }} and {{ key }} and {{ visible }}"}
    - set_fact: {kept: "{{ password }}/{{ number }}"}
    - debug: {var: kept}
    - debug: {msg: "item {{ item }}"}
      loop: ["{{ password }}", "{{ in_file }}"]
    - copy: {content: "{{ item }}", dest: "/etc/item{{ n }}"}
      loop: ["{{ password }}", "{{ in_file }}"]
      loop_control: {index_var: n}
    - command: {cmd: "true", stdin: "{{ password }}"}
      environment: {PGPASSWORD: "{{ password }}"}
    - copy: {content: "{{ secret 'made_once' length=40 }}\n", dest: /etc/made, mode: "0600"}
    - debug: {msg: "made {{ secret('made_once') }}"}
    - assert: {that: ["password != visible"], success_msg: "{{ password }}"}
    - debug: {msg: "{{ password | upper }} {{ in_file.upper() }} {{upper in_file}} {{ in_file | reverse }} {{ in_file | hash }}"}
    - debug: {msg: "{{ in_file[5:] }} {{ in_file | regex_replace('^file', 'lief') }} {{ in_file.split('-') | join('+') }} of {{ in_file | length }}"}
    - debug: {msg: "{{ in_file[12:] }}"}
    - set_fact: {loud: "{{ in_file | upper }}"}
    - debug: {var: loud}
    - copy: {content: "{{ loud }} {{ visible | upper }}\n", dest: /etc/loud}
    - debug: {msg: "{{ visible | upper }} {{ ('bob:' ~ in_file).split(':') | first }} {{ in_file[0:3] }} fil"}
"#;

/// Ways for a run to end badly with a secret in its hands.
const BAD: &[(&str, &str)] = &[
    (
        "fails",
        "fail: {msg: \"because of {{ password }} and {{ key }}\"}",
    ),
    (
        "mode",
        "copy: {content: x, dest: /etc/x, mode: \"{{ password }}\"}",
    ),
    (
        "assertion",
        "assert: {that: [\"password == in_file\"], fail_msg: \"{{ password }} is not {{ in_file }}\"}",
    ),
    (
        "missing",
        "template: {src: config, dest: \"/nowhere/{{ in_file }}/x/y\"}",
    ),
    ("argv", "command: {argv: [psql, \"{{ password }}\"]}"),
    ("shell", "shell: \"echo {{ password | quote }}\""),
    (
        "encoded",
        "command: \"curl -H 'Authorization: {{ ('u:' ~ password) | b64encode }}'\"",
    ),
    (
        "number",
        "copy: {content: \"{{ password | int + none }}\", dest: /etc/x}",
    ),
];

#[test]
fn no_output_shows_a_secret() {
    let project = Project::new();
    for output in ["human", "json", "junit"] {
        for mode in [
            &["--check"][..],
            &["--yes"],
            &["--yes", "-vvv"],
            &["--check", "-vvv"],
        ] {
            let mut arguments = vec![
                "good.yml",
                "-i",
                "hosts.yml",
                "--output",
                output,
                "--report",
                "report.html",
            ];
            arguments.extend(mode);
            let ended = project.play(&arguments, "");
            ended.exits(0);
            let all = ended.all();
            nothing_shows(&all, &format!("{arguments:?}"));
            nothing_shows(&project.read("report.html"), "the HTML report");
            // What is no secret is there: the test looks at the right text.
            for text in [&all, &project.read("report.html")] {
                assert!(text.contains("plain-to-see") || output == "junit", "{text}");
                assert!(text.contains("‹secret ") || output == "junit", "{text}");
                // neither what stood beside a secret, nor a part too short to be looked for
                let plain = text.contains("PLAIN-TO-SEE bob fil fil");
                assert!(plain || output == "junit", "{text}");
            }
            let made = project.0.path().join("vault/made_once.age");
            if made.exists() {
                let opened = project
                    .play(&["vault", "view", "vault/made_once.age"], "")
                    .succeeds();
                assert_eq!(opened.len(), 40);
                assert!(!all.contains(&opened), "{arguments:?}");
            }
        }
    }
    assert!(project.0.path().join("vault/made_once.age").exists());
}

#[test]
fn bad_endings_show_no_secret() {
    let project = Project::new();
    for (name, _) in BAD {
        for output in ["human", "json", "junit"] {
            let file = format!("{name}.yml");
            let ended = project.play(
                &[
                    &file,
                    "-i",
                    "hosts.yml",
                    "--yes",
                    "-vvv",
                    "--output",
                    output,
                ],
                "",
            );
            assert!(
                matches!(ended.0.status.code(), Some(1 | 3)),
                "{name}: {}",
                ended.all()
            );
            nothing_shows(&ended.all(), &file);
        }
    }
    for name in ["argv", "shell", "encoded"] {
        let ended = project.play(&[&format!("{name}.yml"), "-i", "hosts.yml", "--check"], "");
        ended.exits(1);
        assert!(
            ended.all().contains("every account of the host can read"),
            "{}",
            ended.all()
        );
        assert!(ended.all().contains("`stdin:`"), "{}", ended.all());
    }
}

#[test]
fn a_check_makes_no_secret_and_a_run_makes_it_once() {
    let project = Project::new();
    let path = project.0.path().join("vault/made_once.age");
    let plan = project
        .play(&["good.yml", "-i", "hosts.yml", "--check"], "")
        .succeeds();
    assert!(plan.contains("the secret made_once is made"), "{plan}");
    assert!(!path.exists());
    project
        .play(&["good.yml", "-i", "hosts.yml", "--yes"], "")
        .succeeds();
    let first = std::fs::read(&path).unwrap();
    project
        .play(&["good.yml", "-i", "hosts.yml", "--yes"], "")
        .succeeds();
    assert_eq!(std::fs::read(&path).unwrap(), first);
}

#[test]
fn without_the_key_nothing_starts() {
    let project = Project::new();
    std::fs::remove_file(project.0.path().join(".config/play/identity")).unwrap();
    let ended = project.play(&["good.yml", "-i", "hosts.yml", "--yes"], "");
    ended.exits(3);
    let all = ended.all();
    assert!(
        !all.contains("undefined variable"),
        "one cause, one message: {all}"
    );
    for words in [
        "group_vars/all.yml:3:",
        "group_vars/web.yml:1:",
        "the holder of one age key can",
        "PLAY_VAULT_IDENTITY",
    ] {
        assert!(all.contains(words), "{words}: {all}");
    }
}

#[test]
fn questions_about_variables_show_no_secret() {
    let project = Project::new();
    for arguments in [
        &["inventory", "-i", "hosts.yml", "--vars"][..],
        &["explain", "one", "password", "-i", "hosts.yml"],
        &["explain", "one", "in_file", "-i", "hosts.yml"],
        &["graph", "good.yml", "-i", "hosts.yml"],
        &["lint", "good.yml", "-i", "hosts.yml"],
    ] {
        let ended = project.play(arguments, "");
        ended.succeeds();
        nothing_shows(&ended.all(), &format!("{arguments:?}"));
    }
}

#[test]
fn files_are_encrypted_decrypted_viewed_and_edited() {
    let project = Project::new();
    project.write("plain.yml", "a: 1\n");
    project
        .play(&["vault", "encrypt", "plain.yml"], "")
        .succeeds();
    assert!(project.read("plain.yml").starts_with("-----BEGIN AGE"));
    project
        .play(&["vault", "encrypt", "plain.yml"], "")
        .exits(3);
    assert_eq!(
        project.play(&["vault", "view", "plain.yml"], "").succeeds(),
        "a: 1\n"
    );
    project.write("editor", "#!/bin/sh\nstat -c '%a %U' \"$1\" \"$(dirname \"$1\")\" > seen; dirname \"$1\" >> seen; echo 'b: 2' >> \"$1\"\n");
    let edit = Command::new("env")
        .current_dir(project.0.path())
        .env("HOME", project.0.path())
        .env("EDITOR", "sh editor")
        .env_remove("VISUAL")
        .arg(program())
        .args(["vault", "edit", "plain.yml"])
        .output()
        .unwrap();
    Ended(edit).succeeds();
    let seen = project.read("seen");
    let lines: Vec<&str> = seen.lines().collect();
    assert!(
        lines[0].starts_with("600 ") && lines[1].starts_with("700 "),
        "{seen}"
    );
    assert!(!Path::new(lines[2]).exists(), "the editor's folder is gone");
    assert!(project.read("plain.yml").starts_with("-----BEGIN AGE"));
    project
        .play(&["vault", "decrypt", "plain.yml"], "")
        .succeeds();
    assert_eq!(project.read("plain.yml"), "a: 1\nb: 2\n");
    project
        .play(&["vault", "encrypt", "--value", "x"], "abc\n")
        .exits(3);
    let viewed = project
        .play(&["vault", "view", "group_vars/all.yml"], "")
        .succeeds();
    assert!(
        viewed.contains("password: !vault |") && viewed.contains(SECRETS[0]),
        "{viewed}"
    );
}

#[test]
fn a_kept_plan_holds_no_secret_and_is_done_or_refused() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    let plan = ["plan", "good.yml", "-i", "hosts.yml", "-o", "plan.json"];
    project.play(&plan, "").succeeds();
    nothing_shows(&project.read("plan.json"), "the kept plan");
    let status = std::fs::metadata(project.0.path().join("plan.json")).unwrap();
    assert_eq!(status.permissions().mode() & 0o777, 0o600);
    let done = project.play(&["apply", "plan.json"], "");
    done.exits(0);
    assert!(done.all().contains("changed"), "{}", done.all());
    nothing_shows(&done.all(), "play apply");
    project.write("templates/config", "another = {{ password }}\n");
    let refused = project.play(&["apply", "plan.json"], "");
    refused.exits(1);
    let all = refused.all();
    assert!(
        all.contains("would do something else") && all.contains("nothing was changed"),
        "{all}"
    );
    nothing_shows(&all, "a refused plan");
}
