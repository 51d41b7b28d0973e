//! Checksums as users write them: `sha256:` and the digits, or `sha256:` and the address of a list of them.
use crate::digest;
use play_core::probe::{HttpRequest, Observation, Probe};
use play_core::{Content, Fault, Query, View};

/// A checksum that a file must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checksum {
    pub algorithm: Algorithm,
    /// Lower-case hexadecimal.
    pub digits: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    fn length(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

impl Checksum {
    /// What a user wrote; an address is asked for its list, in which the line with the file's name counts.
    pub(crate) fn read(view: &dyn View, written: &str, url: &str) -> Result<Self, Fault> {
        let (name, value) = written.split_once(':').ok_or_else(|| {
            Fault::arguments(format!(
                "checksum `{written}` does not say which it is; write sha256:…"
            ))
        })?;
        let algorithm = Algorithm::parse(name).ok_or_else(|| {
            Fault::arguments(format!(
                "checksum `{name}` is not one that can be relied on; use sha256, sha384 or sha512"
            ))
        })?;
        let digits = if value.starts_with("http://") || value.starts_with("https://") {
            listed(view, value, url)?
        } else {
            value.trim().to_ascii_lowercase()
        };
        if digits.len() != algorithm.length() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Fault::arguments(format!(
                "checksum `{digits}` is no {name}: that has {} hexadecimal digits",
                algorithm.length()
            )));
        }
        Ok(Self { algorithm, digits })
    }

    /// As `Act::Download` wants it.
    pub(crate) fn written(&self) -> String {
        format!("{}:{}", self.algorithm.name(), self.digits)
    }

    /// Whether the file at a path, holding this, has the checksum.
    pub(crate) fn fits(
        &self,
        view: &dyn View,
        path: &str,
        content: &Content,
    ) -> Result<bool, Fault> {
        if self.algorithm == Algorithm::Sha256 {
            return Ok(digest::sha256(content) == self.digits);
        }
        // coreutils: large contents are known to us by SHA-256 only.
        let answer = view.ask(&Query::Reads {
            argv: vec![format!("{}sum", self.algorithm.name()), path.to_owned()],
            directory: None,
            stdin: None,
        })?;
        let words = answer["stdout"].as_str().unwrap_or_default();
        let digits = words.trim_start_matches('\\').split_whitespace().next();
        Ok(digits == Some(self.digits.as_str()))
    }
}

/// The digits in a list for the file an address names.
fn listed(view: &dyn View, list: &str, url: &str) -> Result<String, Fault> {
    let answer = view.ask(&Query::Probe(Probe::Http(HttpRequest {
        url: list.to_owned(),
        method: "GET".into(),
        follow: true,
        verify: true,
        timeout: 30,
        ..HttpRequest::default()
    })))?;
    let seen: Observation = serde_json::from_value(answer).map_err(|error| Fault::Bug {
        message: error.to_string(),
    })?;
    if seen.status != Some(200) {
        return Err(Fault::stated(format!("{list}: {}", seen.seen)));
    }
    let name = file_name(url);
    let of_line = |line: &str| -> Option<String> {
        // GNU writes `digits  name`, with `*` for binary; BSD `SHA256 (name) = digits`.
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [digits] => Some((*digits).to_owned()),
            [digits, file] if plain(file) == name => Some((*digits).to_owned()),
            [_, file, "=", digits] if file.trim_matches(['(', ')']) == name => {
                Some((*digits).to_owned())
            }
            _ => None,
        }
    };
    seen.body
        .lines()
        .find_map(of_line)
        .map(|digits| digits.to_ascii_lowercase())
        .ok_or_else(|| Fault::stated(format!("{list} does not list {name}")))
}

fn plain(file: &str) -> &str {
    let file = file.trim_start_matches('*');
    file.rsplit('/').next().unwrap_or(file)
}

/// The file's name in an address.
pub(crate) fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or_default()
}
