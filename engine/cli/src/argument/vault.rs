//! `play vault`: what can be said of it.
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Subcommand, Clone)]
pub(crate) enum Vault {
    /// Makes an identity where there is none, and names it in vault/recipients.txt
    Init,
    /// Encrypts files in place, or one value for a file of variables
    Encrypt(Encrypt),
    /// Decrypts files in place
    Decrypt(Files),
    /// Opens a file in $EDITOR, out of other accounts' sight, and encrypts what comes back
    Edit(File),
    /// Shows a file, and the `!vault` values in it, decrypted
    View(File),
}

#[derive(Args, Clone)]
pub(crate) struct Encrypt {
    #[arg(value_name = "FILE", required_unless_present = "value")]
    pub files: Vec<PathBuf>,
    /// Asks for a value (or reads it from standard input), and prints it as a variable of this name
    #[arg(long, value_name = "NAME", conflicts_with = "files")]
    pub value: Option<String>,
    /// For whoever knows a passphrase, instead of the recipients
    #[arg(long)]
    pub passphrase: bool,
    #[command(flatten)]
    pub beside: Beside,
}

#[derive(Args, Clone)]
pub(crate) struct Files {
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

#[derive(Args, Clone)]
pub(crate) struct File {
    pub file: PathBuf,
    #[command(flatten)]
    pub beside: Beside,
}

/// Whose recipients.
#[derive(Args, Clone)]
pub(crate) struct Beside {
    /// The inventory whose vault/recipients.txt counts; where it has none, the one of this folder does
    #[arg(short, long, env = "PLAY_INVENTORY")]
    pub inventory: Vec<PathBuf>,
}
