//! Passwords, at servers that take them in every way: sshd without PAM could only be given those of real accounts.
use super::server::{agent, make_key, write};
use play_runner::{ConnectFault, Options, Password, Session, Stage, Target};
use russh::server::{Auth, Config, Handler, Response, run_stream};
use russh::{MethodKind, MethodSet};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;

const RIGHT: &str = "open sesame";

/// What a `keyboard-interactive` server asks: sets of prompts with `;` between, prompts with `,`, echoed ones with `+` in front.
type Questions = &'static str;

/// A server that takes `RIGHT` from everybody, after its last question.
#[derive(Clone)]
struct Door {
    questions: Questions,
    asked: usize,
    /// Passwords heard, over all connections.
    tries: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Door {
    fn judge(&self, password: &str) -> Auth {
        self.tries.fetch_add(1, Ordering::Relaxed);
        if password == RIGHT {
            Auth::Accept
        } else {
            Auth::reject()
        }
    }
}

impl Handler for Door {
    type Error = russh::Error;

    async fn auth_password(&mut self, _: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.judge(password))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let heard = response.and_then(|mut words| words.next());
        let heard = heard.map(|word| String::from_utf8_lossy(&word).into_owned());
        let verdict = heard.map(|word| self.judge(&word));
        if let Some(Auth::Reject { .. }) = verdict {
            return Ok(Auth::reject());
        }
        let Some(question) = self.questions.split(';').nth(self.asked) else {
            return Ok(verdict.unwrap_or(Auth::Accept));
        };
        self.asked += 1;
        let prompts = question.split(',').filter(|words| !words.is_empty());
        let prompts = prompts.map(|words| match words.strip_prefix('+') {
            Some(words) => (words.into(), true),
            None => (words.into(), false),
        });
        Ok(Auth::Partial {
            name: "".into(),
            instructions: "".into(),
            prompts: prompts.collect::<Vec<_>>().into(),
        })
    }
}

/// A server, and how it is reached.
struct Server {
    folder: TempDir,
    target: Target,
    door: Door,
}

impl Server {
    async fn start(methods: &[MethodKind], questions: Questions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_key(&folder.path().join("host"), "");
        let key = russh::keys::load_secret_key(folder.path().join("host"), None).unwrap();
        let config = Arc::new(Config {
            methods: MethodSet::from(methods),
            keys: vec![key],
            auth_rejection_time: Duration::ZERO,
            ..Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let door = Door {
            questions,
            asked: 0,
            tries: Arc::default(),
            connections: Arc::default(),
        };
        let handler = door.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                handler.connections.fetch_add(1, Ordering::Relaxed);
                let (config, handler) = (config.clone(), handler.clone());
                tokio::spawn(async move {
                    if let Ok(session) = run_stream(config, stream, handler).await {
                        drop(session.await);
                    }
                });
            }
        });
        let mut target = Target::ssh("web");
        target.host = "127.0.0.1".into();
        target.port = Some(port);
        target.user = Some("root".into());
        let server = Self {
            folder,
            target,
            door,
        };
        write(
            &server.folder.path().join("ssh_config"),
            "IdentityAgent none\n",
            0o600,
        );
        server
    }

    fn with(&self, password: &str) -> Target {
        Target {
            password: Some(Password::new(password)),
            ..self.target.clone()
        }
    }

    fn options(&self) -> Options {
        let at = |name: &str| self.folder.path().join(name);
        let mut options = Options::new(agent("passwords"));
        let key = std::fs::read_to_string(at("host.pub")).unwrap();
        let port = self.target.port.unwrap_or_default();
        write(&at("known"), &format!("[127.0.0.1]:{port} {key}"), 0o600);
        options.ssh_config = Some(at("ssh_config"));
        options.ssh_program = None;
        options.known_hosts = Some(vec![at("known")]);
        options
    }

    /// What comes of a try; None where it got in, though the server runs nothing.
    async fn refuses(&self, target: &Target, options: &Options) -> Option<ConnectFault> {
        let Err(fault) = Session::open(target, options).await else {
            panic!("the server runs no programs")
        };
        (fault.stage() != Stage::Shell).then_some(fault)
    }

    fn tries(&self) -> usize {
        self.door.tries.load(Ordering::Relaxed)
    }
}

const HIDDEN: Questions = "Password: ";

#[tokio::test]
async fn the_right_password_lets_in_by_either_method() {
    for (method, questions) in [
        (MethodKind::Password, HIDDEN),
        (MethodKind::KeyboardInteractive, HIDDEN),
        // A last word that wants no answer.
        (MethodKind::KeyboardInteractive, "Kennwort: ;"),
    ] {
        let server = Server::start(&[method], questions).await;
        let fault = server.refuses(&server.with(RIGHT), &server.options()).await;
        assert!(fault.is_none(), "{}", fault.unwrap());
        assert_eq!(server.door.connections.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_in_a_run_however_many_connections_there_are() {
    for methods in [
        &[MethodKind::Password, MethodKind::KeyboardInteractive][..],
        &[MethodKind::KeyboardInteractive],
    ] {
        let server = Server::start(methods, HIDDEN).await;
        let options = server.options();
        let target = server.with("hunter22");
        for _ in 0..3 {
            let fault = server.refuses(&target, &options).await.unwrap();
            assert!(
                matches!(fault, ConnectFault::LoginPasswordWrong { .. }),
                "{fault}"
            );
            assert!(!format!("{fault} {fault:?} {target:?}").contains("hunter22"));
            assert!(fault.hint().unwrap().contains("PermitRootLogin"));
        }
        let confirmed = Session::confirm(&target, &options, "token").await;
        assert!(confirmed.is_err());
        assert_eq!(server.tries(), 1);
        // Another is another.
        assert!(
            server
                .refuses(&server.with(RIGHT), &options)
                .await
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_server_that_takes_no_password_is_given_none() {
    let server = Server::start(&[MethodKind::PublicKey, MethodKind::HostBased], HIDDEN).await;
    let fault = server
        .refuses(&server.with(RIGHT), &server.options())
        .await
        .unwrap();
    let words = fault.to_string();
    assert!(
        matches!(fault, ConnectFault::NoPasswordTaken { .. }),
        "{words}"
    );
    assert!(words.contains("publickey, hostbased"), "{words}");
    assert_eq!(server.tries(), 0);
}

#[tokio::test]
async fn a_server_that_would_take_one_is_named_with_the_way_to_give_it() {
    let server = Server::start(&[MethodKind::Password], HIDDEN).await;
    let fault = server
        .refuses(&server.target, &server.options())
        .await
        .unwrap();
    assert!(
        fault.to_string().contains("the server takes: password"),
        "{fault}"
    );
    assert!(fault.hint().unwrap().contains("-k"), "{fault}");
}

#[tokio::test]
async fn what_is_no_single_hidden_prompt_is_answered_by_nobody() {
    let method = &[MethodKind::KeyboardInteractive];
    for (questions, said, tries) in [
        ("+Your name: ", "asks “Your name:”", 0),
        ("Password: ,Code: ", "asks “Password: Code:”", 0),
        ("Password: ;Code: ", "asks “Code:”", 1),
        ("Password: ;New password: ", "wants a new password", 1),
        ("Password: ;Password: ", "does not take the password", 1),
    ] {
        let server = Server::start(method, questions).await;
        let fault = server
            .refuses(&server.with(RIGHT), &server.options())
            .await
            .unwrap();
        assert!(fault.to_string().contains(said), "{fault}");
        assert_eq!(
            (server.tries(), fault.stage()),
            (tries, Stage::Authentication),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_jump_host_is_not_given_the_password_of_the_host_behind_it() {
    let jump = Server::start(&[MethodKind::Password], HIDDEN).await;
    let mut options = jump.options();
    let mut behind = Target::ssh("127.0.0.9");
    behind.user = Some("root".into());
    behind.password = Some(Password::new(RIGHT));
    behind.proxy_jump = Some("gate".into());
    options.inventory = Arc::new(BTreeMap::from([("gate".to_owned(), jump.target.clone())]));
    let fault = jump.refuses(&behind, &options).await.unwrap();
    assert!(
        fault.to_string().starts_with("jump host root@127.0.0.1"),
        "{fault}"
    );
    assert_eq!(jump.tries(), 0);
    // With its own it is passed.
    options.inventory = Arc::new(BTreeMap::from([("gate".to_owned(), jump.with(RIGHT))]));
    let fault = jump.refuses(&behind, &options).await.unwrap();
    assert!(matches!(fault, ConnectFault::JumpRefused { .. }), "{fault}");
    assert_eq!(jump.tries(), 1);
}
