//! The agent is found, installed, distrusted, and dies.
use super::server::{Server, agent, available, begin, image, steps, write};
use play_core::message::Reply;
use play_runner::{ConnectFault, Session, SessionFault};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[tokio::test]
async fn the_agent_is_sent_once_and_then_found() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let options = server.options(agent("once"));
    let mut first = Session::open(&server.target(), &options).await.unwrap();
    assert!(first.agent_sent);
    assert_eq!(first.round_trips(), 2);
    assert!(matches!(
        first.receive().await.unwrap(),
        Reply::Ready { .. }
    ));
    first.close().await.unwrap();

    let mut again = Session::open(&server.target(), &options).await.unwrap();
    assert!(!again.agent_sent);
    assert!(matches!(
        again.receive().await.unwrap(),
        Reply::Ready { .. }
    ));
    assert_eq!(again.round_trips(), 1);
    again.send(&begin()).await.unwrap();
    assert!(matches!(
        again.receive().await.unwrap(),
        Reply::Facts { .. }
    ));
    assert_eq!(again.round_trips(), 2);
    again.send(&steps()).await.unwrap();
    let Err(fault) = again.receive().await else {
        panic!("it lives")
    };
    assert_eq!(
        fault.to_string(),
        "the agent on web ended: it was killed (signal 9, KILL); it said: last words"
    );
}

#[tokio::test]
async fn a_damaged_agent_is_sent_again() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let image = agent("damaged");
    let options = server.options(image);
    Session::open(&server.target(), &options)
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    let stored = server.path(&format!("cache/play/agent-{}", image.sha256));
    assert_eq!(
        std::fs::metadata(&stored).unwrap().permissions().mode() & 0o777,
        0o500
    );
    write(&stored, "#!/bin/sh\necho something else\n", 0o500);
    let session = Session::open(&server.target(), &options).await.unwrap();
    assert!(session.agent_sent);
    // Others can write to it: it is not trusted either.
    std::fs::set_permissions(&stored, std::fs::Permissions::from_mode(0o522)).unwrap();
    let session = Session::open(&server.target(), &options).await.unwrap();
    assert!(session.agent_sent);
}

#[tokio::test]
async fn a_folder_others_can_write_to_is_not_used() {
    if !available() {
        return;
    }
    let server = Server::start("");
    std::fs::create_dir_all(server.path("cache/play")).unwrap();
    std::fs::set_permissions(
        server.path("cache/play"),
        std::fs::Permissions::from_mode(0o777),
    )
    .unwrap();
    write(
        &server.path("bin/mkdir"),
        "#!/bin/sh\necho no room >&2; exit 1\n",
        0o755,
    );
    let Err(fault) = Session::open(&server.target(), &server.options(agent("open"))).await else {
        panic!("it started")
    };
    assert!(matches!(fault, ConnectFault::NoPlace { .. }), "{fault}");
    assert!(fault.to_string().ends_with("(no room)"), "{fault}");
    assert!(
        std::fs::read_dir(server.path("cache/play"))
            .unwrap()
            .next()
            .is_none()
    );
}

#[tokio::test]
async fn a_program_that_is_not_what_its_digest_says_is_not_run() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let mut wrong = agent("wrong");
    wrong.gzip = image(b"#!/bin/sh\necho other\n").gzip;
    let Err(fault) = Session::open(&server.target(), &server.options(wrong)).await else {
        panic!("it started")
    };
    assert!(fault.to_string().contains("not what was sent"), "{fault}");
    assert!(
        std::fs::read_dir(server.path("cache/play"))
            .unwrap()
            .next()
            .is_none()
    );
}

#[tokio::test]
async fn noise_is_dropped_and_a_shell_without_commands_is_named() {
    if !available() {
        return;
    }
    let noisy = Server::start("ForceCommand echo Welcome; echo; eval \"$SSH_ORIGINAL_COMMAND\"");
    let session = Session::open(&noisy.target(), &noisy.options(agent("noise")))
        .await
        .unwrap();
    session.close().await.unwrap();
    let closed =
        Server::start("ForceCommand echo This account is currently not available.; exit 1");
    let Err(fault) = Session::open(&closed.target(), &closed.options(agent("closed"))).await else {
        panic!("it started")
    };
    assert_eq!(
        fault.to_string(),
        "the login shell of web runs no commands; it said: This account is currently not available."
    );
}

#[tokio::test]
async fn a_login_shell_that_never_stops_talking_is_given_up() {
    if !available() {
        return;
    }
    let server = Server::start("ForceCommand while echo noise; do sleep 0.1; done");
    let mut options = server.options(agent("talk"));
    options.start_timeout = Duration::from_secs(1);
    let target = server.target();
    let opening = Session::open(&target, &options);
    let opened = tokio::time::timeout(Duration::from_secs(30), opening).await;
    let Err(fault) = opened.expect("it waits for ever") else {
        panic!("it started")
    };
    assert_eq!(
        fault.to_string(),
        "the login shell of web started nothing (its last words: noise / noise / noise) within 1 s"
    );
}

#[tokio::test]
async fn a_large_agent_arrives_whole() {
    if !available() {
        return;
    }
    let server = Server::start("");
    // Not compressible, so that it does not fit into one window or pipe.
    let mut program =
        b"#!/bin/sh\nprintf '\\nplay-agent-speaks-frames\\n'; cat >/dev/null; exit 0\n".to_vec();
    let mut state = 1_u32;
    program.extend((0..6 << 20).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    }));
    let session = Session::open(&server.target(), &server.options(image(&program)))
        .await
        .unwrap();
    assert!(session.agent_sent);
    session.close().await.unwrap();
}

#[tokio::test]
async fn confirming_takes_a_connection_of_its_own() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let options = server.options(agent("confirm"));
    let session = Session::open(&server.target(), &options).await.unwrap();
    assert_eq!(server.logins(), 1);
    Session::confirm(&server.target(), &options, "good")
        .await
        .unwrap();
    assert_eq!(server.logins(), 2);
    let fault = Session::confirm(&server.target(), &options, "bad")
        .await
        .unwrap_err();
    assert!(fault.to_string().contains("no such token"), "{fault}");
    drop(session);
}

#[tokio::test]
async fn a_connection_that_goes_is_told() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let options = server.options(agent("gone"));
    let mut session = Session::open(&server.target(), &options).await.unwrap();
    assert!(matches!(
        session.receive().await.unwrap(),
        Reply::Ready { .. }
    ));
    server.cut_connections();
    let fault = session.receive().await.map(|_| ()).unwrap_err();
    assert!(matches!(fault, SessionFault::Lost { .. }), "{fault}");
}

#[tokio::test]
async fn a_host_that_falls_silent_is_noticed() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let mut options = server.options(agent("silent"));
    options.keepalive_interval = Duration::from_millis(100);
    options.keepalive_count = 2;
    let mut session = Session::open(&server.target(), &options).await.unwrap();
    assert!(matches!(
        session.receive().await.unwrap(),
        Reply::Ready { .. }
    ));
    server.signal_connections("-STOP");
    let fault = session.receive().await.map(|_| ()).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the connection to web was lost: the host no longer answers"
    );
    server.signal_connections("-KILL");
}

#[tokio::test]
async fn half_an_agent_is_never_left() {
    if !available() {
        return;
    }
    let server = Server::start("");
    // It says it unpacks, and takes nothing.
    write(
        &server.path("bin/gzip"),
        "#!/bin/sh\nprintf half; : > HERE/unpacking; exec sleep 5\n",
        0o755,
    );
    let text = std::fs::read_to_string(server.path("bin/gzip")).unwrap();
    let here = server.folder.path().display().to_string();
    write(
        &server.path("bin/gzip"),
        &text.replace("HERE", &here),
        0o755,
    );
    let image = agent("half");
    let options = server.options(image);
    let target = server.target();
    let opening = tokio::spawn(async move { Session::open(&target, &options).await.map(|_| ()) });
    while !server.path("unpacking").exists() {
        tokio::task::yield_now().await;
    }
    let stored = server.path(&format!("cache/play/agent-{}", image.sha256));
    server.cut_connections();
    let fault = opening.await.unwrap().unwrap_err();
    assert!(matches!(fault, ConnectFault::Lost { .. }), "{fault}");
    assert!(!stored.exists());
    std::fs::remove_file(server.path("bin/gzip")).unwrap();
    let session = Session::open(&server.target(), &server.options(image))
        .await
        .unwrap();
    assert!(session.agent_sent);
}

#[tokio::test]
async fn the_agent_gets_the_umask_of_the_login() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let umask = std::process::Command::new("sh")
        .args(["-c", "umask"])
        .output()
        .unwrap()
        .stdout;
    let umask = String::from_utf8(umask).unwrap();
    let program = format!(
        "#!/bin/sh\nprintf '\\nplay-agent-speaks-frames\\n'; [ \"$(umask)\" = {} ] || exit 9; cat >/dev/null\n",
        umask.trim()
    );
    let session = Session::open(&server.target(), &server.options(image(program.as_bytes())))
        .await
        .unwrap();
    session.close().await.unwrap();
}

#[tokio::test]
async fn dropping_a_session_closes_its_connection() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let session = Session::open(&server.target(), &server.options(agent("drop")))
        .await
        .unwrap();
    assert!(!server.connections().is_empty());
    drop(session);
    while !server.connections().is_empty() {
        tokio::task::yield_now().await;
    }
}
