//! Text from hosts and files made harmless: what would move the cursor, colour the screen or turn the reading direction is spelled out.
use play_core::unknown;
use std::borrow::Cow;
use std::fmt::Write;

/// The text as it can be printed on any terminal; values that are not known yet are put in words.
pub fn inert(text: &str) -> Cow<'_, str> {
    if !text
        .chars()
        .any(|character| active(character) || unknown::reserved(character))
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for character in unknown::shown(text).chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            character if active(character) && u32::from(character) < 0x80 => {
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            character if active(character) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Control characters but the tab, and what Unicode has of the same kind: direction marks, invisible spaces, tags.
fn active(character: char) -> bool {
    (character.is_control() && character != '\t')
        || matches!(character,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out() {
        assert_eq!(
            inert("a\u{1b}[2J\r\u{9b}1m\u{202e}b\tc"),
            "a\\x1b[2J\\r\\u{9b}1m\\u{202e}b\tc"
        );
        assert_eq!(inert("é日本 👍"), "é日本 👍");
    }

    #[test]
    fn what_is_not_known_yet_is_put_in_words() {
        let text = format!("key {}", unknown::mark("command `wg genkey`"));
        assert_eq!(inert(&text), "key (known after command `wg genkey`)");
    }
}
