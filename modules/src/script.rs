//! `script`: runs a script that is on the controller.
use crate::path::HostPath;
use crate::program::{self, Guard};
use crate::words;
use play_core::act;
use play_core::{Fault, Module, Plan, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Sends a script from the controller to the host, runs it there, and leaves nothing of it behind.
///
/// The path is looked for in the role's or playbook's `files` folder. It is reported as changed each time it runs, unless
/// `creates`, `removes` or `changed_when` says otherwise.
///
/// # Example
///
/// ```yaml
/// - name: prepare the disk
///   script:
///     cmd: prepare.sh --quick
///     content: "#!/bin/sh\necho prepared\n"
///     creates: /srv/.prepared
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The script's path on the controller, then its arguments.
    pub cmd: String,
    /// Filled in by the controller: the script's text.
    #[serde(default)]
    pub content: Option<String>,
    /// The program that reads the script; without it, the script's first line says.
    #[serde(default)]
    pub executable: Option<String>,
    /// Directory on the host to run it in.
    #[serde(default)]
    pub chdir: Option<HostPath>,
    /// A path, or a pattern of paths: where it exists, nothing is run.
    #[serde(default)]
    pub creates: Option<String>,
    /// A path, or a pattern of paths: where it does not exist, nothing is run.
    #[serde(default)]
    pub removes: Option<String>,
}

impl Module for Script {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let directory = self.chdir.as_deref();
        let guard = Guard {
            creates: self.creates.as_deref(),
            removes: self.removes.as_deref(),
            directory,
        };
        let content = self.content.as_ref().ok_or_else(|| {
            Fault::arguments("the controller has not sent the script; give content")
        })?;
        let executable = self.executable.as_deref();
        let (name, line) = line(&self.cmd.clone(), executable)?;
        let command = act::Command {
            argv: vec!["/bin/sh".into(), "-c".into(), line],
            directory: directory.map(str::to_owned),
            script: Some(content.clone()),
            ..act::Command::default()
        };
        let mut plan = program::run(view, &guard, command)?;
        for change in &mut plan.changes {
            change.reason = Some(format!("the script {name}"));
        }
        Ok(plan)
    }

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::everything()]
    }

    fn settles(&self) -> bool {
        false
    }
}

/// The script's name, and the line that runs it: its path on the host comes last in argv, which is `$0` to `sh -c`.
fn line(cmd: &str, executable: Option<&str>) -> Result<(String, String), Fault> {
    let mut words = words::split(cmd).map_err(Fault::arguments)?.into_iter();
    let name = words
        .next()
        .ok_or_else(|| Fault::arguments("there is no script to run"))?;
    let mut line = String::from("exec ");
    if let Some(executable) = executable {
        for word in words::split(executable).map_err(Fault::arguments)? {
            line.push_str(&words::quote(&word));
            line.push(' ');
        }
    }
    line.push_str("\"$0\"");
    for word in words {
        line.push(' ');
        line.push_str(&words::quote(&word));
    }
    Ok((name, line))
}
