//! The script that finds or installs the agent on a host and becomes it.
//!
//! It goes through any login shell (bash, fish, csh …) as one word in single quotes, so it contains no single quote,
//! backslash, exclamation mark or newline. It runs under sudo as a whole where root is wanted: root then keeps its own
//! copy in a directory of its own and never executes a file the login user could have changed. (sudo logs it, which is
//! why it is short.) A directory or file counts only if it belongs to us or root and nobody else can write to it; the
//! file's digest is checked where the host has `sha256sum`. The agent gets the umask the login had. Agents of earlier
//! versions are removed when a new one is installed, once they have lain there for 30 days, and so is what a power cut left of one.
use crate::{AgentImage, Escalation};

/// What the script says stands behind this at the start of a line.
pub(crate) const SAYS: &[u8] = b"\nplay-agent-says ";

const FUNCTIONS: &str = r#"m=$(umask); umask 077; u=$(id -u); t=; bye() { [ -z "$t" ] || rm -f -- "$t"; }; no() { bye; echo; echo "play-agent-says no $*"; exit 97; }; ok() { k=$1; set -- $(ls -ldn -- "$2" 2>/dev/null); case $1 in "$k"r?x?-??-?*) [ "$3" = "$u" ] || [ "$3" = 0 ];; *) false;; esac; }; sum() { command -v sha256sum >/dev/null || return 0; [ "$(sha256sum < "$1")" = "$h  -" ]; }; at() { d=$1; f=$d/agent-$h; }; run() { at "$1"; ok d "$d" && ok - "$f" && sum "$f"; }; take() { at "$1"; [ -d "$d" ] || mkdir -p -- "$d"; ok d "$d" || return; t=$d/.new-$$; (echo exit 0 > "$t" && chmod 700 "$t" && "$t"); }; trap bye 0; trap "exit 98" 1 2 13 15; if [ "$u" = 0 ]; then a=/var/cache/play; b=/var/lib/play/agent; else a=${XDG_CACHE_HOME:-$HOME/.cache}/play; b=/var/tmp/play-$u; fi; "#;

const MAIN: &str = r#"echo; echo play-agent-says here; if run "$a" || run "$b"; then :; elif take "$a" || { bye; take "$b"; }; then echo play-agent-says need; head -c $n | gzip -dc > "$t" || no space "$(df -Pk -- "$d" | tail -n 1)"; chmod 500 "$t"; sum "$t" || no damaged "$d"; mv -f -- "$t" "$f" || no space "$d"; find "$d" -name "agent-*" -mtime +30 -exec rm -f -- {} + -o -name ".new-*" -mtime +0 -exec rm -f -- {} + 2>/dev/null; else no place "$a" "$b"; fi; t=; umask "$m"; exec "$f" "$@""#;

const AS_ROOT: &str = r#"s=$1; shift; if [ "$(id -u)" = 0 ]; then exec /bin/sh -c "$s" sh "$@"; fi; LANGUAGE=C; LC_MESSAGES=C; export LANGUAGE LC_MESSAGES; exec SUDO /bin/sh -c "$s" sh "$@""#;

/// The command for the login shell. `arguments` are the agent's; `prompt` is what sudo asks with.
pub(crate) fn command(
    image: &AgentImage,
    escalation: Option<&Escalation>,
    prompt: &str,
    arguments: &[&str],
) -> String {
    let (digest, length) = (image.sha256, image.gzip.len());
    let script = format!("h={digest}; n={length}; {FUNCTIONS}{MAIN}");
    let arguments: Vec<String> = arguments.iter().map(|word| quote(word)).collect();
    let arguments = arguments.join(" ");
    match escalation {
        None => format!("exec /bin/sh -c '{script}' sh {arguments}"),
        Some(escalation) => {
            let outer = AS_ROOT.replace("SUDO", &escalation.words(prompt));
            format!("exec /bin/sh -c '{outer}' sh '{script}' {arguments}")
        }
    }
}

/// A word for any shell, where it is plain; in the quotes of `/bin/sh` otherwise (names of simulated hosts only).
fn quote(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Password;

    #[test]
    fn every_login_shell_can_read_it() {
        for text in [FUNCTIONS, MAIN, AS_ROOT] {
            assert!(!text.contains(['\'', '\\', '!', '\n']), "{text}");
        }
    }

    #[test]
    fn arguments_stay_one_word() {
        let image = AgentImage {
            gzip: b"",
            sha256: "00",
        };
        let command = command(&image, None, "p", &["serve", "--simulated", "a'b c"]);
        assert!(
            command.ends_with(r"sh serve --simulated 'a'\''b c'"),
            "{command}"
        );
    }

    #[test]
    fn the_password_is_in_no_command() {
        let image = AgentImage {
            gzip: b"",
            sha256: "00",
        };
        let escalation = Escalation {
            password: Some(Password::new("hunter22")),
        };
        let command = command(&image, Some(&escalation), "asks-1", &["serve"]);
        assert!(
            !command.contains("hunter22") && command.contains("sudo -S -p asks-1 --"),
            "{command}"
        );
    }
}
