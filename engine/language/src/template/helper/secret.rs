//! Secrets that are made once and kept in the vault beside the inventory.
use super::{Arguments, Flow, Helper, helper};
use crate::vault::Recipe;
use play_core::Value;

pub(super) const TABLE: &[Helper] = &[helper(
    "secret",
    "secret \"name\" [length=32] [characters=\"letters_digits\"]",
    "A secret made at random when it is first needed, kept encrypted beside the inventory, and the same ever after. \
     `characters` is letters_digits, hex, digits, symbols, or the characters themselves.",
    Flow::Opaque,
    secret,
)];

/// Of punctuation only what no shell, URL, YAML or INI file gives a meaning to.
const SYMBOLS: &str = "-_.";

fn secret(arguments: &Arguments<'_>) -> Result<Value, String> {
    let letters: String = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let characters = match arguments
        .text_option("characters", 2, "letters_digits")
        .as_str()
    {
        "letters_digits" => letters,
        "hex" => "0123456789abcdef".into(),
        "digits" => "0123456789".into(),
        "symbols" => letters + SYMBOLS,
        own => own.to_owned(),
    };
    let recipe = Recipe {
        length: usize::try_from(arguments.integer_option("length", 1, 32)).unwrap_or(0),
        characters,
    };
    arguments.names.secret(&arguments.text(0)?, &recipe)
}
