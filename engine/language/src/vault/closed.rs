//! What is said of what cannot be opened: who could, and which keys were tried.
use super::recipient::Recipient;
use age::armor::ArmoredReader;
use std::io::{BufRead, BufReader, Read};

/// Why something stays closed.
pub(super) enum Closed {
    NoKey,
    Damaged(String),
}

/// How much of a file is looked at for its header.
const HEADER: u64 = 1 << 16;

/// Lines of the header that name a key: its kind, and, for SSH keys, four bytes of its digest.
fn stanzas(sealed: &[u8]) -> Vec<Vec<String>> {
    let reader = ArmoredReader::new(sealed.trim_ascii_start());
    BufReader::new(reader.take(HEADER))
        .split(b'\n')
        .map_while(Result::ok)
        .take_while(|line| !line.starts_with(b"---"))
        .filter_map(|line| String::from_utf8(line).ok())
        .filter_map(|line| {
            let words = line.strip_prefix("-> ")?.split(' ');
            Some(words.map(str::to_owned).collect())
        })
        .collect()
}

/// `X25519`, `ssh-ed25519`, `ssh-rsa`, `scrypt`.
pub(super) fn kinds(sealed: &[u8]) -> Vec<String> {
    stanzas(sealed)
        .into_iter()
        .filter_map(|words| words.into_iter().next())
        .collect()
}

/// The whole sentence. `known` are recipients that may be recognised.
pub(super) fn words(sealed: &[u8], known: &[Recipient], tried: &[String]) -> String {
    let mut keys: Vec<String> = Vec::new();
    let mut own = 0;
    for stanza in stanzas(sealed) {
        match stanza.first().map(String::as_str) {
            Some("X25519") => own += 1,
            Some("scrypt") => keys.push("whoever knows its passphrase".into()),
            Some(kind @ ("ssh-ed25519" | "ssh-rsa")) => {
                let tag = stanza.get(1).cloned().unwrap_or_default();
                let named = known.iter().find(|one| one.tag().as_ref() == Some(&tag));
                keys.push(match named {
                    Some(one) => format!("the {kind} key of {}", one.name()),
                    None => format!("an {kind} key (digest begins with {tag})"),
                });
            }
            _ => {}
        }
    }
    match own {
        0 => {}
        1 => keys.push("the holder of one age key".into()),
        many => keys.push(format!("the holders of {many} age keys")),
    }
    let tried = if tried.is_empty() {
        "there is no key here".to_owned()
    } else {
        format!("the keys tried are {}", tried.join(", "))
    };
    format!(
        "it is encrypted and cannot be opened here: {} can; {tried} (another is named with PLAY_VAULT_IDENTITY, a passphrase with PLAY_VAULT_PASSPHRASE_FILE)",
        keys.join(", ")
    )
}

/// Where another program's vault is met, what to do.
pub(super) fn foreign(bytes: &[u8]) -> Option<String> {
    bytes.starts_with(b"$ANSIBLE_VAULT;").then(|| {
        "it was encrypted by ansible-vault; decrypt it there, then `play vault encrypt` it".into()
    })
}
