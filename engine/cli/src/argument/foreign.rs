//! Options of Ansible's that are not here, and what does their work.

/// What to say instead of an option of Ansible's.
pub(super) fn replacement(option: &str) -> Option<&'static str> {
    Some(match option {
        "--list-hosts" => {
            "`play inventory` shows hosts and groups, `play inventory PATTERN` those of a pattern"
        }
        "--list-tasks" | "--list-tags" => {
            "`--check` shows what each task would do, and `play graph` every task in its order"
        }
        "--syntax-check" => "`play lint PLAYBOOK` checks what is written, and connects to nothing",
        "--start-at-task" | "--step" => {
            "run the whole playbook again: what is done is unchanged. `--tags` and `--limit` make it smaller"
        }
        "-b" | "--become" | "--become-user" | "--become-method" => {
            "say `become: true` in the play, or `ansible_become: true` in the inventory; `-K` asks for sudo's password"
        }
        "--ask-vault-pass"
        | "-J"
        | "--ask-vault-password"
        | "--vault-password-file"
        | "--vault-id" => "secrets are encrypted to keys, not with a password: `play vault init`",
        "-c" | "--connection" => {
            "say `ansible_connection: local` in the inventory, or `-e ansible_connection=local`"
        }
        "-T" | "--timeout" => "it is called `--connect-timeout` here",
        "-m" | "--module-name" | "-a" | "--args" | "-B" | "--background" => {
            "write the tasks into a playbook; `play facts PATTERN` tries whether hosts are reached"
        }
        "--force-handlers" => "handlers that a failed run leaves are run by the next",
        "--flush-cache" => "facts are never kept: leave it out",
        "-M" | "--module-path" => "modules are part of the program: `play doc` lists them",
        "--ssh-common-args" | "--ssh-extra-args" | "--sftp-extra-args" | "--scp-extra-args" => {
            "say it in ~/.ssh/config, or in a file that `--ssh-config` names"
        }
        _ => return None,
    })
}
