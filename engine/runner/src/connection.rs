//! A way to a host: whom to reach, how, and the byte pipe that comes of it.
mod authentication;
mod both_ways;
mod client;
mod fault;
mod hop;
mod host_key;
mod identity;
mod jump;
mod known_hosts;
mod local;
mod options;
mod pattern;
mod pipe;
mod prompt_stream;
mod proxy_command;
mod refusals;
mod resolve;
mod settings;
mod ssh;
mod ssh_config;
mod ssh_program;
mod target;
mod tokens;

pub use fault::{ConnectFault, Stage};
pub use options::{AgentImage, AskPassphrase, HostKeys, Options};
pub(crate) use pipe::{Ending, Output, Pipe};
pub use target::{Kind, Target};

/// Starts `command` on the host: through its login shell over SSH, through `/bin/sh` on this machine.
/// `fresh` opens a new connection even where one to the host is open.
pub(crate) async fn start(
    target: &Target,
    options: &Options,
    command: &str,
    fresh: bool,
) -> Result<Pipe, ConnectFault> {
    match target.kind {
        Kind::Ssh => ssh::start(target, options, command, fresh).await,
        Kind::Local | Kind::Simulated => local::start(&["/bin/sh", "-c", command]),
    }
}

/// Starts a program of this machine with these arguments.
pub(crate) fn start_here(words: &[&str]) -> Result<Pipe, ConnectFault> {
    local::start(words)
}
