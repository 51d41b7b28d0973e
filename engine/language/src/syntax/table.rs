//! Which keys belong where.
use crate::keyword;
use crate::source::Reader;
use indexmap::IndexMap;
use play_core::{Diagnostic, Place};

/// Keywords of tasks, blocks, role entries and plays alike.
pub(crate) const SHARED: &[&str] = &[
    "name",
    "when",
    "tags",
    "become",
    "become_user",
    "become_method",
    "become_flags",
    "vars",
    "environment",
    "ignore_errors",
    "ignore_unreachable",
    "check_mode",
    "run_once",
    "no_log",
    "irreversible",
    "any_errors_fatal",
    "delegate_to",
    "delegate_facts",
    "throttle",
    "timeout",
    "notify",
    "needs",
    "module_defaults",
    "collections",
    "diff",
    "debugger",
];

/// Keywords of tasks and handlers alone. `with_…` are looked for beside these.
pub(crate) const TASK: &[&str] = &[
    "register",
    "until",
    "retries",
    "delay",
    "loop",
    "loop_control",
    "changed_when",
    "failed_when",
    "args",
    "listen",
    "reads",
    "writes",
    "action",
    "local_action",
    "async",
    "poll",
];

pub(crate) const BLOCK: &[&str] = &["block", "rescue", "always"];

pub(crate) const PLAY: &[&str] = &[
    "hosts",
    "vars_files",
    "roles",
    "tasks",
    "pre_tasks",
    "post_tasks",
    "handlers",
    "gather_facts",
    "gather_subset",
    "gather_timeout",
    "serial",
    "max_fail_percentage",
    "strategy",
    "order",
    "force_handlers",
    "fact_path",
    "vars_prompt",
    "user",
    "connection",
    "remote_user",
    "port",
];

/// `with_…` loops there are.
pub(crate) const LOOPS: &[&str] = &[
    "with_items",
    "with_list",
    "with_dict",
    "with_fileglob",
    "with_first_found",
    "with_nested",
    "with_together",
    "with_subelements",
    "with_sequence",
    "with_indexed_items",
    "with_flattened",
    "with_lines",
];

/// Modules the language itself carries out.
pub(crate) const OWN_MODULES: &[&str] = &[
    "import_tasks",
    "include_tasks",
    "import_role",
    "include_role",
    "include_vars",
    "import_playbook",
    "meta",
];

/// Reports keys that are not in the tables.
pub(crate) fn unknown_keys<T>(
    map: &IndexMap<String, (Place, T)>,
    what: &str,
    tables: &[&[&str]],
    reader: &mut Reader,
) {
    for (key, (place, _)) in map {
        if !tables.iter().any(|table| table.contains(&key.as_str())) {
            unknown(key, place, what, tables, reader);
        }
    }
}

pub(crate) fn unknown(
    key: &str,
    place: &Place,
    what: &str,
    tables: &[&[&str]],
    reader: &mut Reader,
) {
    let mut diagnostic = Diagnostic::error(format!("unknown key `{key}` in {what}")).at(place);
    diagnostic.hint = keyword::hint(key, tables.concat());
    reader.report(diagnostic);
}
