//! Masking: whatever is shown or sent back goes through a `Mask` that knows the run's secrets.
mod form;

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;

/// The secrets of a run. Prints none of them.
#[derive(Clone, Default)]
pub struct Mask {
    /// Longest first, so that a secret within a secret does not leave its rest behind.
    secrets: Vec<(String, String)>,
    keys: RandomState,
}

/// Secrets shorter than this are not masked: they would blot out ordinary text. The vault refuses to make such.
pub const SHORTEST: usize = 4;

impl Mask {
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut mask = Self::default();
        secrets.into_iter().for_each(|secret| mask.add(&secret));
        mask
    }

    /// Masks this text, and each line of it, from now on.
    pub fn add(&mut self, secret: &str) {
        let mut spans = vec![secret.trim()];
        spans.extend(secret.lines().map(str::trim));
        for span in spans {
            if span.len() < SHORTEST || self.secrets.iter().any(|(known, _)| known == span) {
                continue;
            }
            let shown = format!("‹secret {:06x}›", self.keys.hash_one(span) & 0xff_ffff);
            for form in form::forms(span) {
                if !self.secrets.iter().any(|(known, _)| *known == form) {
                    self.secrets.push((form, shown.clone()));
                }
            }
        }
        self.secrets
            .sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
    }

    /// Whether a secret stands in any text of the value.
    pub fn finds(&self, value: &crate::Value) -> bool {
        use crate::Value;
        match value {
            Value::String(text) => self
                .secrets
                .iter()
                .any(|(secret, _)| text.contains(secret.as_str())),
            Value::Array(items) => items.iter().any(|item| self.finds(item)),
            Value::Object(map) => map.values().any(|value| self.finds(value)),
            _ => false,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The text with each secret replaced by a short fingerprint, which is the same for the same secret within a run only.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (secret, shown) in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), shown);
            }
        }
        text
    }

    /// The value with every text in it masked.
    pub fn value(&self, value: &crate::Value) -> crate::Value {
        use crate::Value;
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (self.text(key), self.value(value)))
                .collect(),
            other => other.clone(),
        }
    }
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
