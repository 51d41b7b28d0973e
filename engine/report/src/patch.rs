//! The difference of two texts, line by line.
use crate::line::{Line, Tone};
use crate::style::Style;
use similar::{ChangeTag, TextDiff};
use std::time::Duration;

/// Lines of a new or deleted file, and of a change, that are enough for most.
const WHOLE: usize = 20;
const CHANGED: usize = 120;
/// A text so different that this is not enough is shown as replaced.
const PATIENCE: Duration = Duration::from_secs(1);

fn compare<'a>(before: Option<&'a str>, after: Option<&'a str>) -> TextDiff<'a, 'a, str> {
    TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(before.unwrap_or_default(), after.unwrap_or_default())
}

/// For people: three lines of context, the words that differ marked, cut to what can be read.
pub(crate) fn lines(before: Option<&str>, after: Option<&str>, style: &Style) -> Vec<Line> {
    let diff = compare(before, after);
    let whole = before.is_none() || after.is_none();
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        if !whole {
            lines.push(Line::new().then(Tone::Dim, &hunk.header().to_string()));
        }
        for change in hunk
            .ops()
            .iter()
            .flat_map(|op| diff.iter_inline_changes(op))
        {
            lines.push(line(
                change.tag(),
                &change.iter_strings_lossy().collect::<Vec<_>>(),
            ));
            if change.missing_newline() {
                lines.push(Line::new().then(Tone::Dim, "\\ no newline at the end"));
            }
        }
    }
    cut(lines, if whole { WHOLE } else { CHANGED }, style)
}

fn line(tag: ChangeTag, words: &[(bool, std::borrow::Cow<'_, str>)]) -> Line {
    let (sign, tone, word) = match tag {
        ChangeTag::Equal => (" ", Tone::Plain, Tone::Plain),
        ChangeTag::Delete => ("-", Tone::Delete, Tone::DeleteWord),
        ChangeTag::Insert => ("+", Tone::Create, Tone::CreateWord),
    };
    words
        .iter()
        .fold(Line::new().then(tone, sign), |line, (marked, text)| {
            line.then(
                if *marked { word } else { tone },
                text.trim_end_matches('\n'),
            )
        })
}

/// The first lines, and how many more there are.
pub(crate) fn cut(mut lines: Vec<Line>, usual: usize, style: &Style) -> Vec<Line> {
    let left = lines.len() - style.cut(lines.len(), usual);
    if left > 0 {
        lines.truncate(lines.len() - left);
        lines.push(Line::new().then(Tone::Dim, &format!("… {left} more lines (-v shows them)")));
    }
    lines
}

/// For programs: a patch as diff(1) writes it.
pub(crate) fn unified(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let name = |text: Option<&str>| text.map_or("/dev/null", |_| path).to_owned();
    compare(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&name(before), &name(after))
        .to_string()
}
