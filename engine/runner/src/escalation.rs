//! Becoming root on the host through sudo.
use crate::Password;

/// `become: true`: the whole bootstrap runs under sudo, so that root only ever executes a program root has stored.
/// A login as root needs no sudo and does not use it.
#[derive(Clone, Debug, Default)]
pub struct Escalation {
    /// Without one sudo must not ask (`sudo -n`).
    pub password: Option<Password>,
}

impl Escalation {
    /// The words before `/bin/sh -c …`. The prompt is new for each session, so that nothing printed can be taken for it.
    pub(crate) fn words(&self, prompt: &str) -> String {
        match self.password {
            Some(_) => format!("sudo -S -p {prompt} --"),
            None => "sudo -n --".to_owned(),
        }
    }
}

/// What sudo printed when it refused, sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Absent,
    PasswordNeeded,
    NoRight,
    TerminalNeeded,
}

impl Refusal {
    /// Reads it out of sudo's own words (in English: the bootstrap asks for messages in C).
    pub(crate) fn read(said: &str) -> Option<Self> {
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        if has(&["a password is required", "no password was provided"]) {
            return Some(Self::PasswordNeeded);
        }
        if has(&[
            "not in the sudoers",
            "is not allowed to",
            "may not run sudo",
        ]) {
            return Some(Self::NoRight);
        }
        if has(&["must have a tty", "no tty present"]) {
            return Some(Self::TerminalNeeded);
        }
        has(&[
            "sudo: not found",
            "sudo: command not found",
            "‘sudo’",
            "'sudo'",
        ])
        .then_some(Self::Absent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_shows_nothing() {
        let escalation = Escalation {
            password: Some(Password::new("hunter22")),
        };
        assert!(!format!("{escalation:?}").contains("hunter22"));
        assert!(!escalation.words("p").contains("hunter22"));
    }

    #[test]
    fn refusals_of_sudo_are_told_apart() {
        for (said, refusal) in [
            (
                "sudo: a password is required\n",
                Some(Refusal::PasswordNeeded),
            ),
            ("eve is not in the sudoers file.", Some(Refusal::NoRight)),
            (
                "Sorry, user eve is not allowed to execute '/bin/sh' as root on a.",
                Some(Refusal::NoRight),
            ),
            (
                "sudo: sorry, you must have a tty to run sudo",
                Some(Refusal::TerminalNeeded),
            ),
            ("/bin/sh: 1: exec: sudo: not found", Some(Refusal::Absent)),
            (
                "bash: line 1: sudo: command not found",
                Some(Refusal::Absent),
            ),
            ("Welcome!", None),
        ] {
            assert_eq!(Refusal::read(said), refusal, "{said}");
        }
    }
}
