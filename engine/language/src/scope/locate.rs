//! Places inside texts: a mistake at a line and column of a value, as a place in the file.
use crate::yaml::position;
use play_core::Place;

/// The place of a line and column of a text that stands at `place`. Exact for what stands in its file as it is: plain and simple
/// quoted scalars, literal blocks, and whole files. For folded scalars it is where the value begins.
pub(crate) fn at(place: &Place, text: &str, line: u32, column: u32) -> Place {
    let span = place.end.saturating_sub(place.start);
    let quotes = match span.checked_sub(text.len()) {
        Some(0) => 0,
        Some(2) if !text.contains('\n') => 1,
        _ => return literal(place, text, line, column).unwrap_or_else(|| place.clone()),
    };
    let offset = offset_of(text, line, column);
    let start = place.start + quotes + offset;
    Place {
        file: place.file.clone(),
        line: place.line.max(1) + line.saturating_sub(1),
        column: match line {
            0 | 1 => place.column.max(1) + u32::from(quotes == 1) + column.saturating_sub(1),
            _ => column,
        },
        start,
        end: start,
    }
}

/// The place within a literal block (`|`): its lines stand in the file as they are, behind the same indentation.
fn literal(place: &Place, text: &str, line: u32, column: u32) -> Option<Place> {
    let indent = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let filled = |one: &&str| !one.is_empty();
    let behind = text.lines().skip(1).filter(filled).count() * indent;
    let span = place.end.saturating_sub(place.start);
    let whole = text.len() + behind;
    if !text.contains('\n') || (span != whole && span + 1 != whole) {
        return None;
    }
    let before = text.lines().take(line.saturating_sub(1) as usize + 1);
    let indents = before.skip(1).filter(filled).count() * indent;
    let start = place.start + offset_of(text, line, column) + indents;
    Some(Place {
        file: place.file.clone(),
        line: place.line + line.saturating_sub(1),
        column: place.column + column.saturating_sub(1),
        start,
        end: start,
    })
}

/// The place of a byte of a text that stands at `place`.
pub(crate) fn at_offset(place: &Place, text: &str, offset: usize) -> Place {
    let (line, column) = position(text, offset);
    at(place, text, line, column)
}

/// The byte of a text at a line and column, both from 1.
pub(crate) fn offset_of(text: &str, line: u32, column: u32) -> usize {
    let lines = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1) as usize);
    let before: usize = lines.map(str::len).sum();
    let rest = text[before..]
        .chars()
        .take(column.saturating_sub(1) as usize);
    before + rest.map(char::len_utf8).sum::<usize>()
}

/// The place of a whole file's text.
pub(crate) fn whole(file: &str, text: &str) -> Place {
    Place {
        file: file.into(),
        line: 1,
        column: 1,
        start: 0,
        end: text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns() {
        let place = Place {
            file: "f".into(),
            line: 3,
            column: 5,
            start: 20,
            end: 27,
        };
        let inside = at(&place, "é{{x}}", 1, 2);
        assert_eq!((inside.line, inside.column, inside.start), (3, 6, 22));
        let quoted = at(&place, "{{x}}", 1, 3);
        assert_eq!((quoted.line, quoted.column, quoted.start), (3, 8, 23));
        assert_eq!(at(&place, "something folded", 1, 3), place);
        // key: |
        //   one
        //
        //   two {{x}}
        let block = Place {
            file: "f".into(),
            line: 2,
            column: 3,
            start: 9,
            end: 9 + "one\n\n  two {{x}}\n".len(),
        };
        let third = at(&block, "one\n\ntwo {{x}}\n", 3, 7);
        assert_eq!((third.line, third.column, third.start), (4, 9, 22));
        let file = whole("f", "a\nbc");
        assert_eq!(
            (
                at(&file, "a\nbc", 2, 2).line,
                at(&file, "a\nbc", 2, 2).column
            ),
            (2, 2)
        );
    }
}
