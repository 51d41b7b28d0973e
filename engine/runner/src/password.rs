//! A password that cannot be shown.
use std::fmt;
use std::sync::Arc;

/// Of a login or of sudo. What shows things shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Arc<str>);

impl Password {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// For whoever it is meant for.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// The line sudo reads.
    pub(crate) fn line(&self) -> Vec<u8> {
        format!("{}\n", self.0).into_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("‹secret›")
    }
}
