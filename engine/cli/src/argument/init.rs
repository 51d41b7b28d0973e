//! `play init`: what can be said of it.
use clap::Args;
use std::path::PathBuf;

const AFTER: &str = "\
Nothing that is there is overwritten: where a file is in the way, it is named and nothing is written.

  play init servers && cd servers
  play site.yml --check      the plan for a host in memory: no server is needed";

#[derive(Args, Clone)]
#[command(after_help = AFTER)]
pub(crate) struct Init {
    /// Where to; it is made where it is not there, and may hold other files
    #[arg(default_value = ".", hide_default_value = true)]
    pub folder: PathBuf,
    /// Instead of a project, one more role: roles/NAME
    #[arg(long, value_name = "NAME")]
    pub role: Option<String>,
}
