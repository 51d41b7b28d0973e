//! How deep the tree of an expression would be, told from its text. The parser bounds brackets but not chains (`a.b.b.b…`,
//! `1 + 1 + 1…`), whose trees are as deep as they are long and would exhaust the stack.

/// Deeper than anyone writes, and far from the end of a thread's stack.
pub(crate) const LIMIT: usize = 200;

/// Lengths of the chains at one level of brackets: steps and filters, arithmetic, logic. A looser operator ends the tighter chains.
#[derive(Clone, Copy, Default)]
struct Chains {
    tight: usize,
    middle: usize,
    loose: usize,
}

impl Chains {
    fn depth(self) -> usize {
        1 + self.tight + self.middle + self.loose
    }
}

/// An upper bound of the depth, good within a few levels.
pub(crate) fn depth(text: &str) -> usize {
    let mut outer: Vec<Chains> = Vec::new();
    let mut base = 0;
    let mut here = Chains::default();
    let mut deepest = 1;
    let mut quote = None;
    let mut word = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if let Some(end) = quote {
            match character {
                '\\' => drop(characters.next()),
                character if character == end => quote = None,
                _ => {}
            }
            continue;
        }
        if character.is_alphanumeric() || character == '_' {
            word.push(character);
            continue;
        }
        loose(&mut word, &mut here);
        match character {
            '\'' | '"' => quote = Some(character),
            '(' | '[' | '{' => {
                here.tight += 1;
                base += here.depth();
                outer.push(std::mem::take(&mut here));
            }
            ')' | ']' | '}' => {
                here = outer.pop().unwrap_or_default();
                base = base.saturating_sub(here.depth());
            }
            ',' | ':' => here = Chains::default(),
            '.' | '|' => here.tight += 1,
            '+' | '-' | '*' | '/' | '%' | '~' => {
                here.middle += 1;
                here.tight = 0;
            }
            '=' | '<' | '>' | '!' => {
                word.push_str("and");
                loose(&mut word, &mut here);
            }
            _ => {}
        }
        deepest = deepest.max(base + here.depth());
    }
    deepest
}

/// Counts a word that joins what is around it.
fn loose(word: &mut String, here: &mut Chains) {
    if matches!(
        word.as_str(),
        "and" | "or" | "not" | "in" | "is" | "if" | "else"
    ) {
        here.loose += 1;
        (here.tight, here.middle) = (0, 0);
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_is_not_deep() {
        let list = format!("[{}]", "a.b.c + 1, ".repeat(1000));
        assert!(depth(&list) < 20, "{}", depth(&list));
        let terms = vec!["a.b.c == 'x.y.z+++'"; 60].join(" and ");
        assert!(depth(&terms) < LIMIT, "{}", depth(&terms));
    }

    #[test]
    fn chains_are_deep() {
        for text in [
            "a".to_owned() + &".b".repeat(500),
            "1".to_owned() + &" + 1".repeat(500),
            "not ".repeat(500) + "x",
            "(".repeat(500),
            "x".to_owned() + &" | f".repeat(500),
            "[a.b".repeat(90),
        ] {
            assert!(depth(&text) > LIMIT, "{text}");
        }
    }
}
