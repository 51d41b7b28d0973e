//! Masking: whatever is shown or sent back goes through a `Mask` that knows the run's secrets.
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
            let escaped = serde_json::Value::from(span).to_string();
            let escaped = escaped[1..escaped.len() - 1].to_owned();
            if escaped != span {
                self.secrets.push((escaped, shown.clone()));
            }
            self.secrets.push((span.to_owned(), shown));
        }
        self.secrets
            .sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
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
}
