//! The terminal: whether there is one, what fits on it, and the question asked on it.
use crate::argument::{Colour, Run};
use play_report::{Style, Verbosity};
use std::io::{BufRead, IsTerminal, Write};

/// How the run is shown.
pub(crate) fn style(run: &Run) -> Style {
    let verbosity = match (run.quiet, run.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        _ => Verbosity::Verbose,
    };
    Style {
        verbosity,
        diff: !run.no_diff,
        ..Style::of_stdout()
    }
}

/// `--color` holds for both streams, and for every command.
pub(crate) fn decide_colour(said: Colour) {
    play_report::decide_colour(match said {
        Colour::Always => Some(true),
        Colour::Never => Some(false),
        Colour::Auto => None,
    });
}

/// Someone can be asked.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks; anything but yes is no.
pub(crate) fn ask(question: &str) -> bool {
    let answer = read(&format!("{question} [y/N] ")).unwrap_or_default();
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// A line that is typed behind these words; None where standard input is at its end.
pub(crate) fn read(words: &str) -> Option<String> {
    // Standard error is let go before the answer is waited for: an interrupt has something to say meanwhile.
    let mut err = std::io::stderr();
    drop(write!(err, "{words}").and_then(|()| err.flush()));
    let mut answer = String::new();
    let length = std::io::stdin().lock().read_line(&mut answer).ok()?;
    (length > 0).then(|| answer.trim_end_matches(['\r', '\n']).to_owned())
}

/// One line for people, on stderr: stdout may be read by a program.
pub(crate) fn say(words: &str) {
    drop(writeln!(std::io::stderr().lock(), "{words}"));
}

/// Text on stdout; a reader that has gone away is no failure.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// "1 host", "2 hosts".
pub(crate) fn count(number: usize, word: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {word}{end}")
}
