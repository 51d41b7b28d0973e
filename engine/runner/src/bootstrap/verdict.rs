//! What it means when the bootstrap ends without an agent.
use super::{Boot, find};
use crate::ConnectFault;
use crate::connection::Ending;
use crate::escalation::Refusal;

/// The shell could not execute what it found.
const NOT_EXECUTABLE: u32 = 126;

impl Boot<'_> {
    /// The script gave up, with a reason of its own.
    pub(super) fn refused(&self, reason: &str) -> ConnectFault {
        let host = self.target.name.clone();
        match reason.split_once(' ').unwrap_or((reason, "")) {
            ("place", tried) => ConnectFault::NoPlace {
                host,
                message: match self.words() {
                    said if said.is_empty() => format!("tried {}", tried.replace(' ', " and ")),
                    said => format!("tried {} ({said})", tried.replace(' ', " and ")),
                },
            },
            ("space", rest) => ConnectFault::NoSpace {
                host,
                message: rest
                    .split_whitespace()
                    .chain(self.words().split_whitespace())
                    .collect::<Vec<_>>()
                    .join(" "),
            },
            ("damaged", folder) => {
                self.did_not_start(format!("what arrived in {folder} is not what was sent"))
            }
            (other, _) => self.did_not_start(other.to_owned()),
        }
    }

    pub(super) fn verdict(&self, ending: &Ending) -> ConnectFault {
        let host = self.target.name.clone();
        let said = self.words();
        if let Ending::Lost(message) = ending {
            return ConnectFault::Lost {
                host,
                message: message.clone(),
            };
        }
        if self.options.escalation.is_some() {
            match Refusal::read(&String::from_utf8_lossy(&self.error)) {
                Some(Refusal::Absent) => return ConnectFault::NoSudo { host },
                Some(Refusal::PasswordNeeded) => return ConnectFault::SudoPasswordNeeded { host },
                Some(Refusal::NoRight | Refusal::TerminalNeeded) => {
                    return ConnectFault::SudoRefused { host, said };
                }
                None => {}
            }
        }
        match ending {
            Ending::Status(NOT_EXECUTABLE) => ConnectFault::NoPlace {
                host,
                message: format!("the agent cannot be executed ({said})"),
            },
            _ if self.uses_script() && !self.here && self.wants_a_new_password() => {
                ConnectFault::LoginPasswordExpired { host, said }
            }
            _ if self.uses_script() && !self.here => ConnectFault::NoShell { host, said },
            ending => self.did_not_start(ending.to_string()),
        }
    }

    pub(super) fn did_not_start(&self, message: String) -> ConnectFault {
        ConnectFault::AgentDidNotStart {
            host: self.target.name.clone(),
            message,
            said: self.words(),
        }
    }

    /// sshd's own words where it runs `passwd` instead of a command, and there is no terminal (session.c, `do_pwchange`).
    fn wants_a_new_password(&self) -> bool {
        find(&self.error, b"Password change required").is_some()
    }

    /// For a deadline that passed: what the host seems to wait for.
    pub(super) fn waiting(&self) -> String {
        match self.words() {
            words if words.is_empty() => String::new(),
            words => format!(" (its last words: {words})"),
        }
    }

    fn uses_script(&self) -> bool {
        self.target.kind == crate::Kind::Ssh || self.options.agent_program.is_none()
    }

    /// The last words: of standard error, or where it is silent of standard output.
    fn words(&self) -> String {
        match last_words(&self.error) {
            words if words.is_empty() => last_words(&self.standard),
            words => words,
        }
    }
}

/// The last three lines in one, harmless to a terminal.
pub(crate) fn last_words(bytes: &[u8]) -> String {
    const LINES: usize = 3;
    const LETTERS: usize = 300;
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = lines.split_off(lines.len().saturating_sub(LINES));
    let shown: String = last.join(" / ").chars().take(LETTERS).collect();
    shown
        .escape_debug()
        .to_string()
        .replace("\\'", "'")
        .replace("\\\"", "\"")
}
