//! A program on this machine behind the same pipe as one over SSH.
use super::ConnectFault;
use super::pipe::{Ending, Output, Pipe, signal_name};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A grandchild may hold the pipes open: so long after the child's end is waited for the rest.
const REST: Duration = Duration::from_millis(500);

/// Starts the first word with the others as its arguments.
pub(crate) fn start(words: &[&str]) -> Result<Pipe, ConnectFault> {
    let program = words.first().copied().unwrap_or_default();
    let failed = |message: String| ConnectFault::Program {
        program: program.to_owned(),
        message,
    };
    let mut child = spawn(words).map_err(|error| failed(error.to_string()))?;
    let (Some(input), Some(standard), Some(error)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(failed("it has no pipes".into()));
    };
    let (sender, output) = mpsc::channel(64);
    let standard = tokio::spawn(pump(standard, sender.clone(), Output::Standard));
    let error = tokio::spawn(pump(error, sender.clone(), Output::Error));
    tokio::spawn(watch(child, sender, [standard, error]));
    Ok(Pipe {
        input: Box::new(input),
        output,
        keeper: Box::new(()),
    })
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    to: mpsc::Sender<Output>,
    wrap: fn(Vec<u8>) -> Output,
) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if to.send(wrap(buffer[..length].to_vec())).await.is_err() {
            return;
        }
    }
}

/// Waits for the end, also when nobody listens any more: the child then sees its input closed and ends by its own rules.
async fn watch(
    mut child: Child,
    to: mpsc::Sender<Output>,
    pumps: [tokio::task::JoinHandle<()>; 2],
) {
    let status = child.wait().await;
    for pump in pumps {
        let abort = pump.abort_handle();
        if timeout(REST, pump).await.is_err() {
            abort.abort();
        }
    }
    let ending = match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => Ending::Status(code.unsigned_abs()),
            (None, signal) => Ending::Signal(signal_name(signal.unwrap_or_default())),
        },
        Err(error) => Ending::Lost(error.to_string()),
    };
    let _ = to.send(Output::Ended(ending)).await;
}

/// A program just written is busy for as long as a child of another thread, not yet replaced by its own program, holds it open.
fn spawn(words: &[&str]) -> std::io::Result<tokio::process::Child> {
    let mut tries = 100;
    loop {
        let child = Command::new(words.first().copied().unwrap_or_default())
            .args(words.iter().skip(1))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn();
        match child {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy && tries > 0 => {
                tries -= 1;
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            child => return child,
        }
    }
}
