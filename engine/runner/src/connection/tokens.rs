//! `%`-tokens and `~` in the file names of ssh_config(5).
use std::path::{Path, PathBuf};

/// What they stand for.
pub(crate) struct Tokens<'a> {
    pub(crate) home: &'a Path,
    pub(crate) host: &'a str,
    pub(crate) original: &'a str,
    pub(crate) user: &'a str,
    pub(crate) port: u16,
}

impl Tokens<'_> {
    /// A file name.
    pub(crate) fn expand(&self, word: &str) -> PathBuf {
        let text = self.text(word);
        match text.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => PathBuf::from(text),
        }
    }

    /// Any text.
    pub(crate) fn text(&self, word: &str) -> String {
        let mut text = String::new();
        let mut letters = word.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                text.push(letter);
                continue;
            }
            match letters.next() {
                Some('d') => text.push_str(&self.home.to_string_lossy()),
                Some('h') => text.push_str(self.host),
                Some('n') => text.push_str(self.original),
                Some('r') => text.push_str(self.user),
                Some('u') => text.push_str(&own_name()),
                Some('p') => text.push_str(&self.port.to_string()),
                None | Some('%') => text.push('%'),
                Some(other) => text.extend(['%', other]),
            }
        }
        text
    }
}

/// The account `play` runs under.
pub(crate) fn own_name() -> String {
    ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_else(|| "root".into())
}
