//! `play plan` and `play apply`: what can be said of them.
use super::{Journals, Output, Project, Reach, Run};
use clap::{ArgAction, Args};
use std::path::PathBuf;

#[derive(Args, Clone)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub reach: Reach,
    /// Where to keep the plan, for `play apply`
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Act on what the limited hosts need elsewhere, too
    #[arg(long)]
    pub with_needs: bool,
    /// For people, or for programs: one JSON object a line, or JUnit's XML
    #[arg(long, value_enum, default_value_t = Output::Human)]
    pub output: Output,
    /// Show more
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

impl Plan {
    pub(crate) fn as_run(&self) -> Run {
        Run {
            project: self.project.clone(),
            reach: self.reach.clone(),
            check: true,
            kept: true,
            with_needs: self.with_needs,
            output: self.output,
            verbose: self.verbose,
            ..usual()
        }
    }
}

#[derive(Args, Clone)]
pub(crate) struct Apply {
    /// A plan that `play plan -o` kept
    pub file: PathBuf,
    #[command(flatten)]
    pub reach: Reach,
    /// For people, or for programs: one JSON object a line, or JUnit's XML
    #[arg(short, long, value_enum, default_value_t = Output::Human)]
    pub output: Output,
    /// Show more
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
    #[command(flatten)]
    pub journals: Journals,
}

impl Apply {
    pub(crate) fn as_run(&self, project: Project, with_needs: bool) -> Run {
        Run {
            project,
            reach: self.reach.clone(),
            yes: true,
            with_needs,
            output: self.output,
            verbose: self.verbose,
            journals: self.journals.clone(),
            ..usual()
        }
    }
}

/// What a run has where nothing else is said.
fn usual() -> Run {
    Run {
        forks: 50,
        confirm_within: 30,
        ..Run::default()
    }
}
