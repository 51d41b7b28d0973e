//! What is wrong with what the user wrote, and where.
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A place in a file: 1-based line and column in characters, and the bytes it spans.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
    /// Byte offsets of what is meant, for the excerpt; equal where only a point is known.
    pub start: usize,
    pub end: usize,
}

impl fmt::Display for Place {
    /// `site.yml:4:12`; the file alone where no line is known.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(out, "{}", self.file),
            line => write!(out, "{}:{line}:{}", self.file, self.column),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A lower-case fragment without a final period.
    pub message: String,
    /// Where; None for what was said on the command line.
    pub place: Option<Place>,
    /// A few words under the caret.
    pub label: Option<String>,
    /// Other places that matter, each with words: "first defined here".
    pub also: Vec<(Place, String)>,
    /// The way out: "did you mean `state`?".
    pub hint: Option<String>,
}

impl Diagnostic {
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            place: None,
            label: None,
            also: Vec::new(),
            hint: None,
        }
    }

    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(message)
        }
    }

    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }

    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    #[must_use]
    pub fn also(mut self, place: &Place, words: impl Into<String>) -> Self {
        self.also.push((place.clone(), words.into()));
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// One line, for logs and for where no excerpt can be drawn.
impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(out, "{place}: ")?;
        }
        write!(out, "{}", self.message)?;
        self.hint
            .as_ref()
            .map_or(Ok(()), |hint| write!(out, " ({hint})"))
    }
}
