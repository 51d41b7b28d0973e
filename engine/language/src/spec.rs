//! What a role says its variables are: `meta/argument_specs.yml`, in Ansible's words.
mod compare;
mod fit;
mod manual;
mod read;
mod typed;

pub use compare::compare;
pub use fit::{Judgement, judge};
pub use manual::manual;
pub(crate) use read::read;
pub(crate) use typed::typed;

use crate::source::Reader;
use crate::{Loader, Node};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place, Value};
use std::path::Path;

/// The task that holds a role's variables against its specification, before the role's first task. Ansible's name for it.
pub const MODULE: &str = "validate_argument_spec";

/// A role's specification: one entry for each of its files of tasks that can be asked for.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    pub role: String,
    /// By the name of the file of tasks: `main` unless `tasks_from` says otherwise.
    pub entries: IndexMap<String, Entry>,
}

/// The variables of one way into a role.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub short: String,
    /// Paragraphs.
    pub description: Vec<String>,
    pub options: Options,
}

/// Variables, or keys of a mapping, by name.
pub type Options = IndexMap<String, Opt>;

/// One variable, or one key of a mapping.
#[derive(Clone, Debug)]
pub struct Opt {
    pub place: Place,
    pub kind: Kind,
    /// Of a list: what its items are.
    pub elements: Option<Kind>,
    pub required: bool,
    /// For the manual; what counts stands in the role's `defaults`.
    pub default: Option<Node>,
    /// Values it may have; any where there is none.
    pub choices: Vec<Value>,
    /// Keys of the mapping, or of each mapping in the list; any where it is None.
    pub options: Option<Options>,
    pub description: Vec<String>,
    /// `no_log`: its value is in no message.
    pub hidden: bool,
}

/// Ansible's types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Text,
    Integer,
    Float,
    Boolean,
    List,
    Mapping,
    Path,
    /// `10M`, in bytes or bits.
    Size,
    Any,
}

/// Ansible's words for them.
pub(crate) const KINDS: [(&str, Kind); 11] = [
    ("str", Kind::Text),
    ("int", Kind::Integer),
    ("float", Kind::Float),
    ("bool", Kind::Boolean),
    ("list", Kind::List),
    ("dict", Kind::Mapping),
    ("path", Kind::Path),
    ("bytes", Kind::Size),
    ("bits", Kind::Size),
    ("raw", Kind::Any),
    ("json", Kind::Any),
];

impl Kind {
    /// In words, for messages and the manual.
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Float => "a number",
            Self::Boolean => "a boolean",
            Self::List => "a list",
            Self::Mapping => "a mapping",
            Self::Path => "a path",
            Self::Size => "a size",
            Self::Any => "anything",
        }
    }
}

/// The specification in a role's folder, and what is wrong with it. None where the role has none.
pub fn of_folder(loader: &dyn Loader, folder: &Path) -> (Option<Spec>, Vec<Diagnostic>) {
    let mut reader = Reader::new(loader);
    let spec = read(&mut reader, folder);
    (spec, reader.diagnostics)
}
