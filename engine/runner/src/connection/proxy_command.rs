//! `ProxyCommand`: a program of this machine whose input and output are the way to the host.
use super::ConnectFault;
use super::settings::Settings;
use super::tokens::Tokens;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncWrite, join};
use tokio::process::Command;

/// Starts it through `/bin/sh`, as OpenSSH does. It ends when its input does.
pub(crate) fn start(
    command: &str,
    settings: &Settings,
) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<>, ConnectFault> {
    let failed = |message: String| ConnectFault::Program {
        program: format!("ProxyCommand ({command})"),
        message,
    };
    // They become part of a shell command.
    let odd = |letter: char| !letter.is_alphanumeric() && !"-_.:@[]%".contains(letter);
    for word in [&settings.host_name, &settings.user, &settings.asked] {
        if word.contains(odd) {
            return Err(failed(format!("`{word}` has letters a shell would act on")));
        }
    }
    let tokens = Tokens {
        home: Path::new("~"),
        host: &settings.host_name,
        original: &settings.asked,
        user: &settings.user,
        port: settings.port,
    };
    let mut child = Command::new("/bin/sh")
        .arg("-c")
        .arg(format!("exec {}", tokens.text(command)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    match (child.stdout.take(), child.stdin.take()) {
        (Some(output), Some(input)) => Ok(join(output, input)),
        _ => Err(failed("it has no pipes".into())),
    }
}
