//! `play rollback`: what can be said of it.
use super::{Journals, Output, Project, Reach, Run};
use clap::{ArgAction, Args};
use std::path::PathBuf;

#[derive(Args, Clone)]
pub(crate) struct Rollback {
    /// The run's name, as its summary shows it
    pub run: String,
    #[arg(short, long, env = "PLAY_INVENTORY")]
    pub inventory: Vec<PathBuf>,
    /// Only these hosts
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Option<String>,
    #[command(flatten)]
    pub reach: Reach,
    /// Show what would be undone; change nothing
    #[arg(short = 'C', long)]
    pub check: bool,
    /// Undo without asking
    #[arg(short, long)]
    pub yes: bool,
    /// The run was the login account's, and became nobody else
    #[arg(long)]
    pub no_become: bool,
    /// For people, or for programs: one JSON object a line, or JUnit's XML
    #[arg(short, long, value_enum, default_value_t = Output::Human)]
    pub output: Output,
    /// Show more
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
    #[command(flatten)]
    pub journals: Journals,
}

impl Rollback {
    /// The same as a run of a playbook.
    pub(crate) fn as_run(&self, playbook: PathBuf) -> Run {
        Run {
            project: Project {
                playbooks: vec![playbook],
                inventory: self.inventory.clone(),
                limit: self.limit.clone(),
                ..Project::default()
            },
            reach: self.reach.clone(),
            check: self.check,
            yes: self.yes,
            forks: 50,
            output: self.output,
            verbose: self.verbose,
            confirm_within: 30,
            journals: self.journals.clone(),
            ..Run::default()
        }
    }
}
