//! System errors about files in words that name the way out.
use play_core::{Fault, Resource};
use rustix::io::Errno;

/// The fault a system call on a path ended with.
pub fn fault(operation: &str, path: &str, error: Errno) -> Fault {
    let message = match error {
        Errno::NOSPC => "no space left on its filesystem".to_owned(),
        Errno::DQUOT => "the quota of its owner is used up".to_owned(),
        Errno::ROFS => "its filesystem is mounted read-only".to_owned(),
        Errno::PERM => format!(
            "not permitted (if `lsattr -d {path}` shows the immutable or append-only flag, `chattr -i -a` takes it off)"
        ),
        Errno::ACCESS => "permission denied (does the step need `become: true`, or the host `ansible_become: true`?)".to_owned(),
        Errno::BUSY => "it is a mount point or in use by the kernel".to_owned(),
        Errno::LOOP => "too many links, or a link where none may be".to_owned(),
        Errno::NOTDIR => "a part of its path is no directory".to_owned(),
        Errno::NOTEMPTY | Errno::EXIST => "something else appeared there meanwhile".to_owned(),
        Errno::TXTBSY => "it is a program that runs right now".to_owned(),
        other => std::io::Error::from(other).to_string(),
    };
    Fault::file(operation, path, &message)
}

/// The same for the standard library's errors.
pub(super) fn io(operation: &str, path: &str, error: &std::io::Error) -> Fault {
    match Errno::from_io_error(error) {
        Some(errno) => fault(operation, path, errno),
        None => Fault::file(operation, path, error),
    }
}

/// The folder something is to be put into is not there.
pub(super) fn no_folder(folder: &str) -> Fault {
    Fault::Missing {
        resource: Resource::File(folder.to_owned()),
        hint: Some("create the directory first: file with state: directory".into()),
    }
}
