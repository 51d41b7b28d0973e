//! `shell`: runs a line by a shell.
use crate::command::input;
use crate::path::HostPath;
use crate::program::{self, Guard};
use play_core::act;
use play_core::{Fault, Module, Plan, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Runs a line by a shell: pipes, redirections and variables work, and so do mistakes in quoting them.
/// Prefer `command` where no shell is needed.
///
/// It is reported as changed each time it runs; say what it makes with `creates`, what it takes away with `removes`, or
/// use `changed_when`. In a check it is not run, and what it would print is not known; with `check_mode: false` on the
/// task it is. Of a pipe only the last program's failure is seen; `set -o pipefail` with `executable: /bin/bash` changes that.
///
/// # Example
///
/// ```yaml
/// - name: dump the database
///   shell:
///     cmd: pg_dump shop | gzip > /var/backups/shop.gz
///     creates: /var/backups/shop.gz
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shell {
    /// The line.
    pub cmd: String,
    /// The shell.
    #[serde(default)]
    pub executable: Option<HostPath>,
    /// Directory to run it in.
    #[serde(default)]
    pub chdir: Option<HostPath>,
    /// A path, or a pattern of paths: where it exists, nothing is run.
    #[serde(default)]
    pub creates: Option<String>,
    /// A path, or a pattern of paths: where it does not exist, nothing is run.
    #[serde(default)]
    pub removes: Option<String>,
    /// Text for the line's standard input.
    #[serde(default)]
    pub stdin: Option<String>,
    /// End `stdin` with a newline.
    #[serde(default = "yes")]
    pub stdin_add_newline: bool,
}

fn yes() -> bool {
    true
}

impl Module for Shell {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        if self.cmd.trim().is_empty() {
            return Err(Fault::arguments("there is no line to run"));
        }
        let shell = self.executable.as_deref();
        let directory = self.chdir.as_deref();
        let guard = Guard {
            creates: self.creates.as_deref(),
            removes: self.removes.as_deref(),
            directory,
        };
        let command = act::Command {
            argv: vec![
                shell.unwrap_or("/bin/sh").to_owned(),
                "-c".into(),
                self.cmd.clone(),
            ],
            directory: directory.map(str::to_owned),
            stdin: input(self.stdin.as_deref(), self.stdin_add_newline),
            ..act::Command::default()
        };
        program::run(view, &guard, command)
    }

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::everything()]
    }

    fn settles(&self) -> bool {
        false
    }
}
