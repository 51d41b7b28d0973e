//! `find`: the paths below a directory that fit.
use crate::list::List;
use crate::path::{self, HostPath};
use crate::{pattern, program};
use play_core::state::{File, FileKind};
use play_core::{Fault, Module, Plan, Resource, State, Touch, Value, View};
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// Lists the paths below directories that fit, for later tasks: `files`, each with `path`, `mode`, `isreg`, `isdir`,
/// `islnk`, `pw_name`, `gr_name` and `size`; and `matched`, their number. Nothing is changed, and links are not followed.
///
/// # Example
///
/// ```yaml
/// - name: the sites there are
///   find:
///     paths: /etc/nginx/sites-enabled
///     patterns: "*.conf"
///     file_type: any
///   register: sites
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The directories.
    #[serde(alias = "path", alias = "name")]
    pub paths: List,
    /// Shell patterns, or with `use_regex` regular expressions, of which the name must fit one.
    #[serde(default, alias = "pattern")]
    pub patterns: List,
    /// The same, of which the name must fit none.
    #[serde(default, alias = "exclude")]
    pub excludes: List,
    /// `patterns` and `excludes` are regular expressions.
    #[serde(default)]
    pub use_regex: bool,
    /// Regular expression that a file's text must match somewhere.
    #[serde(default)]
    pub contains: Option<String>,
    /// What is listed.
    #[serde(default)]
    pub file_type: FileType,
    /// Also names that begin with a dot.
    #[serde(default)]
    pub hidden: bool,
    /// Also in the directories below.
    #[serde(default)]
    pub recurse: bool,
    /// How many directories deep, with `recurse`.
    #[serde(default)]
    pub depth: Option<u32>,
}

/// A kind of path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileType {
    /// Whatever it is.
    Any,
    /// A directory.
    Directory,
    /// A regular file.
    #[default]
    File,
    /// A symbolic link.
    Link,
}

impl Module for Find {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let mut search = Search {
            asked: self,
            patterns: self.compiled(&self.patterns)?,
            excludes: self.compiled(&self.excludes)?,
            contains: match &self.contains {
                Some(text) => Some(pattern::compile_lines("contains", text)?),
                None => None,
            },
            found: Vec::new(),
            unreadable: Vec::new(),
        };
        for directory in &self.paths {
            let directory = HostPath::parse(directory).map_err(Fault::arguments)?;
            let real = path::resolve(view, &directory)?;
            if let State::Unknown(reason) = view.look(&Resource::File(real.clone()))? {
                return Ok(Plan::unknown(reason));
            }
            search.walk(view, &real, 1)?;
        }
        let output = json!({ "matched": search.found.len(), "files": search.found });
        let mut plan = Plan::nothing().with_output(output);
        plan.notes = search.unreadable;
        Ok(plan)
    }

    fn touches(&self) -> Vec<Touch> {
        (self.paths.iter())
            .map(|directory| Touch::read(Resource::File(path::join("/", directory))))
            .collect()
    }
}

impl Find {
    fn compiled(&self, patterns: &[String]) -> Result<Vec<Regex>, Fault> {
        let compile = |text: &String| {
            if self.use_regex {
                pattern::compile("patterns", &format!("^(?:{text})$"))
            } else {
                program::glob(text)
            }
        };
        patterns.iter().map(compile).collect()
    }
}

struct Search<'a> {
    asked: &'a Find,
    patterns: Vec<Regex>,
    excludes: Vec<Regex>,
    contains: Option<Regex>,
    found: Vec<Value>,
    /// What was passed over, in words.
    unreadable: Vec<String>,
}

impl Search<'_> {
    fn walk(&mut self, view: &dyn View, directory: &str, depth: u32) -> Result<(), Fault> {
        for name in view.list(directory)? {
            if name.starts_with('.') && !self.asked.hidden {
                continue;
            }
            let path = path::join(directory, &name);
            let file = match view.look(&Resource::File(path.clone()))? {
                State::File(file) => file,
                State::Unknown(reason) => return Err(Fault::Unknown { reason }),
                _ => {
                    // There for whoever lists, and not for whoever asks by that name.
                    if let Err(fault) = path::refuse_unreadable(directory, &name) {
                        self.unreadable.push(format!("left out: {fault}"));
                    }
                    continue;
                }
            };
            if self.fits(&name, &file) {
                self.found.push(described(&path, &file));
            }
            let deeper = self.asked.depth.is_none_or(|most| depth < most);
            if self.asked.recurse && deeper && file.kind == FileKind::Directory {
                self.walk(view, &path, depth + 1)?;
            }
        }
        Ok(())
    }

    fn fits(&self, name: &str, file: &File) -> bool {
        let kind = match self.asked.file_type {
            FileType::Any => true,
            FileType::Directory => file.kind == FileKind::Directory,
            FileType::File => matches!(file.kind, FileKind::Regular(_)),
            FileType::Link => matches!(file.kind, FileKind::Link(_)),
        };
        let text = || file.content().and_then(|content| content.text());
        kind && (self.patterns.is_empty() || self.patterns.iter().any(|p| p.is_match(name)))
            && !self.excludes.iter().any(|p| p.is_match(name))
            && self
                .contains
                .as_ref()
                .is_none_or(|regex| text().is_some_and(|text| regex.is_match(text)))
    }
}

fn described(path: &str, file: &File) -> Value {
    json!({
        "path": path,
        "mode": format!("{:04o}", file.mode),
        "isreg": matches!(file.kind, FileKind::Regular(_)),
        "isdir": file.kind == FileKind::Directory,
        "islnk": matches!(file.kind, FileKind::Link(_)),
        "pw_name": file.owner,
        "gr_name": file.group,
        "size": file.content().map(play_core::Content::size),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use play_core::Query;

    /// A folder with one file whose name is no UTF-8.
    struct Folder;

    impl View for Folder {
        fn look(&self, resource: &Resource) -> Result<State, Fault> {
            Ok(match resource.name() {
                "/srv" => State::File(File {
                    kind: FileKind::Directory,
                    ..File::regular("", 0o755)
                }),
                _ => State::Absent,
            })
        }

        fn list(&self, _: &str) -> Result<Vec<String>, Fault> {
            Ok(vec!["bad\u{fffd}name".into()])
        }

        fn ask(&self, _: &Query) -> Result<Value, Fault> {
            Ok(Value::Null)
        }

        fn imagined(&self) -> bool {
            false
        }

        fn blurred(&self, _: play_core::resource::Kind) -> Option<String> {
            None
        }
    }

    #[test]
    fn a_name_that_is_no_utf8_is_not_passed_over_in_silence() {
        let asked: Find = serde_json::from_value(json!({"paths": ["/srv"]})).expect("arguments");
        let plan = asked.plan(&Folder).expect("a plan");
        assert!(plan.notes[0].contains("is no UTF-8"), "{:?}", plan.notes);
    }
}
