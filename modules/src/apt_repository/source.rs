//! Sources of packages, in both forms of sources.list(5).
use play_core::state::{File, FileKind};
use play_core::{Change, Content, Fault, Plan, Resource, State, View};
use std::fmt::Write as _;

pub(super) const FOLDER: &str = "/etc/apt/sources.list.d";

/// One source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) types: Vec<String>,
    pub(super) uris: Vec<String>,
    pub(super) suites: Vec<String>,
    pub(super) components: Vec<String>,
    pub(super) architectures: Vec<String>,
    /// A path, or a key's own text.
    pub(super) signed_by: Option<String>,
    /// What else a line has in brackets, as fields of the newer form.
    pub(super) options: Vec<(String, String)>,
}

impl Entry {
    /// A line such as `deb [arch=amd64 signed-by=/x.gpg] URI SUITE COMPONENT…`.
    pub(super) fn of_line(line: &str) -> Option<Self> {
        let line = line.split('#').next().unwrap_or_default().trim();
        let (kind, mut rest) = line.split_once(char::is_whitespace)?;
        if !matches!(kind, "deb" | "deb-src") {
            return None;
        }
        let mut entry = Self {
            types: vec![kind.to_owned()],
            ..Self::default()
        };
        rest = rest.trim_start();
        if let Some(options) = rest.strip_prefix('[') {
            let (options, after) = options.split_once(']')?;
            for (name, value) in options
                .split_whitespace()
                .filter_map(|option| option.split_once('='))
            {
                match name {
                    "arch" => entry.architectures = value.split(',').map(str::to_owned).collect(),
                    "signed-by" => entry.signed_by = Some(value.to_owned()),
                    other => entry.options.push((field(other), value.replace(',', " "))),
                }
            }
            rest = after;
        }
        let mut words = rest.split_whitespace().map(str::to_owned);
        entry.uris.push(words.next()?);
        entry.suites.push(words.next()?);
        entry.components = words.collect();
        Some(entry)
    }

    /// The file in deb822 form.
    pub(super) fn text(&self, enabled: bool) -> String {
        let mut text = String::from("# Written by play; edit the playbook instead.\n");
        if !enabled {
            text.push_str("Enabled: no\n");
        }
        for (name, words) in [
            ("Types", &self.types),
            ("URIs", &self.uris),
            ("Suites", &self.suites),
            ("Components", &self.components),
            ("Architectures", &self.architectures),
        ] {
            if !words.is_empty() {
                let _ = writeln!(text, "{name}: {}", words.join(" "));
            }
        }
        for (name, value) in &self.options {
            let _ = writeln!(text, "{name}: {value}");
        }
        match &self.signed_by {
            Some(key) if key.contains('\n') => {
                text.push_str("Signed-By:\n");
                for line in key.lines() {
                    let line = line.trim_end();
                    let _ = writeln!(text, " {}", if line.is_empty() { "." } else { line });
                }
            }
            Some(path) => {
                let _ = writeln!(text, "Signed-By: {path}");
            }
            None => {}
        }
        text
    }

    /// Whether both name a repository: the same URI and suite, for the same kind.
    fn overlaps(&self, other: &Self) -> bool {
        let bare = |uri: &str| uri.trim_end_matches('/').to_lowercase();
        let shares = |one: &[String], two: &[String]| one.iter().any(|word| two.contains(word));
        self.uris
            .iter()
            .any(|uri| other.uris.iter().any(|known| bare(known) == bare(uri)))
            && shares(&self.suites, &other.suites)
            && shares(&self.types, &other.types)
    }
}

/// An option's name in the newer form: `allow-insecure` is `Allow-Insecure` there.
fn field(option: &str) -> String {
    match option {
        "lang" => "Languages".into(),
        "target" => "Targets".into(),
        other => other
            .split('-')
            .map(|part| {
                let (first, rest) = part.split_at(part.len().min(1));
                format!("{}{rest}", first.to_uppercase())
            })
            .collect::<Vec<_>>()
            .join("-"),
    }
}

/// An entry of a file, and its lines: from, and up to but not including, counted from 0.
struct Found {
    entry: Entry,
    lines: std::ops::Range<usize>,
}

/// The enabled entries of a file of either form.
fn entries(path: &str, text: &str) -> Vec<Found> {
    if path.strip_suffix(".sources").is_some() {
        return stanzas(text);
    }
    text.lines()
        .enumerate()
        .filter_map(|(at, line)| {
            Some(Found {
                entry: Entry::of_line(line)?,
                lines: at..at + 1,
            })
        })
        .collect()
}

fn stanzas(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    let mut start = 0;
    while start < lines.len() {
        let length = lines[start..]
            .iter()
            .take_while(|line| !line.trim().is_empty())
            .count();
        let stanza = &lines[start..start + length];
        let field = |name: &str| -> Vec<String> {
            let line = stanza.iter().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then_some(value)
            });
            line.unwrap_or_default()
                .split_whitespace()
                .map(str::to_owned)
                .collect()
        };
        let enabled = field("Enabled").first().is_none_or(|word| word != "no");
        let entry = Entry {
            types: field("Types"),
            uris: field("URIs"),
            suites: field("Suites"),
            components: field("Components"),
            architectures: field("Architectures"),
            signed_by: field("Signed-By").first().cloned(),
            options: Vec::new(),
        };
        if enabled && !entry.uris.is_empty() {
            found.push(Found {
                entry,
                lines: start..start + length,
            });
        }
        start += length + 1;
    }
    found
}

/// Refuses the same repository in another file, or removes it there.
pub(super) fn conflicts(
    view: &dyn View,
    ours: &Entry,
    own_path: &str,
    replace: bool,
    plan: &mut Plan,
) -> Result<(), Fault> {
    let mut paths = vec!["/etc/apt/sources.list".to_owned()];
    paths.extend(
        view.list(FOLDER)?
            .into_iter()
            .filter(|name| {
                name.strip_suffix(".list").is_some() || name.strip_suffix(".sources").is_some()
            })
            .map(|name| format!("{FOLDER}/{name}")),
    );
    for path in paths.into_iter().filter(|path| path != own_path) {
        let Ok(State::File(file)) = view.look(&Resource::File(path.clone())) else {
            continue;
        };
        let Some(text) = file.content().and_then(Content::text) else {
            continue;
        };
        let all = entries(&path, text);
        let same: Vec<&Found> = all
            .iter()
            .filter(|found| found.entry.overlaps(ours))
            .collect();
        let Some(first) = same.first() else {
            continue;
        };
        if !replace {
            return Err(Fault::refused(
                format!("repository {}", ours.uris.join(" ")),
                format!(
                    "{path}:{} has it already, and apt stops working where two files name different keys for it; remove it there, or add `replace: true`",
                    first.lines.start + 1
                ),
            ));
        }
        plan.changes.push(without(&path, &file, text, &all, &same));
    }
    Ok(())
}

/// The change after which a file has these entries no more; a file that had nothing else is removed.
fn without(path: &str, file: &File, text: &str, all: &[Found], same: &[&Found]) -> Change {
    let before = State::File(file.clone());
    let after = if all.len() == same.len() && path != "/etc/apt/sources.list" {
        State::Absent
    } else {
        let kept: String = text
            .split_inclusive('\n')
            .enumerate()
            .filter(|(at, _)| !same.iter().any(|found| found.lines.contains(at)))
            .map(|(_, line)| line)
            .collect();
        State::File(File {
            kind: FileKind::Regular(Content::from(kept)),
            ..file.clone()
        })
    };
    Change::put(Resource::File(path.to_owned()), before, after)
        .because("the repository has a file of its own now")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let line = Entry::of_line(
            "deb [arch=amd64 signed-by=/k.gpg] https://x.org/debian/ trixie main contrib # y",
        )
        .unwrap();
        assert_eq!(line.architectures, ["amd64"]);
        assert_eq!(line.components, ["main", "contrib"]);
        let text = line.text(true);
        let found = entries(
            "/x.sources",
            &format!("{text}\nTypes: deb\nURIs: http://o\nSuites: s\nEnabled: no\n"),
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].entry, line);
        let other = Entry::of_line("deb https://x.org/debian trixie main").unwrap();
        assert!(line.overlaps(&other));
        assert!(Entry::of_line("# deb http://x y z").is_none());
        let trusted = Entry::of_line("deb [trusted=yes allow-insecure=yes] http://x ./").unwrap();
        assert!(
            trusted
                .text(true)
                .contains("Trusted: yes\nAllow-Insecure: yes\n")
        );
    }

    #[test]
    fn a_key_within_the_file_has_no_empty_line() {
        let entry = Entry {
            signed_by: Some("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END".into()),
            ..Entry::default()
        };
        assert!(
            entry
                .text(true)
                .contains("Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n")
        );
    }
}
