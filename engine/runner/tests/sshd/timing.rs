//! How long it takes until an agent is ready; printed, for comparing.
use super::server::{Server, agent, available};
use play_runner::Session;
use std::time::Instant;

#[tokio::test]
#[ignore = "measures; run with --release -- --ignored --nocapture"]
async fn until_ready() {
    if !available() {
        return;
    }
    let server = Server::start("MaxStartups 200");
    let image = agent("timing");
    let mut taken = Vec::new();
    for _ in 0..21 {
        // New options: nothing is cached.
        let options = server.options(image);
        let start = Instant::now();
        let mut session = Session::open(&server.target(), &options).await.unwrap();
        session.receive().await.unwrap();
        taken.push((start.elapsed(), session.agent_sent));
    }
    let (first, sent) = taken.remove(0);
    taken.sort();
    eprintln!(
        "first {first:?} (sent {sent}), then min {:?} median {:?} max {:?}",
        taken[0].0, taken[10].0, taken[19].0
    );
    let mut options = server.options(image);
    options.ssh_program = None;
    let start = Instant::now();
    let session = Session::open(&server.target(), &options).await.unwrap();
    eprintln!(
        "without ssh -G {:?}, round trips {}",
        start.elapsed(),
        session.round_trips()
    );
    let options = server.options(image);
    let start = Instant::now();
    let all = (0..20).map(|_| {
        let (target, options) = (server.target(), options.clone());
        tokio::spawn(async move { Session::confirm(&target, &options, "good").await })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    eprintln!("20 connections at once {:?}", start.elapsed());
}
