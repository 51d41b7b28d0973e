//! What the language must know of the modules, without knowing the modules.
use crate::{Touch, Value};

/// The modules there are.
pub trait Catalog: Sync {
    /// The canonical name for a name or alias, `ansible.builtin.` and the like already cut off. None where there is no such module.
    fn canonical(&self, name: &str) -> Option<&'static str>;

    /// Every canonical name, for "did you mean".
    fn names(&self) -> Vec<&'static str>;

    /// One module's description; the name is canonical.
    fn describe(&self, name: &str) -> Option<Description>;

    /// Whether wholly known arguments parse: None where they do, else what is wrong.
    fn refuse(&self, name: &str, arguments: &Value) -> Option<String>;

    /// What a task with these wholly known arguments reads and writes; everything where they do not parse.
    fn touches(&self, name: &str, arguments: &Value) -> Vec<Touch>;
}

/// One module, as far as checking what a user wrote needs it.
#[derive(Clone, Debug)]
pub struct Description {
    pub name: &'static str,
    /// JSON schema of the arguments object: `properties`, `required`, `enum`s.
    pub schema: Value,
    pub free_form: Option<&'static str>,
    /// True where it runs without a connection.
    pub on_controller: bool,
}
