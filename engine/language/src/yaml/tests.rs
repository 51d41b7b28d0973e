//! What documents become.
use super::*;
use crate::node::NodeKind;
use serde_json::json;

fn read(text: &str) -> play_core::Value {
    let (node, diagnostics) = parse("t.yml", text.as_bytes());
    assert!(diagnostics.is_empty(), "{text:?}: {diagnostics:?}");
    node.expect("a tree").value()
}

fn complaints(text: &str) -> Vec<Diagnostic> {
    parse("t.yml", text.as_bytes()).1
}

#[test]
fn scalars_are_what_ansible_users_expect() {
    let table = [
        ("yes", json!(true)),
        ("On", json!(true)),
        ("TRUE", json!(true)),
        ("no", json!(false)),
        ("OFF", json!(false)),
        ("yEs", json!("yEs")),
        ("y", json!("y")),
        ("~", json!(null)),
        ("", json!(null)),
        ("Null", json!(null)),
        ("0644", json!(420)),
        ("0o644", json!(420)),
        ("0x1F", json!(31)),
        ("0b101", json!(5)),
        ("1_000", json!(1000)),
        ("-12", json!(-12)),
        ("+3", json!(3)),
        ("0", json!(0)),
        ("089", json!("089")),
        ("--1", json!("--1")),
        ("0x+1", json!("0x+1")),
        ("1.10", json!(1.1)),
        ("1.", json!(1.0)),
        (".5", json!(0.5)),
        ("1.5e+3", json!(1500.0)),
        ("1e3", json!("1e3")),
        ("12:30:45", json!("12:30:45")),
        ("22:22", json!("22:22")),
        ("1.2.3", json!("1.2.3")),
        (".", json!(".")),
        ("-", json!([null])),
        ("2001-01-01", json!("2001-01-01")),
        (".inf", json!(".inf")),
        (
            "18446744073709551615",
            json!(18_446_744_073_709_551_615_u64),
        ),
        ("18446744073709551616", json!("18446744073709551616")),
        ("\"yes\"", json!("yes")),
        ("'0644'", json!("0644")),
        ("!!str yes", json!("yes")),
        ("!!int \"3\"", json!(3)),
        ("u=rw,g=r", json!("u=rw,g=r")),
        ("_1", json!("_1")),
    ];
    for (text, expected) in table {
        assert_eq!(read(text), expected, "{text:?}");
    }
}

#[test]
fn the_text_of_a_number_is_kept() {
    let (node, _) = parse("t.yml", b"1.10");
    assert!(matches!(node.expect("a tree").kind, NodeKind::Number(_, text) if text == "1.10"));
}

#[test]
fn places_are_bytes_and_characters() {
    let text = "\u{feff}é: 1\nname: [ü, zwei]\n";
    let (node, diagnostics) = parse("t.yml", text.as_bytes());
    assert!(diagnostics.is_empty());
    let node = node.expect("a tree");
    let list = node.field("name").expect("name");
    let item = &list.as_list().expect("a list")[1];
    assert_eq!((item.place.line, item.place.column), (2, 11));
    assert_eq!(&text[item.place.start..item.place.end], "zwei");
    assert_eq!(&text[list.place.start..list.place.end], "[ü, zwei]");
}

#[test]
fn a_block_collection_ends_with_its_last_value() {
    let text = "a:\n  - x\n  - y\n\nb: 1\n";
    let node = parse("t.yml", text.as_bytes()).0.expect("a tree");
    let list = &node.field("a").expect("a").place;
    assert_eq!(&text[list.start..list.end], "- x\n  - y");
}

#[test]
fn merges_have_precedence() {
    let text =
        "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}\nd: {<<: *a, x: 9}\n";
    let value = read(text);
    assert_eq!(value["c"], json!({"x": 1, "y": 1, "z": 3}));
    assert_eq!(value["d"], json!({"x": 9, "y": 1}));
}

#[test]
fn duplicates_name_both_places() {
    let found = complaints("a: 1\nb: 2\na: 3\n");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place.as_ref().expect("a place").line, 3);
    assert_eq!(found[0].also[0].0.line, 1);
}

#[test]
fn an_unquoted_template_is_explained() {
    for text in [
        "- file:\n    dest: {{ x }}\n",
        "dest: {{ x }}/y\n",
        "- {{ x }}\n",
    ] {
        let found = complaints(text);
        let hint = found
            .first()
            .and_then(|d| d.hint.clone())
            .unwrap_or_default();
        assert!(hint.contains("quote"), "{text:?}: {found:?}");
    }
}

#[test]
fn tabs_are_explained() {
    let found = complaints("a:\n\tb: 1\n\tc: 2\n");
    assert!(
        found[0]
            .hint
            .as_ref()
            .is_some_and(|hint| hint.contains("tab")),
        "{found:?}"
    );
}

#[test]
fn bombs_loops_and_depth_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..9 {
        let row = vec![format!("*a{}", n - 1); 9].join(", ");
        bomb.extend([format!("a{n}: &a{n} [{row}]\n")]);
    }
    assert!(complaints(&bomb)[0].message.contains("aliases expand"));
    assert!(complaints("a: &a [*a]\n")[0].message.contains("itself"));
    assert!(!complaints(&"[".repeat(20_000)).is_empty());
    assert!(!complaints(&"- ".repeat(100_000)).is_empty());
    let deep = "- ".repeat(200) + "x";
    assert!(complaints(&deep)[0].message.contains("nested deeper"));
}

#[test]
fn tags_are_kept() {
    let (node, _) = parse("t.yml", b"k: !vault |\n  123\nu: !unsafe yes\n");
    let node = node.expect("a tree");
    assert_eq!(node.field("k").expect("k").tag.as_deref(), Some("!vault"));
    assert_eq!(node.field("k").expect("k").as_str(), Some("123\n"));
    assert_eq!(node.field("u").expect("u").as_str(), Some("yes"));
}

#[test]
fn markers_cannot_be_written() {
    let marked = format!("a: {}\n", play_core::unknown::mark("x"));
    assert!(!complaints(&marked).is_empty());
    assert!(!complaints("a: \"\\U0010FF00\"\n").is_empty());
}

#[test]
fn keys_are_text() {
    assert_eq!(
        read("1: a\nyes: b\n0644: c\n"),
        json!({"1": "a", "yes": "b", "0644": "c"})
    );
}

#[test]
fn several_mistakes_are_all_told() {
    assert_eq!(complaints("a: 1\na: 2\nb: 1\nb: 2\n").len(), 2);
}

#[test]
fn documents() {
    assert_eq!(parse_all("t.yml", b"a: 1\n---\nb: 2\n").0.len(), 2);
    assert!(
        complaints("a: 1\n---\nb: 2\n")[0]
            .message
            .contains("second document")
    );
    assert_eq!(read("# nothing\n"), json!(null));
    assert_eq!(read("---\n"), json!(null));
}

#[test]
fn plain_documents_agree_with_another_reader() {
    let texts = [
        "a: 1\nb: [x, y, {z: -3}]\nc:\n  d: |\n    one\n     two\n  e: >-\n    folded\n    text\n",
        "- name: x\n  list:\n  - 1\n  - two\n- 'it''s'\n- \"tab\\t\\u00e9\"\n",
        "k: {a: b, c: [d, e]}\nempty: {}\nnone: []\nlong text: with spaces # comment\n",
        "a: |+\n  keep\n\nb: |-\n  strip\n",
        "anchors: &x {a: 1}\nagain: *x\nfloat: 1.25\n",
    ];
    for text in texts {
        let other: play_core::Value = serde_yaml::from_str(text).expect("the oracle reads it");
        assert_eq!(read(text), other, "{text}");
    }
}
