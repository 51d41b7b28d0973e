//! Masking: whatever is shown or sent back goes through a `Mask` that knows the run's secrets.
mod derived;
mod earlier;
mod form;
mod key;

pub use earlier::spans;
pub use key::keys;

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::LazyLock;

/// The secrets of a run. Prints none of them.
#[derive(Clone, Default)]
pub struct Mask {
    /// Longest first, so that a secret within a secret does not leave its rest behind.
    secrets: Vec<(String, String)>,
    /// Those that are masked only where they are all of a value or line.
    whole: Vec<(String, String)>,
    /// Shown in every secret's place instead of its fingerprint.
    instead: Option<&'static str>,
}

/// One key for all masks of a process: a secret has one fingerprint in all that a run shows.
static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Secrets shorter than this are not masked: they would blot out ordinary text. The vault refuses to make such.
pub const SHORTEST: usize = 4;

/// Before a text that is a secret only where it is all of a value or line: too short to be looked for in others.
const WHOLE: char = '\u{10fffd}';

/// What is made of a secret and shorter than this is masked only where it is all of a value or line.
const TELLING: usize = 8;

/// A short text made of a secret, as a [`Mask`] takes it.
fn whole(text: &str) -> String {
    format!("{WHOLE}{text}")
}

/// Around what is shown in a secret's place.
const OPEN: &str = "‹secret ";
const CLOSE: char = '›';

impl Mask {
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut mask = Self::default();
        secrets.into_iter().for_each(|secret| mask.add(&secret));
        mask
    }

    /// A mask that shows the same in every secret's place, in whatever process: for what only a host knows.
    pub fn blank(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut mask = Self {
            instead: Some("‹secret of the host›"),
            ..Self::default()
        };
        secrets.into_iter().for_each(|secret| mask.add(&secret));
        mask
    }

    /// Masks this text, and each line of it, from now on.
    pub fn add(&mut self, secret: &str) {
        if let Some(text) = secret.strip_prefix(WHOLE) {
            if !self.whole.iter().any(|(known, _)| known == text) {
                self.whole.push((text.to_owned(), self.instead_of(text)));
            }
            return;
        }
        let mut spans = vec![secret.trim()];
        spans.extend(secret.lines().map(str::trim));
        for span in spans {
            if span.len() < SHORTEST || self.secrets.iter().any(|(known, _)| known == span) {
                continue;
            }
            let shown = self.instead_of(span);
            for form in form::forms(span) {
                if !self.secrets.iter().any(|(known, _)| *known == form) {
                    self.secrets.push((form, shown.clone()));
                }
            }
        }
        self.secrets
            .sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
    }

    fn instead_of(&self, secret: &str) -> String {
        self.instead.map_or_else(
            || format!("{OPEN}{:06x}{CLOSE}", KEYS.hash_one(secret) & 0xff_ffff),
            str::to_owned,
        )
    }

    /// Whether a secret stands in any text of the value, or is all of one.
    pub fn finds(&self, value: &crate::Value) -> bool {
        self.meets(value, &|text| self.is_whole(text))
    }

    /// Whether a secret would be masked anywhere in the value: also where it is all of a line.
    pub fn alters(&self, value: &crate::Value) -> bool {
        self.meets(value, &|text| text.lines().any(|line| self.is_whole(line)))
    }

    fn meets(&self, value: &crate::Value, whole: &dyn Fn(&str) -> bool) -> bool {
        use crate::Value;
        match value {
            Value::String(text) => self.stands_in(text) || whole(text),
            Value::Array(items) => items.iter().any(|item| self.meets(item, whole)),
            Value::Object(map) => map
                .iter()
                .any(|(key, value)| self.stands_in(key) || self.meets(value, whole)),
            _ => false,
        }
    }

    fn stands_in(&self, text: &str) -> bool {
        let mut secrets = self.secrets.iter();
        secrets.any(|(secret, _)| text.contains(secret.as_str()))
    }

    fn is_whole(&self, text: &str) -> bool {
        self.whole.iter().any(|(secret, _)| text.trim() == secret)
    }

    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.whole.is_empty()
    }

    /// The text with each secret replaced by a short fingerprint, which is the same for the same secret within a run only.
    pub fn text(&self, text: &str) -> String {
        if self.whole.is_empty() {
            return self.spans(text);
        }
        let lines = text.split_inclusive('\n').map(|line| {
            let plain = line.trim();
            match self.whole.iter().find(|(secret, _)| plain == secret) {
                Some((secret, shown)) => line.replacen(secret.as_str(), shown, 1),
                None => line.to_owned(),
            }
        });
        self.spans(&lines.collect::<String>())
    }

    fn spans(&self, text: &str) -> String {
        self.replaced(text, |shown| shown)
    }

    /// The text with something else in the place of each secret. What stands there is not looked at again, nor is what a mask has put
    /// into the text before: secrets may be words.
    fn replaced<'a>(&'a self, text: &str, instead: impl Fn(&'a str) -> &'a str) -> String {
        let mut pieces: Vec<(bool, String)> = marks(text);
        for (secret, shown) in &self.secrets {
            if !text.contains(secret.as_str()) {
                continue;
            }
            let mut split = Vec::new();
            for (done, piece) in pieces {
                if done || !piece.contains(secret.as_str()) {
                    split.push((done, piece));
                    continue;
                }
                for (at, rest) in piece.split(secret.as_str()).enumerate() {
                    if at > 0 {
                        split.push((true, instead(shown).to_owned()));
                    }
                    split.push((false, rest.to_owned()));
                }
            }
            pieces = split;
        }
        pieces.into_iter().map(|(_, piece)| piece).collect()
    }

    /// A text before and after a change. Where a secret stands afterwards, what stood there before was one too, though nobody
    /// may know it any more: it was rotated.
    pub fn pair(&self, before: &str, after: &str) -> (String, String) {
        let mut mask = self.clone();
        mask.learn_earlier(before, after);
        (mask.text(before), mask.text(after))
    }

    /// Masks from now on what stood, before a change, where secrets stand after it.
    pub fn learn_earlier(&mut self, before: &str, after: &str) {
        let (before, after) = (self.text(before), self.text(after));
        for secret in earlier::secrets(&before, &after) {
            self.add(&secret);
        }
    }

    /// The value with every text in it masked.
    pub fn value(&self, value: &crate::Value) -> crate::Value {
        use crate::Value;
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (self.spans(key), self.value(value)))
                .collect(),
            other => other.clone(),
        }
    }
}

/// A text cut where a mask has been: true is what it has put there.
fn marks(text: &str) -> Vec<(bool, String)> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(OPEN) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let inside = from[OPEN.len()..]
            .split_once(CLOSE)
            .map(|(inside, _)| inside);
        let mark = inside.filter(|inside| {
            let number = inside.len() == 6 && inside.bytes().all(|byte| byte.is_ascii_hexdigit());
            number || *inside == "of the host"
        });
        let length = mark.map_or(OPEN.len(), |inside| {
            OPEN.len() + inside.len() + CLOSE.len_utf8()
        });
        if mark.is_some() {
            pieces.push((false, std::mem::take(&mut plain)));
            pieces.push((true, from[..length].to_owned()));
        } else {
            plain.push_str(&from[..length]);
        }
        rest = &from[length..];
    }
    plain.push_str(rest);
    pieces.push((false, plain));
    pieces
}

impl fmt::Debug for Mask {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Mask({} secrets)", self.secrets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_span_is_masked() {
        let mask = Mask::new(["hunter22".to_owned()]);
        let shown = mask.text("password=hunter22;user=x");
        assert!(
            shown.starts_with("password=‹secret ") && shown.ends_with("›;user=x"),
            "{shown}"
        );
        assert!(!format!("{mask:?}").contains("hunter22"));
    }

    #[test]
    fn other_formats_hide_nothing() {
        let mask = Mask::new(["p'w \"ü\\/=9".to_owned()]);
        for text in [
            r#"{"password":"p'w \"ü\\/=9"}"#,
            r#""{\"password\":\"p'w \\\"ü\\\\/=9\"}""#,
            "postgres://admin:p%27w%20%22%C3%BC%5C%2F%3D9@db",
            "q=p%27w+%22%c3%bc%5c%2f%3d9",
            r#"echo 'p'\''w "ü\/=9'"#,
            r#"password: 'p''w "ü\/=9'"#,
        ] {
            let shown = mask.text(text);
            assert!(shown.contains("‹secret "), "{text} → {shown}");
            assert!(!shown.contains("=9") && !shown.contains("%3"), "{shown}");
        }
    }

    #[test]
    fn base64_is_seen_whatever_stands_around_it() {
        use base64::Engine;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let secret = "correct-horse?battery~staple";
        let mask = Mask::new([secret.to_owned()]);
        for around in ["", "u:", "ab:", "abc:", "abcd:"] {
            let plain = format!("{around}{secret}\n");
            for text in [STANDARD.encode(&plain), URL_SAFE_NO_PAD.encode(&plain)] {
                let shown = mask.text(&text);
                assert!(shown.contains("‹secret "), "{text} → {shown}");
                assert!(shown.replace(' ', "").len() < 30, "{text} → {shown}");
            }
        }
    }

    /// As a key of a token is written: RFC 7515 has no padding.
    #[test]
    fn what_was_rotated_is_masked_in_base64_without_padding() {
        use base64::Engine;
        use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
        for new in ["brand-new-é-1", "brand-new-é-12", "brand-new-é-123"] {
            let mask = Mask::new([new.to_owned()]);
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let line = |secret: &str| format!("the.key {}\n", engine.encode(secret));
                let (shown, after) = mask.pair(&line("of-old-22"), &line(new));
                let hidden = |text: &str| text.starts_with("the.key ‹") && text.ends_with("›\n");
                assert!(hidden(&shown) && hidden(&after), "{new}: {shown} → {after}");
            }
        }
    }

    #[test]
    fn what_was_rotated_is_masked_though_nobody_knows_it() {
        let mask = Mask::new(["brand-new-1".to_owned()]);
        let before = "# x\nPASSWORD='of-old-22'\nURL=db://u:of-old-22@h/?x=1\nPLAIN='y'\n";
        let after = "# x\nPASSWORD='brand-new-1'\nURL=db://u:brand-new-1@h/?x=1\nPLAIN='z'\n";
        let (shown, new) = mask.pair(before, after);
        assert!(
            !shown.contains("of-old") && !new.contains("brand"),
            "{shown}"
        );
        assert!(
            shown.contains("PASSWORD='‹secret ") && shown.contains("PLAIN='y'"),
            "{shown}"
        );
        let planned = "PASSWORD='(known after the secret db is made)'";
        let (shown, _) = Mask::default().pair("PASSWORD='of-old-22'\n", planned);
        assert!(!shown.contains("of-old"), "{shown}");
        let (shown, _) = mask.pair("a: 1\nold-token\n", "a: 1\nbrand-new-1\n");
        assert!(shown.starts_with("a: 1\n‹secret "), "{shown}");
        assert_eq!(mask.pair("x=1\n", "x=2\n").0, "x=1\n");
        // what is known stays what it is, also two in a line
        let mask = Mask::new(["brand-new-1".into(), "another-one".into()]);
        let line = "also brand-new-1 another-one\n";
        let (shown, _) = mask.pair(line, &format!("{line}more brand-new-1 another-one\n"));
        assert_eq!(shown, mask.text(line));
    }

    #[test]
    fn a_secret_that_is_a_word_is_not_looked_for_in_marks() {
        let mask = Mask::new(["secret".to_owned(), "hunter22".to_owned()]);
        let once = mask.text("hunter22 is secret");
        assert_eq!(once.matches("‹secret ").count(), 2, "{once}");
        assert!(!once.contains("‹‹"), "{once}");
        assert_eq!(mask.text(&once), once);
        let forged = mask.text("‹secret hunter22›");
        assert!(!forged.contains("hunter"), "{forged}");
    }

    #[test]
    fn a_short_piece_is_masked_where_it_stands_alone() {
        let mask = Mask::new([whole("file")]);
        assert_eq!(mask.text("file /etc/file\nfiles"), "file /etc/file\nfiles");
        let value = mask.value(&serde_json::json!({"file": ["file", "a\n  file\n"]}));
        let shown = value["file"][0].as_str().unwrap();
        assert!(shown.starts_with("‹secret "), "{value}");
        assert_eq!(value["file"][1], format!("a\n  {shown}\n"));
        assert!(mask.finds(&"file".into()) && !mask.finds(&"a file".into()));
    }

    #[test]
    fn every_line_is_masked() {
        let mask = Mask::new(["first line\n  second line\nab\n".to_owned()]);
        let shown = mask.text("x second line y\nfirst line, ab");
        assert!(
            !shown.contains("second") && !shown.contains("first"),
            "{shown}"
        );
        assert!(
            shown.ends_with(", ab"),
            "too short to be masked alone: {shown}"
        );
        assert!(mask.finds(&serde_json::json!({"a": ["second line"]})));
        assert!(!mask.finds(&serde_json::json!({"a": ["third line", 1]})));
    }
}
