//! A program as another account runs it.
use crate::machine::account::Account;
use play_core::Fault;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The same program by way of setpriv(1), which takes on the account's numbers and groups as the machine knows them.
pub(super) fn switched(command: &Command, name: &str, account: &Account) -> Result<Command, Fault> {
    if !rustix::process::geteuid().is_root() {
        return Err(Fault::refused(
            format!("running {name} as {}", account.name),
            "only root may; add `become: true`",
        ));
    }
    let mut switched = Command::new("setpriv");
    switched
        .args(["--reuid", &account.uid.to_string()])
        .args(["--regid", &account.gid.to_string()])
        .args(["--init-groups", "--"])
        .arg(command.get_program())
        .args(command.get_args())
        .process_group(0);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => switched.env(name, value),
            None => switched.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        switched.current_dir(directory);
    }
    Ok(switched)
}
