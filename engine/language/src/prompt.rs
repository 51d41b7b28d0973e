//! `vars_prompt`: values that whoever starts a run is asked for, before anything is sent.
use crate::template::password_hash;
use play_core::Place;

/// A question. One name is asked for once a run, whichever plays want it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    pub name: String,
    pub place: Place,
    /// What the terminal shows.
    pub words: String,
    /// What is typed is not shown, then or later.
    pub private: bool,
    /// Typed twice.
    pub confirm: bool,
    /// The value where nothing is typed, as text.
    pub default: Option<String>,
    pub encrypt: Option<Encryption>,
}

/// The value becomes a hash as `/etc/shadow` has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Encryption {
    /// `sha512` or `sha256`.
    pub kind: String,
    /// None is a random one of so many characters.
    pub salt: Option<String>,
    pub salt_size: usize,
}

impl Prompt {
    /// The variable's value where this was typed; `random` is text to take a salt from, of `a-zA-Z0-9./`.
    pub fn value(&self, typed: &str, random: &str) -> Result<String, String> {
        let Some(Encryption {
            kind,
            salt,
            salt_size,
        }) = &self.encrypt
        else {
            return Ok(typed.to_owned());
        };
        let made: String = random.chars().take(*salt_size).collect();
        password_hash(typed, kind, salt.as_ref().unwrap_or(&made))
    }
}
