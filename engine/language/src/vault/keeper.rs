//! What the vault asks of whoever may read keys and write files, and how secrets are made.
use super::{LEAST, Recipe};
use std::path::Path;

/// A file that holds identities.
#[derive(Clone)]
pub struct KeyFile {
    /// As messages name it.
    pub name: String,
    pub text: String,
}

/// Holds the keys, and keeps what is made.
pub trait Keeper: Send + Sync {
    /// Files with identities, age's own or of SSH, in the order they are tried.
    fn identities(&self) -> Vec<KeyFile>;
    /// The passphrase of what is named; asked once. None where nobody can be asked.
    fn passphrase(&self, of: &str) -> Option<String>;
    /// Writes a new file, whole or not at all; false where there is one by now.
    fn keep(&self, path: &Path, sealed: &[u8]) -> Result<bool, String>;
    /// Fills with randomness fit for keys.
    fn random(&self, bytes: &mut [u8]) -> Result<(), String>;
}

/// Names become file names, and recipes must make what nobody guesses.
pub(super) fn check(name: &str, recipe: &Recipe) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(fine) {
        return Err(format!(
            "`{name}` is no name for a secret: letters, digits, `_`, `-` and `.`"
        ));
    }
    if recipe.length < LEAST || recipe.length > 4096 {
        return Err(format!("a secret is {LEAST} to 4096 characters long"));
    }
    let different: std::collections::BTreeSet<char> = recipe.characters.chars().collect();
    if different.len() < 10 || !recipe.characters.is_ascii() || recipe.characters.len() > 128 {
        return Err("a secret is made of at least 10 different ASCII characters".into());
    }
    Ok(())
}

/// A text by the recipe, each character as likely as any other.
pub(super) fn random(keeper: &dyn Keeper, recipe: &Recipe) -> Result<String, String> {
    let characters = recipe.characters.as_bytes();
    // Bytes above the last full round of the alphabet would make its first characters likelier.
    let round = 256 - 256 % characters.len();
    let mut text = String::with_capacity(recipe.length);
    let mut bytes = [0; 64];
    while text.len() < recipe.length {
        keeper.random(&mut bytes)?;
        let fair = bytes.iter().map(|byte| usize::from(*byte));
        for byte in fair
            .filter(|byte| *byte < round)
            .take(recipe.length - text.len())
        {
            text.push(char::from(characters[byte % characters.len()]));
        }
    }
    Ok(text)
}
