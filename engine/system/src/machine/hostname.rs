//! The host's live name; the lasting one is the file /etc/hostname, which is a resource of its own.
use play_core::{Fault, State};
use rustix::io::Errno;

/// The kernel's node name.
pub fn look() -> Result<State, Fault> {
    let name = rustix::system::uname();
    Ok(State::Text(name.nodename().to_string_lossy().into_owned()))
}

/// Gives the kernel a new one.
pub fn put(after: &State) -> Result<(), Fault> {
    let State::Text(name) = after else {
        return Err(Fault::refused(
            "a host without a name",
            "give the name it is to have",
        ));
    };
    // 64 bytes is the kernel's limit (__NEW_UTS_LEN).
    if name.is_empty() || name.len() > 64 || name.contains(|c: char| c.is_whitespace() || c == '/')
    {
        return Err(Fault::arguments(format!(
            "`{name}` is no host name (letters, digits, `-` and `.`, 64 at most)"
        )));
    }
    rustix::system::sethostname(name.as_bytes()).map_err(|error| match error {
        Errno::PERM => Fault::refused(
            "setting the host's name",
            "only root may, and not in every container",
        ),
        error => Fault::file("set the host's name to", name, &std::io::Error::from(error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_and_nonsense_is_refused_before_the_kernel_is_asked() {
        assert!(matches!(look(), Ok(State::Text(name)) if !name.is_empty()));
        for name in ["", "a b", "a/b", &"a".repeat(65)] {
            let fault = put(&State::Text(name.to_owned())).expect_err("refused");
            assert!(matches!(fault, Fault::Arguments { .. }), "{fault}");
        }
    }
}
