//! A checksum as users write it, and the digest of what came.
use play_core::Fault;
use sha2::{Digest, Sha256, Sha512};

/// The two digests that are safe to rely on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Sha256,
    Sha512,
}

impl Kind {
    fn of(hexadecimal: &str) -> Option<Self> {
        match hexadecimal.len() {
            64 => Some(Self::Sha256),
            128 => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// What is written in `checksum`.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Written {
    /// The digest itself, in lower case.
    Digest(Kind, String),
    /// A list of digests by file name, at a URL; the kind where it was named.
    List(Option<Kind>, String),
}

/// Reads `sha256:HEX`, `sha512:HEX`, a bare digest, or either prefix or none before a URL of a list.
pub(crate) fn read(text: &str) -> Result<Written, Fault> {
    let (kind, rest) = match text.split_once(':') {
        Some(("sha256", rest)) => (Some(Kind::Sha256), rest),
        Some(("sha512", rest)) => (Some(Kind::Sha512), rest),
        _ => (None, text),
    };
    let rest = rest.trim();
    if rest.starts_with("https://") || rest.starts_with("http://") {
        return Ok(Written::List(kind, rest.to_owned()));
    }
    hexadecimal(rest)
        .filter(|(found, _)| kind.is_none_or(|kind| kind == *found))
        .map(|(kind, digest)| Written::Digest(kind, digest))
        .ok_or_else(|| {
            Fault::arguments(format!(
                "not a checksum: `{text}` (write sha256:HEX, sha512:HEX or sha256:URL of a list; MD5 and SHA-1 prove nothing)"
            ))
        })
}

fn hexadecimal(text: &str) -> Option<(Kind, String)> {
    let sound = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    Kind::of(text)
        .filter(|_| sound)
        .map(|kind| (kind, text.to_lowercase()))
}

/// The digest of a file in a list: `HEX  name`, `HEX *name`, `SHA256 (name) = HEX`, or a digest alone.
pub(crate) fn listed(list: &str, names: &[&str], kind: Option<Kind>) -> Option<(Kind, String)> {
    let fits = |name: &str| {
        let name = name.trim().trim_start_matches('*');
        names.contains(&name.rsplit('/').next().unwrap_or(name))
    };
    let mut lines = list.lines().filter(|line| !line.trim().is_empty());
    let found = lines.clone().find_map(|line| {
        let (digest, name) = if let Some((head, digest)) = line.rsplit_once(") = ") {
            (digest, head.split_once('(')?.1)
        } else {
            line.trim().split_once(char::is_whitespace)?
        };
        hexadecimal(digest.trim())
            .filter(|(found, _)| fits(name) && kind.is_none_or(|k| k == *found))
    });
    found.or_else(|| {
        let (only, more) = (lines.next()?, lines.next());
        hexadecimal(only.trim()).filter(|_| more.is_none())
    })
}

/// Both digests at once would be one too many.
pub(crate) enum Sum {
    Short(Sha256),
    Long(Box<Sha512>),
}

impl Sum {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sha256 => Self::Short(Sha256::new()),
            Kind::Sha512 => Self::Long(Box::new(Sha512::new())),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Short(sum) => sum.update(bytes),
            Self::Long(sum) => sum.update(bytes),
        }
    }

    pub(crate) fn digest(self) -> String {
        match self {
            Self::Short(sum) => format!("{:x}", sum.finalize()),
            Self::Long(sum) => format!("{:x}", sum.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_users_write() {
        let digest = "AB".repeat(32);
        let lower = digest.to_lowercase();
        let plain = Written::Digest(Kind::Sha256, lower.clone());
        assert_eq!(read(&format!("sha256:{digest}")).ok(), Some(plain));
        assert!(read(&format!("sha512:{digest}")).is_err());
        assert!(read("md5:d41d8cd98f00b204e9800998ecf8427e").is_err());
        let other = "00".repeat(32);
        for list in [
            format!("{other}  other.tar\n{digest}  ./dist/a.tar\n"),
            format!("{other} *other.tar\n{digest} *a.tar\n"),
            format!("SHA256 (other.tar) = {other}\nSHA256 (a.tar) = {digest}\n"),
            format!("{digest}\n"),
        ] {
            let found = listed(&list, &["a.tar"], None);
            assert_eq!(found, Some((Kind::Sha256, lower.clone())), "{list}");
        }
        assert_eq!(
            listed(&format!("{other}  other.tar\n"), &["a.tar"], None),
            None
        );
    }
}
