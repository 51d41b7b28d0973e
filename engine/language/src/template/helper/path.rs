//! Parts of paths; nothing is looked up.
use super::{Flow, Helper, helper};
use play_core::Value;

pub(super) const TABLE: &[Helper] = &[
    helper(
        "basename",
        "basename path",
        "What follows the last slash.",
        Flow::Opaque,
        |a| {
            let path = a.text(0)?;
            Ok(path.rsplit('/').next().unwrap_or_default().into())
        },
    ),
    helper(
        "dirname",
        "dirname path",
        "What stands before the last slash.",
        Flow::Opaque,
        |a| {
            let path = a.text(0)?;
            Ok(match path.rfind('/') {
                Some(0) => "/".into(),
                Some(at) => path[..at].trim_end_matches('/').into(),
                None => "".into(),
            })
        },
    ),
    helper(
        "splitext",
        "splitext path",
        "The path before its extension, and the extension with its dot.",
        Flow::Opaque,
        |a| {
            let path = a.text(0)?;
            let name = path.rfind('/').map_or(0, |at| at + 1);
            let dot = path[name..]
                .rfind('.')
                .filter(|at| *at > 0)
                .map_or(path.len(), |at| name + at);
            Ok(Value::Array(vec![path[..dot].into(), path[dot..].into()]))
        },
    ),
    helper(
        "path_join",
        "path_join list",
        "Parts joined by slashes; an absolute part starts over.",
        Flow::Opaque,
        |a| {
            let parts = if a.value(0)?.is_array() {
                a.list(0)?
            } else {
                a.values.clone()
            };
            let mut whole = String::new();
            for part in parts.iter().map(crate::template::text_of) {
                if part.starts_with('/') {
                    whole.clear();
                } else if !whole.is_empty() && !whole.ends_with('/') {
                    whole.push('/');
                }
                whole.push_str(&part);
            }
            Ok(whole.into())
        },
    ),
];
