//! Digests of text.
use super::{Arguments, Flow, Helper, helper};
use play_core::Value;
use sha2::{Digest, Sha256, Sha512};
use std::fmt::Write;

pub(super) const TABLE: &[Helper] = &[
    helper(
        "hash",
        "hash text [\"sha256\"]",
        "The digest in hexadecimal: sha256 (default) or sha512.",
        Flow::Opaque,
        hash,
    ),
    helper(
        "checksum",
        "checksum text",
        "The sha256 digest in hexadecimal.",
        Flow::Opaque,
        |a| Ok(hex(&Sha256::digest(a.text(0)?)).into()),
    ),
];

fn hash(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?;
    match arguments.text_option("hashtype", 1, "sha256").as_str() {
        "sha256" => Ok(hex(&Sha256::digest(text)).into()),
        "sha512" => Ok(hex(&Sha512::digest(text)).into()),
        other => Err(format!("no digest `{other}`: use sha256 or sha512")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
