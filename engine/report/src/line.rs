//! A line of text in tones. Everything that is shown passes through here, so everything shown is inert.
use crate::inert::inert;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// What a piece of text means; the colour follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tone {
    Plain,
    Strong,
    Dim,
    Host,
    Create,
    Update,
    Delete,
    Run,
    Unknown,
    Failed,
    /// The words of a line that are new.
    CreateWord,
    /// The words of a line that go.
    DeleteWord,
}

impl Tone {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Host | Self::Run => colour(AnsiColor::Cyan),
            Self::Create => colour(AnsiColor::Green),
            Self::Update => colour(AnsiColor::Yellow),
            Self::Delete => colour(AnsiColor::Red),
            Self::Unknown => colour(AnsiColor::Magenta),
            Self::Failed => colour(AnsiColor::Red).bold(),
            Self::CreateWord => colour(AnsiColor::Green).bold().underline(),
            Self::DeleteWord => colour(AnsiColor::Red).bold().underline(),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pieces: Vec<(Tone, String)>,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn plain(text: &str) -> Self {
        Self::new().then(Tone::Plain, text)
    }

    #[must_use]
    pub(crate) fn then(mut self, tone: Tone, text: &str) -> Self {
        if !text.is_empty() {
            self.pieces.push((tone, inert(text).into_owned()));
        }
        self
    }

    /// Another line's pieces behind this one's.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    #[must_use]
    pub(crate) fn indent(mut self, columns: usize) -> Self {
        if columns > 0 && !self.pieces.is_empty() {
            self.pieces.insert(0, (Tone::Plain, " ".repeat(columns)));
        }
        self
    }

    /// Blank up to a column; at least two blanks, so that columns never touch.
    #[must_use]
    pub(crate) fn pad(self, column: usize) -> Self {
        let blanks = column.saturating_sub(self.width()).max(2);
        self.then(Tone::Plain, &" ".repeat(blanks))
    }

    /// Columns, counting each character as one.
    pub(crate) fn width(&self) -> usize {
        self.pieces
            .iter()
            .map(|(_, text)| text.chars().count())
            .sum()
    }

    pub(crate) fn paint(&self, colour: bool) -> String {
        let mut out = String::new();
        for (tone, text) in &self.pieces {
            let style = tone.style();
            let _ = if colour && *tone != Tone::Plain {
                write!(out, "{style}{text}{style:#}")
            } else {
                write!(out, "{text}")
            };
        }
        out
    }
}

/// Words, separated as given, on as many lines as the width asks for.
pub(crate) fn wrap(words: &[String], separator: &str, width: usize, tone: Tone) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        let room = text.chars().count() + word.chars().count() + separator.len();
        if !text.is_empty() && room > width {
            lines.push(Line::new().then(tone, text.trim_end()));
            text.clear();
        }
        text.push_str(word);
        if at + 1 < words.len() {
            text.push_str(separator);
        }
    }
    lines.push(Line::new().then(tone, &text));
    lines
}

/// "1 host", "2 hosts".
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// "0.8 s", "2 min 05 s".
pub(crate) fn duration(milliseconds: u64) -> String {
    match milliseconds / 1000 {
        0..60 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        seconds @ 60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}
