//! The bootstrap goes through every login shell that is there, and those `PLAY_TEST_SHELLS` names (with colons).
use super::server::{Server, agent, available};
use play_core::message::Reply;
use play_runner::{Escalation, Session};
use std::path::Path;

fn shells() -> Vec<String> {
    let named = std::env::var("PLAY_TEST_SHELLS").unwrap_or_default();
    let usual =
        ["dash", "bash", "fish", "tcsh", "zsh", "ksh", "mksh"].map(|name| format!("/bin/{name}"));
    let all = usual.into_iter().chain(named.split(':').map(str::to_owned));
    all.filter(|shell| {
        shell
            .split(' ')
            .next()
            .is_some_and(|path| Path::new(path).exists())
    })
    .collect()
}

#[tokio::test]
async fn every_login_shell_starts_the_agent() {
    if !available() {
        return;
    }
    for shell in shells() {
        let server = Server::start(&format!(
            "ForceCommand {shell} -c \"$SSH_ORIGINAL_COMMAND\""
        ));
        super::sudo::stand_in(&server);
        let mut options = server.options(agent("shell"));
        for escalation in [None, Some(Escalation::default())] {
            options.escalation = escalation;
            let opened = Session::open(&server.target(), &options).await;
            let mut session = opened.unwrap_or_else(|fault| panic!("{shell}: {fault}"));
            assert!(
                matches!(session.receive().await.unwrap(), Reply::Ready { .. }),
                "{shell}"
            );
            session.close().await.unwrap();
        }
        assert_eq!(
            std::fs::read_dir(server.path("cache/play"))
                .unwrap()
                .count(),
            1
        );
    }
}
