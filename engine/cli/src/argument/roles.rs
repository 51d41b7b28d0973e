//! `play roles`: what can be said of it.
use clap::{Args, Subcommand};

#[derive(Subcommand, Clone)]
pub(crate) enum Roles {
    /// Fetches what roles.yml asks for, at the commits roles.lock names; what the lock does not name is chosen and written there
    Install,
    /// Looks for newer commits, shows what changes in the roles' variables, and takes them
    Update(Update),
    /// Shows each role: name, version, commit, and whether it is installed
    List,
    /// Exit code 1 where a role is missing, edited, or at another version than roles.lock says
    Check,
}

#[derive(Args, Clone)]
pub(crate) struct Update {
    /// Only these roles
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Show what would change, and change nothing
    #[arg(short = 'C', long)]
    pub check: bool,
}
