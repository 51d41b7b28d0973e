//! The text of a file and where things stand in it.
use crate::{Node, node::NodeKind};
use granit_parser::{Marker, Span};
use play_core::{Diagnostic, Place, unknown};
use std::sync::Arc;

const BOM: &str = "\u{feff}";

/// A file's text without its byte order mark.
pub(super) struct Source<'a> {
    pub(super) file: Arc<str>,
    pub(super) text: &'a str,
    /// Bytes before `text` in the file.
    skipped: usize,
}

impl<'a> Source<'a> {
    /// The text, and a complaint about each character that has no business in it. Errors are boxed for their size.
    pub(super) fn new(
        file: &str,
        bytes: &'a [u8],
    ) -> Result<(Self, Vec<Diagnostic>), Box<Diagnostic>> {
        let file: Arc<str> = file.into();
        let whole = std::str::from_utf8(bytes).map_err(|error| not_text(&file, bytes, &error))?;
        let text = whole.strip_prefix(BOM).unwrap_or(whole);
        let source = Self {
            file,
            text,
            skipped: whole.len() - text.len(),
        };
        let complaints = source.refused();
        Ok((source, complaints))
    }

    /// Control characters and the code points unknown values are marked with.
    fn refused(&self) -> Vec<Diagnostic> {
        let mut complaints = Vec::new();
        for (offset, character) in self.text.char_indices() {
            let control =
                character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}');
            if !control && !unknown::reserved(character) {
                continue;
            }
            let place = self.at(offset, offset + character.len_utf8());
            let code = u32::from(character);
            complaints.push(
                Diagnostic::error(format!("character U+{code:04X} is not allowed here"))
                    .at(&place)
                    .hint("remove it, or write it as an escape in double quotes"),
            );
        }
        complaints
    }

    pub(super) fn place(&self, span: &Span) -> Place {
        let mut place = self.point(&span.start);
        place.end = span
            .end
            .byte_offset()
            .map_or(place.start, |end| end + self.skipped);
        place
    }

    pub(super) fn point(&self, marker: &Marker) -> Place {
        let start = marker.byte_offset().unwrap_or_default() + self.skipped;
        Place {
            file: self.file.clone(),
            line: u32::try_from(marker.line()).unwrap_or(u32::MAX),
            column: u32::try_from(marker.col() + 1).unwrap_or(u32::MAX),
            start,
            end: start,
        }
    }

    /// A place by byte offsets into `text`.
    pub(super) fn at(&self, start: usize, end: usize) -> Place {
        let (line, column) = position(self.text, start);
        Place {
            file: self.file.clone(),
            line,
            column,
            start: start + self.skipped,
            end: end + self.skipped,
        }
    }

    /// What was written at a place.
    pub(super) fn written(&self, place: &Place) -> &'a str {
        let start = place.start.saturating_sub(self.skipped);
        let end = place.end.saturating_sub(self.skipped);
        self.text.get(start..end).unwrap_or_default()
    }

    /// A line by its number, without its end.
    pub(super) fn line(&self, number: u32) -> &'a str {
        let index = (number as usize).saturating_sub(1);
        self.text.lines().nth(index).unwrap_or_default()
    }

    /// What a file without a document holds.
    pub(super) fn empty(&self) -> Node {
        Node {
            place: self.at(0, 0),
            tag: None,
            kind: NodeKind::Null,
        }
    }
}

/// 1-based line and column, in characters, of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (
        u32::try_from(line).unwrap_or(u32::MAX),
        u32::try_from(column).unwrap_or(u32::MAX),
    )
}

fn not_text(file: &Arc<str>, bytes: &[u8], error: &std::str::Utf8Error) -> Box<Diagnostic> {
    let valid = error.valid_up_to();
    let before = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
    let (line, column) = position(before, valid);
    let place = Place {
        file: file.clone(),
        line,
        column,
        start: valid,
        end: valid + 1,
    };
    Box::new(
        Diagnostic::error("the file is not UTF-8 text")
            .at(&place)
            .hint("save it as UTF-8"),
    )
}
