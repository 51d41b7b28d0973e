//! A command line taken apart as sh(1) would, without running a shell.

/// A word, and whether part of it that no single quotes protect means something to a shell.
struct Word {
    text: String,
    shell: bool,
    bare: bool,
}

/// The words of a line; quotes and backslashes are read as sh(1) reads them.
pub(crate) fn split(line: &str) -> Result<Vec<String>, String> {
    Ok(parse(line)?.into_iter().map(|word| word.text).collect())
}

/// The first word that only a shell would understand: an operator, a redirection, a substitution, a variable.
pub(crate) fn shell_word(line: &str) -> Result<Option<String>, String> {
    Ok(parse(line)?
        .into_iter()
        .find(|word| word.shell || (word.bare && operator(&word.text)))
        .map(|word| word.text))
}

fn operator(word: &str) -> bool {
    let past_number = word.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(word, "|" | "||" | "&" | "&&" | ";" | ";;")
        || past_number.starts_with(['>', '<'])
        || (word.ends_with(';') && !word.ends_with("\\;"))
}

fn parse(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word {
            text: String::new(),
            shell: false,
            bare: true,
        });
        match character {
            '\'' => {
                word.bare = false;
                quoted(&mut characters, &mut word.text)?;
            }
            '"' => {
                word.bare = false;
                word.shell |= double_quoted(&mut characters, &mut word.text)?;
            }
            '\\' => {
                word.bare = false;
                word.text
                    .push(characters.next().ok_or("the line ends in a backslash")?);
            }
            other => {
                word.shell |= substitutes(other, characters.peek());
                word.text.push(other);
            }
        }
    }
    words.extend(word);
    Ok(words)
}

fn substitutes(character: char, next: Option<&char>) -> bool {
    character == '`'
        || (character == '$'
            && next.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '{' | '(')))
}

fn quoted(
    characters: &mut impl Iterator<Item = char>,
    text: &mut String,
) -> Result<(), &'static str> {
    for character in characters {
        if character == '\'' {
            return Ok(());
        }
        text.push(character);
    }
    Err("a quote ' is not closed")
}

/// True where a shell would substitute something in it.
fn double_quoted(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    text: &mut String,
) -> Result<bool, &'static str> {
    let mut shell = false;
    while let Some(character) = characters.next() {
        match character {
            '"' => return Ok(shell),
            '\\' => match characters.next() {
                Some(next) if "\"\\$`".contains(next) => text.push(next),
                Some(next) => text.extend(['\\', next]),
                None => break,
            },
            other => {
                shell |= substitutes(other, characters.peek());
                text.push(other);
            }
        }
    }
    Err("a quote \" is not closed")
}

/// The word in quotes that sh(1) takes off again.
pub(crate) fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_would() {
        assert_eq!(
            split(r#"a 'b c' "d\"e" f\ g '' h"i"j"#).unwrap(),
            ["a", "b c", "d\"e", "f g", "", "hij"]
        );
        assert!(split("a 'b").is_err());
        assert_eq!(quote("it's"), r"'it'\''s'");
    }

    #[test]
    fn what_only_a_shell_understands_is_found() {
        for line in [
            "a | b",
            "a > b",
            "a 2>&1",
            "echo $HOME",
            "echo \"$(id)\"",
            "a; b",
            "a && b",
        ] {
            assert!(shell_word(line).unwrap().is_some(), "{line}");
        }
        for line in [
            "awk '{print $1}'",
            "curl http://x/?a=1&b=2",
            "a '|' b",
            "find . -exec x \\;",
        ] {
            assert!(shell_word(line).unwrap().is_none(), "{line}");
        }
    }
}
