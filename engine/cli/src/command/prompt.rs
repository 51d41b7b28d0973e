//! The questions of `vars_prompt`, asked before anything is sent.
use crate::disk;
use crate::terminal;
use play_core::Diagnostic;
use play_language::Loader;
use play_language::prompt::Prompt;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::BTreeMap;

/// Characters of salts, 64 of them: every byte stands for one.
const SALT: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./";

/// Every prompt's value; one that has its default as it is written is not among them.
pub(crate) fn answers(prompts: &[Prompt]) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
    let nobody = !terminal::can_ask();
    let open = |prompt: &&Prompt| prompt.default.is_none();
    if nobody && prompts.iter().any(|prompt| open(&prompt)) {
        return Err(prompts.iter().filter(open).map(unanswered).collect());
    }
    let mut answers = BTreeMap::new();
    for prompt in prompts {
        let answer = if nobody { Ok(None) } else { ask(prompt) };
        let value = answer.and_then(|typed| value(prompt, typed));
        match value {
            Ok(value) => answers.extend(value.map(|value| (prompt.name.clone(), value))),
            Err(words) => {
                let message = format!("`{}`: {words}", prompt.name);
                return Err(vec![Diagnostic::error(message).at(&prompt.place)]);
            }
        }
    }
    Ok(answers)
}

fn unanswered(prompt: &Prompt) -> Diagnostic {
    let name = &prompt.name;
    let message = format!("`{name}` is asked for, and there is no terminal to ask on");
    let hint = if prompt.private {
        format!("give it in a file: -e @FILE, with `{name}: …` in it; or write a `default`")
    } else {
        format!("give it with -e {name}=…, or write a `default`")
    };
    Diagnostic::error(message).at(&prompt.place).hint(hint)
}

/// What was typed; None where that was nothing and there is a default.
fn ask(prompt: &Prompt) -> Result<Option<String>, String> {
    let default = prompt.default.as_ref().filter(|_| !prompt.private);
    let words = match default {
        Some(default) => format!("{} [{default}]: ", prompt.words),
        None => format!("{}: ", prompt.words),
    };
    loop {
        let typed = read(prompt, &words)?;
        if typed.is_empty() && prompt.default.is_some() {
            return Ok(None);
        }
        if !prompt.confirm || read(prompt, &format!("confirm {words}"))? == typed {
            return Ok(Some(typed));
        }
        terminal::say("that was not the same twice");
    }
}

fn read(prompt: &Prompt, words: &str) -> Result<String, String> {
    if prompt.private {
        rpassword::prompt_password(words).map_err(|error| error.to_string())
    } else {
        terminal::read(words).ok_or_else(|| "nothing was typed".to_owned())
    }
}

fn value(prompt: &Prompt, typed: Option<String>) -> Result<Option<String>, String> {
    let typed = match (typed, &prompt.default) {
        (None, Some(default)) if prompt.encrypt.is_some() => default.clone(),
        (None, _) => return Ok(None),
        (Some(typed), _) => typed,
    };
    let value = prompt.value(&typed, &salt()?)?;
    if prompt.private && prompt.default.as_ref() != Some(&typed) {
        disk::vault().learn(&typed);
        disk::vault().learn(&value);
    }
    Ok(Some(value))
}

fn salt() -> Result<String, String> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| "the system gives no randomness".to_owned())?;
    let letters = bytes.iter().map(|byte| SALT[usize::from(byte % 64)]);
    Ok(letters.map(char::from).collect())
}
