//! Programs users name.
use super::account::{self, Account};
use super::staging::Staging;
use crate::Context;
use crate::program::{Ended, Program};
use play_core::act::Command;
use play_core::{Effect, Fault, Resource, Value};
use std::time::Duration;

/// Runs a program that only reads, in checks too: `rc`, `stdout`, `stderr` and their lines, whatever its exit code.
pub fn reads(
    argv: &[String],
    directory: Option<&str>,
    stdin: Option<&str>,
    context: &Context,
) -> Result<Value, Fault> {
    let command = Command {
        argv: argv.to_vec(),
        directory: directory.map(str::to_owned),
        stdin: stdin.map(str::to_owned),
        ..Command::default()
    };
    let (ended, argv) = execute(&command, context)?;
    Ok(output(&ended, &argv))
}

/// Runs a program; an exit code it was not said to accept is a fault.
pub fn run(command: &Command, context: &Context) -> Result<Effect, Fault> {
    let (ended, argv) = execute(command, context)?;
    let output = output(&ended, &argv);
    let accepted = match command.accepts.as_slice() {
        [] => ended.code == 0,
        codes => codes.contains(&ended.code),
    };
    if accepted {
        return Ok(Effect { output });
    }
    match ended.fault() {
        Fault::Program {
            program,
            status,
            words,
            ..
        } => Err(Fault::Program {
            program,
            status,
            words,
            output: Box::new(output),
        }),
        fault => Err(fault),
    }
}

fn execute(command: &Command, context: &Context) -> Result<(Ended, Vec<String>), Fault> {
    if let Some(directory) = &command.directory {
        require_directory(directory)?;
    }
    let acting = context
        .acts_as
        .as_deref()
        .map(account::require)
        .transpose()?;
    let mut argv = command.argv.clone();
    let staging = match &command.script {
        Some(text) => {
            let staging = Staging::open(acting.as_ref())?;
            argv.push(staging.file("script", text.as_bytes(), 0o700)?);
            Some(staging)
        }
        None => None,
    };
    let ended = program(&argv, command, context, acting.as_ref())?.run();
    drop(staging);
    ended.map(|ended| (ended, argv))
}

fn program(
    argv: &[String],
    command: &Command,
    context: &Context,
    acting: Option<&Account>,
) -> Result<Program, Fault> {
    let Some((name, arguments)) = argv.split_first().filter(|(name, _)| !name.is_empty()) else {
        return Err(Fault::arguments("the command names no program"));
    };
    let mut program = Program::new(name).args(arguments);
    if let Some(account) = acting {
        program = program.account(account);
    }
    program = program.within(context);
    for (name, value) in &command.environment {
        program = program.env(name, value);
    }
    if let Some(directory) = &command.directory {
        program = program.directory(directory);
    }
    if let Some(text) = &command.stdin {
        program = program.stdin(text.as_bytes());
    }
    if let Some(seconds) = command.timeout {
        program = program.limit(Duration::from_secs(seconds));
    }
    Ok(program)
}

fn require_directory(directory: &str) -> Result<(), Fault> {
    match std::fs::metadata(directory) {
        Ok(status) if status.is_dir() => Ok(()),
        Ok(_) => Err(Fault::file("run in", directory, &"it is no directory")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Fault::Missing {
            resource: Resource::File(directory.to_owned()),
            hint: Some("chdir: names a directory that has to be there".into()),
        }),
        Err(error) => Err(Fault::file("run in", directory, &error)),
    }
}

/// What `register` gets: how it ended, what it said, and what was run.
fn output(ended: &Ended, argv: &[String]) -> Value {
    let mut output = ended.output();
    if let Value::Object(map) = &mut output {
        map.insert("cmd".into(), argv.to_vec().into());
    }
    output
}

#[cfg(test)]
mod tests;
