//! The sign before a line: it means the same with colour and without.
use crate::line::Tone;
use play_core::diff::Action;
use play_core::event::TaskReport;
use play_core::{Diff, Outcome};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Symbol {
    /// Skipped.
    Dot,
    Same,
    /// It says something, and changes nothing.
    Says,
    Run,
    Create,
    Delete,
    Update,
    Unknown,
    Failed,
}

impl Symbol {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Dot => "·",
            Self::Same => "=",
            Self::Says => "»",
            Self::Run => "!",
            Self::Create => "+",
            Self::Delete => "-",
            Self::Update => "~",
            Self::Unknown => "?",
            Self::Failed => "✗",
        }
    }

    pub(crate) fn tone(self) -> Tone {
        match self {
            Self::Dot | Self::Same => Tone::Dim,
            Self::Says => Tone::Plain,
            Self::Run => Tone::Run,
            Self::Create => Tone::Create,
            Self::Delete => Tone::Delete,
            Self::Update => Tone::Update,
            Self::Unknown => Tone::Unknown,
            Self::Failed => Tone::Failed,
        }
    }

    pub(crate) fn of_diff(diff: &Diff) -> Self {
        match diff.action {
            Action::Create => Self::Create,
            Action::Update => Self::Update,
            Action::Delete => Self::Delete,
            Action::Run => Self::Run,
        }
    }

    pub(crate) fn of_report(report: &TaskReport) -> Self {
        match report.outcome {
            Outcome::Failed | Outcome::Unreachable => Self::Failed,
            Outcome::Unknown => Self::Unknown,
            Outcome::Skipped => Self::Dot,
            Outcome::Unchanged if !report.to_run => Self::Same,
            Outcome::Unchanged | Outcome::Changed => report
                .changes
                .iter()
                .map(Self::of_diff)
                .reduce(Self::joined)
                .unwrap_or(Self::Run),
        }
    }

    /// One sign for both: the graver; two different ways to change are an update.
    pub(crate) fn joined(self, other: Self) -> Self {
        let changes = [Self::Create, Self::Delete, Self::Update];
        if self != other && changes.contains(&self) && changes.contains(&other) {
            Self::Update
        } else {
            self.max(other)
        }
    }
}
