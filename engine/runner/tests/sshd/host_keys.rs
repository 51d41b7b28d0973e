//! Known, unknown, changed and revoked host keys; hosts that do not answer.
use super::server::{Server, agent, available, make_key, write};
use play_runner::{ConnectFault, HostKeys, Session};
use std::time::Duration;

#[tokio::test]
async fn an_unknown_host_is_refused_and_then_accepted_once_asked() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let mut options = server.options(agent("unknown"));
    write(&server.path("known_hosts"), "", 0o600);
    let Err(fault) = Session::open(&server.target(), &options).await else {
        panic!("trusted")
    };
    let ConnectFault::HostKeyUnknown { fingerprint, .. } = &fault else {
        panic!("{fault}")
    };
    assert!(fingerprint.starts_with("SHA256:"));
    let hint = fault.hint().unwrap();
    assert!(
        hint.contains(&format!("ssh-keyscan -p {} 127.0.0.1 >>", server.port)),
        "{hint}"
    );
    assert_eq!(server.logins(), 0);

    options.host_keys = HostKeys::AcceptNew;
    Session::open(&server.target(), &options).await.unwrap();
    options.host_keys = HostKeys::Strict;
    let text = std::fs::read_to_string(server.path("known_hosts")).unwrap();
    let wanted = server.known_line();
    assert!(wanted.starts_with(text.trim()), "{text}");
    let mut later = server.options(agent("unknown"));
    later.known_hosts = Some(vec![server.path("known_hosts")]);
    Session::open(&server.target(), &later).await.unwrap();
}

#[tokio::test]
async fn a_changed_or_revoked_key_is_refused_whatever_is_asked() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let mut options = server.options(agent("changed"));
    options.host_keys = HostKeys::AcceptNew;
    make_key(&server.path("other"), "");
    let other = std::fs::read_to_string(server.path("other.pub")).unwrap();
    write(
        &server.path("known_hosts"),
        &format!("# one\n[127.0.0.1]:{} {other}", server.port),
        0o600,
    );
    let Err(fault) = Session::open(&server.target(), &options).await else {
        panic!("trusted")
    };
    let ConnectFault::HostKeyChanged { place, .. } = &fault else {
        panic!("{fault}")
    };
    assert_eq!(
        *place,
        format!("{}:2", server.path("known_hosts").display())
    );

    write(
        &server.path("known_hosts"),
        &format!("{0}@revoked {0}", server.known_line()),
        0o600,
    );
    let Err(fault) = Session::open(&server.target(), &options).await else {
        panic!("trusted")
    };
    assert!(
        matches!(fault, ConnectFault::HostKeyRevoked { .. }),
        "{fault}"
    );
    assert_eq!(server.logins(), 0);
}

#[tokio::test]
async fn the_key_that_is_known_is_the_one_asked_for() {
    if !available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let curve = folder.path().join("curve");
    super::server::run(
        "ssh-keygen",
        &["-q", "-t", "ecdsa", "-N", "", "-f", curve.to_str().unwrap()],
    );
    let server = Server::start(&format!("HostKey {}", curve.display()));
    let options = server.options(agent("curve"));
    let public = std::fs::read_to_string(folder.path().join("curve.pub")).unwrap();
    write(
        &server.path("known_hosts"),
        &format!("[127.0.0.1]:{} {public}", server.port),
        0o600,
    );
    Session::open(&server.target(), &options).await.unwrap();
}

#[tokio::test]
async fn a_host_certificate_is_checked_against_its_authority() {
    if !available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    make_key(&folder.path().join("authority"), "");
    make_key(&folder.path().join("hostkey"), "");
    super::server::run(
        "ssh-keygen",
        &[
            "-q",
            "-s",
            &at("authority"),
            "-I",
            "h",
            "-h",
            "-n",
            "127.0.0.1",
            &at("hostkey.pub"),
        ],
    );
    let server = Server::start(&format!(
        "HostKey {}\nHostCertificate {}",
        at("hostkey"),
        at("hostkey-cert.pub")
    ));
    let options = server.options(agent("certificate"));
    let authority = std::fs::read_to_string(at("authority.pub")).unwrap();
    write(
        &server.path("known_hosts"),
        &format!("@cert-authority * {authority}"),
        0o600,
    );
    Session::open(&server.target(), &options).await.unwrap();
    let mut named = server.target();
    named.host = "localhost".into();
    let Err(fault) = Session::open(&named, &options).await else {
        panic!("trusted")
    };
    assert!(
        matches!(fault, ConnectFault::HostCertificate { .. }),
        "{fault}"
    );
}

#[tokio::test]
async fn a_host_that_is_not_there_is_named() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let mut options = server.options(agent("absent"));
    options.connect_timeout = Duration::from_millis(300);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut target = server.target();
    target.port = Some(free);
    let Err(fault) = Session::open(&target, &options).await else {
        panic!("connected")
    };
    assert_eq!(
        fault,
        ConnectFault::Refused {
            address: format!("127.0.0.1:{free}")
        }
    );

    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    target.port = Some(silent.local_addr().unwrap().port());
    let Err(fault) = Session::open(&target, &options).await else {
        panic!("connected")
    };
    assert!(
        fault
            .to_string()
            .contains("finished no SSH handshake within"),
        "{fault}"
    );
    assert!(
        fault
            .hint()
            .is_some_and(|hint| hint.contains("large packets"))
    );

    target.host = "host.invalid".into();
    let Err(fault) = Session::open(&target, &options).await else {
        panic!("connected")
    };
    assert!(
        matches!(
            fault,
            ConnectFault::Resolve { .. } | ConnectFault::Timeout { .. }
        ),
        "{fault}"
    );
}
