//! Why an expression has no value.
use play_core::{Diagnostic, Place};

/// A failure inside a text, or at another place that the text led to.
#[derive(Debug)]
pub(crate) enum Problem {
    Here {
        message: String,
        hint: Option<String>,
        /// Bytes of the text that are meant.
        span: (usize, usize),
    },
    Elsewhere(Box<Diagnostic>),
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>, span: (usize, usize)) -> Self {
        Self::Here {
            message: message.into(),
            hint: None,
            span,
        }
    }

    /// As a diagnostic; `locate` turns bytes of the text into a place.
    pub(crate) fn diagnostic(self, locate: impl FnOnce(usize, usize) -> Place) -> Diagnostic {
        match self {
            Self::Here {
                message,
                hint,
                span,
            } => {
                let mut diagnostic = Diagnostic::error(message).at(&locate(span.0, span.1));
                diagnostic.hint = hint;
                diagnostic
            }
            Self::Elsewhere(diagnostic) => {
                let place = locate(0, 0);
                if diagnostic.place.as_ref() == Some(&place) || diagnostic.also.len() > 3 {
                    return *diagnostic;
                }
                diagnostic.also(&place, "used here")
            }
        }
    }
}
