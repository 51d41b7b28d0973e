//! Creating, altering and removing an account with the machine's own useradd(8), usermod(8) and userdel(8).
use super::database;
use crate::Context;
use crate::program::{Ended, Program};
use play_core::state::User;
use play_core::{Fault, State};
use std::time::Duration;

/// Brings an account from one state into the other; only what differs is touched.
pub fn put(name: &str, before: &State, after: &State, context: &Context) -> Result<(), Fault> {
    super::group::refuse_odd_name(name)?;
    match (before, after) {
        (State::User(before), State::User(after)) => modify(name, before, after, context),
        (_, State::User(after)) => create(name, after, context),
        (State::Absent, State::Absent) => Ok(()),
        (_, State::Absent) => run("userdel", &["--".into(), name.into()], context),
        _ => Err(Fault::Bug {
            message: format!("account {name} cannot be put into this state"),
        }),
    }
}

fn create(name: &str, user: &User, context: &Context) -> Result<(), Fault> {
    require_groups(name, user)?;
    let mut args: Vec<String> = Vec::new();
    if database::group(&user.group).is_some() || user.group.parse::<u32>().is_ok() {
        args.extend(["--gid".into(), user.group.clone()]);
    } else {
        args.push("--user-group".into());
    }
    let uid = user.uid.map(|uid| uid.to_string());
    let groups = (!user.groups.is_empty()).then(|| user.groups.join(","));
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    for (option, value) in [
        ("--uid", uid),
        ("--groups", groups),
        ("--home-dir", given(&user.home)),
        ("--shell", given(&user.shell)),
        ("--comment", given(&user.comment)),
    ] {
        if let Some(value) = value {
            args.extend([option.to_owned(), value]);
        }
    }
    if user.system {
        args.push("--system".into());
    }
    // The home directory is a resource of its own, with an owner and a mode that the plan shows.
    args.extend(["--no-create-home".into(), "--".into(), name.into()]);
    run("useradd", &args, context)?;
    match &user.password {
        Some(hash) if !matches!(hash.as_str(), "!" | "!!") => set_password(name, hash, context),
        _ => Ok(()),
    }
}

/// A group of the account's own name may come with it; every other one must be there.
fn require_groups(name: &str, user: &User) -> Result<(), Fault> {
    let primary = (user.group != name).then_some(&user.group);
    for group in user.groups.iter().chain(primary) {
        if database::group(group).is_none() && group.parse::<u32>().is_err() {
            return Err(super::missing_group(group));
        }
    }
    Ok(())
}

fn modify(name: &str, before: &User, after: &User, context: &Context) -> Result<(), Fault> {
    require_groups(name, after)?;
    let mut args: Vec<String> = Vec::new();
    let mut differing = |option: &str, differs: bool, value: String| {
        if differs {
            args.extend([option.to_owned(), value]);
        }
    };
    if let Some(uid) = after.uid {
        differing("--uid", before.uid != after.uid, uid.to_string());
    }
    let groups = (before.groups != after.groups, after.groups.join(","));
    differing("--gid", before.group != after.group, after.group.clone());
    differing("--groups", groups.0, groups.1);
    differing("--home", before.home != after.home, after.home.clone());
    differing("--shell", before.shell != after.shell, after.shell.clone());
    let comment = before.comment != after.comment;
    differing("--comment", comment, after.comment.clone());
    if !args.is_empty() {
        args.extend(["--".into(), name.into()]);
        run("usermod", &args, context)?;
    }
    match &after.password {
        Some(hash) if before.password.as_ref() != Some(hash) => set_password(name, hash, context),
        _ => Ok(()),
    }
}

/// By way of stdin: what stands in argv, every account of the machine can read.
fn set_password(name: &str, hash: &str, context: &Context) -> Result<(), Fault> {
    if hash.contains([':', '\n']) {
        return Err(Fault::arguments(
            "a password hash holds no colon and no line break; give the crypt(3) hash, not the password",
        ));
    }
    Program::new("chpasswd")
        .args(["--encrypted"])
        .stdin(format!("{name}:{hash}\n"))
        .within(context)
        .succeed()
        .map(drop)
}

/// Runs one of the shadow tools. Another one may hold the lock of the files for a moment.
pub(super) fn run(program: &str, args: &[String], context: &Context) -> Result<(), Fault> {
    for _ in 0..10 {
        let ended = Program::new(program).args(args).within(context).run();
        let ended = ended.map_err(|fault| unavailable(program, fault))?;
        if ended.code == 0 {
            return Ok(());
        }
        let locked = ended.err().contains("cannot lock");
        if !locked {
            return Err(busy(&ended));
        }
        context.proceed()?;
        std::thread::sleep(Duration::from_secs(1));
    }
    Err(Fault::Timeout {
        what: format!("{program}: the lock of /etc/passwd becoming free"),
        seconds: 10,
        seen: Some("another program holds it; /etc/.pwd.lock".into()),
    })
}

/// The fault it ended with; with the way out where the account's processes are in the way.
fn busy(ended: &Ended) -> Fault {
    ended.fault().reworded(|words| {
        if words.contains("currently used by process") {
            format!("{words} (stop what runs as this account first; `ps -u NAME` shows it)")
        } else {
            words
        }
    })
}

fn unavailable(program: &str, fault: Fault) -> Fault {
    match fault {
        Fault::Unsupported { what, .. } => Fault::Unsupported {
            what,
            hint: Some(format!("{program} comes with the package passwd or shadow")),
        },
        other => other,
    }
}
