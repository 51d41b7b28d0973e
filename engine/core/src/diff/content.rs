//! The content of a regular file in words, where its lines are not shown.
use crate::{Content, State};

/// A regular file whose content is no text, or cannot be read here.
pub(super) fn is_opaque(state: &State) -> bool {
    matches!(state, State::File(file) if file.content().is_some_and(|content| content.text().is_none()))
}

/// The content of a regular file in a word, also where it is text.
pub(super) fn content_of(state: &State) -> Option<(String, String)> {
    let State::File(file) = state else {
        return None;
    };
    let content = file.content()?;
    let words = match content.text() {
        Some(text) => format!("{} bytes, text", text.len()),
        None => summary(content),
    };
    Some(("content".into(), words))
}

pub(super) fn summary(content: &Content) -> String {
    match content {
        Content::Bytes(bytes) => format!("{} bytes, binary", bytes.len()),
        // What is only to be fetched has no size yet, and a digest where the task says one.
        Content::Large { size: 0, sha256 } if sha256.is_empty() => {
            "(known once it is fetched)".into()
        }
        Content::Large { size: 0, sha256 } => format!("sha256 {}", first_digits(sha256)),
        Content::Large { size, sha256 } => format!("{size} bytes, sha256 {}", first_digits(sha256)),
    }
}

fn first_digits(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
