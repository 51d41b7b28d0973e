//! SHA-256 of contents: what large files are compared by.
use play_core::Content;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// SHA-256 in lower-case hexadecimal; empty for a download whose content nobody has seen yet.
pub(crate) fn sha256(content: &Content) -> String {
    match content {
        Content::Large { sha256, .. } => sha256.to_ascii_lowercase(),
        Content::Bytes(bytes) => {
            Sha256::digest(bytes)
                .iter()
                .fold(String::with_capacity(64), |mut text, byte| {
                    // Writing to a String cannot fail.
                    let _ = write!(text, "{byte:02x}");
                    text
                })
        }
    }
}

/// Whether two contents are the same, also where one is carried and the other only named.
pub(crate) fn same(one: &Content, two: &Content) -> bool {
    if let (Content::Bytes(one), Content::Bytes(two)) = (one, two) {
        one == two
    } else {
        let digest = sha256(one);
        !digest.is_empty() && digest == sha256(two)
    }
}

/// False for a file that a check only imagines to have been downloaded: nobody has seen what it holds.
pub(crate) fn seen(content: &Content) -> bool {
    !matches!(content, Content::Large { size: 0, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_their_digest_are_the_same() {
        let large = Content::Large {
            size: 3,
            sha256: "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD".into(),
        };
        assert!(same(&"abc".into(), &large));
        assert!(!same(&"abd".into(), &large));
    }
}
