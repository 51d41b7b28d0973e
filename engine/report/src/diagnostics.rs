//! Mistakes in what the user wrote, drawn into the text they stand in.
use crate::inert::inert;
use crate::line::count;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use play_core::{Diagnostic, Place, Severity};
use std::fmt::Write;
use std::ops::Range;

/// All of them, each with its excerpt, and how many there are. `texts` gives a file's text, by the name places have for it.
pub fn render(
    diagnostics: &[Diagnostic],
    texts: &dyn Fn(&str) -> Option<String>,
    colour: bool,
) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for (at, diagnostic) in diagnostics.iter().enumerate() {
        if !diagnostics[..at].contains(diagnostic) {
            let _ = writeln!(out, "{}\n", renderer.render(&[group(diagnostic, texts)]));
        }
    }
    let _ = writeln!(out, "{}", sum(diagnostics));
    out
}

/// "3 errors; nothing was connected to, nothing was touched".
fn sum(diagnostics: &[Diagnostic]) -> String {
    let of = |severity| {
        let same = diagnostics
            .iter()
            .enumerate()
            .filter(|(_, diagnostic)| diagnostic.severity == severity);
        same.filter(|(at, diagnostic)| !diagnostics[..*at].contains(diagnostic))
            .count()
    };
    match (of(Severity::Error), of(Severity::Warning)) {
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => format!(
            "{}; nothing was connected to, nothing was touched",
            count(errors, "error")
        ),
        (errors, warnings) => {
            format!(
                "{}, {}; nothing was connected to, nothing was touched",
                count(errors, "error"),
                count(warnings, "warning")
            )
        }
    }
}

fn group<'a>(diagnostic: &'a Diagnostic, texts: &dyn Fn(&str) -> Option<String>) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(inert(&diagnostic.message)));
    for file in files(diagnostic) {
        group = match texts(file) {
            Some(text) if known(diagnostic, file) => group.element(excerpt(diagnostic, file, text)),
            _ => group.element(origin(diagnostic, file)),
        };
    }
    match &diagnostic.hint {
        Some(hint) => group.element(Level::HELP.message(inert(hint))),
        None => group,
    }
}

/// The files it speaks of, its own first.
fn files(diagnostic: &Diagnostic) -> Vec<&str> {
    let mut files: Vec<&str> = Vec::new();
    for place in places(diagnostic) {
        if !files.contains(&&*place.file) {
            files.push(&place.file);
        }
    }
    files
}

fn places(diagnostic: &Diagnostic) -> impl Iterator<Item = &Place> {
    diagnostic
        .place
        .iter()
        .chain(diagnostic.also.iter().map(|(place, _)| place))
}

fn known(diagnostic: &Diagnostic, file: &str) -> bool {
    places(diagnostic).any(|place| &*place.file == file && place.line > 0)
}

fn excerpt<'a>(
    diagnostic: &'a Diagnostic,
    file: &'a str,
    text: String,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let here = |place: &Place| &*place.file == file && place.line > 0;
    let mut marks = Vec::new();
    if let Some(place) = diagnostic.place.as_ref().filter(|place| here(place)) {
        let mark = AnnotationKind::Primary.span(span(place, &text));
        marks.push(match &diagnostic.label {
            Some(label) => mark.label(inert(label)),
            None => mark,
        });
    }
    for (place, words) in diagnostic.also.iter().filter(|(place, _)| here(place)) {
        marks.push(
            AnnotationKind::Context
                .span(span(place, &text))
                .label(inert(words)),
        );
    }
    Snippet::source(text).path(file).annotations(marks)
}

/// The bytes meant, inside the text, at most one line of it; a file may have changed since it was read.
fn span(place: &Place, text: &str) -> Range<usize> {
    let inside = |at: usize| {
        (0..=at.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0)
    };
    let start = inside(place.start);
    let end = inside(place.end.max(start));
    let line = text[start..]
        .find('\n')
        .map_or(text.len(), |length| start + length);
    start..end.min(line).max(start)
}

fn origin<'a>(diagnostic: &'a Diagnostic, file: &'a str) -> Origin<'a> {
    let place = places(diagnostic).find(|place| &*place.file == file && place.line > 0);
    let origin = Origin::path(file);
    match place {
        Some(place) => origin
            .line(place.line as usize)
            .char_column(place.column as usize),
        None => origin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file can have changed since it was read: nothing about a place may be trusted.
    #[test]
    fn a_place_outside_its_file_is_drawn_all_the_same() {
        let texts = ["", "é", "a\n", "long enough é to hold one of them\n"];
        for (start, end) in [(0, 0), (1, 2), (1, 1), (30, 31), (900, 2), (2, 900)] {
            let place = Place {
                file: "site.yml".into(),
                line: 1,
                column: 1,
                start,
                end,
            };
            let diagnostic = Diagnostic::error("no").at(&place).also(&place, "first");
            for text in texts {
                for colour in [true, false] {
                    let drawn = render(
                        std::slice::from_ref(&diagnostic),
                        &|_| Some(text.into()),
                        colour,
                    );
                    assert!(drawn.contains("1 error; nothing"), "{drawn}");
                }
            }
        }
    }
}
