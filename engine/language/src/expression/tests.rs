//! What expressions come to.
use super::evaluate::{Evaluator, known};
use super::names::Names;
use super::*;
use play_core::{Diagnostic, Value, unknown};
use serde_json::json;
use std::sync::Arc;

/// Variables of a test, and two hosts.
pub(crate) struct Fixed(pub(crate) Value);

impl Names for Fixed {
    fn find(&self, name: &str) -> Result<Option<Arc<Value>>, Box<Diagnostic>> {
        Ok(self.0.get(name).cloned().map(Arc::new))
    }
    fn host_variable(&self, host: &str, name: &str) -> Result<Option<Arc<Value>>, Box<Diagnostic>> {
        Ok((name == "ip").then(|| Arc::new(json!(format!("ip of {host}")))))
    }
    fn hosts(&self) -> Vec<String> {
        vec!["a".into(), "b".into()]
    }
    fn known(&self) -> Vec<String> {
        self.0
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    }
    fn environment(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/me".into())
    }
    fn file(&self, path: &str) -> Result<String, String> {
        Ok(format!("text of {path}\n"))
    }
    fn template(&self, path: &str) -> Result<String, Box<Diagnostic>> {
        Ok(format!("rendered {path}"))
    }
}

pub(crate) fn names() -> Fixed {
    Fixed(json!({
        "port": 80, "text": "Hello World", "list": [3, 1, 2], "words": ["b", "a", "b"], "empty": "", "none": null, "yes": true,
        "map": {"a": 1, "b": {"c": [10, 20]}}, "users": [{"name": "ann", "uid": 2, "admin": true}, {"name": "bob", "uid": 1}],
        "facts": {"os": {"family": "Debian", "version": "12.5"}}, "result": {"changed": true, "failed": false, "stdout": unknown::mark("wg")},
        "late": unknown::mark("wg genkey"), "part": format!("key={}", unknown::mark("wg genkey")), "no_text": "false", "group_names": ["db"],
        "env": "prod", "number_text": "8", "hosts_of": ["a", "b"],
    }))
}

fn value(text: &str) -> Value {
    let names = names();
    let tree = compile(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let found = Evaluator {
        names: &names,
        locals: &[],
    }
    .evaluate(&tree);
    let found = found.and_then(|found| known(found, &tree, &names));
    found.unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn truth(text: &str) -> Truth {
    judge(text, &names()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn conditions_ansible_users_write() {
    let yes = [
        r#"facts.os.family == "Debian" and not none"#,
        "text is defined",
        "nope is not defined",
        "nope.x.y is undefined",
        r#""db" in group_names"#,
        "port == 80.0",
        "port > 79 and port <= 80",
        "map.b.c[1] == 20",
        "map['b']['c'] | length == 2",
        "nope | default(true)",
        "nope.deep | default('x') == 'x'",
        "facts.os.version is version('12.10', '<')",
        "'1.10' is version('1.9', '>')",
        "result is changed",
        "result is succeeded",
        "result is not failed",
        "text is match('Hello')",
        "text is search('World')",
        "text is not match('World')",
        "text.startswith('He')",
        "text.split(' ')[1] == 'World'",
        "words | unique | length == 2",
        "[1, 2] is subset([1, 2, 3])",
        "map is mapping and list is iterable and port is number",
        "empty | length == 0",
        "users | selectattr('admin', 'defined') | map(attribute='name') | list == ['ann']",
        "'x' if port == 80 else false",
        "not (port != 80)",
        "1 < port < 100",
        "hostvars['a'].ip == 'ip of a'",
        "'a' in hostvars",
        "lookup('env', 'HOME') == '/home/me'",
        "map.get('zz', 5) == 5",
        "yes",
        "'no' | bool == false",
        "port is in [80, 443]",
        "users | map(attribute='uid') | max == 2",
        "map.b is defined and map.zz is not defined",
        "vars['port'] == 80",
        "[] | first | default('x') == 'x' and [] | max | default(0) == 0 and list | last | default(0) == 2",
        "users | subelements('keys', skip_missing=True) == [] and users | subelements('keys', {'skip_missing': true}) == []",
        "port | default(nope) == 80 and nope | default(port) == 80 and empty | default('x', true) == 'x'",
        "nope | default(boolean=true, default_value=5) == 5",
        "(port == 80) | ternary('a', nope) == 'a' and (port == 81) | ternary(nope, 'b') == 'b'",
        "none | ternary(1, 2, 3) == 3 and none | ternary(1, 2) == 2",
        r"'foo.example.com' | regex_replace('^([^.]+)\..*$', '\1') == 'foo'",
        r"'foo.example.com' | regex_replace('^([^.]+)\..*$', '\\1') == 'foo'",
        r"['a-b'] | map('regex_replace', '(.)-(.)', '\2-\1') | first == 'b-a'",
        r"'a cat, concat' | regex_findall('\bcat\b') | length == 1",
        r"'a\tb'.split('\t') == ['a', 'b'] and '\x41' == 'A'",
        "dict(['a', 'b'] | zip([1, 2])) == {'a': 1, 'b': 2} and dict(map, a=3).a == 3",
        "'abc'[0] == 'a' and text[-1] == 'd' and text.0 == 'H' and text[99] is undefined",
        "hosts_of | map('extract', hostvars, 'ip') | first == 'ip of a'",
        "{{ port == 80 }}",
        "text | regex_search('W(or)ld', '\\\\1') == ['or']",
        "port ~ '/tcp' == '80/tcp'",
        "text[:5] == 'Hello'",
        "(port, 1) | length == 2",
    ];
    for text in yes {
        assert_eq!(truth(text), Truth::True, "{text}");
    }
    for text in [
        "no_text",
        "empty",
        "none",
        "list == []",
        "false and nope",
        "text is mapping",
        "0",
        "'off'",
    ] {
        assert_eq!(truth(text), Truth::False, "{text}");
    }
}

#[test]
fn unknown_is_three_valued() {
    let why = || Truth::Unknown("wg genkey".into());
    assert_eq!(truth("late == 'x'"), why());
    assert_eq!(truth("late"), why());
    assert_eq!(truth("not late"), why());
    assert_eq!(truth("false and late"), Truth::False);
    assert_eq!(truth("late and false"), Truth::False);
    assert_eq!(truth("true or late"), Truth::True);
    assert_eq!(truth("late or true"), Truth::True);
    assert_eq!(truth("late or false"), why());
    assert_eq!(truth("late is defined"), Truth::True);
    assert_eq!(truth("part == 'other'"), Truth::False);
    assert_eq!(truth("part == 'key=x'"), why());
    assert_eq!(truth("late | int > 3"), why());
    assert_eq!(truth("late.x.y == 1"), why());
    assert_eq!(truth("'x' in late"), why());
    assert_eq!(truth("result is changed"), Truth::True);
    assert_eq!(truth("late is changed"), why());
    assert_eq!(truth("1 if late else 2"), why());
    assert_eq!(truth("[1, late] | length == 2"), Truth::True);
    assert_eq!(truth("'wg' in result.stdout"), Truth::Unknown("wg".into()));
    assert_eq!(Truth::False.and(why()), Truth::False);
}

#[test]
fn values_keep_their_types() {
    let table = [
        ("port + 1", json!(81)),
        ("number_text | int + 1", json!(9)),
        ("7 / 2", json!(3.5)),
        ("7 // 2", json!(3)),
        ("-7 % 3", json!(2)),
        ("2 ** 10", json!(1024)),
        ("['a', 'b'] * 2", json!(["a", "b", "a", "b"])),
        ("'a' if yes else 'b'", json!("a")),
        ("list | sort", json!([1, 2, 3])),
        ("words | join('-')", json!("b-a-b")),
        ("list[::-1]", json!([2, 1, 3])),
        (
            "map | dict2items | map(attribute='key') | list",
            json!(["a", "b"]),
        ),
        ("{'a': 1} | combine({'b': 2})", json!({"a": 1, "b": 2})),
        ("'%s:%03d' | format('x', 7)", json!("x:007")),
        ("'{}-{}'.format(1, 2)", json!("1-2")),
        ("map.keys() | list", json!(["a", "b"])),
        (
            "users | sort(attribute='uid') | map(attribute='name') | list",
            json!(["bob", "ann"]),
        ),
        ("range(3) | list", json!([0, 1, 2])),
        ("nope | default([])", json!([])),
        ("empty | default('x', true)", json!("x")),
        ("yes | ternary('a', 'b')", json!("a")),
        (
            "text | regex_replace('(\\\\w+) (\\\\w+)', '\\\\2 \\\\1')",
            json!("World Hello"),
        ),
        ("[1, [2, [3]]] | flatten", json!([1, 2, 3])),
        ("{'x': [1]}.items() | list", json!([["x", [1]]])),
        (
            "['a', 'b'] | zip([1, 2]) | list",
            json!([["a", 1], ["b", 2]]),
        ),
        (
            "'10.0.0.0/24' | ansible.utils.ipaddr('1')",
            json!("10.0.0.1/24"),
        ),
        ("env", json!("prod")),
    ];
    for (text, expected) in table {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn mistakes_are_told_with_what_was_meant() {
    let wrong = |text: &str| {
        judge(text, &names())
            .err()
            .map(|problem| problem.diagnostic(|_, _| play_core::Place::default()))
    };
    let undefined = wrong("prot == 80").expect("an error");
    assert_eq!(undefined.message, "undefined variable `prot`");
    assert!(undefined.hint.is_some_and(|hint| hint.contains("`port`")));
    let deep = wrong("facts.os.famly == 'x'").expect("an error");
    assert!(
        deep.message.contains("facts.os.famly")
            && deep.hint.is_some_and(|hint| hint.contains("family"))
    );
    assert!(wrong("text > 3").is_some_and(|d| d.message.contains("cannot compare")));
    assert!(wrong("nope and yes").is_some());
    assert!(wrong("1 / 0").is_some());
    assert!(
        check("a | uper")
            .err()
            .is_some_and(|m| m.hint.is_some_and(|hint| hint.contains("upper")))
    );
    assert!(
        check("a is defned")
            .err()
            .is_some_and(|m| m.hint.is_some_and(|hint| hint.contains("defined")))
    );
    assert!(
        check("a = b")
            .err()
            .is_some_and(|m| m.hint.is_some_and(|hint| hint.contains("==")))
    );
    assert!(check("a &&").is_err());
    assert_eq!(check("x is defined and y"), Ok(()));
}

#[test]
fn versions_are_compared_by_runs() {
    use std::cmp::Ordering;
    for (a, b, expected) in [
        ("1.10", "1.9", Ordering::Greater),
        ("1.0", "1.0.0", Ordering::Less),
        ("1.0rc1", "1.0", Ordering::Less),
        ("v2", "2", Ordering::Equal),
        ("5.15.0-91-generic", "5.15", Ordering::Greater),
        ("é", "1", Ordering::Less),
    ] {
        assert_eq!(predicate::compare_versions(a, b), expected, "{a} {b}");
    }
}
