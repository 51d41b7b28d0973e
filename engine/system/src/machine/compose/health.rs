//! Waiting for a project's services by our own rules, since compose's call a task that ended well a failure.
use super::{container, container::Container, docker};
use crate::Context;
use play_core::state::Health;
use play_core::{Fault, Value};
use std::time::{Duration, Instant};

/// A container that starts again and again is running most times one looks: it must be the same one this much later.
const STEADY: Duration = Duration::from_secs(1);
/// Lines of a container's log that are shown.
const LINES: &str = "10";

/// Waits until each service is running, well and stays so, or has done its task. No services are all.
pub(super) fn wait(
    project: &str,
    services: &[String],
    seconds: u64,
    context: &Context,
) -> Result<(), Fault> {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let mut pulse = None;
    loop {
        context.proceed()?;
        let containers: Vec<Container> = container::all(project)?
            .into_iter()
            .filter(|container| services.is_empty() || services.contains(&container.service))
            .collect();
        let bad = containers
            .iter()
            .find(|container| !matches!(container.health, Health::Good | Health::Done));
        match bad {
            None => {
                let seen: Vec<String> = containers.iter().map(|one| one.pulse.clone()).collect();
                if pulse.as_ref() == Some(&seen) {
                    return Ok(());
                }
                pulse = Some(seen);
            }
            Some(bad) if bad.ended => return Err(fault(project, bad, "and is not started again")),
            Some(bad) if Instant::now() >= deadline => {
                return Err(fault(project, bad, &format!("after {seconds} s")));
            }
            Some(_) => pulse = None,
        }
        std::thread::sleep(STEADY);
    }
}

/// The service, what is wrong with it, the end of its log, and where to read on.
fn fault(project: &str, bad: &Container, when: &str) -> Fault {
    let log = docker(&["logs", "--tail", LINES, &bad.id])
        .map(|ended| format!("{}{}", ended.out(), ended.err()))
        .unwrap_or_default();
    let service = &bad.service;
    let words = match log.trim_end() {
        "" => "its log is empty",
        log => log,
    };
    Fault::Program {
        program: format!("service {service} of compose project {project}"),
        status: format!(
            "{} {when}; more with `docker compose -p {project} logs {service}`",
            bad.words
        ),
        words: words.to_owned(),
        output: Box::new(Value::Null),
    }
}
