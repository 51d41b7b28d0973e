//! Variables that say how a host is reached: values they cannot have, slips in their names, and those of Ansible's that change nothing here.
use crate::inventory::Definition;
use crate::inventory::connection::{BECOME, KIND, Kind, PASSWORD, PORT, own_names};
use crate::play::Project;
use crate::source::Reader;
use crate::syntax::field::truth;
use crate::{Loader, NodeKind, keyword, template};
use play_core::{Diagnostic, Value};

/// Each with the way out.
const IGNORED: [(&str, &str); 6] = [
    ("ansible_ssh_common_args", SSH),
    ("ansible_ssh_extra_args", SSH),
    ("ansible_ssh_args", SSH),
    ("ansible_become_pass", SUDO),
    ("ansible_become_password", SUDO),
    ("ansible_sudo_pass", SUDO),
];

const SUDO: &str = "-K asks for sudo's password, or PLAY_BECOME_PASSWORD has it";

const ENCRYPT: &str =
    "`play vault encrypt --value ansible_password` prints what to write instead; or -k asks for it";

const SSH: &str = "the ssh program is not started: say `proxy_jump`, `ansible_ssh_known_hosts_file`, or it in ~/.ssh/config, which is read";

/// Tells of them where they are written.
pub(crate) fn check(project: &Project, reader: &mut Reader) {
    let inventory = &project.inventory;
    let groups = inventory.groups.values().flat_map(|group| &group.variables);
    let hosts = inventory.hosts.values().flat_map(|host| &host.variables);
    for definition in groups.chain(hosts).chain(&project.extra) {
        let found = ignored(definition)
            .or_else(|| plain(definition, reader.loader))
            .or_else(|| slip(&definition.name).map(|found| found.at(&definition.place)))
            .or_else(|| impossible(definition).map(|found| found.at(&definition.value.place)));
        if let Some(diagnostic) = found {
            reader.report(diagnostic);
        }
    }
}

fn ignored(definition: &Definition) -> Option<Diagnostic> {
    let name = definition.name.as_str();
    let (_, hint) = IGNORED.iter().find(|(ignored, _)| *ignored == name)?;
    let warning = if name.contains("pass") {
        // Its line holds a password, which no excerpt may show.
        Diagnostic::warning(format!(
            "`{name}` changes nothing here: {}",
            definition.place
        ))
    } else {
        Diagnostic::warning(format!("`{name}` changes nothing here")).at(&definition.place)
    };
    Some(warning.hint(*hint))
}

/// A password that whoever reads the file can read.
fn plain(definition: &Definition, loader: &dyn Loader) -> Option<Diagnostic> {
    let (name, node) = (&definition.name, &definition.value);
    let empty = matches!(node.kind, NodeKind::Null);
    let text = node.as_str().unwrap_or_default();
    let rendered = template::is_template(text);
    if !PASSWORD.contains(&name.as_str())
        || empty
        || rendered
        || loader.secrets().iter().any(|secret| secret == text)
    {
        return None;
    }
    // No excerpt may show it.
    let place = &definition.place;
    let warning = Diagnostic::warning(format!(
        "`{name}` in plain text changes nothing here: {place}"
    ));
    Some(warning.hint(ENCRYPT))
}

/// A name two slips at most from one that counts: it would be a variable nobody reads.
fn slip(name: &str) -> Option<Diagnostic> {
    if !name.starts_with("ans") || own_names().any(|known| known == name) {
        return None;
    }
    let meant = own_names().find(|known| keyword::distance(name, known) <= 2)?;
    let message = format!("`{name}` says nothing of how a host is reached");
    Some(Diagnostic::warning(message).hint(format!("did you mean `{meant}`?")))
}

/// A value written out that cannot be meant; what a template comes to is looked at later.
fn impossible(definition: &Definition) -> Option<Diagnostic> {
    let node = &definition.value;
    if node.as_str().is_some_and(template::is_template) || matches!(node.kind, NodeKind::Null) {
        return None;
    }
    let value = node.value();
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let name = definition.name.as_str();
    let is = |names: &[&str]| names.contains(&name) && own_names().any(|own| own == name);
    let (fits, expected) = if is(BECOME) {
        (
            matches!(value, Value::Bool(_)) || truth(&text).is_some(),
            "true or false",
        )
    } else if is(PORT) {
        (
            text.parse::<u16>().is_ok_and(|port| port > 0),
            "a number from 1 to 65535",
        )
    } else if is(KIND) {
        (Kind::parse(&text).is_some(), Kind::WORDS)
    } else {
        return None;
    };
    let message = format!("`{name}` cannot be `{text}`");
    (!fits).then(|| Diagnostic::error(message).hint(format!("it is {expected}")))
}
