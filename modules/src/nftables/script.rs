//! Rules as text: what they speak of, and the transaction that loads them.
use play_core::Fault;

/// A transaction that replaces one table.
#[derive(Debug)]
pub(crate) struct Script {
    text: String,
    /// The text without comments, and with the texts in quotes emptied: what is looked into.
    bare: String,
    /// Lines of ours before the user's.
    before: usize,
}

impl Script {
    /// The transaction for a body or a whole table, which must not reach beyond that table.
    pub(super) fn new(family: &str, name: &str, rules: &str) -> Result<Self, Fault> {
        let bare = strip(rules);
        let what = format!("nftables table {family} {name}");
        let mut whole = false;
        for statement in statements(&bare).map_err(|why| Fault::refused(&what, why))? {
            let words: Vec<&str> = statement.split_whitespace().collect();
            whole |= is_own(&words, family, name).map_err(|why| Fault::refused(&what, why))?;
        }
        let opening = format!("table {family} {name}\ndelete table {family} {name}\n");
        let rules = rules.trim_end();
        let text = if whole {
            format!("{opening}{rules}\n")
        } else {
            format!("{opening}table {family} {name} {{\n{}}}\n", indented(rules))
        };
        let before = if whole { 2 } else { 3 };
        Ok(Self { text, bare, before })
    }

    /// The transaction that removes a table; declaring it first makes that no error where it is gone.
    pub(crate) fn removal(family: &str, name: &str) -> String {
        format!("table {family} {name}\ndelete table {family} {name}\n")
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// nft's words with the lines counted as the user wrote them.
    pub(super) fn located(&self, words: &str) -> String {
        let lines: Vec<String> = words.lines().map(|line| self.renumbered(line)).collect();
        lines.join("\n")
    }

    fn renumbered(&self, line: &str) -> String {
        let number = line.strip_prefix("line ").and_then(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let number: usize = rest[..end].parse().ok()?;
            let theirs = number.checked_sub(self.before).filter(|line| *line > 0)?;
            Some((theirs, &rest[end..]))
        });
        number.map_or_else(
            || line.to_owned(),
            |(number, rest)| format!("line {number} of `rules`{rest}"),
        )
    }

    /// Each chain's name and body.
    pub(super) fn chains(&self) -> Vec<(String, String)> {
        let mut chains = Vec::new();
        let mut rest = self.bare.as_str();
        while let Some(at) = rest.find("chain ") {
            let begins =
                at == 0 || rest[..at].ends_with(|c: char| c.is_whitespace() || "{;}".contains(c));
            let after = &rest[at + "chain ".len()..];
            let Some(open) = after.find('{').filter(|_| begins) else {
                rest = after;
                continue;
            };
            let length = block(&after[open..]);
            let name = after[..open].trim().to_owned();
            chains.push((
                name,
                after[open + 1..open + length]
                    .trim_end_matches('}')
                    .to_owned(),
            ));
            rest = &after[open + length..];
        }
        chains
    }
}

/// Whether a statement is our table itself; why not, where it reaches beyond it.
fn is_own(words: &[&str], family: &str, name: &str) -> Result<bool, String> {
    const VERBS: &[&str] = &[
        "flush", "delete", "destroy", "add", "insert", "replace", "reset", "create", "list",
    ];
    let named = |word: &str| word.trim_end_matches('{') == name;
    match words {
        ["table", other, table, ..] if *other == family && named(table) => Ok(true),
        ["table", table, ..] if family == "ip" && named(table) => Ok(true),
        ["table", rest @ ..] => {
            let table: Vec<&str> = rest.iter().take(2).copied().collect();
            let table = table.join(" ");
            Err(format!(
                "the rules speak of table {table}; give each table a task of its own"
            ))
        }
        ["include", ..] => Err("`include` hides rules from the plan; put them into `rules`".into()),
        ["flush", ..] => Err(format!(
            "`{}` is not for the rules of one table; it is replaced as a whole, and the tables of others stay",
            words.join(" ")
        )),
        [verb, ..] if VERBS.contains(verb) => Err(format!(
            "`{}` is not for the rules of one table; write the table's content only",
            words.join(" ")
        )),
        _ => Ok(false),
    }
}

fn indented(rules: &str) -> String {
    rules
        .lines()
        .map(|line| {
            if line.trim().is_empty() {
                "\n".to_owned()
            } else {
                format!("\t{line}\n")
            }
        })
        .collect()
}

/// The length of a block with its braces; to the end where it is not closed.
fn block(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Statements outside of all braces, each with its opening brace where it has a block.
fn statements(bare: &str) -> Result<Vec<String>, String> {
    let (mut all, mut current, mut depth) = (Vec::new(), String::new(), 0_usize);
    for c in bare.chars() {
        match c {
            '{' => {
                depth += 1;
                if depth == 1 {
                    current.push('{');
                }
            }
            '}' if depth == 0 => return Err("a `}` closes nothing".into()),
            '}' => depth -= 1,
            '\n' | ';' if depth == 0 => all.push(std::mem::take(&mut current)),
            c if depth == 0 => current.push(c),
            _ => {}
        }
    }
    if depth > 0 {
        return Err("a `{` is not closed".into());
    }
    all.push(current);
    all.retain(|statement| !statement.trim().is_empty());
    Ok(all)
}

/// Without comments, continued lines joined, texts in quotes emptied: a comment's words decide nothing.
fn strip(rules: &str) -> String {
    let mut bare = String::with_capacity(rules.len());
    let mut characters = rules.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '#' => while characters.next_if(|c| *c != '\n').is_some() {},
            '"' => {
                let text: String =
                    std::iter::from_fn(|| characters.next_if(|c| *c != '"' && *c != '\n'))
                        .collect();
                characters.next_if_eq(&'"');
                // The loopback's name matters to who asks what is let in.
                bare.push_str(if text == "lo" { "lo" } else { "\"\"" });
            }
            '\\' if characters.peek() == Some(&'\n') => {
                characters.next();
                bare.push(' ');
            }
            c => bare.push(c),
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_and_a_whole_table_make_the_same_kind_of_transaction() {
        let body = Script::new("inet", "play", "chain a {\n  accept\n}\n").unwrap();
        assert!(body.text().starts_with(
            "table inet play\ndelete table inet play\ntable inet play {\n\tchain a {"
        ));
        let whole = Script::new(
            "inet",
            "play",
            "define p = { 22, 80 }\ntable inet play {\n chain a { accept }\n}\n",
        )
        .unwrap();
        assert!(whole.text().contains("delete table inet play\ndefine p"));
        assert_eq!(whole.chains(), [("a".to_owned(), " accept ".to_owned())]);
    }

    #[test]
    fn what_reaches_beyond_the_table_is_refused() {
        for wrong in [
            "flush ruleset\ntable inet play { }",
            "table inet other { }",
            "table inet play { }\ntable ip nat { }",
            "delete table ip nat",
            "include \"/etc/x.nft\"",
            "chain a { accept",
            "}",
        ] {
            let fault = Script::new("inet", "play", wrong).unwrap_err();
            assert!(matches!(fault, Fault::Refused { .. }), "{wrong}: {fault}");
        }
        assert!(Script::new("inet", "play", "# flush ruleset\nchain a { }").is_ok());
        assert!(
            Script::new(
                "inet",
                "play",
                "chain a { tcp dport 22 accept comment \"flush ruleset }\" ; }"
            )
            .is_ok()
        );
    }
}
