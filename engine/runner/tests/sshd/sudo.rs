//! Escalation, with a stand-in for sudo that prompts and refuses as sudo does.
use super::server::{Server, agent, available, write};
use play_runner::{ConnectFault, Escalation, Options, Password, Session};

const SUDO: &str = r#"#!/bin/sh
echo "$*" >> HERE/calls
case $1 in
-n) [ -e HERE/free ] || { echo "sudo: a password is required" >&2; exit 1; }; shift 2;;
-S) for turn in 1 2 3; do
      printf %s "$3" >&2; IFS= read -r line || exit 1
      [ "$line" = sesame ] && break
      echo "Sorry, try again." >&2
      [ $turn = 3 ] && exit 1
    done; shift 4;;
esac
exec "$@"
"#;

/// A sudo that asks for no password.
pub fn stand_in(server: &Server) {
    let text = SUDO.replace("HERE", server.folder.path().to_str().unwrap());
    write(&server.path("bin/sudo"), &text, 0o755);
    write(&server.path("free"), "", 0o600);
}

fn server() -> (Server, Options) {
    let server = Server::start("");
    let text = SUDO.replace("HERE", server.folder.path().to_str().unwrap());
    write(&server.path("bin/sudo"), &text, 0o755);
    let mut options = server.options(agent("sudo"));
    options.escalation = Some(Escalation::default());
    (server, options)
}

#[tokio::test]
async fn sudo_without_a_password() {
    if !available() {
        return;
    }
    let (server, options) = server();
    let Err(fault) = Session::open(&server.target(), &options).await else {
        panic!("started")
    };
    assert_eq!(
        fault,
        ConnectFault::SudoPasswordNeeded { host: "web".into() }
    );
    write(&server.path("free"), "", 0o600);
    let session = Session::open(&server.target(), &options).await.unwrap();
    assert_eq!(session.round_trips(), 2);
    session.close().await.unwrap();
    Session::confirm(&server.target(), &options, "good")
        .await
        .unwrap();
}

#[tokio::test]
async fn sudo_with_a_password() {
    if !available() {
        return;
    }
    let (server, mut options) = server();
    options.escalation = Some(Escalation {
        password: Some(Password::new("wrong")),
    });
    let Err(fault) = Session::open(&server.target(), &options).await else {
        panic!("started")
    };
    assert_eq!(
        fault,
        ConnectFault::SudoPasswordWrong { host: "web".into() }
    );
    options.escalation = Some(Escalation {
        password: Some(Password::new("sesame")),
    });
    let session = Session::open(&server.target(), &options).await.unwrap();
    // The greeting, the password, the agent.
    assert_eq!(session.round_trips(), 3);
    session.close().await.unwrap();
    let calls = std::fs::read_to_string(server.path("calls")).unwrap();
    assert!(
        !calls.contains("sesame") && calls.matches("-S -p play-asks-").count() == 2,
        "{calls}"
    );
}

#[tokio::test]
async fn a_host_without_sudo_is_named_and_root_needs_none() {
    if !available() {
        return;
    }
    let (server, options) = server();
    write(
        &server.path("bin/sudo"),
        "#!/bin/sh\necho \"web: sudo: command not found\" >&2; exit 127\n",
        0o755,
    );
    let Err(fault) = Session::open(&server.target(), &options).await else {
        panic!("started")
    };
    assert_eq!(fault, ConnectFault::NoSudo { host: "web".into() });
}
