//! Creating, altering and removing a group with groupadd(8), groupmod(8) and groupdel(8).
use super::user::run;
use crate::Context;
use play_core::{Fault, State};

/// Brings a group from one state into the other.
pub fn put(name: &str, before: &State, after: &State, context: &Context) -> Result<(), Fault> {
    refuse_odd_name(name)?;
    let mut args: Vec<String> = Vec::new();
    let program = match (before, after) {
        (State::Absent, State::Absent) => return Ok(()),
        (State::Group(_), State::Absent) => "groupdel",
        (State::Group(before), State::Group(after)) => match after.gid {
            Some(gid) if before.gid != Some(gid) => {
                args.extend(["--gid".into(), gid.to_string()]);
                "groupmod"
            }
            _ => return Ok(()),
        },
        (_, State::Group(after)) => {
            let gid = after.gid.map(|gid| ["--gid".into(), gid.to_string()]);
            args.extend(gid.into_iter().flatten());
            "groupadd"
        }
        _ => {
            return Err(Fault::Bug {
                message: format!("group {name} cannot be put into this state"),
            });
        }
    };
    args.extend(["--".into(), name.into()]);
    run(program, &args, context)
}

/// Names that the tools or the files would take for something else.
pub(super) fn refuse_odd_name(name: &str) -> Result<(), Fault> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == ':' || c == ',' || c == '/';
    if name.is_empty() || name.starts_with('-') || name.contains(odd) {
        return Err(Fault::arguments(format!(
            "`{name}` is no name for an account or group (letters, digits, `_`, `-`, `.`; no `-` in front)"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_be_options_or_fields_are_refused() {
        for name in ["", "-x", "a:b", "a b", "a,b", "a\nb"] {
            assert!(refuse_odd_name(name).is_err(), "{name:?}");
        }
        assert!(refuse_odd_name("www-data").is_ok());
    }
}
