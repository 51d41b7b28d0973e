//! Digests of text.
use super::{Arguments, Flow, Helper, helper};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, Mac, digest::KeyInit};
use play_core::Value;
use sha_crypt::{Sha256Params, Sha512Params, sha256_crypt_b64, sha512_crypt_b64};
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
    helper(
        "hmac",
        "hmac text key [\"sha256\"] [encoding=\"hex\"]",
        "The keyed digest of a text (RFC 2104), sha256 or sha512, in hex, base64 or base64url (without `=`): what signs a token or a request.",
        Flow::Opaque,
        hmac,
    ),
    helper(
        "password_hash",
        "password_hash password \"sha512\" salt",
        "The hash of a password as /etc/shadow has it, sha512 or sha256. The salt is given, 1 to 16 of `a-zA-Z0-9./`: one that differs each time would make every run a change.",
        Flow::Opaque,
        password_hash,
    ),
];

/// The default of crypt(5): it is not written into the hash.
const ROUNDS: usize = 5000;

fn password_hash(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?;
    let kind = arguments.text_option("hashtype", 1, "sha512");
    let salt = arguments.text_option("salt", 2, "");
    crypt(&text, &kind, &salt).map(Value::from)
}

/// A password as `/etc/shadow` has it; `kind` is `sha512` or `sha256`.
pub(crate) fn crypt(password: &str, kind: &str, salt: &str) -> Result<String, String> {
    let allowed = |one: char| one.is_ascii_alphanumeric() || matches!(one, '.' | '/');
    if !(1..=16).contains(&salt.len()) || !salt.chars().all(allowed) {
        return Err(
            "needs a salt of 1 to 16 of `a-zA-Z0-9./`, such as secret('NAME_salt', length=16): a random one would make every run a change".into(),
        );
    }
    let (password, bytes) = (password.as_bytes(), salt.as_bytes());
    let hash = match kind {
        "sha512" => Sha512Params::new(ROUNDS)
            .and_then(|rounds| sha512_crypt_b64(password, bytes, &rounds))
            .map(|hash| format!("$6${salt}${hash}")),
        "sha256" => Sha256Params::new(ROUNDS)
            .and_then(|rounds| sha256_crypt_b64(password, bytes, &rounds))
            .map(|hash| format!("$5${salt}${hash}")),
        other => return Err(format!("no hash `{other}`: use sha512 or sha256")),
    };
    hash.map_err(|_| "the password cannot be hashed".into())
}

fn hash(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?;
    match arguments.text_option("hashtype", 1, "sha256").as_str() {
        "sha256" => Ok(hex(&Sha256::digest(text)).into()),
        "sha512" => Ok(hex(&Sha512::digest(text)).into()),
        other => Err(format!("no digest `{other}`: use sha256 or sha512")),
    }
}

fn hmac(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (text, key) = (arguments.text(0)?, arguments.text(1)?);
    if key.is_empty() {
        return Err("needs a key, such as secret('NAME', length=48)".into());
    }
    let code = match arguments.text_option("algorithm", 2, "sha256").as_str() {
        "sha256" => keyed::<Hmac<Sha256>>(&key, &text),
        "sha512" => keyed::<Hmac<Sha512>>(&key, &text),
        other => return Err(format!("no digest `{other}`: use sha256 or sha512")),
    };
    let code = match arguments.text_option("encoding", 3, "hex").as_str() {
        "hex" => hex(&code),
        "base64" => STANDARD.encode(code),
        "base64url" => URL_SAFE_NO_PAD.encode(code),
        other => {
            return Err(format!(
                "no encoding `{other}`: use hex, base64 or base64url"
            ));
        }
    };
    Ok(code.into())
}

fn keyed<M: Mac + KeyInit>(key: &str, text: &str) -> Vec<u8> {
    // a key of any length does
    let code = <M as KeyInit>::new_from_slice(key.as_bytes()).map(|code| code.chain_update(text));
    code.map_or_else(|_| Vec::new(), |code| code.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
