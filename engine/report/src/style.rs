//! How much is shown to a person, and how.
use anstream::{AutoStream, ColorChoice};
use std::io::{IsTerminal, stderr, stdout};

/// How things are shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub colour: bool,
    /// A person watches: show what is going on as it goes on.
    pub terminal: bool,
    /// Columns.
    pub width: usize,
    pub verbosity: Verbosity,
    /// Show what is inside the changes, too.
    pub diff: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Failures and the sum.
    Quiet,
    #[default]
    Normal,
    /// What is unchanged, what was skipped, what programs printed, and nothing cut short.
    Verbose,
}

/// Columns where there is neither a terminal to ask nor `COLUMNS`.
const WIDTH: usize = 100;

/// Colours wherever text goes, whatever it goes to: `Some` is what the user said, `None` leaves it to each stream.
pub fn decide_colour(said: Option<bool>) {
    match said {
        Some(true) => ColorChoice::Always,
        Some(false) => ColorChoice::Never,
        None => ColorChoice::Auto,
    }
    .write_global();
}

/// Standard error takes colours: as [`Style::of_stdout`].
pub fn colour_on_stderr() -> bool {
    AutoStream::choice(&stderr()) != ColorChoice::Never
}

/// `COLUMNS`, as other programs take it; else what the terminal says of itself.
fn width() -> usize {
    let said = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let asked = || {
        rustix::termios::tcgetwinsize(stdout())
            .map(|size| usize::from(size.ws_col))
            .ok()
    };
    said.or_else(asked)
        .filter(|columns| *columns >= 40)
        .unwrap_or(WIDTH)
}

impl Style {
    /// What standard output can show: colour only on a terminal that wants it (`NO_COLOR`, `CLICOLOR`, `TERM=dumb`).
    pub fn of_stdout() -> Self {
        Self {
            colour: AutoStream::choice(&stdout()) != ColorChoice::Never,
            terminal: stdout().is_terminal(),
            width: width(),
            ..Self::plain()
        }
    }

    /// For a file or a pipe.
    pub fn plain() -> Self {
        Self {
            colour: false,
            terminal: false,
            width: WIDTH,
            verbosity: Verbosity::Normal,
            diff: true,
        }
    }

    pub(crate) fn verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// So many of `count` lines are shown where `usual` is enough for most.
    pub(crate) fn cut(&self, count: usize, usual: usize) -> usize {
        // A cut that would hide a line or two says as much as the lines themselves.
        if self.verbose() || count <= usual + 2 {
            count
        } else {
            usual
        }
    }
}
