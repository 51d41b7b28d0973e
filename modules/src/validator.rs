//! Programs that say whether new content is well formed, before it is put in place.
use crate::words;
use play_core::{Content, Fault, Query, Value, View, unknown};

/// Asks the task's validator, or the one known for this path. Content that is not known yet is not asked about; where the task asks,
/// content that cannot be is refused.
pub(crate) fn validate(
    view: &dyn View,
    path: &str,
    content: &Content,
    asked: Option<&str>,
) -> Result<(), Fault> {
    let asked = asked.map(argv).transpose()?;
    let text = match (content.text(), &asked) {
        (Some(text), _) => text,
        (None, None) => return Ok(()),
        (None, Some(_)) => {
            return Err(Fault::refused(
                format!("validating the new {path}"),
                "only text of up to 1 MiB can be tried before it is in place; take `validate` out, and check the file in a task of its own",
            ));
        }
    };
    if unknown::reason(text).is_some() {
        return Ok(());
    }
    let known = match &asked {
        Some(_) => None,
        None => built_in(path),
    };
    let Some(argv) = asked.or(known) else {
        return Ok(());
    };
    let command = argv.join(" ");
    let answer = view.ask(&Query::Validate {
        path: path.to_owned(),
        content: text.to_owned(),
        argv,
    })?;
    match answer {
        Value::String(words) => Err(Fault::refused(
            format!("the new {path}"),
            format!("`{command}` says: {}", words.trim()),
        )),
        _ => Ok(()),
    }
}

fn argv(line: &str) -> Result<Vec<String>, Fault> {
    if !line.contains("%s") {
        return Err(Fault::arguments(format!(
            "validate: `{line}` has no %s for the file to be checked"
        )));
    }
    words::split(line).map_err(|message| Fault::arguments(format!("validate: {message}")))
}

/// The validators that are on by default, by path.
fn built_in(path: &str) -> Option<Vec<String>> {
    let line: &[&str] = match path {
        "/etc/sudoers" => &["visudo", "-cf", "%s"],
        "/etc/ssh/sshd_config" => &["sshd", "-t", "-f", "%s"],
        path if path.starts_with("/etc/sudoers.d/") => &["visudo", "-cf", "%s"],
        _ => return None,
    };
    Some(line.iter().map(|&word| word.to_owned()).collect())
}

/// True for files a mistake in which can lock the operator out.
pub(crate) fn can_cut_line(path: &str) -> bool {
    path == "/etc/ssh/sshd_config" || path.starts_with("/etc/ssh/sshd_config.d/")
}
