//! A session against an agent that is played by the test.
use super::*;
use crate::bootstrap::tests::program;

const GREET: &str = "printf '\\nplay-agent-speaks-frames\\n'";

async fn open(text: &str) -> Session {
    let folder = tempfile::tempdir().unwrap();
    let options = program(folder.path(), &format!("{GREET}; {text}"));
    Session::open(&Target::simulated("s"), &options)
        .await
        .unwrap()
}

#[tokio::test]
async fn closing_ends_the_input_and_waits() {
    open("cat >/dev/null").await.close().await.unwrap();
    let fault = open("cat >/dev/null; echo bad luck >&2; exit 3")
        .await
        .close()
        .await
        .unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the agent on s ended: it ended with status 3; it said: bad luck"
    );
}

#[tokio::test]
async fn hostile_frames_end_the_session() {
    for (text, wanted) in [
        (
            "printf '\\377\\377\\377\\377'; cat",
            "s sent a frame of 4294967295 bytes",
        ),
        (
            "printf '\\000\\000\\000\\001\\301'; cat",
            "s sent a frame that is not understood",
        ),
    ] {
        let fault = open(text).await.receive().await.map(|_| ()).unwrap_err();
        assert!(fault.to_string().starts_with(wanted), "{fault}");
    }
}

#[tokio::test]
async fn an_agent_that_is_gone_takes_no_requests() {
    let mut session = open("exec 0<&-; echo gone >&2; exit 0").await;
    let Err(end) = session.receive().await else {
        panic!("it answered");
    };
    assert!(
        matches!(end, SessionFault::Ended { well: true, .. }),
        "{end}"
    );
    let fault = session.send(&Request::Stop).await.unwrap_err();
    assert_eq!(fault, end);
    assert_eq!(session.receive().await.map(|_| ()).unwrap_err(), end);
}

#[tokio::test]
async fn a_request_that_nobody_reads_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = program(folder.path(), &format!("{GREET}; exec sleep 5"));
    options.write_timeout = Duration::from_millis(50);
    let mut session = Session::open(&Target::simulated("s"), &options)
        .await
        .unwrap();
    let request = Request::NoBlob {
        sha256: String::new(),
        message: "x".repeat(1 << 20),
    };
    let fault = session.send(&request).await.unwrap_err();
    assert!(matches!(fault, SessionFault::Stalled { .. }), "{fault}");
}
