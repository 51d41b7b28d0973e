//! Lines of an authorized_keys file, sshd(8).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One line: a key, or anything else, which is kept as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyLine {
    /// The line as it was; None for one that is written anew.
    pub text: Option<String>,
    pub options: Option<String>,
    pub kind: String,
    /// The key itself in base64; None where the line holds none.
    pub blob: Option<String>,
    pub comment: String,
}

const KINDS: &[&str] = &[
    "ssh-ed25519",
    "ssh-rsa",
    "ssh-dss",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

impl KeyLine {
    /// A line that is there.
    pub(crate) fn read(text: &str) -> Self {
        let parsed = if text.trim_start().starts_with('#') {
            Self::default()
        } else {
            split(text).unwrap_or_default()
        };
        Self {
            text: Some(text.to_owned()),
            ..parsed
        }
    }

    pub(crate) fn line(&self) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        let parts = [
            self.options.as_deref().unwrap_or_default(),
            &self.kind,
            self.blob.as_deref().unwrap_or_default(),
            &self.comment,
        ];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }
}

/// A key as a user writes it; refused where it is not whole.
pub(crate) fn parse(text: &str) -> Result<KeyLine, String> {
    let short: String = text.chars().take(40).collect();
    if text.starts_with("http://") || text.starts_with("https://") {
        return Err(format!(
            "key `{short}` is an address; fetch the keys first and look at them"
        ));
    }
    if text.contains("PRIVATE KEY") {
        return Err("key is a private key; the public one is in the file with .pub".into());
    }
    let key = split(text).ok_or_else(|| {
        format!("key `{short}` is no public key; it begins like `ssh-ed25519 AAAA…`")
    })?;
    let blob = key.blob.as_deref().unwrap_or_default();
    let bytes = STANDARD.decode(blob).map_err(|_| {
        format!("key `{short}…` is not whole: its base64 does not end where it should")
    })?;
    if !whole(&bytes, &key.kind) {
        return Err(format!(
            "key `{short}…` is not whole, or not of the kind {}",
            key.kind
        ));
    }
    Ok(key)
}

/// The wire form is strings with their lengths before them, RFC 4253 section 6.6; the first is the kind.
fn whole(bytes: &[u8], kind: &str) -> bool {
    let mut rest = bytes;
    let mut strings = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        if length > after.len() {
            return false;
        }
        strings.push(&after[..length]);
        rest = &after[length..];
    }
    rest.is_empty() && strings.len() > 1 && strings[0] == kind.as_bytes()
}

/// Options, kind, key and comment; None where there is no key.
fn split(text: &str) -> Option<KeyLine> {
    let words = fields(text.trim());
    let at = words.iter().take(2).position(|word| KINDS.contains(word))?;
    let blob = words.get(at + 1)?;
    Some(KeyLine {
        text: None,
        options: (at == 1).then(|| words[0].to_owned()),
        kind: words[at].to_owned(),
        blob: Some((*blob).to_owned()),
        comment: words[at + 2..].join(" "),
    })
}

/// Words; spaces within double quotes do not part them.
fn fields(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quoted, mut escaped) = (None, false, false);
    for (at, character) in text.char_indices() {
        if character.is_whitespace() && !quoted {
            if let Some(begun) = start.take() {
                words.push(&text[begun..at]);
            }
            continue;
        }
        start.get_or_insert(at);
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = character == '\\' && !escaped;
    }
    if let Some(begun) = start {
        words.push(&text[begun..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn options_with_spaces_and_comments_are_told_apart() {
        let key = parse(&format!("command=\"a b\",no-pty {KEY} ada on laptop")).unwrap();
        assert_eq!(key.options.as_deref(), Some("command=\"a b\",no-pty"));
        assert_eq!(key.comment, "ada on laptop");
    }

    #[test]
    fn a_key_cut_short_is_refused() {
        assert!(parse(KEY).is_ok());
        for length in [KEY.len() - 1, KEY.len() - 4] {
            assert!(parse(&KEY[..length]).unwrap_err().contains("not whole"));
        }
    }
}
