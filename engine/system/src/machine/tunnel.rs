//! WireGuard interfaces: what runs, the keys, and changing a live one without dropping its peers.
pub mod apply;
pub mod configuration;
pub mod live;
mod route;

use crate::Context;
use crate::program::Program;
use play_core::act::KeyKind;
use play_core::{Effect, Fault, Resource, State, Value};
use rustix::fs::{Mode, OFlags};
use serde_json::json;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

pub use apply::apply;
pub(crate) use apply::{restore, restoring};

/// wg, ip and wg-quick answer in milliseconds; a name in an endpoint takes the resolver's time.
const LIMIT: Duration = Duration::from_secs(30);

/// The live interface; absent where there is none of the name.
pub fn look(interface: &str) -> Result<State, Fault> {
    Ok(live::interface(interface)?.map_or(State::Absent, |live| State::Tunnel(live.tunnel)))
}

/// The public key of the private key in a file; null where the file is missing.
pub fn public_key(file: &str) -> Result<Value, Fault> {
    match std::fs::read_to_string(file) {
        Ok(key) => public(&key, file).map(Value::String),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Value::Null),
        Err(error) => Err(Fault::file("read", file, &error)),
    }
}

/// Makes a private key where there is none: its folder 0700, the file 0600, in place at once or not at all.
pub fn private_key(path: &str, _: KeyKind, context: &Context) -> Result<Effect, Fault> {
    let output = |key: Value| Effect {
        output: json!({ "public_key": key }),
    };
    let known = public_key(path)?;
    if !known.is_null() {
        return Ok(output(known));
    }
    let key = Program::new("wg").args(["genkey"]).limit(LIMIT).succeed()?;
    let public = public(&key.out(), path)?;
    place(Path::new(path), &key.stdout).map_err(|error| Fault::file("write", path, &error))?;
    context.proceed()?;
    Ok(output(Value::String(public)))
}

/// The public key; the private one is given on stdin and is in no message.
fn public(key: &str, place: &str) -> Result<String, Fault> {
    let ended = Program::new("wg")
        .args(["pubkey"])
        .stdin(format!("{}\n", key.trim()))
        .limit(LIMIT)
        .run()?;
    if ended.code == 0 {
        Ok(ended.out().trim().to_owned())
    } else {
        Err(Fault::stated(format!(
            "{place} holds no WireGuard private key (make one with `wg genkey`)"
        )))
    }
}

/// Writes beside the target and links it into place: a key that somebody made meanwhile stays.
fn place(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    if !folder.exists() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let staged = folder.join(format!(".play-key.{}", std::process::id()));
    drop(std::fs::remove_file(&staged));
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = std::fs::File::from(rustix::fs::open(&staged, flags, Mode::RUSR | Mode::WUSR)?);
    let linked = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&staged, path));
    drop(std::fs::remove_file(&staged));
    linked?;
    std::fs::File::open(folder)?.sync_all()
}

/// A name that can be given to ip(8) and wg(8).
fn sound(interface: &str) -> Result<&str, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_=+.-".contains(c);
    if (1..=15).contains(&interface.len())
        && !interface.starts_with('-')
        && interface.chars().all(plain)
        && !matches!(interface, "." | "..")
    {
        Ok(interface)
    } else {
        Err(Fault::arguments(format!(
            "not an interface name: `{interface}` (1 to 15 of letters, digits, `_=+.-`)"
        )))
    }
}

/// The interface as a resource, for faults.
fn resource(interface: &str) -> Resource {
    Resource::Tunnel(interface.to_owned())
}
