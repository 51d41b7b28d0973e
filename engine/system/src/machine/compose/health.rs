//! Waiting for a project's services by our own rules, since compose's call a task that ended well a failure.
use super::{container, container::Container, docker, trouble};
use crate::Context;
use play_core::Fault;
use play_core::act::Compose;
use play_core::state::Health;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A container that starts again and again is running most times one looks: it must be the same one this much later.
const STEADY: Duration = Duration::from_secs(1);
/// The same for one that was started anew meanwhile and has no health check: what docker itself takes for a start that went well, as
/// its next pause is a short one then (moby's `restartmanager`).
const SETTLED: Duration = Duration::from_secs(10);
/// Restarts after which a service whose log says why is given up.
const HOPELESS: u64 = 3;
/// How often a service may end once its neighbours have started: the first time it may have begun before that.
const CHANCES: u64 = 2;
/// Lines of a container's log that are shown.
const LINES: usize = 10;
/// Lines of it that are read: one reason fills a screen where it comes with where in a program it was thrown.
const READ: &str = "100";

/// A project's services that are waited for.
pub(super) struct Waiting<'a> {
    project: &'a str,
    /// None are all.
    services: &'a [String],
    seconds: u64,
    /// Restarts after which a service is given up.
    patience: u64,
    /// How often docker had started each container anew before anything was done: that was another day's trouble.
    before: BTreeMap<String, u64>,
    /// When each start of a container was first seen.
    seen: BTreeMap<String, Instant>,
    begun: Instant,
    /// The restarts of each container when one of its neighbours was last seen to start yet.
    excused: BTreeMap<String, u64>,
}

impl<'a> Waiting<'a> {
    /// From how the project's containers are before anything is done.
    pub(super) fn new(compose: &'a Compose, seconds: u64, containers: &[Container]) -> Self {
        let before = containers.iter().map(|one| (one.id.clone(), one.restarts));
        Self {
            project: &compose.project,
            services: &compose.services,
            seconds,
            patience: compose.restarts,
            before: before.collect(),
            seen: BTreeMap::new(),
            begun: Instant::now(),
            excused: BTreeMap::new(),
        }
    }

    /// Waits until each service is running, well and stays so, or has done its task.
    pub(super) fn for_all(&mut self, context: &Context) -> Result<(), Fault> {
        let services = self.services;
        self.wait(context, |one| {
            services.is_empty() || services.contains(&one.service)
        })
    }

    /// The same for those that were started, whichever they are: others may be waiting for them.
    pub(super) fn for_started(&mut self, context: &Context) -> Result<(), Fault> {
        self.wait(context, |one| !one.created)
    }

    fn wait(
        &mut self,
        context: &Context,
        concerns: impl Fn(&Container) -> bool,
    ) -> Result<(), Fault> {
        let deadline = Instant::now() + Duration::from_secs(self.seconds);
        let mut pulse = None;
        loop {
            context.proceed()?;
            let mut containers = container::all(self.project)?;
            containers.retain(&concerns);
            for one in &containers {
                let now = Instant::now();
                self.seen.entry(one.pulse.clone()).or_insert(now);
            }
            let bad: Vec<&Container> = containers.iter().filter(|one| !self.well(one)).collect();
            if bad.is_empty() {
                let seen: Vec<String> = containers.iter().map(|one| one.pulse.clone()).collect();
                if pulse.as_ref() == Some(&seen) {
                    return Ok(());
                }
                pulse = Some(seen);
            } else {
                self.excuse(&bad);
                self.judge(&bad, Instant::now() >= deadline)?;
                pulse = None;
            }
            std::thread::sleep(STEADY);
        }
    }

    fn well(&self, one: &Container) -> bool {
        let steady = || {
            let since = self.seen.get(&one.pulse);
            one.checked
                || self.restarts(one) == 0
                || since.is_some_and(|since| since.elapsed() >= SETTLED)
        };
        match one.health {
            Health::Done => true,
            Health::Good => steady(),
            Health::Starting | Health::Bad => false,
        }
    }

    /// Restarts since we came.
    fn restarts(&self, one: &Container) -> u64 {
        let before = self.before.get(&one.id).copied().unwrap_or_default();
        one.restarts.checked_sub(before).unwrap_or(one.restarts)
    }

    /// A fault where waiting is of no more use.
    fn judge(&self, bad: &[&Container], late: bool) -> Result<(), Fault> {
        let project = self.project;
        if let Some(ended) = bad.iter().find(|one| one.ended) {
            return Err(self.why(ended).fault(project, "and is not started again"));
        }
        for one in bad.iter().filter(|one| self.restarts(one) >= HOPELESS) {
            // What is known not to mend itself is not waited for.
            let why = self.why(one);
            if why.next.is_some() {
                let when = format!("after {} restarts", self.restarts(one));
                return Err(why.fault(project, &when));
            }
        }
        if let Some(one) = bad.iter().find(|one| self.given_up(one)) {
            let mut why = self.why(one);
            let way =
                "put right what its log says and run again; `wait_restarts` lets it try more often";
            why.next = Some(way.into());
            let when = format!("after {} restarts", self.restarts(one));
            return Err(why.fault(project, &when));
        }
        let worst = bad.iter().min_by_key(|one| Reverse(self.restarts(one)));
        match worst.filter(|_| late) {
            None => Ok(()),
            Some(one) => {
                let after = match self.restarts(one) {
                    0 => format!("after {} s", self.seconds),
                    restarts => format!("after {} s and {restarts} restarts", self.seconds),
                };
                Err(self.why(one).fault(project, &after))
            }
        }
    }

    fn why<'b>(&self, one: &'b Container) -> Why<'b> {
        Why::of(one, self.begun)
    }

    /// It has ended too often, though none of its neighbours kept it waiting.
    fn given_up(&self, one: &Container) -> bool {
        let excused = self.excused.get(&one.id).map_or(0, |count| count + CHANCES);
        one.health == Health::Bad && self.restarts(one) >= self.patience.max(excused)
    }

    /// Notes which containers may be waiting for one that is still at its first start, and does not wait for them itself.
    fn excuse(&mut self, bad: &[&Container]) {
        let starting =
            |other: &&&Container| other.health == Health::Starting && self.restarts(other) == 0;
        let starting: Vec<&&Container> = bad.iter().filter(starting).collect();
        for one in bad {
            if starting
                .iter()
                .any(|other| other.id != one.id && !other.needs.contains(&one.service))
            {
                self.excused.insert(one.id.clone(), self.restarts(one));
            }
        }
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
    /// What to do is read from what it said in this run: what was wrong before may be right now.
    fn of(bad: &'a Container, begun: Instant) -> Self {
        let log = |words: &[&str]| {
            let all = [&["logs", "--tail", READ], words, &[&bad.id]].concat();
            docker(&all)
                .map(|ended| format!("{}{}", ended.out(), ended.err()))
                .unwrap_or_default()
        };
        let since = format!("{}s", begun.elapsed().as_secs() + 1);
        let said = log(&["--since", &since]);
        Self {
            bad,
            log: end(&log(&[])),
            next: trouble::of_service(&said, bad.killed_for_memory),
        }
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

/// The last lines of a log, without the frames of Java's stack traces: what was thrown stands before them.
fn end(log: &str) -> String {
    let lines = log.lines().filter(|line| !line.starts_with("\tat "));
    let lines: Vec<&str> = lines.collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(service: &str, health: Health, restarts: u64) -> Container {
        Container {
            id: service.into(),
            service: service.into(),
            health,
            restarts,
            ..Container::default()
        }
    }

    fn waiting(before: &[(&str, u64)]) -> Waiting<'static> {
        let before = before.iter().map(|(id, count)| ((*id).to_owned(), *count));
        Waiting {
            project: "p",
            services: &[],
            seconds: 60,
            patience: 8,
            before: before.collect(),
            seen: BTreeMap::new(),
            begun: Instant::now(),
            excused: BTreeMap::new(),
        }
    }

    #[test]
    fn what_ends_again_and_again_is_given_up_unless_a_neighbour_still_starts() {
        let old = container("old", Health::Bad, 50);
        let mut waiting = waiting(&[("old", 50)]);
        let ended = |times| container("a", Health::Bad, times);
        assert!(!waiting.given_up(&ended(2)));
        assert!(waiting.given_up(&ended(8)));
        // another day's restarts do not count
        assert!(!waiting.given_up(&old));

        let mut starting = container("db", Health::Starting, 0);
        starting.needs = vec!["a".into()];
        waiting.excuse(&[&ended(7), &starting]);
        assert!(waiting.given_up(&ended(8)));
        starting.needs.clear();
        waiting.excuse(&[&ended(8), &starting]);
        // and then it gets its chance
        assert!(!waiting.given_up(&ended(8)));
        assert!(!waiting.given_up(&ended(9)));
        assert!(waiting.given_up(&ended(10)));
    }

    #[test]
    fn what_was_thrown_is_seen_behind_a_stack_trace() {
        let frames = "\tat java.base/sun.nio.ch.Net.bind(Net.java:555)\n".repeat(20);
        let log =
            format!("java.net.BindException: Address already in use\n{frames}ERROR Exiting\n");
        assert_eq!(
            end(&log),
            "java.net.BindException: Address already in use\nERROR Exiting"
        );
    }

    #[test]
    fn what_was_restarted_must_run_for_a_while() {
        let mut waiting = waiting(&[]);
        assert!(waiting.well(&container("a", Health::Good, 0)));
        let mut restarted = container("a", Health::Good, 1);
        assert!(!waiting.well(&restarted));
        let long_ago = Instant::now().checked_sub(SETTLED);
        waiting.seen.extend(long_ago.map(|at| (String::new(), at)));
        assert!(waiting.well(&restarted));
        waiting.seen.clear();
        restarted.checked = true;
        assert!(waiting.well(&restarted));
    }
}
