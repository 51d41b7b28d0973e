//! Kernel parameters, by their files under /proc/sys.
use play_core::{Fault, Resource, State};
use std::io::ErrorKind;

const ROOT: &str = "/proc/sys";

/// The live value, its blanks made single; absent where this kernel has no such parameter.
pub fn look(key: &str) -> Result<State, Fault> {
    look_under(ROOT, key)
}

/// Writes a live value and reads it back.
pub fn put(key: &str, after: &State) -> Result<(), Fault> {
    put_under(ROOT, key, after)
}

fn look_under(root: &str, key: &str) -> Result<State, Fault> {
    let path = path(root, key)?;
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(State::Text(normal(&text))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(State::Absent)
        }
        // Not even root reads a trigger such as net.ipv4.route.flush.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(Fault::refused(
            format!("reading the kernel parameter {key}"),
            "it has no value to compare with; a parameter that is only written to is for the module command: `sysctl -w`",
        )),
        Err(error) => Err(Fault::file("read", &path, &error)),
    }
}

fn put_under(root: &str, key: &str, after: &State) -> Result<(), Fault> {
    let State::Text(value) = after else {
        return Err(Fault::refused(
            format!("removing the kernel parameter {key}"),
            "the kernel has a value for it always; give the one it is to have",
        ));
    };
    let path = path(root, key)?;
    // Opened without O_CREAT: a parameter that is missing is a missing module, not a file to make.
    let written = std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, format!("{value}\n").as_bytes()));
    written.map_err(|error| fault(key, value, &path, &error))?;
    match look_under(root, key)? {
        State::Text(now) if now == normal(value) => Ok(()),
        State::Text(now) => Err(Fault::NotConverged {
            remaining: format!(
                "{key} is {now}, not {value}: give the value in the kernel's own form"
            ),
        }),
        _ => Err(missing(key)),
    }
}

fn fault(key: &str, value: &str, path: &str, error: &std::io::Error) -> Fault {
    match error.kind() {
        // The parameter is there: what is not is what the value names, a queue or a congestion control.
        ErrorKind::NotFound if std::path::Path::new(path).exists() => Fault::refused(
            format!("setting {key} to {value}"),
            format!("the running kernel has no {value}; load the module that brings it first"),
        ),
        ErrorKind::NotFound | ErrorKind::NotADirectory => missing(key),
        ErrorKind::InvalidInput => Fault::refused(
            format!("setting {key} to {value}"),
            "the kernel does not take this value",
        ),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Fault::refused(
            format!("setting {key}"),
            "it is read-only here (a container may not set it, or the step needs `become: true`)",
        ),
        _ => Fault::file("write", path, error),
    }
}

fn missing(key: &str) -> Fault {
    Fault::Missing {
        resource: Resource::Sysctl(key.to_owned()),
        hint: Some("this kernel has no such parameter; the module that brings it may have to be loaded first".into()),
    }
}

/// sysctl(8): the first separator decides; where it is a dot, a slash stands for a dot within a name (`eth0/100`).
fn path(root: &str, key: &str) -> Result<String, Fault> {
    let dotted = key
        .find(['.', '/'])
        .is_none_or(|at| key[at..].starts_with('.'));
    let swap = |c: char| match c {
        '.' => '/',
        '/' => '.',
        other => other,
    };
    let relative: String = if dotted {
        key.chars().map(swap).collect()
    } else {
        key.to_owned()
    };
    if relative
        .split('/')
        .any(|part| matches!(part, "" | "." | ".."))
        || key.contains('\0')
    {
        return Err(Fault::arguments(format!("`{key}` is no kernel parameter")));
    }
    Ok(format!("{root}/{relative}"))
}

fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_paths() {
        let path = |key| path(ROOT, key).ok();
        assert_eq!(
            path("net.ipv4.ip_forward").as_deref(),
            Some("/proc/sys/net/ipv4/ip_forward")
        );
        assert_eq!(
            path("net/ipv4/conf/eth0.1/forwarding").as_deref(),
            Some("/proc/sys/net/ipv4/conf/eth0.1/forwarding")
        );
        assert_eq!(
            path("net.ipv4.conf.eth0/1.forwarding").as_deref(),
            Some("/proc/sys/net/ipv4/conf/eth0.1/forwarding")
        );
        for key in ["net.//.etc", "..", "", "net/../../etc/passwd"] {
            assert_eq!(path(key), None, "{key}");
        }
    }

    #[test]
    fn values_are_written_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_string_lossy().into_owned();
        std::fs::create_dir_all(folder.path().join("net/ipv4")).expect("made");
        std::fs::write(folder.path().join("net/ipv4/tcp_rmem"), "1\t2\t3\n").expect("written");
        let key = "net.ipv4.tcp_rmem";
        assert_eq!(
            look_under(&root, key).ok(),
            Some(State::Text("1 2 3".into()))
        );
        put_under(&root, key, &State::Text("4  5 6".into())).expect("put");
        assert_eq!(
            look_under(&root, key).ok(),
            Some(State::Text("4 5 6".into()))
        );
        assert_eq!(look_under(&root, "net.none").ok(), Some(State::Absent));
        let fault = put_under(&root, "net.none", &State::Text("1".into())).expect_err("missing");
        assert!(matches!(fault, Fault::Missing { .. }), "{fault}");
        assert!(!folder.path().join("net/none").exists());
    }

    #[test]
    fn the_kernel_is_read() {
        assert!(matches!(look("kernel.ostype"), Ok(State::Text(text)) if text == "Linux"));
    }
}
