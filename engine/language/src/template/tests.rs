//! What templates come to.
use super::*;
use crate::expression::tests::names;
use play_core::unknown;
use serde_json::json;

fn value(text: &str) -> Value {
    render_value(text, &names()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn text(template: &str) -> String {
    render_text(template, &names()).unwrap_or_else(|error| panic!("{template}: {error:?}"))
}

fn wrong(template: &str) -> Mistake {
    match render_text(template, &names()) {
        Err(Trouble::Here(mistake)) => mistake,
        other => panic!("{template}: {other:?}"),
    }
}

#[test]
fn one_expression_keeps_its_type() {
    let table = [
        ("{{ port }}", json!(80)),
        ("{{list}}", json!([3, 1, 2])),
        ("{{ port }}/tcp", json!("80/tcp")),
        ("{{plus port 1}}", json!(81)),
        ("{{ port | int + 1 }}", json!(81)),
        ("{{ 'a' if yes else 'b' }}", json!("a")),
        ("{{ map['b']['c'] }}", json!([10, 20])),
        ("{{ map.b.c[0] }}", json!(10)),
        ("{{map.b.c.[1]}}", json!(20)),
        ("{{ nope | default('y') }}", json!("y")),
        ("{{default nope \"d\"}}", json!("d")),
        ("{{default nope.deep.er 5}}", json!(5)),
        ("{{ True }}", json!(true)),
        ("{{ {'a': {'b': 1}} }}", json!({"a": {"b": 1}})),
        ("{{ list }}\n", json!([3, 1, 2])),
        ("{{ text }}\n", json!("Hello World\n")),
        ("{{ env }}", json!("prod")),
        ("{{env \"HOME\"}}", json!("/home/me")),
        ("{{ lookup('env', 'HOME') }}", json!("/home/me")),
        ("{{file \"x\"}}", json!("text of x")),
        ("plain", json!("plain")),
        ("{{ port == 80 }}", json!(true)),
        ("{{ words | join(',') }}", json!("b,a,b")),
        ("{{ port }}{{ port }}", json!("8080")),
        ("{{ text.split(' ') }}", json!(["Hello", "World"])),
        ("{{ hostvars.a.ip }}", json!("ip of a")),
        ("{{ hostvars['b']['ip'] }}", json!("ip of b")),
        ("{{lookup map \"a\"}}", json!(1)),
        ("{{ port-1 }}", json!(79)),
        ("{{ not yes }}", json!(false)),
        ("{{ '{{ x }}' }}", json!("{{ x }}")),
        ("{{ [port] }}", json!([80])),
        ("{{[port,env]}}", json!([80, "prod"])),
        ("{{ [1] }}", json!([1])),
        ("{{- port -}}", json!(80)),
        ("a {{- port }} {{ env -}} z", json!("a80 prodz")),
        ("{{ -port }}", json!(-80)),
    ];
    for (template, expected) in table {
        assert_eq!(value(template), expected, "{template}");
    }
}

#[test]
fn blocks() {
    let table = [
        (
            "{{#each words}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{/each}}",
            "0b,1a,2b",
        ),
        (
            "{{#each users as |user n|}}{{n}}={{user.name}} {{/each}}",
            "0=ann 1=bob ",
        ),
        (
            "{{#each users}}{{name}}:{{../port}}:{{port}} {{/each}}",
            "ann:80:80 bob:80:80 ",
        ),
        ("{{#each map}}{{@key}} {{/each}}", "a b "),
        (
            "{{#if (eq env \"prod\")}}p{{else if yes}}y{{else}}n{{/if}}",
            "p",
        ),
        ("{{#if none}}p{{else if yes}}y{{else}}n{{/if}}", "y"),
        ("{{#if env == 'prod' and port > 10}}p{{/if}}", "p"),
        (
            "{{#if port is defined}}p{{/if}}{{#unless nope is defined}}u{{/unless}}",
            "pu",
        ),
        ("{{#with map.b}}{{c}}{{/with}}", "[10,20]"),
        (
            "{{#each users | selectattr('admin', 'defined') as |u|}}{{u.name | upper}}{{/each}}",
            "ANN",
        ),
        (
            "{{#each words}}{{else}}none{{/each}}{{#each []}}{{else}}none{{/each}}",
            "none",
        ),
        ("a\n{{#if yes}}\nb\n{{/if}}\nc\n", "a\nb\nc\n"),
        (
            "\\{{raw}} {{! note }}{{!-- {{x}} --}}{{{text}}}",
            "{{raw}} Hello World",
        ),
        ("{{{{raw}}}}{{ x }}{{{{/raw}}}}", "{{ x }}"),
        ("<{{text}}> & {{none}}", "<Hello World> & "),
        ("{{~ port ~}} x", "80x"),
        (
            "{{#each users as |u|}}{{ u.name ~ '-' ~ port }}{{/each}}",
            "ann-80bob-80",
        ),
        ("bash ${#array[@]} {%+X}", "bash ${#array[@]} {%+X}"),
    ];
    for (template, expected) in table {
        assert_eq!(text(template), expected, "{template}");
    }
}

#[test]
fn helpers_by_name() {
    let table = [
        ("{{upper text}}", json!("HELLO WORLD")),
        ("{{replace text \"World\" \"You\"}}", json!("Hello You")),
        ("{{join words \"+\"}}", json!("b+a+b")),
        (
            "{{to_json map}}",
            json!("{\"a\": 1, \"b\": {\"c\": [10, 20]}}"),
        ),
        ("{{b64encode text}}", json!("SGVsbG8gV29ybGQ=")),
        ("{{b64decode \"SGk=\"}}", json!("Hi")),
        (
            "{{hash \"\"}}",
            json!("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ),
        ("{{quote \"a b'c\"}}", json!("'a b'\"'\"'c'")),
        ("{{ip_address \"10.0.0.0/24\" 5}}", json!("10.0.0.5")),
        ("{{ip_address \"10.0.0.0/24\" -1}}", json!("10.0.0.255")),
        ("{{ip_network \"10.1.2.3/16\"}}", json!("10.1.0.0/16")),
        ("{{ip_netmask \"10.0.0.0/20\"}}", json!("255.255.240.0")),
        ("{{ip_broadcast \"10.0.0.0/30\"}}", json!("10.0.0.3")),
        ("{{ip_prefix \"fd00::/64\"}}", json!(64)),
        ("{{ip_offset \"10.0.0.7/24\"}}", json!(7)),
        ("{{ip_address \"fd00::/64\" 1}}", json!("fd00::1")),
        ("{{indent \"a\\nb\" 2}}", json!("a\n  b")),
        ("{{ternary yes 1 2}}", json!(1)),
        ("{{comment \"a\\nb\"}}", json!("#\n# a\n# b\n#")),
        ("{{and yes (gt port 10)}}", json!(true)),
        ("{{or none yes}}", json!(true)),
        ("{{first list}}", json!(3)),
        ("{{sum list}}", json!(6)),
        ("{{eq port 80.0}}", json!(true)),
        ("{{combine map map}}", json!({"a": 1, "b": {"c": [10, 20]}})),
        ("{{range 1 4}}", json!([1, 2, 3])),
        ("{{length (difference words \"\")}}", json!(null)),
        ("{{basename \"/a/b.c\"}}", json!("b.c")),
        ("{{dirname \"/a/b.c\"}}", json!("/a")),
        (
            "{{to_nice_yaml map}}",
            json!("a: 1\nb:\n  c:\n    - 10\n    - 20\n"),
        ),
        ("{{from_yaml \"a: 0644\"}}", json!({"a": 420})),
        ("{{map users attribute=\"name\"}}", json!(["ann", "bob"])),
    ];
    for (template, expected) in table {
        if expected.is_null() {
            assert!(render_value(template, &names()).is_err(), "{template}");
        } else {
            assert_eq!(value(template), expected, "{template}");
        }
    }
}

/// As `openssl passwd -5 -salt abc pw` and with `-6` say.
#[test]
fn passwords_are_hashed_with_the_salt_given() {
    assert_eq!(
        value("{{ 'pw' | password_hash('sha256', 'abc') }}"),
        "$5$abc$/LKlXd6vuvdFX3oWbf2vGk3DgflzzsvOtMZsiOxqqY5"
    );
    assert_eq!(
        value("{{ 'pw' | password_hash(salt='abc') }}"),
        "$6$abc$MtSdWSZbhct2oe.SOqOUM2M/GA/uj5.vyVtJgRHgKi9uqXuWuJqOYE7H/YlsYGVg/YYzDV0xt3fEIwYt580.5."
    );
    for wrong in [
        "{{ 'pw' | password_hash }}",
        "{{ 'pw' | password_hash('md5', 'abc') }}",
    ] {
        assert!(render_value(wrong, &names()).is_err(), "{wrong}");
    }
}

/// As `openssl dgst -hmac` says; the first two are test case 2 of RFC 4231, the third has a key that is longer than a block.
#[test]
fn texts_are_signed() {
    let text = "what do ya want for nothing?";
    let table = [
        (
            "hmac('Jefe')",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            "hmac('Jefe', 'sha512')",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
        (
            "hmac('kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk')",
            "ac392e02db84d07ccef2ec61fe41ed21f8176cf691c2cf82b98cf53270ce263e",
        ),
        (
            "hmac('Jefe', encoding='base64')",
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=",
        ),
        (
            "hmac('Jefe', algorithm='sha256', encoding='base64url')",
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM",
        ),
    ];
    for (filter, expected) in table {
        assert_eq!(value(&format!("{{{{ '{text}' | {filter} }}}}")), expected);
    }
    for wrong in [
        "{{ 'text' | hmac }}",
        "{{ 'text' | hmac('') }}",
        "{{ 'text' | hmac('key', 'md5') }}",
        "{{ 'text' | hmac('key', encoding='base32') }}",
    ] {
        assert!(render_value(wrong, &names()).is_err(), "{wrong}");
    }
}

#[test]
fn every_helper_is_listed_once_and_described() {
    let mut seen = std::collections::BTreeSet::new();
    for helper in helpers() {
        assert!(seen.insert(helper.name), "{} twice", helper.name);
        assert!(helper.usage.starts_with(helper.name), "{}", helper.name);
        assert!(helper.does.ends_with('.'), "{}", helper.name);
    }
    let wanted = "eq ne lt le gt ge join split first last length count upper lower trim replace capitalize regex_replace regex_search indent quote comment \
        to_json to_nice_json to_yaml to_nice_yaml from_json from_yaml b64encode b64decode hash int float string bool ternary list sort unique flatten union \
        intersect difference map select selectattr reject rejectattr keys values dict2items items2dict combine basename dirname concat add subtract multiply divide \
        plus minus mod range min max sum ip_address ip_network ip_prefix ip_netmask ip_broadcast ip_offset env file zip product regex_findall ipaddr";
    for name in wanted.split_whitespace() {
        assert!(seen.contains(name), "{name}");
    }
}

#[test]
fn unknown_values_flow() {
    let late = unknown::mark("wg genkey");
    assert_eq!(value("{{ late }}"), json!(late));
    assert_eq!(text("key={{late}}\n"), format!("key={late}\n"));
    for template in [
        "{{upper late}}",
        "{{ late | b64encode }}",
        "{{hash part}}",
        "{{int late}}",
        "a{{#if late}}b{{/if}}",
        "{{#each late}}x{{/each}}",
        "{{join late \",\"}}",
    ] {
        assert_eq!(value(template), json!(late), "{template}");
    }
    assert_eq!(value("{{ [1, late] }}"), json!([1, late]));
    assert_eq!(text("{{default late \"x\"}}"), late);
    assert_eq!(text("{{#if (or yes late)}}a{{/if}}"), "a");
    assert_eq!(
        unknown::reason(&text("{{join words late}}")),
        Some("wg genkey")
    );
}

#[test]
fn mistakes_have_a_place_and_a_way_out() {
    let missing = wrong("one\n  {{ prot }}\n");
    assert_eq!(
        (missing.message.as_str(), missing.line),
        ("undefined variable `prot`", 2)
    );
    assert!(missing.hint.is_some_and(|hint| hint.contains("port")));
    let filtered = wrong("one\n  {{ prot | upper }}\n");
    assert_eq!((filtered.line, filtered.column), (2, 6));
    assert!(wrong("{{#if nope}}x{{/if}}").message.contains("nope"));
    assert!(wrong("{{and yes nope}}").message.contains("nope"));
    assert!(
        wrong("{% if x %}a{% endif %}")
            .hint
            .is_some_and(|hint| hint.contains("{{#if"))
    );
    assert!(
        wrong("{% for x in y %}")
            .hint
            .is_some_and(|hint| hint.contains("{{#each"))
    );
    assert!(
        wrong("a\n{# note #}\n")
            .hint
            .is_some_and(|hint| hint.contains("{{!"))
    );
    assert!(wrong("a {{ x").message.contains("never closed"));
    assert!(
        wrong("{{ .Names }}")
            .hint
            .is_some_and(|hint| hint.contains("\\{{"))
    );
    assert!(
        wrong("{{#foreach x}}{{/foreach}}")
            .message
            .contains("no block")
    );
    assert!(wrong("{{> other}}").message.contains("partials"));
    assert!(wrong("{{#if yes}}a").message.starts_with("not a template"));
    assert!(
        wrong("{{ text | uper }}")
            .hint
            .is_some_and(|hint| hint.contains("upper"))
    );
    assert!(wrong("{{uper text}}").message.contains("uper"));
    assert!(wrong("{{ hostvars }}").message.contains("as a whole"));
}

/// Pieces put together at random, the same ones each time.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn nothing_a_user_writes_panics() {
    let pieces = [
        "{{",
        "}}",
        "{{{",
        "}}}",
        "{{{{raw}}}}",
        "{{{{/raw}}}}",
        "{{#if yes}}",
        "{{#each list as |x|}}",
        "{{else}}",
        "{{else if port}}",
        "{{/if}}",
        "{{/each}}",
        "{{#with map}}",
        "{{/with}}",
        "x",
        "port",
        " ",
        "\n",
        "\\",
        "~",
        "|",
        "upper",
        "(",
        ")",
        "[",
        "]",
        "'",
        "\"",
        ".",
        "..",
        "../",
        "@",
        "@index",
        "this",
        "default",
        "not",
        "a=1",
        "5",
        "-1",
        "é",
        "{%",
        "%}",
        "{{!--",
        "--}}",
        "==",
        "in",
        "is",
        "defined",
        ",",
        ":",
        "hostvars",
        "lookup",
        "late",
    ];
    let mut seed = 7_u64;
    let mut next = |bound: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("31 bits") % bound
    };
    for _ in 0..4000 {
        let length = 1 + next(9);
        let made: String = (0..length).map(|_| pieces[next(pieces.len())]).collect();
        let braced = format!("{{{{ {made} }}}}");
        for text in [made.as_str(), braced.as_str()] {
            let _ = render_value(text, &names());
            let _ = crate::uses::of_template(text, &play_core::Place::default());
            let _ = crate::expression::judge(text, &names());
            let _ = crate::yaml::parse("t", text.as_bytes());
        }
    }
}

#[test]
fn deep_nesting_is_no_end_of_the_program() {
    for text in [
        format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000)),
        format!("{{{{ {}x }}}}", "not ".repeat(5000)),
        format!("{{{{x{}}}}}", ".a".repeat(5000)),
        format!("{{{{ 1{} }}}}", " + 1".repeat(3000)),
        format!("{{{{ x{} }}}}", " | upper".repeat(3000)),
        "{{x}}".to_owned() + &format!("{{{{ {} x }}}}", "(upper ".repeat(300)),
        "{{#if yes}}".to_owned() + &"{{else if port}}".repeat(500) + "{{/if}}",
        "{{#if yes}}".repeat(500) + &"{{/if}}".repeat(500),
    ] {
        let _ = render_value(&text, &names());
        let _ = crate::uses::of_template(&text, &play_core::Place::default());
    }
}
