//! Validators over staged content: what would be written is tried before it is in place.
use super::account;
use super::staging::Staging;
use crate::Context;
use crate::program::{Ended, Program};
use play_core::{Fault, Value};
use std::time::Duration;

/// A validator that does not come to an end is no validator.
const LIMIT: Duration = Duration::from_secs(60);

/// Null where the validator passes, or is not on this machine yet; else what it said, with the real path in it.
pub fn validate(
    path: &str,
    text: &str,
    argv: &[String],
    context: &Context,
) -> Result<Value, Fault> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(Fault::arguments("validate: names no program"));
    };
    if !argv.iter().any(|argument| argument.contains("%s")) {
        return Err(Fault::arguments(
            "validate: has no `%s`, the place of the file to be checked",
        ));
    }
    let acting = context
        .acts_as
        .as_deref()
        .map(account::require)
        .transpose()?;
    let staging = Staging::open(acting.as_ref())?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty());
    let staged = staging.file(name.unwrap_or("content"), text.as_bytes(), 0o600)?;
    let mut program = Program::new(&program.replace("%s", &staged))
        .args(
            arguments
                .iter()
                .map(|argument| argument.replace("%s", &staged)),
        )
        .limit(LIMIT)
        .within(context);
    if let Some(account) = &acting {
        program = program.account(account);
    }
    match program.run() {
        Ok(ended) if ended.code == 0 => Ok(Value::Null),
        Ok(ended) => Ok(Value::String(words(&ended).replace(&staged, path))),
        Err(Fault::Unsupported { .. }) => Ok(Value::Null),
        Err(fault) => Err(fault),
    }
}

fn words(ended: &Ended) -> String {
    let said = format!("{}{}", ended.err(), ended.out()).replace('\r', "");
    match said.trim() {
        "" => format!("{} ended with exit code {}", ended.name, ended.code),
        said => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(argv: &[&str]) -> Result<Value, Fault> {
        let argv: Vec<String> = argv.iter().map(|part| (*part).to_owned()).collect();
        validate("/etc/thing.conf", "good\n", &argv, &Context::default())
    }

    #[test]
    fn the_content_is_judged_under_its_own_suffix() {
        assert_eq!(with(&["grep", "-q", "good", "%s"]).ok(), Some(Value::Null));
        assert_eq!(with(&["no-such-validator", "%s"]).ok(), Some(Value::Null));
        let words = with(&["sh", "-c", "echo \"$0: bad\" >&2; exit 1", "%s"]);
        assert_eq!(words.ok(), Some(Value::from("/etc/thing.conf: bad")));
        assert!(matches!(with(&["true"]), Err(Fault::Arguments { .. })));
    }
}
