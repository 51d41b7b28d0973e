//! Variables of Ansible's that say how a host is reached and change nothing here.
use crate::play::Project;
use crate::source::Reader;
use play_core::Diagnostic;

/// Each with the way out.
const IGNORED: [(&str, &str); 5] = [
    ("ansible_ssh_common_args", SSH),
    ("ansible_ssh_extra_args", SSH),
    ("ansible_ssh_args", SSH),
    (
        "ansible_ssh_pass",
        "log in with a key: ansible_ssh_private_key_file, or the ssh agent",
    ),
    (
        "ansible_password",
        "log in with a key: ansible_ssh_private_key_file, or the ssh agent",
    ),
];

const SSH: &str = "the ssh program is not started: say `proxy_jump`, `ansible_ssh_known_hosts_file`, or it in ~/.ssh/config, which is read";

/// Warns of them, where they are written.
pub(crate) fn check(project: &Project, reader: &mut Reader) {
    let inventory = &project.inventory;
    let groups = inventory.groups.values().flat_map(|group| &group.variables);
    let hosts = inventory.hosts.values().flat_map(|host| &host.variables);
    for definition in groups.chain(hosts).chain(&project.extra) {
        let name = definition.name.as_str();
        if let Some((_, hint)) = IGNORED.iter().find(|(ignored, _)| *ignored == name) {
            let message = format!("`{name}` changes nothing here");
            reader.report(
                Diagnostic::warning(message)
                    .at(&definition.place)
                    .hint(*hint),
            );
        }
    }
}
