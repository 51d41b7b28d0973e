//! Ansible's modules that are not here, and what does their work.

/// What to use in place of a module of Ansible's.
pub(super) fn replacement(name: &str) -> Option<String> {
    let words = match name {
        "yum" | "dnf" | "dnf5" | "zypper" | "pacman" | "apk" | "package_facts" => {
            "packages are apt's here: use `package`, and `command: dpkg-query …` to ask"
        }
        "apt_key" | "rpm_key" => {
            "`apt_repository` keeps the key with its source: `key_url:` and `key_checksum:`"
        }
        "pip" | "npm" | "gem" | "composer" | "snap" | "helm" => {
            "use `command` with `creates:`, or Debian's own package with `package`"
        }
        "docker_container" | "docker_image" | "docker_network" | "docker_volume"
        | "podman_container" => {
            "use `docker_compose`: containers, networks and volumes in one project"
        }
        "ufw" | "firewalld" | "iptables" => "use `nftables`, which owns a table of its own",
        "mount" => {
            "use `lineinfile` on /etc/fstab, or `copy` a `.mount` unit and start it with `service`"
        }
        "modprobe" => "use `copy` into /etc/modules-load.d, and `command: modprobe NAME`",
        "raw" => "nothing is needed on the host: use `shell`",
        "pause" => "use `wait_for` with a port or a path: it waits for what it is that takes time",
        "setup" | "gather_facts" => "leave it out: facts are gathered where they are used",
        "ping" | "wait_for_connection" => {
            "leave it out: a host is connected to before its first task; `play facts HOST` tries it"
        }
        "service_facts" | "getent" => "use `command` with `register:` and `changed_when: false`",
        "fetch" => "use `slurp` with `register:`, and its `content`",
        "synchronize" => "use `copy` with a folder, or `unarchive`",
        "assemble" => "use `template`, or one file for each part in a `.d` folder",
        "tempfile" => "use `command: mktemp -d` with `register:`",
        "add_host" | "group_by" => {
            "hosts and groups are the inventory's: name them there, and use `when:`"
        }
        "include" => "use `import_tasks`, or `include_tasks` where a loop or a value decides",
        "locale_gen" | "alternatives" | "debconf" | "htpasswd" | "lvol" | "lvg" | "filesystem"
        | "parted" | "openssl_privatekey" | "openssl_csr" | "x509_certificate"
        | "postgresql_user" | "postgresql_db" | "postgresql_query" | "mysql_user" | "mysql_db"
        | "expect" => {
            "use `command` with `creates:`, or with `changed_when:` and a `command` before it that looks"
        }
        "async_status" => "tasks are waited for: `timeout:` bounds how long one may take",
        "set_stats" => {
            "use `set_fact` or `register`; `--output json` tells programs how a run ended"
        }
        "sudoers" | "pam_limits" | "known_hosts" | "xml" | "acl" => {
            "use `copy`, `template` or `blockinfile` for the file itself"
        }
        _ => return None,
    };
    Some(words.to_owned())
}
