//! Sealing and opening, in age's format (age-encryption.org/v1), armored.
use super::closed::{Closed, kinds};
use super::identity::Identities;
use super::keeper::Keeper;
use super::recipient::Recipient;
use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor};
use std::io::{Read, Write};

const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const BINARY: &[u8] = b"age-encryption.org/v1";

/// What the passphrase is asked of.
pub(super) const ENCRYPTED: &str = "what is encrypted";

/// For whom something is sealed.
pub enum To {
    Recipients(Vec<Recipient>),
    Passphrase(String),
}

/// Whether this is age's format, armored or not.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(ARMOR) || bytes.starts_with(BINARY)
}

/// Seals, as text.
pub fn seal(plain: &[u8], to: &To) -> Result<String, String> {
    let sealed = || -> Result<Vec<u8>, String> {
        let encryptor = match to {
            To::Recipients(list) => Encryptor::with_recipients(list.iter().map(Recipient::as_age))
                .map_err(|error| error.to_string())?,
            To::Passphrase(words) => {
                Encryptor::with_user_passphrase(SecretString::from(words.clone()))
            }
        };
        let armor = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor);
        let text = |error: std::io::Error| error.to_string();
        let mut writer = encryptor.wrap_output(armor.map_err(text)?).map_err(text)?;
        writer.write_all(plain).map_err(text)?;
        let armor = writer.finish().map_err(text)?;
        armor.finish().map_err(text)
    };
    sealed()
        .and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()))
        .map_err(|words| format!("cannot encrypt: {words}"))
}

/// Opens with whatever fits.
pub(super) fn open(
    sealed: &[u8],
    identities: &mut Identities,
    keeper: &dyn Keeper,
) -> Result<Vec<u8>, Closed> {
    let damaged = |words: &dyn std::fmt::Display| {
        Closed::Damaged(format!("it is encrypted, and damaged: {words}"))
    };
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(sealed.trim_ascii_start()))
        .map_err(|error| damaged(&error))?;
    let opened = if decryptor.is_scrypt() {
        let words = keeper.passphrase(ENCRYPTED).ok_or(Closed::NoKey)?;
        let key = age::scrypt::Identity::new(SecretString::from(words));
        decryptor.decrypt(std::iter::once(&key as &dyn age::Identity))
    } else {
        let ssh = kinds(sealed).iter().any(|kind| kind.starts_with("ssh-"));
        decryptor.decrypt(identities.fitting(ssh, keeper).into_iter())
    };
    let mut reader = opened.map_err(|error| match error {
        DecryptError::NoMatchingKeys
        | DecryptError::KeyDecryptionFailed
        | DecryptError::DecryptionFailed => Closed::NoKey,
        other => damaged(&other),
    })?;
    let mut plain = Vec::new();
    reader
        .read_to_end(&mut plain)
        .map_err(|error| damaged(&error))?;
    Ok(plain)
}
