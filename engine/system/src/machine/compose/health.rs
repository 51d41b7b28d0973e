//! Waiting for a project's services by our own rules, since compose's call a task that ended well a failure.
use super::{container, container::Container, docker, trouble};
use crate::Context;
use play_core::Fault;
use play_core::state::Health;
use std::time::{Duration, Instant};

/// A container that starts again and again is running most times one looks: it must be the same one this much later.
const STEADY: Duration = Duration::from_secs(1);
/// Restarts after which a service whose log says why is given up.
const HOPELESS: u64 = 3;
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
            Some(bad) if bad.ended => {
                return Err(Why::of(bad).fault(project, "and is not started again"));
            }
            Some(bad) if Instant::now() >= deadline => {
                return Err(Why::of(bad).fault(project, &format!("after {seconds} s")));
            }
            // What is known not to mend itself is not waited for.
            Some(bad) if bad.restarts >= HOPELESS => {
                let why = Why::of(bad);
                if why.next.is_some() {
                    return Err(why.fault(project, &format!("after {} restarts", bad.restarts)));
                }
                pulse = None;
            }
            Some(_) => pulse = None,
        }
        std::thread::sleep(STEADY);
    }
}

/// A container that is not well.
struct Why<'a> {
    bad: &'a Container,
    log: String,
    /// What to do, where its log says it.
    next: Option<String>,
}

impl<'a> Why<'a> {
    fn of(bad: &'a Container) -> Self {
        let log = docker(&["logs", "--tail", LINES, &bad.id])
            .map(|ended| format!("{}{}", ended.out(), ended.err()))
            .unwrap_or_default();
        let next = trouble::of_service(&log, bad.killed_for_memory);
        Self { bad, log, next }
    }

    /// The service, what is wrong with it, what to do, and the end of its log.
    fn fault(self, project: &str, when: &str) -> Fault {
        let Container { service, words, .. } = self.bad;
        let next = self
            .next
            .map_or_else(String::new, |next| format!("{next}; "));
        let log = match self.log.trim_end() {
            "" => "its log is empty".to_owned(),
            log => format!("its log ends with\n{log}"),
        };
        Fault::stated(format!(
            "service {service} of compose project {project} is {words} {when}: {next}more with `docker compose -p {project} logs {service}`; {log}"
        ))
    }
}
