//! Keys: named ones, encrypted ones, those of an ssh-agent, wrong ones; and ways over jump hosts.
use super::server::{Server, agent, available, make_key, run, write};
use play_runner::{ConnectFault, Session, Target};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test]
async fn a_wrong_key_is_told_with_what_was_tried() {
    if !available() {
        return;
    }
    let server = Server::start("");
    make_key(&server.path("wrong"), "");
    let mut target = server.target();
    target.identity_files = vec![server.path("wrong"), server.path("absent")];
    let Err(fault) = Session::open(&target, &server.options(agent("wrong"))).await else {
        panic!("let in")
    };
    let ConnectFault::Authentication { tried, offered, .. } = &fault else {
        panic!("{fault}")
    };
    assert_eq!(tried.len(), 2, "{tried:?}");
    assert!(
        tried[0].ends_with("absent: there is no such file"),
        "{tried:?}"
    );
    assert!(tried[1].ends_with("wrong: refused"), "{tried:?}");
    assert_eq!(offered, &["publickey"]);
}

/// The server, which takes nothing but a key that wants a passphrase.
fn behind_a_passphrase(server: &Server) -> Target {
    make_key(&server.path("locked"), "open sesame");
    std::fs::copy(server.path("locked.pub"), server.path("authorized")).unwrap();
    let mut target = server.target();
    target.identity_files = vec![server.path("locked")];
    target
}

#[tokio::test]
async fn a_passphrase_is_asked_for_once() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let mut target = behind_a_passphrase(&server);
    target.identity_files.insert(0, server.path("key"));
    let mut options = server.options(agent("locked"));
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    options.ask_passphrase = Some(Arc::new(move |name| {
        assert!(name.ends_with("/locked"));
        // The first answer is wrong.
        let turn = count.fetch_add(1, Ordering::Relaxed);
        Some(if turn == 0 { "wrong" } else { "open sesame" }.into())
    }));
    let (first, second) = tokio::join!(
        Session::open(&target, &options),
        Session::open(&target, &options)
    );
    first.unwrap();
    second.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

struct SshAgent(Child);

impl SshAgent {
    /// Holds these keys.
    async fn start(socket: &Path, keys: &[PathBuf]) -> Self {
        let mut command = Command::new("ssh-agent");
        let command = command
            .arg("-D")
            .arg("-a")
            .arg(socket)
            .stdout(Stdio::null());
        let agent = Self(command.spawn().unwrap());
        while !socket.exists() {
            tokio::task::yield_now().await;
        }
        for key in keys {
            let mut command = Command::new("ssh-add");
            let added = command
                .arg("-q")
                .arg(key)
                .env("SSH_AUTH_SOCK", socket)
                .status();
            assert!(added.unwrap().success());
        }
        agent
    }
}

impl Drop for SshAgent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn an_ssh_agent_that_hangs_keeps_no_key_file_from_being_tried() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let socket = server.path("agent.sock");
    let _mute = tokio::net::UnixListener::bind(&socket).unwrap();
    write(
        &server.path("ssh_config"),
        &format!("IdentityAgent {}\n", socket.display()),
        0o600,
    );
    let mut options = server.options(agent("mute"));
    options.connect_timeout = std::time::Duration::from_secs(1);
    Session::open(&server.target(), &options).await.unwrap();
}

#[tokio::test]
async fn a_key_nobody_opens_is_named_with_the_way_to() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let target = behind_a_passphrase(&server);
    let mut options = server.options(agent("nobody"));
    options.ask_passphrase = Some(Arc::new(|_| None));
    let Err(fault) = Session::open(&target, &options).await else {
        panic!("let in")
    };
    assert!(
        fault.to_string().contains("no passphrase was given"),
        "{fault}"
    );
    let hint = fault.hint().unwrap();
    let way = format!("`ssh-add {}`", server.path("locked").display());
    assert!(hint.contains(&way), "{hint}");
}

#[tokio::test]
async fn the_ssh_agent_signs() {
    if !available() {
        return;
    }
    let server = Server::start("");
    let socket = server.path("agent.sock");
    make_key(&server.path("other"), "");
    let _agent = SshAgent::start(&socket, &[server.path("other"), server.path("key")]).await;
    std::fs::remove_file(server.path("key")).unwrap();
    write(
        &server.path("ssh_config"),
        &format!("IdentityAgent {}\n", socket.display()),
        0o600,
    );
    let mut target = server.target();
    target.identity_files.clear();
    let options = server.options(agent("agent"));
    Session::open(&target, &options).await.unwrap();
    // With IdentitiesOnly the agent's keys count only where a file names them.
    write(
        &server.path("ssh_config"),
        &format!(
            "IdentityAgent {}\nIdentitiesOnly yes\nIdentityFile {}\n",
            socket.display(),
            server.path("x").display()
        ),
        0o600,
    );
    let options = server.options(agent("agent"));
    let Err(fault) = Session::open(&target, &options).await else {
        panic!("let in")
    };
    assert!(
        matches!(fault, ConnectFault::Authentication { .. }),
        "{fault}"
    );
}

#[tokio::test]
async fn a_user_certificate_lets_in() {
    if !available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority");
    make_key(&authority, "");
    let server = Server::start(&format!("TrustedUserCAKeys {}.pub", authority.display()));
    write(&server.path("authorized"), "", 0o600);
    let public = server.path("key.pub");
    let user = super::server::user();
    run(
        "ssh-keygen",
        &[
            "-q",
            "-s",
            authority.to_str().unwrap(),
            "-I",
            "i",
            "-n",
            &user,
            public.to_str().unwrap(),
        ],
    );
    Session::open(&server.target(), &server.options(agent("usercert")))
        .await
        .unwrap();
}

#[tokio::test]
async fn sessions_share_the_connection_to_their_jump_host() {
    if !available() {
        return;
    }
    let (jump, far) = (Server::start(""), Server::start(""));
    std::fs::copy(jump.path("key.pub"), far.path("authorized")).unwrap();
    let mut options = jump.options(agent("jump"));
    write(
        &jump.path("known_hosts"),
        &format!("{}{}", jump.known_line(), far.known_line()),
        0o600,
    );
    let mut gate = jump.target();
    gate.name = "gate".into();
    options.inventory = Arc::new([("gate".to_owned(), gate.clone())].into());
    let mut first = far.target();
    first.identity_files = vec![jump.path("key")];
    first.proxy_jump = Some("gate".into());
    let mut second = first.clone();
    second.host = "localhost".into();
    let known = format!(
        "{}{}{}",
        jump.known_line(),
        far.known_line(),
        far.known_line().replace("127.0.0.1", "localhost")
    );
    write(&jump.path("known_hosts"), &known, 0o600);
    let (one, two, gate) = tokio::join!(
        Session::open(&first, &options),
        Session::open(&second, &options),
        Session::open(&gate, &options)
    );
    one.unwrap().close().await.unwrap();
    two.unwrap().close().await.unwrap();
    gate.unwrap().close().await.unwrap();
    assert_eq!((jump.logins(), far.logins()), (1, 2));
}

#[tokio::test]
async fn a_jump_host_that_fails_is_named() {
    if !available() {
        return;
    }
    let (jump, far) = (Server::start("AllowTcpForwarding no"), Server::start(""));
    let options = jump.options(agent("nojump"));
    let mut target = far.target();
    target.identity_files = vec![jump.path("key")];
    target.proxy_jump = Some(format!("{}@127.0.0.1:{}", super::server::user(), jump.port));
    write(
        &jump.path("ssh_config"),
        &format!(
            "IdentityFile {}\nIdentityAgent none\n",
            jump.path("key").display()
        ),
        0o600,
    );
    let Err(fault) = Session::open(&target, &options).await else {
        panic!("let in")
    };
    assert!(matches!(fault, ConnectFault::JumpRefused { .. }), "{fault}");
    write(&jump.path("known_hosts"), "", 0o600);
    let mut options = jump.options(agent("nojump"));
    write(&jump.path("known_hosts"), "", 0o600);
    options.ssh_program = None;
    let Err(fault) = Session::open(&target, &options).await else {
        panic!("let in")
    };
    let words = fault.to_string();
    assert!(
        words.starts_with("jump host ") && words.contains("is not known"),
        "{words}"
    );
}

#[tokio::test]
async fn sessions_share_a_connection_unless_the_server_forbids_it() {
    if !available() {
        return;
    }
    for (extra, logins) in [("", 1), ("MaxSessions 1", 2)] {
        let server = Server::start(extra);
        let options = server.options(agent("share"));
        let first = Session::open(&server.target(), &options).await.unwrap();
        let second = Session::open(&server.target(), &options).await.unwrap();
        assert_eq!(server.logins(), logins, "{extra}");
        first.close().await.unwrap();
        second.close().await.unwrap();
    }
}

#[tokio::test]
async fn the_configuration_may_accept_new_hosts() {
    if !available() {
        return;
    }
    let server = Server::start("");
    for program in [Some("ssh".into()), None] {
        let mut options = server.options(agent("config"));
        options.known_hosts = None;
        options.ssh_program = program;
        let file = server.path("new_hosts");
        let _ = std::fs::remove_file(&file);
        let (port, key) = (server.port, server.path("key"));
        write(
            &server.path("ssh_config"),
            &format!(
                "Host alias\n HostName 127.0.0.1\n Port {port}\n User {}\n IdentityFile {}\n IdentityAgent none\n \
                 UserKnownHostsFile {}\n StrictHostKeyChecking accept-new\n HashKnownHosts yes\n",
                super::server::user(),
                key.display(),
                file.display()
            ),
            0o600,
        );
        let target = play_runner::Target::ssh("alias");
        Session::open(&target, &options).await.unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("|1|"), "{text}");
        // OpenSSH finds it under the name it would look for.
        let name = format!("[127.0.0.1]:{port}");
        run("ssh-keygen", &["-F", &name, "-f", file.to_str().unwrap()]);
    }
}

#[tokio::test]
async fn a_proxy_command_is_the_way() {
    if !available() || !Path::new("/bin/bash").exists() {
        return;
    }
    let server = Server::start("");
    // %p is the inventory's port; nothing listens on the name's own address.
    let relay = "#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/$2\ncat <&3 & cat >&3; kill $!\n";
    write(&server.path("relay"), relay, 0o755);
    let config = format!(
        "ProxyCommand {} %h %p\nIdentityAgent none\n",
        server.path("relay").display()
    );
    write(&server.path("ssh_config"), &config, 0o600);
    for program in [Some("ssh".into()), None] {
        let mut options = server.options(agent("proxy"));
        options.ssh_program = program;
        let mut target = server.target();
        target.host = "host.invalid".into();
        let known = server.known_line().replace("127.0.0.1", "host.invalid");
        write(&server.path("known_hosts"), &known, 0o600);
        Session::open(&target, &options)
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        target.user = Some("$(id)".into());
        let Err(fault) = Session::open(&target, &options).await else {
            panic!("let in")
        };
        assert!(
            matches!(
                fault,
                ConnectFault::Program { .. } | ConnectFault::Configuration { .. }
            ),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn other_kinds_of_keys_let_in() {
    if !available() {
        return;
    }
    let server = Server::start("");
    for (kind, format) in [
        ("rsa", "RFC4716"),
        ("rsa", "PEM"),
        ("ecdsa", "RFC4716"),
        ("ecdsa", "PKCS8"),
    ] {
        let key = server.path(&format!("{kind}-{format}"));
        let path = key.to_str().unwrap();
        run(
            "ssh-keygen",
            &["-q", "-t", kind, "-m", format, "-N", "", "-f", path],
        );
        std::fs::copy(format!("{path}.pub"), server.path("authorized")).unwrap();
        let mut target = server.target();
        target.identity_files = vec![key];
        let opened = Session::open(&target, &server.options(agent("kinds"))).await;
        assert!(opened.is_ok(), "{kind} {format}: {}", opened.err().unwrap());
    }
}
