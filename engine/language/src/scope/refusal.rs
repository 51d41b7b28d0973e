//! What went wrong while a value was rendered, as a diagnostic at its place.
use super::{Frame, Refused, locate};
use crate::template::{Mistake, Trouble};
use play_core::{Diagnostic, Place};

/// A template's trouble as a diagnostic at its place.
pub(super) fn refuse(trouble: Trouble, place: &Place, text: &str) -> Refused {
    match trouble {
        Trouble::Here(mistake) => Box::new(diagnose(mistake, place, text)),
        Trouble::Elsewhere(diagnostic) if diagnostic.place.is_none() => {
            Box::new(diagnostic.at(place))
        }
        Trouble::Elsewhere(diagnostic) if diagnostic.also.len() > 3 => diagnostic,
        Trouble::Elsewhere(diagnostic) => Box::new(diagnostic.also(place, "used here")),
    }
}

/// A mistake in a text that stands at a place, as a diagnostic.
pub fn diagnose(mistake: Mistake, place: &Place, text: &str) -> Diagnostic {
    // What is rendered alone is trimmed before: its places count from the first character that is no blank.
    let lead = text.len() - text.trim_start().len();
    let place = if lead == 0 {
        locate::at(place, text, mistake.line, mistake.column)
    } else {
        place.clone()
    };
    let mut diagnostic = Diagnostic::error(mistake.message).at(&place);
    diagnostic.hint = mistake.hint;
    diagnostic
}

pub(super) fn circle(frames: &[Frame], again: &Frame) -> Refused {
    let path: Vec<String> = frames
        .iter()
        .chain([again])
        .map(|(_, name, _)| format!("`{name}`"))
        .collect();
    let mut diagnostic =
        Diagnostic::error(format!("variables need each other: {}", path.join(" → "))).at(&again.2);
    for (_, name, place) in &frames[1..] {
        diagnostic = diagnostic.also(place, format!("`{name}` is defined here"));
    }
    Box::new(diagnostic.hint("give one of them a value of its own"))
}
