//! `play vault init`: an identity for this account, named among those who may open secrets.
use crate::{keys, terminal};
use play_language::vault::{generate, recipient_of, recipients};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Who may open what this project encrypts.
const LIST: &str = "vault/recipients.txt";

pub(super) fn init() -> Result<(), String> {
    let path = keys::own();
    let recipient = if path.exists() {
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let known = recipient_of(&text)
            .ok_or_else(|| format!("{} holds no identity of age", path.display()))?;
        terminal::say(&format!("{} is there already", path.display()));
        known
    } else {
        let made = make(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        terminal::say(&format!(
            "made {}: keep a copy where it is safe; without it nothing can be opened",
            path.display()
        ));
        made
    };
    name(&recipient)?;
    terminal::print(&format!("{recipient}\n"));
    Ok(())
}

fn make(path: &Path) -> std::io::Result<String> {
    let (text, recipient) = generate();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(recipient)
}

/// Adds the recipient to the list, once.
fn name(recipient: &str) -> Result<(), String> {
    let words = |error: std::io::Error| format!("{LIST}: {error}");
    let text = std::fs::read_to_string(LIST).unwrap_or_default();
    let listed = recipients(&text).map_err(|error| format!("{LIST}: {error}"))?;
    if listed.iter().any(|one| one.line == recipient) {
        return Ok(());
    }
    let user = std::env::var("USER").unwrap_or_else(|_| "someone".into());
    let heading = if text.is_empty() {
        "# Who may open this project's secrets: age1…, ssh-ed25519 … or ssh-rsa …, one a line\n"
    } else if text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    std::fs::create_dir_all("vault").map_err(words)?;
    let mut file: File = OpenOptions::new()
        .append(true)
        .create(true)
        .open(LIST)
        .map_err(words)?;
    file.write_all(format!("{heading}# {user}\n{recipient}\n").as_bytes())
        .map_err(words)?;
    terminal::say(&format!("{LIST} names it"));
    Ok(())
}
