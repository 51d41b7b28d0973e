//! `play vault`: identities, and encrypted files and values.
#![expect(
    clippy::disallowed_methods,
    reason = "these commands are about files of the controller"
)]
mod edit;
mod init;

use super::load;
use crate::argument::vault::{Beside, Encrypt, Vault};
use crate::disk;
use crate::exit::Exit;
use crate::keys;
use crate::terminal;
use play_core::secret::SHORTEST;
use play_language::vault::is_sealed;
use std::io::{Read, Write};
use std::path::Path;

pub(crate) fn run(command: &Vault) -> Exit {
    let done = match command {
        Vault::Init => init::init(),
        Vault::Encrypt(arguments) => encrypt(arguments),
        Vault::Decrypt(arguments) => arguments.files.iter().try_for_each(|file| decrypt(file)),
        Vault::Edit(arguments) => {
            beside(&arguments.beside);
            edit::edit(&arguments.file)
        }
        Vault::View(arguments) => view(&arguments.file),
    };
    match done {
        Ok(()) => Exit::Done,
        Err(words) => {
            terminal::say(&format!("error: {words}"));
            Exit::Wrong
        }
    }
}

fn beside(arguments: &Beside) {
    disk::vault().keep_in(&load::folder(&load::inventories(&arguments.inventory)));
}

fn encrypt(arguments: &Encrypt) -> Result<(), String> {
    beside(&arguments.beside);
    let passphrase = arguments.passphrase.then(new_passphrase).transpose()?;
    let seal = |plain: &[u8]| disk::vault().seal(plain, passphrase.as_deref());
    let Some(name) = &arguments.value else {
        for file in &arguments.files {
            let plain = read(file)?;
            if is_sealed(&plain) {
                return Err(format!("{} is encrypted already", file.display()));
            }
            replace(file, seal(&plain)?.as_bytes())?;
        }
        return Ok(());
    };
    let value = value(name)?;
    if value.trim().len() < SHORTEST {
        return Err(format!(
            "a secret has at least {SHORTEST} characters: hiding a shorter one would blot out ordinary text"
        ));
    }
    let mut text = format!("{name}: !vault |\n");
    for line in seal(value.as_bytes())?.lines() {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    }
    terminal::print(&text);
    Ok(())
}

/// Asked where there is a terminal, else all of standard input without its last line end.
fn value(name: &str) -> Result<String, String> {
    if terminal::can_ask() {
        return rpassword::prompt_password(format!("value of {name}: "))
            .map_err(|error| error.to_string());
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| format!("standard input: {error}"))?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

fn new_passphrase() -> Result<String, String> {
    if !terminal::can_ask() {
        return disk::vault().passphrase().ok_or_else(|| {
            "there is no terminal to ask for a passphrase on, and no PLAY_VAULT_PASSPHRASE_FILE"
                .into()
        });
    }
    let ask = |words: &str| rpassword::prompt_password(words).map_err(|error| error.to_string());
    let first = ask("new passphrase: ")?;
    if first.len() < 8 {
        return Err("a passphrase has at least 8 characters".into());
    }
    if ask("once more: ")? != first {
        return Err("that was not the same".into());
    }
    Ok(first)
}

fn decrypt(file: &Path) -> Result<(), String> {
    let sealed = read(file)?;
    if !is_sealed(&sealed) {
        return Err(format!("{} is not encrypted", file.display()));
    }
    replace(file, &open(file, &sealed)?)
}

fn view(file: &Path) -> Result<(), String> {
    let bytes = read(file)?;
    let plain = if is_sealed(&bytes) {
        open(file, &bytes)?
    } else {
        values(&String::from_utf8_lossy(&bytes))
            .map_err(|words| format!("{}: {words}", file.display()))?
            .into_bytes()
    };
    let mut out = std::io::stdout().lock();
    drop(out.write_all(&plain).and_then(|()| out.flush()));
    Ok(())
}

/// A text with each armored block in it opened, as deep as it was.
fn values(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut block: Option<String> = None;
    for (at, line) in text.lines().enumerate() {
        let depth = &line[..line.len() - line.trim_start().len()];
        if line.trim() == "-----BEGIN AGE ENCRYPTED FILE-----" {
            block = Some(String::new());
        }
        let Some(sealed) = &mut block else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        sealed.push_str(line.trim());
        sealed.push('\n');
        if line.trim() == "-----END AGE ENCRYPTED FILE-----" {
            let plain = disk::vault()
                .open(sealed.as_bytes())
                .map_err(|words| format!("line {}: {words}", at + 1))?;
            for line in String::from_utf8_lossy(&plain).lines() {
                out.push_str(depth);
                out.push_str(line);
                out.push('\n');
            }
            block = None;
        }
    }
    Ok(out)
}

fn open(file: &Path, sealed: &[u8]) -> Result<Vec<u8>, String> {
    disk::vault()
        .open(sealed)
        .map_err(|words| format!("{}: {words}", file.display()))
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// Puts new content in a file's place, whole or not at all, with the mode it had.
fn replace(file: &Path, content: &[u8]) -> Result<(), String> {
    let words = |error: std::io::Error| format!("{}: {error}", file.display());
    let file = &std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut staged = keys::staged(file.parent().unwrap_or(Path::new(""))).map_err(words)?;
    staged.write_all(content).map_err(words)?;
    if let Ok(known) = std::fs::metadata(file) {
        staged
            .as_file()
            .set_permissions(known.permissions())
            .map_err(words)?;
    }
    staged.as_file().sync_all().map_err(words)?;
    staged.persist(file).map_err(|error| words(error.error))?;
    Ok(())
}
