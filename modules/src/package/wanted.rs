//! A package as a user names it.
use play_core::{Fault, State};

/// One package asked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    /// A version, `*` in it standing for anything.
    pub(super) version: Option<String>,
    /// What there is of it.
    pub(super) before: State,
    /// Where it is to be purged and is not installed: what it has left.
    pub(super) remains: State,
}

impl Wanted {
    pub(super) fn all(names: &[String]) -> Result<Vec<Self>, Fault> {
        let mut all: Vec<Self> = Vec::new();
        for name in names {
            let one = Self::parse(name)?;
            match all.iter().find(|known| known.name == one.name) {
                None => all.push(one),
                Some(known) if known.version == one.version => {}
                Some(known) => {
                    return Err(Fault::arguments(format!(
                        "package {} is named with two versions",
                        known.name
                    )));
                }
            }
        }
        Ok(all)
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        if text.contains(['<', '>']) {
            return Err(Fault::arguments(format!(
                "`{text}`: a version is given as `name=1.2*`; ranges are not known to the package manager"
            )));
        }
        let (name, version) = match text.split_once('=') {
            Some((name, version)) => (name, Some(version.trim_start_matches('=').trim())),
            None => (text, None),
        };
        let name = name.trim();
        let legal = |c: char| c.is_ascii_alphanumeric() || "+-.:_@/*".contains(c);
        if name.is_empty()
            || name.starts_with('-')
            || !name.chars().all(legal)
            || version == Some("")
        {
            return Err(Fault::arguments(format!(
                "`{text}` is not a package's name"
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            before: State::Absent,
            remains: State::Absent,
        })
    }

    pub(super) fn is_gone(&self) -> bool {
        self.before.is_absent() && self.remains.is_absent()
    }

    /// As apt-get(8) takes it.
    pub(super) fn specification(&self) -> String {
        match &self.version {
            Some(version) => format!("{}={version}", self.name),
            None => self.name.clone(),
        }
    }

    /// Whether it is installed, in the version asked for where one is.
    pub(super) fn is_installed(&self) -> bool {
        match (&self.before, &self.version) {
            (State::Package(_), None) => true,
            (State::Package(package), Some(pattern)) => fits(pattern, &package.version),
            _ => false,
        }
    }
}

/// A version against a pattern in which `*` stands for anything.
fn fits(pattern: &str, version: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == version,
        Some((head, rest)) => version.strip_prefix(head).is_some_and(|tail| {
            rest.is_empty() || tail.char_indices().any(|(at, _)| fits(rest, &tail[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_versions_and_what_is_neither() {
        let one = Wanted::parse("nginx=1.2*").unwrap();
        assert_eq!(
            (one.name.as_str(), one.version.as_deref()),
            ("nginx", Some("1.2*"))
        );
        assert_eq!(one.specification(), "nginx=1.2*");
        for wrong in ["nginx>=1", "a b", "", "-y", "a="] {
            assert!(Wanted::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Wanted::parse("libstdc++6:amd64").is_ok());
    }

    #[test]
    fn a_star_stands_for_anything() {
        assert!(fits("1.2*", "1.2.3-1"));
        assert!(fits("1.*-1", "1.2.3-1"));
        assert!(!fits("1.2", "1.2.3"));
        assert!(!fits("1.*-2", "1.2.3-1"));
    }
}
