//! The command line of `play`.
mod agent;
mod argument;
mod clock;
mod command;
mod disk;
mod exit;
mod keys;
mod sink;
mod terminal;

use argument::{Command, Line};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    play_runner::secrecy::close_memory();
    play_runner::limits::raise_open_files();
    let line = Line::parse_from(argument::with_usage_exit());
    terminal::decide_colour(line.run.color);
    trace(line.run.verbose);
    let exit = match line.command {
        None => command::run::run(&line.run),
        Some(Command::Init(arguments)) => command::init::run(&arguments),
        Some(Command::Lint(arguments)) => command::lint::run(&arguments),
        Some(Command::Graph(arguments)) => command::graph::run(&arguments),
        Some(Command::Explain(arguments)) => command::explain::run(&arguments),
        Some(Command::Inventory(arguments)) => command::inventory::run(&arguments),
        Some(Command::Facts(arguments)) => command::facts::run(&arguments),
        Some(Command::Doc { module, name }) => match (module.as_deref(), name.as_deref()) {
            (Some("role"), role) => command::role::run(role),
            (Some("filter"), name) => command::doc::filter(name),
            (module, None) => command::doc::run(module),
            (_, Some(word)) => command::doc::too_much(word),
        },
        Some(Command::Schema { module }) => command::doc::schema(module.as_deref()),
        Some(Command::Plan(arguments)) => command::plan::plan(&arguments),
        Some(Command::Apply(arguments)) => command::plan::apply(&arguments),
        Some(Command::Rollback(arguments)) => command::rollback::run(&arguments),
        Some(Command::Vault(command)) => command::vault::run(&command),
        Some(Command::Roles(command)) => command::roles::run(&command),
        Some(Command::Completion { shell }) => command::doc::completion(shell),
    };
    exit.into()
}

/// What the engine does, on stderr: `-vv` tells of connections, `-vvv` of more; `PLAY_LOG` says it in detail.
fn trace(verbose: u8) {
    let level = match verbose {
        0 | 1 => "off",
        2 => "play_runner=debug",
        _ => "debug",
    };
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("PLAY_LOG").unwrap_or_else(|_| level.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(play_report::colour_on_stderr())
        .with_target(false)
        .init();
}
