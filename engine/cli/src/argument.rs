//! What can be said on the command line.
mod foreign;
pub(crate) mod init;
pub(crate) mod plan;
pub(crate) mod roles;
pub(crate) mod rollback;
pub(crate) mod vault;

use clap::error::ContextKind;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

const AFTER: &str = "\
Exit codes: 0 done; 1 a task failed, a host was unreachable, or a change was undone;
2 (with --detailed-exitcode) something changed or would; 3 what was written is wrong, nothing was touched; 130 interrupted.";

/// Plans every host, shows the plan, asks, applies, verifies, sums up.
#[derive(Parser)]
#[command(name = "play", version, about, after_help = AFTER, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(crate) struct Line {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: Run,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Begins a project of your own, here or in FOLDER; with --role, one more role
    Init(init::Init),
    /// Checks what is written, and connects to nothing
    Lint(Project),
    /// Draws the graph: what runs after what, and why
    Graph(Graph),
    /// Shows a variable of a host: its value, every definition, and which one won
    Explain(Explain),
    /// Shows hosts, groups and variables
    Inventory(Inventory),
    /// Shows what is known of hosts
    Facts(Facts),
    /// The manual of a module, of a role (`doc role NAME`), of a filter (`doc filter NAME`); or the list of them
    Doc {
        module: Option<String>,
        /// The role or filter, behind that word
        name: Option<String>,
    },
    /// JSON schema of a module's arguments, or of all, for editors
    Schema { module: Option<String> },
    /// Plans, and keeps the plan where -o says
    Plan(plan::Plan),
    /// Does what a kept plan says, or nothing where a host has moved since
    Apply(plan::Apply),
    /// Undoes what can be undone of an earlier run, and names what cannot
    Rollback(rollback::Rollback),
    /// Secrets in the repository: identities, encrypted files and values
    #[command(subcommand)]
    Vault(vault::Vault),
    /// Roles of other repositories: roles.yml names them, roles.lock fixes them
    #[command(subcommand)]
    Roles(roles::Roles),
    /// Completion for a shell
    Completion { shell: clap_complete::Shell },
}

/// What is loaded.
#[derive(Args, Clone, Default)]
pub(crate) struct Project {
    /// Playbooks, run in this order
    #[arg(value_name = "PLAYBOOK")]
    pub playbooks: Vec<PathBuf>,
    /// An inventory: a file, a folder, or hosts with commas. Default: inventories/default, then hosts.yml
    #[arg(short, long, env = "PLAY_INVENTORY")]
    pub inventory: Vec<PathBuf>,
    /// Only these hosts: `vps3`, `web:&prod:!old`; what they need elsewhere is looked at, not touched
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Option<String>,
    /// Variables above all others: NAME=VALUE, @FILE, or a mapping in YAML or JSON
    #[arg(short, long = "extra-vars", value_name = "K=V|@FILE")]
    pub extra: Vec<String>,
    /// Only tasks with one of these tags
    #[arg(short, long, value_delimiter = ',')]
    pub tags: Vec<String>,
    /// No task with one of these tags
    #[arg(long, value_delimiter = ',')]
    pub skip_tags: Vec<String>,
}

/// How a line to a host is opened.
#[derive(Args, Clone, Default)]
pub(crate) struct Reach {
    /// The user to log in as, where the inventory does not say
    #[arg(short, long)]
    pub user: Option<String>,
    /// A private key to try first
    #[arg(long, value_name = "FILE")]
    pub private_key: Option<PathBuf>,
    /// Instead of ~/.ssh/config
    #[arg(short = 'F', long, value_name = "FILE")]
    pub ssh_config: Option<PathBuf>,
    /// Instead of the known_hosts files of ~/.ssh/config
    #[arg(long, value_name = "FILE")]
    pub known_hosts: Option<PathBuf>,
    /// Add keys of hosts that are not known yet; a key that changed is refused all the same
    #[arg(long)]
    pub accept_new_host_keys: bool,
    /// Seconds for a connection to be opened
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    pub connect_timeout: u64,
    /// Ask for the password to log in with, where no key is taken and the inventory has none
    #[arg(short = 'k', long)]
    pub ask_pass: bool,
    /// Ask for sudo's password
    #[arg(short = 'K', long)]
    pub ask_become_pass: bool,
}

/// What hosts remember of runs.
#[derive(Args, Clone)]
pub(crate) struct Journals {
    /// How many runs each host remembers the changes of, for `play rollback`
    #[arg(long, env = "PLAY_KEEP_RUNS", default_value_t = KEPT_RUNS, value_name = "N", value_parser = at_least_one, hide_env_values = true)]
    pub keep_runs: usize,
}

const KEPT_RUNS: usize = 100;

impl Default for Journals {
    fn default() -> Self {
        Self {
            keep_runs: KEPT_RUNS,
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number from 1 up".into()),
        Ok(number) => Ok(number),
    }
}

/// A run.
#[derive(Args, Clone, Default)]
pub(crate) struct Run {
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub reach: Reach,
    /// Show what would change, on every host, and why; change nothing
    #[arg(short = 'C', long)]
    pub check: bool,
    /// The plan shown is one that shall be applied later
    #[arg(skip)]
    pub kept: bool,
    /// Apply the plan without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Act on what the limited hosts need elsewhere, too
    #[arg(long)]
    pub with_needs: bool,
    /// How many hosts are worked on at once
    #[arg(short, long, default_value_t = 50, value_name = "N")]
    pub forks: usize,
    /// Exit with 2 where something changed or would change
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// For people, or for programs: one JSON object a line, or JUnit's XML
    #[arg(short, long, value_enum, default_value_t = Output::Human)]
    pub output: Output,
    /// Write a report as one HTML file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Leave the diffs out
    #[arg(long)]
    pub no_diff: bool,
    /// As Ansible's --diff: diffs are shown anyway
    #[arg(short = 'D', long, hide = true)]
    pub diff: bool,
    /// Show more: unchanged tasks, whole files; twice: connections
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
    /// Show failures and the sum only
    #[arg(short, long)]
    pub quiet: bool,
    /// Do not undo changes that can cut the line when no new connection confirms them
    #[arg(long)]
    pub no_undo: bool,
    /// Seconds such a change waits for its confirmation
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    pub confirm_within: u64,
    #[command(flatten)]
    pub journals: Journals,
    /// Colours
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    #[default]
    Human,
    Json,
    Junit,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Args, Clone)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub project: Project,
    /// A listing that says why each edge exists, or a drawing
    #[arg(long, value_enum, default_value_t = Drawing::List)]
    pub format: Drawing,
    /// Which roles run on which host, instead of every task
    #[arg(long)]
    pub overview: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drawing {
    List,
    Dot,
    Mermaid,
}

#[derive(Args, Clone)]
pub(crate) struct Explain {
    pub host: String,
    pub variable: String,
    /// Playbooks whose variables count, too
    #[arg(short, long, value_name = "PLAYBOOK")]
    pub playbook: Vec<PathBuf>,
    #[arg(short, long, env = "PLAY_INVENTORY")]
    pub inventory: Vec<PathBuf>,
    #[arg(short, long = "extra-vars", value_name = "K=V|@FILE")]
    pub extra: Vec<String>,
}

#[derive(Args, Clone)]
pub(crate) struct Inventory {
    #[arg(
        short,
        long = "inventory",
        value_name = "INVENTORY",
        env = "PLAY_INVENTORY"
    )]
    pub inventories: Vec<PathBuf>,
    /// Only these hosts
    #[arg(value_name = "PATTERN")]
    pub pattern: Option<String>,
    /// The variables of each host, too
    #[arg(long)]
    pub vars: bool,
}

#[derive(Args, Clone)]
pub(crate) struct Facts {
    /// Which hosts
    #[arg(value_name = "PATTERN", default_value = "all")]
    pub pattern: String,
    #[arg(short, long, env = "PLAY_INVENTORY")]
    pub inventory: Vec<PathBuf>,
    #[command(flatten)]
    pub reach: Reach,
}

/// Mistakes on the command line are mistakes in what was written: exit code 3, not clap's 2.
pub(crate) fn with_usage_exit() -> Vec<OsString> {
    let words: Vec<OsString> = std::env::args_os().collect();
    if let Err(error) = Line::try_parse_from(&words)
        && error.use_stderr()
    {
        let option = error.get(ContextKind::InvalidArg).map(ToString::to_string);
        let option = option.as_deref().and_then(|words| words.split('=').next());
        match option.and_then(|option| Some((option, foreign::replacement(option)?))) {
            Some((option, hint)) => crate::terminal::say(&format!(
                "error: there is no option {option}\n  = help: {hint}"
            )),
            None => drop(error.print()),
        }
        std::process::exit(3);
    }
    words
}
