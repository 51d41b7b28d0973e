//! `command`: runs a program, without a shell.
use crate::path::HostPath;
use crate::program::{self, Guard};
use crate::words;
use play_core::act;
use play_core::{Fault, Module, Plan, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Runs a program, without a shell: no pipes, redirections or variables, and no surprises from them.
///
/// It is reported as changed each time it runs; say what it makes with `creates`, what it takes away with `removes`, or
/// use `changed_when`. In a check it is not run, and what it would print is not known; with `check_mode: false` on the
/// task it is.
///
/// # Example
///
/// ```yaml
/// - name: make the database
///   command:
///     argv: [createdb, shop]
///     creates: /var/lib/postgresql/shop.made
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// The command line, taken apart at spaces; quotes keep words together.
    #[serde(default)]
    pub cmd: Option<String>,
    /// The program and its arguments as a list: nothing is taken apart.
    #[serde(default)]
    pub argv: Option<Vec<String>>,
    /// Directory to run it in.
    #[serde(default)]
    pub chdir: Option<HostPath>,
    /// A path, or a pattern of paths: where it exists, nothing is run.
    #[serde(default)]
    pub creates: Option<String>,
    /// A path, or a pattern of paths: where it does not exist, nothing is run.
    #[serde(default)]
    pub removes: Option<String>,
    /// Text for the program's standard input.
    #[serde(default)]
    pub stdin: Option<String>,
    /// End `stdin` with a newline.
    #[serde(default = "yes")]
    pub stdin_add_newline: bool,
}

fn yes() -> bool {
    true
}

/// Standard input as the program gets it.
pub(crate) fn input(text: Option<&str>, newline: bool) -> Option<String> {
    text.map(|text| {
        if newline && !text.ends_with('\n') {
            format!("{text}\n")
        } else {
            text.to_owned()
        }
    })
}

impl Module for Command {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let directory = self.chdir.as_deref();
        let guard = Guard {
            creates: self.creates.as_deref(),
            removes: self.removes.as_deref(),
            directory,
        };
        let command = act::Command {
            argv: self.words()?,
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

impl Command {
    fn words(&self) -> Result<Vec<String>, Fault> {
        let line = self.cmd.as_deref().unwrap_or_default().trim();
        match (&self.argv, line) {
            (Some(_), line) if !line.is_empty() => {
                Err(Fault::arguments("give either cmd or argv, not both"))
            }
            (Some(argv), _) if argv.is_empty() => Err(Fault::arguments("argv is empty")),
            (Some(argv), _) => Ok(argv.clone()),
            (None, "") => Err(Fault::arguments("there is no command to run")),
            (None, line) => {
                if let Some(word) = words::shell_word(line).map_err(Fault::arguments)? {
                    return Err(Fault::arguments(format!(
                        "`{word}` means something only to a shell, and command runs none; \
                         use shell, or put the word in single quotes"
                    )));
                }
                words::split(line).map_err(Fault::arguments)
            }
        }
    }
}
