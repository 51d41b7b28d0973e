//! Reaching a first answer on a host, against a folder that stands for one.
use super::*;
use crate::AgentImage;

#[test]
fn lines_are_read_only_when_complete() {
    for (text, wanted) in [
        (&b"noise\nplay-agent-says need\nx"[..], Some("need")),
        (b"\nplay-agent-says nee", None),
        (b"play-agent-says need\n", None),
    ] {
        let found = line(text, script::SAYS).map(|(from, to)| &text[from..to]);
        assert_eq!(found, wanted.map(str::as_bytes));
    }
}

/// An agent whose words are this shell text, started as a program of this machine.
pub(crate) fn program(folder: &std::path::Path, text: &str) -> Options {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let path = folder.join("agent");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .create_new(true)
        .write(true)
        .mode(0o700)
        .open(&path)
        .unwrap();
    file.write_all(format!("#!/bin/sh\n{text}\n").as_bytes())
        .unwrap();
    let mut options = Options::new(AgentImage {
        gzip: b"",
        sha256: "",
    });
    options.agent_program = Some(path);
    options
}

async fn started(text: &str) -> Result<Started, ConnectFault> {
    let folder = tempfile::tempdir().unwrap();
    let options = program(folder.path(), text);
    serve(&Target::simulated("s"), &options).await
}

#[tokio::test]
async fn noise_before_the_greeting_is_dropped() {
    let text = "echo Welcome; echo; echo play-agent-speaks-frames; printf rest; cat";
    let mut agent = started(text).await.unwrap();
    while agent.rest.len() < 4 {
        let Some(Output::Standard(bytes)) = agent.pipe.output.recv().await else {
            panic!("no more output");
        };
        agent.rest.extend(bytes);
    }
    assert_eq!(agent.rest, b"rest");
    assert_eq!((agent.agent_sent, agent.round_trips), (false, 1));
}

#[tokio::test]
async fn an_agent_that_dies_is_quoted() {
    for (text, wanted) in [
        (
            "echo no such thing >&2; exit 3",
            "the agent did not start on s: it ended with status 3; it said: no such thing",
        ),
        (
            "kill -9 $$",
            "the agent did not start on s: it was killed (signal 9, KILL)",
        ),
    ] {
        let Err(fault) = started(text).await else {
            panic!("it started");
        };
        assert_eq!(fault.to_string(), wanted);
    }
}

#[tokio::test]
async fn a_silent_agent_is_not_waited_for_forever() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = program(folder.path(), "read -r line");
    options.start_timeout = Duration::from_millis(50);
    let Err(fault) = serve(&Target::simulated("s"), &options).await else {
        panic!("it started");
    };
    assert!(matches!(fault, ConnectFault::Timeout { .. }), "{fault}");
}

#[test]
fn a_slow_line_is_given_time_for_what_is_on_its_way() {
    let seconds = Duration::from_secs;
    assert_eq!(on_its_way(3 << 20, seconds(50)), seconds(100));
    assert_eq!(on_its_way(100 << 10, seconds(1)), seconds(1));
    assert_eq!(on_its_way(0, seconds(1)), Duration::ZERO);
}
