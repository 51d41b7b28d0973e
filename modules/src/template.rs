//! `template`: a file rendered by the controller.
use crate::destination::Destination;
use crate::ownership::Ownership;
use crate::path::HostPath;
use crate::written::Written;
use play_core::{Fault, FileMode, Module, Plan, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Renders a template on the controller and puts the result where it shall be.
///
/// The template is looked for in the role's or playbook's `templates` folder. Everything `copy` says of validation,
/// owner, mode and links is true here too. A value that is not known in a check shows as "(known after …)" in the diff.
///
/// # Example
///
/// ```yaml
/// - name: configure the web server
///   template:
///     src: site.conf.hbs
///     dest: /etc/nginx/conf.d/site.conf
///     mode: "0644"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The template on the controller.
    pub src: String,
    /// Path on the host. With a slash at its end, or where a directory is there: the directory to put the file in, under
    /// the template's name without `.hbs` or `.j2`.
    pub dest: HostPath,
    /// Filled in by the controller: the rendered text.
    #[serde(default)]
    pub content: Option<String>,
    /// Permission bits.
    #[serde(default)]
    pub mode: Option<FileMode>,
    /// Permission bits of a directory that is made.
    #[serde(default)]
    pub directory_mode: Option<FileMode>,
    /// Name of the owner.
    #[serde(default)]
    pub owner: Option<String>,
    /// Name of the group.
    #[serde(default)]
    pub group: Option<String>,
    /// Keep what was there beside it, its name ending in the digest of what it holds and `~`.
    #[serde(default)]
    pub backup: bool,
    /// Replace a file that is there and differs; `false` only makes a file that is missing.
    #[serde(default = "yes")]
    pub force: bool,
    /// Where `dest` is a link, write to where it leads.
    #[serde(default)]
    pub follow: bool,
    /// Command line that refuses bad content; `%s` is the new file. It is run before anything is replaced, in checks too.
    #[serde(default)]
    pub validate: Option<String>,
}

fn yes() -> bool {
    true
}

impl Module for Template {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let content = self
            .content
            .as_deref()
            .ok_or_else(|| Fault::arguments("the controller has not rendered the template"))?;
        let mut written = Written::new("", content);
        written.ownership = self.ownership();
        written.validate = self.validate.as_deref();
        written.backup = self.backup;
        let src = self.src.as_str();
        let name = src.strip_suffix(".hbs").or(src.strip_suffix(".j2"));
        let destination = Destination {
            dest: &self.dest,
            src: Some(name.unwrap_or(src)),
            follow: self.follow,
            force: self.force,
            directory_mode: self.directory_mode.as_ref(),
        };
        destination.plan(view, written)
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.ownership().touches();
        touches.push(Touch::write(self.dest.resource()));
        touches
    }
}

impl Template {
    fn ownership(&self) -> Ownership<'_> {
        Ownership {
            mode: self.mode.as_ref(),
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        }
    }
}
