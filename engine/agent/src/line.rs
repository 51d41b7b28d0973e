//! The line to the controller: frames in on stdin, frames out on stdout.
use play_core::frame::{GREETING, LONGEST};
use play_core::message::{Reply, Request};
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Where replies go; cheap to clone, never blocks a step.
#[derive(Clone)]
pub(crate) struct Replies(Sender<Reply>);

impl Replies {
    /// Sends a reply. Once the controller is gone nobody listens, and that is fine.
    pub(crate) fn send(&self, reply: Reply) {
        drop(self.0.send(reply));
    }
}

#[cfg(test)]
impl Replies {
    /// A line to whoever receives there.
    pub(crate) fn to() -> (Self, Receiver<Reply>) {
        let (sender, receiver) = channel();
        (Self(sender), receiver)
    }
}

/// Greets, and starts the thread that writes. The handle ends when every sender is gone and all is written.
pub(crate) fn open() -> (Replies, std::thread::JoinHandle<()>) {
    let (sender, receiver) = channel();
    let writer = std::thread::spawn(move || write(&receiver));
    (Replies(sender), writer)
}

/// Replies that are ready together are written together: one packet rather than one each.
fn write(replies: &Receiver<Reply>) {
    let mut out = std::io::stdout().lock();
    let mut buffer = GREETING.to_vec();
    while let Ok(reply) = replies.recv() {
        push(&mut buffer, &reply);
        while let Ok(reply) = replies.try_recv() {
            push(&mut buffer, &reply);
        }
        if out.write_all(&buffer).and_then(|()| out.flush()).is_err() {
            return;
        }
        buffer.clear();
    }
}

fn push(buffer: &mut Vec<u8>, reply: &Reply) {
    let bytes = rmp_serde::to_vec_named(reply).unwrap_or_default();
    match u32::try_from(bytes.len()) {
        Ok(length) if length <= LONGEST => {
            buffer.extend_from_slice(&length.to_be_bytes());
            buffer.extend_from_slice(&bytes);
        }
        // The controller would end the session over it; told like this, one step fails.
        _ => push(buffer, &instead(reply, bytes.len())),
    }
}

fn instead(reply: &Reply, length: usize) -> Reply {
    let message =
        format!("what it has to say is too long: {length} bytes, and {LONGEST} fit into a frame");
    match reply {
        Reply::Done { step, .. } => Reply::Done {
            step: *step,
            report: crate::execute::failed(&message),
        },
        _ => Reply::Broken { message },
    }
}

/// The next request; None at the end of the line.
pub(crate) fn receive(input: &mut impl Read) -> Result<Option<Request>, String> {
    let mut head = [0; 4];
    if let Err(error) = input.read_exact(&mut head) {
        return if error.kind() == std::io::ErrorKind::UnexpectedEof {
            Ok(None)
        } else {
            Err(error.to_string())
        };
    }
    let length = u32::from_be_bytes(head);
    if length > LONGEST {
        return Err(format!("a frame of {length} bytes is refused"));
    }
    let mut bytes = vec![0; length as usize];
    input
        .read_exact(&mut bytes)
        .map_err(|error| error.to_string())?;
    rmp_serde::from_slice(&bytes)
        .map(Some)
        .map_err(|error| format!("a frame does not parse: {error}"))
}

/// Words for whoever started the agent, on stderr: the controller shows them where the agent ends early.
#[expect(clippy::print_stderr, reason = "stderr is the agent's last word")]
pub(crate) fn complain(words: &str) {
    eprintln!("{words}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use play_core::Outcome;

    #[test]
    fn a_report_too_long_for_a_frame_is_the_failure_of_its_step() {
        let mut report = crate::execute::failed("");
        report.output = "x".repeat(LONGEST as usize).into();
        let mut buffer = Vec::new();
        push(&mut buffer, &Reply::Done { step: 7, report });
        let reply = rmp_serde::from_slice(&buffer[4..]).expect("a frame");
        let Reply::Done { step: 7, report } = reply else {
            panic!("another reply")
        };
        assert_eq!(report.outcome, Outcome::Failed);
        assert!(format!("{:?}", report.fault).contains("too long"));
    }
}
